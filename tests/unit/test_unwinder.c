#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unwind.h>
#include "lib/unwinding.h"

static int depth; /* frames that the compiler's own library sees, from the chain's last function on */

static _Unwind_Reason_Code count_frame(struct _Unwind_Context *context, void *arg)
{
	/* That of GCC 16, and on arm64 that of any, shows the end of the stack as a frame at 0. */
	if (_Unwind_GetIP(context))
		depth++;
	return _URC_NO_REASON;
}

/* Call chains of known names, ended by a fault in snapshot_fault(). */
__attribute__((noinline)) static void last(void)
{
	depth = 0;
	_Unwind_Backtrace(count_frame, NULL);
	snapshot_fault();
	END();
}

__attribute__((noinline)) static void step(int n)
{
	if (n)
		step(n - 1);
	else
		last();
	END();
}

/* Its frame's size is known only when it runs, so the frame is found by %rbp. */
__attribute__((noinline)) static void moving(int n)
{
	volatile char *room = __builtin_alloca((size_t)n * 16 + 16);

	room[0] = 1;
	if (n)
		moving(n - 1);
	else
		last();
	room[1] = 2;
	END();
}

static int compare(const void *a, const void *b)
{
	last();
	return *(const int *)a - *(const int *)b;
}

static int signal_depth;

static void on_signal(int number)
{
	step(signal_depth);
	END();
}

/* Where a function comes at or after frame `from`; the chain has to have it. */
static uint32_t find_frame(const struct stack_trace *t, uint32_t from, const char *name)
{
	for (uint32_t i = from; i < t->nframes; i++)
		if (frame(t, i)->name && !strcmp(frame(t, i)->name, name))
			return i;
	fail_msg("%s is not in the chain of %u frames", name, t->nframes);
	return 0;
}

/* The frames that the compiler's library sees, and the one that faulted. libunwind 1.8 on arm64 ends where the
 * frame pointer is zero, which is before _start. */
static void assert_whole(const struct stack_trace *t)
{
	bool shorter = arch.link_register && t->nframes == (uint32_t)depth;

	assert_false(t->truncated);
	if (!shorter)
		assert_int_equal(t->nframes, depth + 1);
	assert_frame(t, t->nframes - 1, shorter ? "__libc_start_main" : "_start");
}

static void test_every_frame_of_a_chain_is_there(void **state)
{
	static const int depths[] = { 0, 3, 18, 98, 200 };

	for (size_t i = 0; i < sizeof(depths) / sizeof(*depths); i++) {
		const struct stack_trace *t;
		uint32_t n = 0;

		step(depths[i]);
		t = unwind();
		assert_frame(t, n++, "snapshot_fault");
		assert_frame(t, n++, "last");
		for (int k = 0; k <= depths[i]; k++)
			assert_frame(t, n++, "step");
		assert_frame(t, n, "test_every_frame_of_a_chain_is_there");
		assert_whole(t);
	}
}

static void test_more_frames_than_there_is_room_for(void **state)
{
	const struct stack_trace *t;

	step(290);
	t = unwind();
	assert_int_equal(t->nframes, 256);
	assert_true(t->truncated);
	assert_frame(t, 255, "step");
}

static void test_frames_of_changing_size(void **state)
{
	const struct stack_trace *t;

	moving(4);
	t = unwind();
	for (uint32_t i = 2; i < 7; i++)
		assert_frame(t, i, "moving");
	assert_whole(t);
}

static void test_a_callback_of_the_c_library(void **state)
{
	int numbers[] = { 2, 1 };
	const struct stack_trace *t;
	uint32_t n;

	qsort(numbers, 2, sizeof(*numbers), compare);
	t = unwind();
	assert_frame(t, 2, "compare");
	assert_int_equal(strncmp(frame(t, 3)->object, "libc", 4), 0);
	n = find_frame(t, 4, "test_a_callback_of_the_c_library");
	assert_true(n > 4);
	assert_whole(t);
}

