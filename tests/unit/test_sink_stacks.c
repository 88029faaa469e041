#include "lib/between.h"
#include "lib/golden.h"
#include "lib/stacks_scene.h"
#include "lib/plain_text.h"
#include "analysis/stack_report.h"
#include "sink/protobuf.h"
#include "sink/stacks.h"

static void assert_clean(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			fail_msg("byte %02x behind '%.40s'", c, b->data + (i > 40 ? i - 40 : 0));
	}
}

#define GIVEN(scene) \
	cleanup(stacks_release) struct stacks s = { 0 }; \
	cleanup(stack_report_release) struct stack_report r = { 0 }; \
	cleanup(buf_release) struct buf out = { 0 }; \
	scene(&s); \
	stack_report_make(&s, &r)

static void test_text__golden(void **state)
{
	GIVEN(scene_server);

	stacks_text(&out, &r, 5, 80);
	assert_plain_text(&out);
	golden_check("stacks.txt", &out);
}

static void test_text__software(void **state)
{
	GIVEN(scene_software);

	stacks_text(&out, &r, 5, 80);
	assert_plain_text(&out);
	golden_check("stacks-software.txt", &out);
}

/* What the method does not see is null, not 0. */
static void test_json__what_is_not_seen(void **state)
{
	GIVEN(scene_software);
	struct stacks *facts = &s;

	json_stacks(&out, &r, 0, false);
	assert_non_null(strstr(out.data, "\"pages\":{\"copied\":600,\"reused\":300,\"zeroed\":20,"
					 "\"first_touch\":190,\"undecided\":30}"));
	assert_non_null(strstr(out.data, "\"exactness\":\"estimate\",\"unattributed_pages\":null"));
	buf_reset(&out);
	facts->method = STACKS_CGROUP;
	json_stacks(&out, &r, 0, false);
	assert_non_null(strstr(out.data, "\"pages\":{\"copied\":600,\"reused\":null,\"zeroed\":null,"
					 "\"first_touch\":null,\"undecided\":null}"));
}

static void test_text__hostile(void **state)
{
	GIVEN(scene_hostile);

	stacks_text(&out, &r, 10, 80);
	assert_plain_text(&out);
	golden_check("stacks-hostile.txt", &out);
}

static void scene_counted(struct stacks *s)
{
	scene_begin(s, 0);
	scene_process(s, 100, true, 17)->faults = 20;
	scene_process(s, 101, false, 35926);
	scene_process(s, 102, false, ABSENT)->faults = 81;
	stacks_gap(s, "exact copies", 13, "CAP_PERFMON");
}

static void test_text__counted_only(void **state)
{
	GIVEN(scene_counted);

	stacks_text(&out, &r, 10, 80);
	assert_plain_text(&out);
	golden_check("stacks-counted.txt", &out);
}

static void test_json__golden(void **state)
{
	GIVEN(scene_server);

	json_stacks(&out, &r, 0, true);
	golden_check("stacks.json", &out);
}

static void test_json__top_and_hostile(void **state)
{
	GIVEN(scene_hostile);

	json_stacks(&out, &r, 1, false);
	assert_clean(&out);
	assert_non_null(strstr(out.data, "\"stacks\":[{\"role\":\"other\",\"copied_pages\":10,"));
	assert_null(strstr(out.data, "\"copied_pages\":9,"));
}

static void test_folded__golden(void **state)
{
	GIVEN(scene_server);

	stacks_folded(&out, &r);
	golden_check("stacks.folded", &out);
}

/* A separator in a name is none, and a name is on one line. */
static void test_folded__hostile(void **state)
{
	GIVEN(scene_hostile);

	stacks_folded(&out, &r);
	assert_clean(&out);
	golden_check("stacks-hostile.folded", &out);
}

static void test_flamegraph__golden(void **state)
{
	GIVEN(scene_server);

	stacks_flamegraph(&out, &r);
	assert_clean(&out);
	golden_check("stacks.svg", &out);
}

/* The one script is ours. */
static void test_flamegraph__hostile(void **state)
{
	GIVEN(scene_hostile);

	stacks_flamegraph(&out, &r);
	assert_clean(&out);
	assert_null(strstr(strstr(out.data, "<script") + 1, "<script"));
	assert_null(strstr(out.data, "onload=\"hit"));
}

static void test_flamegraph__nothing(void **state)
{
	GIVEN(scene_counted);

	stacks_flamegraph(&out, &r);
	assert_clean(&out);
	assert_non_null(strstr(out.data, "</svg>\n"));
}

static void test_speedscope__golden(void **state)
{
	GIVEN(scene_server);

	json_speedscope(&out, &r);
	golden_check("stacks-speedscope.json", &out);
}

static void test_pprof__is_gzip(void **state)
{
	GIVEN(scene_server);

	assert_true(stacks_pprof(&out, &r, PPROF_PIDS));
	assert_between(out.len, 100, 4000);
	assert_memory_equal(out.data, "\x1f\x8b\x08", 3);
}

static void test_pprof__says_when_there_is_no_room(void **state)
{
	GIVEN(scene_server);

	out.limit = 64;
	assert_false(stacks_pprof(&out, &r, PPROF_PIDS));
}

static void test_protobuf__bytes(void **state)
{
	cleanup(buf_release) struct buf out = { 0 }, empty = { 0 };
	static const uint64_t numbers[] = { 1, 0, 300 };

	pb_number(&out, 1, 150);
	pb_number(&out, 2, 0);
	pb_bytes(&out, 3, &empty);
	pb_element(&out, 6, "", 0);
	pb_element(&out, 6, "ab", 2);
	pb_numbers(&out, 4, numbers, 3);
	pb_number(&out, 16, UINT64_MAX);
	assert_int_equal(out.len, 3 + 2 + 4 + 6 + 12);
	assert_memory_equal(out.data,
			    "\x08\x96\x01\x32\x00\x32\x02"
			    "ab\x22\x04\x01\x00\xac\x02"
			    "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
			    out.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__golden),
		cmocka_unit_test(test_text__software),
		cmocka_unit_test(test_text__hostile),
		cmocka_unit_test(test_json__what_is_not_seen),
		cmocka_unit_test(test_text__counted_only),
		cmocka_unit_test(test_json__golden),
		cmocka_unit_test(test_json__top_and_hostile),
		cmocka_unit_test(test_folded__golden),
		cmocka_unit_test(test_folded__hostile),
		cmocka_unit_test(test_flamegraph__golden),
		cmocka_unit_test(test_flamegraph__hostile),
		cmocka_unit_test(test_flamegraph__nothing),
		cmocka_unit_test(test_speedscope__golden),
		cmocka_unit_test(test_pprof__is_gzip),
		cmocka_unit_test(test_pprof__says_when_there_is_no_room),
		cmocka_unit_test(test_protobuf__bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
