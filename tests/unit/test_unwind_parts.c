#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "processor.h"
#include "sys/arch.h"
#include "unwind/unwind_memo.h"
#include "unwind/unwind_table.h"
#include "unwind/unwind_unpack.h"

static uint64_t registers[ARCH_REGISTERS];
static uint8_t stack[4 * UNWIND_READS + 8];

static struct unwind_snapshot snapshot(void)
{
	return (struct unwind_snapshot){
		.pid = 7, .registers = registers, .stack = stack, .stack_bytes = sizeof(stack)
	};
}

static struct unwind_reads *reads_of(size_t n)
{
	static struct unwind_reads reads;

	reads = (struct unwind_reads){ .registers = UINT64_C(1) << REGISTER_FRAME, .n = n };
	for (size_t i = 0; i < n && i < UNWIND_READS; i++)
		memcpy(&reads.words[i].value, stack + (reads.words[i].offset = i * 4), 8);
	return &reads;
}

static const struct unwind_known *trace_of(uint32_t trace)
{
	static struct unwind_known known;

	known.trace = trace;
	return &known;
}

static void test_what_an_unwind_has_read_must_be_the_same(void **state)
{
	struct unwind_memo *m = unwind_memo_new();
	struct unwind_snapshot s = snapshot();
	struct unwind_known known = { 0 };

	assert_false(unwind_memo_find(m, 1, &s, &known));
	unwind_memo_put(m, 1, &s, reads_of(3), trace_of(42));
	assert_true(unwind_memo_find(m, 1, &s, &known));
	assert_int_equal(known.trace, 42);
	assert_false(unwind_memo_find(m, 2, &s, &known));
	registers[REGISTER_UNUSED]++;
	stack[100]++;
	s.pid = 8;
	assert_true(unwind_memo_find(m, 1, &s, &known));
	registers[REGISTER_FRAME]++;
	assert_false(unwind_memo_find(m, 1, &s, &known));
	registers[REGISTER_FRAME]--;
	stack[15]++;
	assert_false(unwind_memo_find(m, 1, &s, &known));
	stack[15]--;
	s.stack_bytes = 15; /* the last word is not whole any more */
	assert_false(unwind_memo_find(m, 1, &s, &known));
	s.stack_bytes = 16;
	assert_true(unwind_memo_find(m, 1, &s, &known));
	s.kernel = true;
	assert_false(unwind_memo_find(m, 1, &s, &known));
	unwind_memo_free(m);
}

static void test_the_loops_of_a_stack_are_kept(void **state)
{
	static struct unwind_loops two = { 2, { { 3, 8, 16 }, { 5, 24, 40 } } };
	struct unwind_memo *m = unwind_memo_new();
	struct unwind_snapshot s = snapshot();
	struct unwind_known known = { 9, &two };

	unwind_memo_put(m, 1, &s, reads_of(2), &known);
	two.n = 0; /* a copy is */
	known.loops = NULL;
	assert_true(unwind_memo_find(m, 1, &s, &known));
	assert_int_equal(known.loops->n, 2);
	assert_memory_equal(known.loops->items, two.items, 2 * sizeof(two.items[0]));
	unwind_memo_put(m, 1, &s, reads_of(2), trace_of(10));
	assert_true(unwind_memo_find(m, 1, &s, &known));
	assert_null(known.loops);
	unwind_memo_free(m);
}

static void test_what_holds_for_one_process_or_one_length(void **state)
{
	struct unwind_memo *m = unwind_memo_new();
	struct unwind_snapshot s = snapshot();
	struct unwind_reads *reads = reads_of(1);
	struct unwind_known known;

	reads->own = true;
	unwind_memo_put(m, 1, &s, reads, trace_of(1));
	s.pid = 8;
	assert_false(unwind_memo_find(m, 1, &s, &known));
	reads->own = false;
	reads->to_the_end = true;
	unwind_memo_put(m, 1, &s, reads, trace_of(2));
	assert_true(unwind_memo_find(m, 1, &s, &known));
	s.stack_bytes -= 8;
	assert_false(unwind_memo_find(m, 1, &s, &known));
	/* One that read more than can be kept. */
	unwind_memo_put(m, 3, &s, reads_of(UNWIND_READS + 1), trace_of(3));
	assert_false(unwind_memo_find(m, 3, &s, &known));
	unwind_memo_free(m);
}