/* What was learned of the signal's frame must serve the next one, which finds other words on the stack. */
static void test_a_signal_on_the_way(void **state)
{
	const struct stack_trace *t;
	uint32_t n;

	for (signal_depth = 1; signal_depth <= 3; signal_depth++) {
		signal(SIGUSR1, on_signal);
		raise(SIGUSR1);
		signal(SIGUSR1, SIG_DFL);
		t = unwind();
		n = (uint32_t)signal_depth + 3;
		assert_frame(t, n, "on_signal");
		assert_frame(t, n + 1, "<signal handler called>");
		n = find_frame(t, n + 2, "raise");
		assert_frame(t, n + 1, "test_a_signal_on_the_way");
		assert_false(t->truncated);
	}
}

static bool has_tables(uintptr_t object)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)object;
	const Elf64_Phdr *p = (const Elf64_Phdr *)(object + h->e_phoff);

	for (int i = 0; i < h->e_phnum; i++)
		if (p[i].p_type == PT_GNU_EH_FRAME)
			return true;
	return false;
}

static void test_code_of_the_kernel_in_the_process(void **state)
{
	struct timespec *denied = (struct timespec *)snapshot.page;
	const struct stack_trace *t;

	snapshot_arm();
	snapshot.bytes = 0;
	clock_gettime(CLOCK_MONOTONIC, denied);
	if (!snapshot.bytes) {
		print_message("# the kernel itself tells the time here\n");
		skip();
	}
	t = unwind();
	assert_string_equal(frame(t, 0)->object, "[vdso]");
	assert_non_null(frame(t, 0)->name);
	if (!has_tables(getauxval(AT_SYSINFO_EHDR))) {
		assert_true(t->truncated);
		print_message("# the kernel's code has no unwind tables here\n");
		skip();
	}
	find_frame(t, 1, "test_code_of_the_kernel_in_the_process");
	assert_false(t->truncated);
}

