#include "lib/between.h"
#include "lib/golden.h"
#include "lib/scene.h"
#include "lib/text_asserts.h"
#include "base/clock.h"
#include "model/field.h"
#include "sink/json.h"

/* The version of the day has no place in a golden file. */
static void hide_version(struct buf *b)
{
	static const char version[] = "\"" COWTOP_VERSION "\"", hidden[] = "\"VERSION\"";
	cleanup(buf_release) struct buf r = { 0 };
	char *at = strstr(b->data, version);

	assert_non_null(at);
	buf_add(&r, b->data, (size_t)(at - b->data));
	buf_adds(&r, hidden);
	buf_adds(&r, at + strlen(version));
	buf_reset(b);
	buf_add(b, r.data, r.len);
}

static void test_json__golden(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_day(&c);
	json_snapshot(&out, &c.snap, true);
	hide_version(&out);
	golden_check("day.json", &out);
}

static void test_json__golden_of_little(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	json_snapshot(&out, &c.snap, true);
	hide_version(&out);
	golden_check("night.json", &out);
}

static void test_json__golden_of_pools(void **state)
{
	cleanup(scene_end) struct scene day = { 0 }, night = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct snapshot both[2];

	scene_day(&day);
	scene_night(&night);
	both[0] = day.snap;
	both[1] = night.snap;
	json_pools(&out, both, 2, true);
	hide_version(&out);
	golden_check("pools.json", &out);
}

static void test_json__one_line(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	json_snapshot(&out, &c.snap, false);
	assert_ptr_equal(strchr(out.data, '\n'), out.data + out.len - 1);
	assert_has(&out, "{\"schema\":\"cowtop.sample/1\",");
	assert_has(&out, "\"elapsed_s\":null");
	assert_has(&out, "\"cached_bytes\":null");
	assert_has(&out, "\"findings\":[]");
	assert_has(&out, "\"walked\":null");
}

/* Pieces of a pool of 500 are none of them much longer than they must be, and all of them are the document. */
static void test_json__pieces(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf whole = { 0 }, joined = { 0 }, piece = { 0 };
	struct proc_snapshot many[500];
	struct snapshot snap;
	struct json_pieces pieces = { .snap = &snap, .pretty = true };
	size_t n = 0;

	scene_day(&c);
	snap = c.snap;
	for (size_t i = 0; i < 500; i++)
		many[i] = c.snap.procs[i % c.snap.nprocs];
	snap.procs = many;
	snap.nprocs = 500;
	json_snapshot(&whole, &snap, true);
	for (; json_piece(&pieces, &piece); n++) {
		assert_true(piece.len < JSON_PIECE + 16384);
		buf_add(&joined, piece.data, piece.len);
		buf_reset(&piece);
	}
	assert_int_equal(n, (whole.len + JSON_PIECE - 1) / JSON_PIECE);
	assert_false(json_piece(&pieces, &piece));
	assert_string_equal(joined.data, whole.data);
}

static void test_json__no_pools(void **state)
{
	cleanup(buf_release) struct buf out = { 0 };

	json_pools(&out, NULL, 0, false);
	assert_has(&out, "\"time\":null,\"host\":null,\"pools\":[]}");
}

/* Counts as they are, to the last digit; what is not whole keeps its fraction. */
static void test_json__numbers(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_day(&c);
	c.s.host.memory_bytes = 9007199254740993;
	c.snap.pool.memory.rss = 0x1p53;
	c.snap.pool.memory.pss = 1e15;
	c.snap.pool.memory.uss = 4294967296.0;
	c.snap.pool.memory.swap = -0.0;
	c.snap.pool.saved_bytes = -4096;
	c.snap.pool.footprint_bytes = INFINITY;
	c.snap.pool.cow_broken_ratio = 0.125;
	c.snap.pool.faults.correlation = -0.5;
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "\"memory_bytes\":9007199254740993,");
	assert_has(&out, "\"rss_bytes\":9007199254740992,");
	assert_has(&out, "\"pss_bytes\":1000000000000000,");
	assert_has(&out, "\"uss_bytes\":4294967296,");
	assert_has(&out, "\"swap_bytes\":0,");
	assert_has(&out, "\"saved_bytes\":-4096,");
	assert_has(&out, "\"footprint_bytes\":null,");
	assert_has(&out, "\"cow_broken_ratio\":0.125,");
	assert_has(&out, "\"correlation\":-0.5}");
	assert_has(&out, "\"cost_s\":0.0125,");
}