#ifdef __GLIBC_PREREQ
#define GLIBC_TELLS_BYTES __GLIBC_PREREQ(2, 33)
#else
#define GLIBC_TELLS_BYTES 0
#endif

#if GLIBC_TELLS_BYTES
/* Bytes that malloc(3) has given out. */
static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}
#else
/* Other allocators do not say it: what is resident. */
static size_t in_use(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	size_t size = 0, resident = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%zu %zu", &size, &resident), 2);
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

static void test_stacks_that_never_repeat_cost_no_more_and_more(void **state)
{
	struct unwind_memo *m = unwind_memo_new();
	struct unwind_snapshot s = snapshot();
	size_t before = in_use();
	struct unwind_known known;

	for (uint32_t i = 0; i < 4000; i++) {
		registers[arch.ip] = i;
		unwind_memo_put(m, 1, &s, reads_of(2000), trace_of(i));
	}
	assert_true(in_use() - before < (size_t)40 << 20);
	assert_true(unwind_memo_find(m, 1, &s, &known));
	assert_int_equal(known.trace, 3999);
	/* At one place as well: the chain stays short, with the last ones. */
	for (uint32_t i = 0; i < 100; i++) {
		registers[REGISTER_FRAME] = i;
		unwind_memo_put(m, 2, &s, reads_of(1), trace_of(i));
	}
	assert_true(unwind_memo_find(m, 2, &s, &known));
	registers[REGISTER_FRAME] = 50;
	assert_false(unwind_memo_find(m, 2, &s, &known));
	registers[REGISTER_FRAME] = registers[arch.ip] = 0;
	unwind_memo_free(m);
}

static void test_functions_and_traces_are_there_once(void **state)
{
	struct stacks stacks = { 0 };
	struct unwind_objects objects = { 0 };
	struct unwind_key inner = {
		.kind = FRAME_PYTHON, .name = "inner", .name_len = 5, .file = "a.py", .file_len = 4
	};
	struct unwind_key other = inner, nameless = { .kind = FRAME_JIT, .pid = 7, .start = 0x1000 };
	struct unwind_table t;
	uint32_t frames[2];
	struct stack_trace trace = { .frames = frames, .nframes = 2 };

	unwind_table_init(&t, &stacks, &objects);
	other.file_len = 3;
	frames[0] = unwind_table_function(&t, &inner, "[python]", 0);
	frames[1] = unwind_table_function(&t, &other, "[python]", 0);
	assert_int_not_equal(frames[0], frames[1]);
	assert_int_equal(unwind_table_function(&t, &inner, "[python]", 0), frames[0]);
	assert_string_equal(stacks.functions[frames[1]].file, "a.p");
	assert_string_equal(stacks.functions[frames[1]].object, "[python]");
	frames[1] = unwind_table_function(&t, &nameless, "[anon]", 0x1004);
	nameless.pid = 8;
	assert_int_not_equal(unwind_table_function(&t, &nameless, "[anon]", 0x1004), frames[1]);

	assert_int_equal(unwind_table_trace(&t, &trace), 0);
	assert_int_equal(unwind_table_trace(&t, &trace), 0);
	trace.truncated = true;
	assert_int_equal(unwind_table_trace(&t, &trace), 1);
	assert_int_equal(stacks.ntraces, 2);
	assert_int_equal(stacks.traces[1].frames[0], frames[0]);
	unwind_table_release(&t);
	stacks_release(&stacks);
}

static void test_what_has_no_place_is_counted_together(void **state)
{
	struct stacks stacks = { 0 };
	struct unwind_objects objects = { 0 };
	struct unwind_table t;
	uint32_t frames[2], one, two;
	struct stack_trace trace = { .frames = frames, .nframes = 2 };

	unwind_table_init(&t, &stacks, &objects);
	for (uint64_t i = 0; i < 100000; i++) {
		struct unwind_key key = { .kind = FRAME_JIT, .pid = 7, .start = i };

		frames[0] = unwind_table_function(&t, &key, "[anon]", i);
		frames[1] = (uint32_t)i;
		two = unwind_table_trace(&t, &trace);
	}
	assert_int_equal(stacks.nfunctions, 65536);
	assert_int_equal(stacks.ntraces, 65536);
	one = frames[0];
	assert_int_equal(stacks.functions[one].kind, FRAME_UNKNOWN);
	assert_int_equal(stacks.traces[two].nframes, 1);
	assert_true(stacks.traces[two].truncated);
	assert_int_equal(stacks.traces[two].frames[0], one);
	unwind_table_release(&t);
	stacks_release(&stacks);
}

#define WORDS 1000

/* A section that zlib has compressed: both forms say what it was, and one that lies is none. */
static void sections_are_unpacked(void **state)
{
	uint8_t plain[WORDS], packed[sizeof(Elf64_Chdr) + 2 * WORDS] = { 0 }, old[12 + 2 * WORDS] = "ZLIB";
	uLongf stream = 2 * WORDS;
	Elf64_Chdr header = { .ch_type = ELFCOMPRESS_ZLIB, .ch_size = WORDS };
	size_t len = 0, whole;
	uint8_t *got;

	for (size_t i = 0; i < WORDS; i++)
		plain[i] = (uint8_t)(i / 7);
	assert_int_equal(compress(packed + sizeof(header), &stream, plain, WORDS), Z_OK);
	whole = sizeof(header) + stream;
	memcpy(packed, &header, sizeof(header));
	old[10] = WORDS >> 8;
	old[11] = WORDS & 0xff;
	memcpy(old + 12, packed + sizeof(header), stream);

	got = unwind_unpack(packed, whole, WORDS, &len);
	assert_non_null(got);
	assert_int_equal(len, WORDS);
	assert_memory_equal(got, plain, WORDS);
	free(got);
	got = unwind_unpack_old(old, 12 + stream, WORDS, &len);
	assert_non_null(got);
	assert_memory_equal(got, plain, WORDS);
	free(got);

	assert_null(unwind_unpack(packed, whole, WORDS - 1, &len));
	for (size_t cut = 0; cut < whole; cut++)
		assert_null(unwind_unpack(packed, cut, WORDS, &len));
	for (size_t cut = 0; cut < 12 + stream; cut++)
		assert_null(unwind_unpack_old(old, cut, WORDS, &len));
	for (int by = -1; by <= 1; by += 2) {
		header.ch_size = (uint64_t)(WORDS + by);
		memcpy(packed, &header, sizeof(header));
		assert_null(unwind_unpack(packed, whole, 2 * WORDS, &len));
	}
	header = (Elf64_Chdr){ .ch_type = 99, .ch_size = WORDS };
	memcpy(packed, &header, sizeof(header));
	assert_null(unwind_unpack(packed, whole, WORDS, &len));
	old[4] = 0xff;
	assert_null(unwind_unpack_old(old, 12 + stream, 1 << 20, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_unpacked),
		cmocka_unit_test(test_what_an_unwind_has_read_must_be_the_same),
		cmocka_unit_test(test_the_loops_of_a_stack_are_kept),
		cmocka_unit_test(test_what_holds_for_one_process_or_one_length),
		cmocka_unit_test(test_stacks_that_never_repeat_cost_no_more_and_more),
		cmocka_unit_test(test_functions_and_traces_are_there_once),
		cmocka_unit_test(test_what_has_no_place_is_counted_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
