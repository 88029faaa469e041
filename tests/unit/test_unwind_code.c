#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/unwinding.h"

#define CODE_BYTES 65536 /* a page of any machine */

__attribute__((noinline)) static void last(void)
{
	snapshot_fault();
	END();
}

/* What gcc links into every program, without an unwind table: when a destructor is called from there. */
void dtors(void), destructor(void), deregister(void);

__attribute__((noinline, used)) void destructor(void)
{
	last();
	END();
}

__attribute__((noinline, used)) void deregister(void)
{
	END();
}

__asm__(PROCESSOR_DTORS);

__attribute__((noinline)) static const struct stack_trace *below_dtors(void)
{
	dtors();
	END();
	return unwind();
}

static void test_the_end_of_an_object(void **state)
{
	const struct stack_trace *t = below_dtors();

	assert_frame(t, 2, "destructor");
	assert_frame(t, 3, "__do_global_dtors_aux");
	assert_frame(t, 4, "below_dtors");
	assert_false(t->truncated);
}

/* Code that writes and returns and, at 64, a trampoline of CPython's: its fourth argument is called. */
static uint8_t *make_code(void)
{
	uint8_t *code = mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(code, MAP_FAILED);
	memcpy(code, processor_store, sizeof(processor_store));
	memcpy(code + 64, processor_trampoline, sizeof(processor_trampoline));
	mprotect(code, CODE_BYTES, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)code, (char *)code + 128);
	return code;
}

static void test_generated_code_without_tables_ends_the_chain(void **state)
{
	uint8_t *code = make_code();
	const struct stack_trace *t;
	void (*store)(char *);

	memcpy(&store, &code, sizeof(store));
	snapshot_arm();
	store(snapshot.page);
	t = unwind(); /* the code is newer than what is known of the process */
	assert_int_equal(t->nframes, 1);
	assert_int_equal(frame(t, 0)->kind, FRAME_UNKNOWN);
	assert_string_equal(frame(t, 0)->object, "[anon]");
	assert_true(t->truncated);
	munmap(code, CODE_BYTES);
}

/* Faults below a trampoline with this map file. */
__attribute__((noinline)) static const struct stack_trace *below_trampoline(uint8_t *code)
{
	uint8_t *at = code + 64;
	void (*trampoline)(long, long, long, void (*)(void));

	memcpy(&trampoline, &at, sizeof(trampoline));
	trampoline(1, 2, 3, last);
	END();
	return unwind();
}

static void test_python_functions_under_X_perf(void **state)
{
	uint8_t *code = make_code();
	const struct stack_trace *t;
	char path[64];
	FILE *map;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	map = fopen(path, "wx");
	assert_non_null(map);
	fprintf(map, "%lx %zx py::Thing.inner:/srv/app.py\n", (unsigned long)(uintptr_t)(code + 64),
		sizeof(processor_trampoline));
	fclose(map);
	t = below_trampoline(code);
	unlink(path);
	assert_int_equal(frame(t, 2)->kind, FRAME_PYTHON);
	assert_frame(t, 2, "Thing.inner");
	assert_string_equal(frame(t, 2)->file, "/srv/app.py");
	assert_frame(t, 3, "below_trampoline");
	assert_false(t->truncated);
	munmap(code, CODE_BYTES);
}

/* What is only a link to such a file could lead anywhere. */
static void test_a_map_that_is_a_link_is_not_read(void **state)
{
	char path[64], real[] = "/tmp/unwinder-XXXXXX", line[64];
	uint8_t *code = make_code();
	int fd = mkstemp(real), n;
	const struct stack_trace *t;

	assert_true(fd >= 0);
	n = snprintf(line, sizeof(line), "%lx %zx py::f:x\n", (unsigned long)(uintptr_t)(code + 64),
		     sizeof(processor_trampoline));
	assert_int_equal(write(fd, line, (size_t)n), n);
	close(fd);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	assert_int_equal(symlink(real, path), 0);
	t = below_trampoline(code);
	unlink(path);
	unlink(real);
	assert_null(frame(t, 2)->name);
	assert_frame(t, 3, "below_trampoline"); /* but the trampoline is known by its code */
	munmap(code, CODE_BYTES);
}

__attribute__((noinline)) static void count(char *object)
{
	snapshot_arm();
	processor_count(object);
}

__attribute__((noinline)) static void count_perl(char *object)
{
	snapshot_arm();
	processor_count_perl(object);
}

__attribute__((noinline)) static void mark(char *object)
{
	snapshot_arm();
	processor_mark(object);
}

static void test_what_the_store_was_about(void **state)
{
	count(snapshot.page);
	assert_int_equal(unwind()->leaf, LEAF_REFCOUNT);
	count_perl(snapshot.page);
	assert_int_equal(unwind()->leaf, LEAF_PERL_COUNT);
	mark(snapshot.page);
	assert_int_equal(unwind()->leaf, LEAF_GC_HEAD);
	snapshot_fault();
	assert_int_equal(unwind()->leaf, LEAF_DATA);
}

/* The kernel's own write: the process is at the instruction behind its call. */
static void test_which_system_call_wrote(void **state)
{
	struct unwind_snapshot s;
	const struct stack_trace *t;
	uint64_t behind;

	PROCESSOR_BEHIND_CALL(behind);
	snapshot_fault();
	s = snapshot_get();
	s.kernel = true;
	t = unwind_this(&s);
	assert_int_equal(frame(t, 0)->kind, FRAME_KERNEL);
	assert_string_equal(frame(t, 0)->name, "kernel"); /* of its own accord */
	snapshot.registers[arch.ip] = behind;
	processor_in_call(snapshot.registers);
	s.kernel = arch.in_call(snapshot.registers);
	t = unwind_this(&s);
	assert_true(t->kernel);
	assert_string_equal(frame(t, 0)->object, "[kernel]");
	assert_string_equal(frame(t, 0)->name, "recvfrom");
	assert_frame(t, 1, "test_which_system_call_wrote");
}

/* Whoever had this pid before may have left one. */
static int no_map(void **state)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_generated_code_without_tables_ends_the_chain),
		TEST(test_the_end_of_an_object),
		TEST(test_python_functions_under_X_perf),
		TEST(test_a_map_that_is_a_link_is_not_read),
		TEST(test_what_the_store_was_about),
		TEST(test_which_system_call_wrote),
	};

	return cmocka_run_group_tests(tests, no_map, NULL);
}