static void test_json__hostile_names(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	size_t i;

	scene_night(&c);
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "\"cmdline\":"
			 "\"app\\\\x1b[31m\\\\n\\\"\\\\\\\\xff\\\\xe2\\\\x80\\\\xaex\"");
	assert_lacks(&out, "\\u00");
	for (i = 0; i + 1 < out.len; i++)
		assert_between((unsigned char)out.data[i], 0x20, 0x7e);
}

static void test_json__times(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	c.s.time_ns = FIXTURE_BEGIN + 123999999;
	c.s.procs[0].start_ns = -1;
	c.s.procs[1].start_ns = INT64_MAX;
	c.s.procs[2].start_ns = INT64_MIN;
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "\"time\":\"2026-11-21T09:00:00.123Z\"");
	assert_has(&out, "\"start_time\":\"1969-12-31T23:59:59.999Z\"");
	assert_has(&out, "\"start_time\":\"2262-04-11T23:47:16.854Z\"");
	assert_has(&out, "\"start_time\":\"1677-09-21T00:12:43.145Z\"");
}

/* Every row of the table is in the document, under the name that a rule uses. */
static void test_json__every_field(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	char key[64];
	size_t i;

	scene_day(&c);
	json_snapshot(&out, &c.snap, false);
	for (i = 0; i < nfields; i++) {
		const char *path = fields[i].process_key, *dot;

		if (!path)
			path = fields[i].pool_key;
		dot = strchr(path, '.');
		snprintf(key, sizeof(key), "\"%s\":", dot ? dot + 1 : path);
		assert_has(&out, key);
	}
}

/* No runtime is null; a runtime that could not be read is named, and all the rest is null. */
static void test_json__gc(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "\"gc\":null,");
	assert_has(&out, "\"gc\":{\"runtime\":\"cpython\",\"version\":\"3.11.2\",\"build\":\"release\","
			 "\"enabled\":true,\"thresholds\":[null,10,10],\"counts\":[0,null,0],"
			 "\"collections\":[0,0,0],");
	assert_has(
		&out,
		"\"gc\":{\"runtime\":\"cpython\",\"version\":null,\"build\":null,"
		"\"enabled\":null,\"thresholds\":null,\"counts\":null,\"collections\":null,"
		"\"collected\":null,\"uncollectable\":null,\"any_frozen\":null,"
		"\"frozen\":null,\"collecting\":null,\"lazy_imports\":null,\"generational\":null,\"full_collections\":null,\"interpreters\":null,"
		"\"settings\":{}},");
	/* why, which nobody can grant */
	assert_has(&out,
		   "{\"what\":\"gc\",\"error\":null,\"needs\":null,\"why\":\"a layout that is known\"}");
	assert_lacks(&out, "no collector counters");
	assert_has(&out, "\"interpreter_states\":[{\"id\":0,\"enabled\":true,");
	assert_has(&out, "{\"id\":7,\"enabled\":false,");
	assert_lacks(&out, "again");
}