static void test_a_stack_that_was_not_captured_whole(void **state)
{
	const struct stack_trace *t;
	uint32_t nframes;

	snapshot.want = 512;
	step(100);
	t = unwind();
	assert_true(t->truncated);
	assert_true(t->nframes > 5 && t->nframes < 100);
	for (uint32_t i = 2; i < t->nframes; i++)
		assert_frame(t, i, "step");
	/* With more of the same stack there are more frames: the first result is not repeated. */
	nframes = t->nframes;
	snapshot.want = SNAPSHOT_BYTES;
	step(100);
	assert_true(unwind()->nframes > nframes);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Says what it costs; how much that may be is for the bench to judge. */
static void test_many_times_the_same_is_one_unwind(void **state)
{
	enum { HITS = 100000 };
	struct unwind_snapshot s;
	double start;

	step(16);
	s = snapshot_get();
	unwinder_trace(unwinder, &s);
	start = seconds();
	for (int i = 0; i < HITS; i++)
		unwinder_trace(unwinder, &s);
	print_message("# %.3f us each\n", (seconds() - start) * 1e6 / HITS);
	assert_int_equal(stacks.unwinds, 1);
	assert_int_equal(stacks.memo_hits, HITS);
}

static void test_the_same_again_is_remembered(void **state)
{
	struct unwind_snapshot s;
	uint32_t trace;

	step(10);
	s = snapshot_get();
	trace = unwinder_trace(unwinder, &s);
	assert_int_equal(stacks.unwinds, 1);
	snapshot.registers[REGISTER_UNUSED] ^= 1; /* no unwind needs it */
	if (snapshot.registers[REGISTER_FRAME] != snapshot.registers[arch.sp])
		snapshot.stack[0] ^= 1; /* nor a local variable, unless a frame pointer was saved there */
	assert_int_equal(unwinder_trace(unwinder, &s), trace);
	assert_int_equal(stacks.memo_hits, 1);
	/* Another caller somewhere: not the same. */
	for (size_t i = 0; i + 8 <= snapshot.bytes; i += 8)
		snapshot.stack[i + 3] ^= 0xff;
	assert_int_not_equal(unwinder_trace(unwinder, &s), trace);
	assert_int_equal(stacks.unwinds, 2);
	assert_int_equal(stacks.memo_hits, 1);
}

/* Without a look at anything: only what an unwind has shown, and of no process whose maps are old. */
static void test_known_at_once_or_not_at_all(void **state)
{
	struct unwind_snapshot s;
	uint32_t trace, known;

	step(10);
	s = snapshot_get();
	assert_false(unwinder_known(unwinder, &s, &known));
	assert_int_equal(stacks.unwinds, 0);
	trace = unwinder_trace(unwinder, &s);
	assert_true(unwinder_known(unwinder, &s, &known));
	assert_int_equal(known, trace);
	assert_int_equal(stacks.memo_hits, 1);
	unwinder_refresh(unwinder, getpid());
	assert_false(unwinder_known(unwinder, &s, &known));
	assert_int_equal(unwinder_trace(unwinder, &s), trace);
	assert_true(unwinder_known(unwinder, &s, &known));
	s.pid++;
	assert_false(unwinder_known(unwinder, &s, &known));
	s.pid--;
	if (REGISTER_MODE < 0)
		return;
	snapshot.registers[REGISTER_MODE] = REGISTER_MODE_32;
	assert_false(unwinder_known(unwinder, &s, &known));
}

/* A forked process runs the same code, and what was learned of one holds for the other. */
static void test_a_fork_has_the_same_traces(void **state)
{
	struct unwind_snapshot s;
	pid_t child = fork();
	uint32_t trace;

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	step(5);
	s = snapshot_get();
	trace = unwinder_trace(unwinder, &s);
	unwinder_process(unwinder, child, getpid());
	s.pid = child;
	assert_int_equal(unwinder_trace(unwinder, &s), trace);
	unwinder_refresh(unwinder, child);
	assert_int_equal(unwinder_trace(unwinder, &s), trace);
	assert_int_equal(stacks.memo_hits, 2);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	unwinder_gone(unwinder, child);
	assert_int_equal(unwinder_trace(unwinder, &s), trace);
	unwinder_refresh(unwinder, child); /* it cannot be read any more: what was known holds */
	assert_int_equal(unwinder_trace(unwinder, &s), trace);
}

static void test_of_a_process_unknown_nothing_is_made_up(void **state)
{
	struct unwind_snapshot s;
	const struct stack_trace *t;

	step(5);
	s = snapshot_get();
	s.pid = 0x3ffffffe; /* above any pid */
	t = unwind_this(&s);
	assert_int_equal(t->nframes, 1);
	assert_true(t->truncated);
	assert_int_equal(frame(t, 0)->kind, FRAME_UNKNOWN);
	if (REGISTER_MODE < 0)
		return;
	snapshot.registers[REGISTER_MODE] = REGISTER_MODE_32;
	assert_int_equal(unwind()->nframes, 1);
}

static void test_registers_of_nonsense(void **state)
{
	static const uint64_t values[] = { 0, 1, 8, 0x7fffffffffff, 0x8000000000000000, UINT64_MAX };
	uint64_t ip;

	step(5);
	ip = snapshot.registers[arch.ip];
	for (size_t i = 0; i < 6; i++)
		for (int r = 0; r < (int)arch.registers; r++) {
			uint64_t before = snapshot.registers[r];

			if (r == REGISTER_MODE)
				continue;
			snapshot.registers[r] = values[i];
			assert_true(unwind()->nframes >= 1);
			snapshot.registers[r] = before;
		}
	for (size_t i = 0; i < snapshot.bytes; i++)
		snapshot.stack[i] = (uint8_t)(i * 37);
	assert_true(unwind()->truncated);
	snapshot.registers[arch.ip] = ip;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_frame_of_a_chain_is_there),
		TEST(test_more_frames_than_there_is_room_for),
		TEST(test_frames_of_changing_size),
		TEST(test_a_callback_of_the_c_library),
		TEST(test_a_signal_on_the_way),
		TEST(test_code_of_the_kernel_in_the_process),
		TEST(test_a_stack_that_was_not_captured_whole),
		TEST(test_many_times_the_same_is_one_unwind),
		TEST(test_the_same_again_is_remembered),
		TEST(test_known_at_once_or_not_at_all),
		TEST(test_a_fork_has_the_same_traces),
		TEST(test_of_a_process_unknown_nothing_is_made_up),
		TEST(test_registers_of_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
