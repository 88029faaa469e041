#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <linux/perf_event.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "parse/perf_record.h"

static const struct perf_layout all = {
	.address = true,
	.chain = true,
	.stack = true,
	.registers = 2,
};

static void add(struct buf *b, uint64_t word)
{
	buf_add(b, &word, sizeof(word));
}

static void two(struct buf *b, int32_t x, int32_t y)
{
	buf_add(b, &x, sizeof(x));
	buf_add(b, &y, sizeof(y));
}

static void begin(struct buf *b, uint32_t type, uint16_t misc)
{
	struct perf_event_header h = { .type = type, .misc = misc };

	buf_add(b, &h, sizeof(h));
}

/* pid 3, tid 4, time 500, id 6. */
static void trailer(struct buf *b)
{
	two(b, 3, 4);
	add(b, 500);
	add(b, 6);
}

static int parse(struct buf *b, const struct perf_layout *layout, struct perf_record *r)
{
	uint16_t size = (uint16_t)b->len;

	memcpy(b->data + offsetof(struct perf_event_header, size), &size, sizeof(size));
	return parse_perf_record((const uint8_t *)b->data, b->len, layout, r);
}

/* One of everything; 24 bytes of stack, 16 of them valid. */
static void sample(struct buf *b)
{
	begin(b, PERF_RECORD_SAMPLE, 0);
	add(b, 6);
	two(b, 3, 4);
	add(b, 500);
	add(b, 0x1000);
	add(b, 2);
	add(b, 71);
	add(b, 72);
	add(b, 2);
	add(b, 81);
	add(b, 82);
	add(b, 24);
	add(b, 91);
	add(b, 92);
	add(b, 93);
	add(b, 16);
}

static void test_sample(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	sample(&b);
	assert_int_equal(parse(&b, &all, &r), 0);
	assert_int_equal(r.kind, PERF_SAMPLED);
	assert_int_equal(r.id, 6);
	assert_int_equal(r.tid, 4);
	assert_int_equal(r.time, 500);
	assert_int_equal(r.address, 0x1000);
	assert_int_equal(r.nchain, 2);
	assert_int_equal(r.chain[0], 71);
	assert_int_equal(r.abi, 2);
	assert_int_equal(r.registers[8], 82);
	assert_int_equal(r.stack_bytes, 16);
	assert_int_equal(r.stack[8], 92);
}

static void test_every_cut_is_refused(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct perf_record r;
	size_t whole;

	(void)state;
	sample(&b);
	for (whole = b.len; b.len > 8; b.len -= 8) {
		if (b.len < whole)
			assert_int_equal(parse(&b, &all, &r), -1);
	}
}

static void test_no_stack(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	static const struct perf_layout layout = { .stack = true, .registers = 2 };
	struct perf_record r;

	(void)state;
	begin(&b, PERF_RECORD_SAMPLE, 0);
	add(&b, 6);
	two(&b, 3, 4);
	add(&b, 500);
	add(&b, 0); /* a kernel thread */
	add(&b, 0);
	assert_int_equal(parse(&b, &layout, &r), 0);
	assert_null(r.registers);
	assert_null(r.stack);
}

static void test_fork(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	begin(&b, PERF_RECORD_FORK, 0);
	two(&b, 10, 11);
	two(&b, 12, 13);
	add(&b, 499);
	trailer(&b);
	assert_int_equal(parse(&b, &all, &r), 0);
	assert_int_equal(r.kind, PERF_FORKED);
	assert_int_equal(r.pid, 10);
	assert_int_equal(r.ppid, 11);
	assert_int_equal(r.tid, 12);
	assert_int_equal(r.ptid, 13);
	assert_int_equal(r.time, 500);
	assert_int_equal(r.id, 6);
}

static void test_exec_and_name(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	begin(&b, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC);
	two(&b, 10, 12);
	buf_add(&b, "python3\0", 8);
	trailer(&b);
	assert_int_equal(parse(&b, &all, &r), 0);
	assert_int_equal(r.kind, PERF_NAMED);
	assert_true(r.exec);
	assert_string_equal(r.comm, "python3");
	assert_int_equal(r.tid, 12);
}

static void test_lost(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	begin(&b, PERF_RECORD_LOST, 0);
	add(&b, 6);
	add(&b, 77);
	trailer(&b);
	assert_int_equal(parse(&b, &all, &r), 0);
	assert_int_equal(r.kind, PERF_DROPPED);
	assert_int_equal(r.lost, 77);
	assert_int_equal(r.tid, 4);
}

/* Both ways to say whose it is have the event's own number. */
static void test_stream(void **state)
{
	static const struct perf_layout layout = { .stream = true, .chain = true };
	cleanup(buf_release) struct buf b = { 0 }, end = { 0 };
	struct perf_record r;

	(void)state;
	begin(&b, PERF_RECORD_SAMPLE, 0);
	add(&b, 6);
	two(&b, 3, 4);
	add(&b, 500);
	add(&b, 66);
	add(&b, 1);
	add(&b, 71);
	assert_int_equal(parse(&b, &layout, &r), 0);
	assert_int_equal(r.id, 6);
	assert_int_equal(r.stream, 66);
	assert_int_equal(r.chain[0], 71);
	begin(&end, PERF_RECORD_LOST, 0);
	add(&end, 6);
	add(&end, 77);
	two(&end, 3, 4);
	add(&end, 500);
	add(&end, 66);
	add(&end, 6);
	assert_int_equal(parse(&end, &layout, &r), 0);
	assert_int_equal(r.lost, 77);
	assert_int_equal(r.time, 500);
	assert_int_equal(r.stream, 66);
	assert_int_equal(r.id, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),        cmocka_unit_test(test_every_cut_is_refused),
		cmocka_unit_test(test_no_stack),      cmocka_unit_test(test_fork),
		cmocka_unit_test(test_exec_and_name), cmocka_unit_test(test_lost),
		cmocka_unit_test(test_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