/* What CPython 3.15 keeps of its full collections: in the process, and in the event of one. */
static void test_json__full_collections(void **state)
{
	static const fact worker[6] = { 21000, 300, 6400, 40, 4100, 1800 };
	cleanup(scene_end) struct scene c = { .analysis = analysis_new() };
	cleanup(buf_release) struct buf out = { 0 };
	struct gc_state *g;

	for (int second = 0; second < 2; second++) {
		sample_release(&c.s);
		snapshot_release(&c.snap);
		fixture_begin(&c.s, second);
		fixture_gc(fixture_add(&c.s, 100, -100, worker), 1, 2000, 0);
		g = fixture_gc(fixture_add(&c.s, 101, -50, worker), 1, 2000, 0);
		g->collections[2] = 7 + second;
		for (int i = 0; second && i < 2; i++)
			g->full[i] = (struct gc_full){ c.s.mono_ns - (i + 1) * SECOND / 4,
						       c.s.mono_ns - (i + 1) * SECOND / 4 + 35 * MILLISECOND,
						       i ? ABSENT : 1200000 };
		analysis_next(c.analysis, &c.s, &c.snap);
	}
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "\"full_collections\":[],"); /* the master: it never collected */
	assert_has(&out, "\"full_collections\":[{\"number\":8,\"start\":\"");
	assert_has(&out, "\"duration_s\":0.035,\"candidates\":1200000,\"inherited\":false},{\"number\":7,");
	assert_has(&out, "\"duration_s\":0.035,\"candidates\":null,\"inherited\":false}],");
	assert_has(&out,
		   "\"type\":\"gc_collected\",\"text\":\"a full collection in worker 1, 35 ms over 1.2M "
		   "objects, 0 B copied meanwhile\"");
	assert_has(&out, "\"duration_s\":0.035,\"candidates\":1200000}]");
}

/* No permission would give what another runtime does not have. */
static void test_json__gc_of_another_runtime(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	gc_facts_release(&c.s.procs[0].gc);
	c.s.procs[0].gc.runtime = RUNTIME_RUBY;
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "{\"what\":\"gc\",\"error\":null,\"needs\":null,"
			 "\"why\":\"ruby has no collector counters that can be read from outside\"}");
}

/* What the kernel was found to do, and what was not found out. */
static void test_json__kernel(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_day(&c);
	kernel_set(&c.s.host.properties, KERNEL_FRAMES, true);
	kernel_set(&c.s.host.properties, KERNEL_FLAG, false);
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "\"skipped\":1,\"kernel\":{\"frame_numbers\":true,\"exclusive_bit\":null,"
			 "\"exclusive_bit_each\":null,\"exclusive_flag\":false,");
	assert_has(&out, "\"last_owner_reuses\":null,\"merged_flag\":null}}");
}

/* Neither is an event of the host one of a process, nor a finding of the pool. */
static void test_json__no_pid(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_day(&c);
	c.snap.events[0].pid = 0;
	for (size_t i = 0; i < c.snap.nfindings; i++)
		c.snap.findings[i].pid = 0;
	json_snapshot(&out, &c.snap, false);
	assert_has(&out, "\"pid\":null,\"type\":\"worker_exited\"");
	assert_has(&out, "{\"kind\":\"reenabled\",\"pid\":null,\"text\":");
	assert_lacks(&out, "\"pid\":0,");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json__golden),
		cmocka_unit_test(test_json__golden_of_little),
		cmocka_unit_test(test_json__golden_of_pools),
		cmocka_unit_test(test_json__one_line),
		cmocka_unit_test(test_json__pieces),
		cmocka_unit_test(test_json__no_pools),
		cmocka_unit_test(test_json__numbers),
		cmocka_unit_test(test_json__hostile_names),
		cmocka_unit_test(test_json__times),
		cmocka_unit_test(test_json__every_field),
		cmocka_unit_test(test_json__gc),
		cmocka_unit_test(test_json__full_collections),
		cmocka_unit_test(test_json__every_field),
		cmocka_unit_test(test_json__gc_of_another_runtime),
		cmocka_unit_test(test_json__kernel),
		cmocka_unit_test(test_json__no_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
