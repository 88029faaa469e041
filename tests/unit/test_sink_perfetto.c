#include "lib/analysis_steps.h"
#include "lib/golden.h"
#include "base/clock.h"
#include "sink/perfetto.h"
#include "sink/perfetto_parts.h"

/* Leaves the string and the document that it is in, and is no UTF-8. */
#define HOSTILE "\"}]},\\\x1b[31m\xff</script>\n"

/* A pool being told, to one trace after the other. */
struct told {
	struct analysis_steps steps;
	struct perfetto *trace;
};

static void begin(struct told *t, struct perfetto *trace)
{
	steps_begin(&t->steps);
	t->trace = trace;
}

static void tell(struct told *t)
{
	steps_look(&t->steps);
	perfetto_snapshot(t->trace, &t->steps.snap);
}

/* A worker that has copied so many pages, with a collector that has made so many full collections. */
static struct proc_sample *add(struct told *t, pid_t pid, double born, fact copied, fact minor, fact full)
{
	struct proc_sample *p = add_worker(&t->steps, pid, born, minor, copied, 0, 0);
	struct gc_state *gc = fixture_gc(p, 1, 700, 0);

	p->pages.cow_broken += copied;
	p->pages.shared -= copied;
	gc->collections[2] = full;
	return p;
}

/* The last full collection of a process as CPython 3.15 keeps it, so many seconds after the beginning. */
static void add_times(struct proc_sample *p, double from_s, double to_s)
{
	p->gc.interpreters[0].full[0] = (struct gc_full){ 500 * SECOND + (int64_t)(from_s * SECOND),
							  500 * SECOND + (int64_t)(to_s * SECOND), 1200 };
}

/* Two workers collect, one of them with times; one goes, another comes, with its pid, and of one the pages cannot
 * be read any more. */
static void tell_pool(struct told *t)
{
	struct proc_sample *p;

	steps_at(&t->steps, 0);
	add(t, 101, -10, 0, 500, 4);
	fixture_name(add(t, 102, -10, 0, 500, 4), "gunicorn", HOSTILE);
	tell(t);
	steps_at(&t->steps, 1);
	add_times(add(t, 101, -10, 50, 560, 5), 0.25, 0.75);
	fixture_name(add(t, 102, -10, 60, 570, 6), "gunicorn", HOSTILE);
	tell(t);
	perfetto_mark(t->trace, FIXTURE_BEGIN + SECOND / 2, HOSTILE);
	steps_at(&t->steps, 2.5);
	add(t, 101, -10, 50, 560, 5);
	tell(t);
	steps_at(&t->steps, 3);
	p = add(t, 101, -10, 50, 565, 5);
	fixture_hide_pages(p, LEVEL_NONE);
	add(t, 102, 2.75, 5, 30, 0);
	tell(t);
	perfetto_mark(t->trace, FIXTURE_BEGIN + 4 * SECOND, "after the end");
}

static void test_perfetto__golden(void **state)
{
	cleanup(buf_release) struct buf out = { 0 };
	struct perfetto *all = perfetto_count(), *p;
	struct told t;
	cJSON *json;

	begin(&t, all);
	tell_pool(&t);
	steps_end(&t.steps);
	p = perfetto_begin(all, &out);
	begin(&t, p);
	tell_pool(&t);
	steps_end(&t.steps);
	perfetto_end(p);
	json = cJSON_Parse(out.data);
	assert_non_null(json);
	cJSON_Delete(json);
	assert_int_equal(p->n.counters, all->n.counters);
	assert_int_equal(p->n.collections, 2);
	assert_int_equal(p->n.events, all->n.events);
	golden_check("perfetto.json", &out);
	perfetto_free(p);
	perfetto_free(all);
}

/* The n-th event of the trace with this phase, name and pid; NULL. */
static const cJSON *nth(const cJSON *json, const char *phase, const char *name, int pid, int n)
{
	const cJSON *e;

	cJSON_ArrayForEach(e, cJSON_GetObjectItem(json, "traceEvents"))
	{
		if (strcmp(cJSON_GetObjectItem(e, "ph")->valuestring, phase) == 0 &&
		    strcmp(cJSON_GetObjectItem(e, "name")->valuestring, name) == 0 &&
		    cJSON_GetObjectItem(e, "pid")->valueint == pid && n-- == 0)
			return e;
	}
	return NULL;
}

static double number(const cJSON *event, const char *key)
{
	const cJSON *value = cJSON_GetObjectItem(event, key);

	if (!value)
		value = cJSON_GetObjectItem(cJSON_GetObjectItem(event, "args"), key);
	assert_non_null(value);
	return value->valuedouble;
}

/* Ten samples, each with more copied pages and 10 more faults, but for 40 in the fifth. */
static void tell_growing(struct told *t)
{
	for (int i = 0; i < 10; i++) {
		steps_at(&t->steps, i);
		add(t, 101, -10, i, 500 + 10 * i + (i >= 5 ? 30 : 0), i);
		tell(t);
	}
}

/* More than fits: of samples, collections and events one in so many, the rates are means, and a line says so. */
static void test_perfetto__too_long(void **state)
{
	cleanup(buf_release) struct buf out = { 0 }, line = { 0 };
	struct perfetto *all = perfetto_count(), *p;
	struct told t;
	cJSON *json;

	begin(&t, all);
	tell_growing(&t);
	steps_end(&t.steps);
	perfetto_left_out(all, &line);
	assert_int_equal(line.len, 0);
	assert_int_equal(all->n.collections, 9);
	all->n.counters = 2 * PERFETTO_COUNTERS + 1;
	all->n.collections = 4 * PERFETTO_COLLECTIONS;
	p = perfetto_begin(all, &out);
	begin(&t, p);
	tell_growing(&t);
	steps_end(&t.steps);
	perfetto_end(p);
	json = cJSON_Parse(out.data);
	for (int i = 0; i < 4; i++) {
		const cJSON *memory = nth(json, "C", "memory", 101, i);

		assert_true(number(memory, "ts") == 3e6 * i);
		assert_true(number(memory, "copied_bytes") == (260 + 3 * i) * 4096);
	}
	assert_true(number(nth(json, "C", "faults", 101, 0), "minor_per_s") == 10);
	assert_true(number(nth(json, "C", "faults", 101, 1), "minor_per_s") == 20);
	assert_true(number(nth(json, "C", "faults", 101, 1), "ts") == 3e6);
	assert_true(number(nth(json, "C", "faults", 101, 2), "minor_per_s") == 10);
	assert_non_null(nth(json, "b", "full collection within", 101, 2));
	assert_null(nth(json, "b", "full collection within", 101, 3));
	cJSON_Delete(json);
	perfetto_left_out(all, &line);
	assert_string_equal(line.data,
			    "the trace has the values of one sample in 3, one collection in 4, as viewers "
			    "take no more; -b and -e show a part in full");
	perfetto_free(p);
	perfetto_free(all);
}

/* A collection that was under way when the recording began has no time before zero. */
static void test_perfetto__begun_before(void **state)
{
	cleanup(buf_release) struct buf out = { 0 };
	struct perfetto *all = perfetto_count(), *p = NULL;
	const cJSON *slice;
	struct told t;
	cJSON *json;

	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			p = perfetto_begin(all, &out);
		begin(&t, pass ? p : all);
		steps_at(&t.steps, 0);
		add(&t, 101, -10, 0, 500, 4);
		tell(&t);
		steps_at(&t.steps, 1);
		add_times(add(&t, 101, -10, 0, 500, 5), -0.5, 0.25);
		tell(&t);
		steps_end(&t.steps);
	}
	perfetto_end(p);
	json = cJSON_Parse(out.data);
	slice = nth(json, "X", "full collection", 101, 0);
	assert_non_null(slice);
	assert_true(number(slice, "ts") == 0);
	assert_true(number(slice, "dur") == 250000);
	cJSON_Delete(json);
	perfetto_free(p);
	perfetto_free(all);
}

/* Marks of any time, and a clock that jumps by ages: times stay within what a trace can have. */
static void test_perfetto__any_time(void **state)
{
	cleanup(buf_release) struct buf out = { 0 };
	struct perfetto *all = perfetto_count(), *p = NULL;
	struct told t;
	cJSON *json;

	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			p = perfetto_begin(all, &out);
		begin(&t, pass ? p : all);
		steps_at(&t.steps, 0);
		add(&t, 101, -10, 0, 500, 4);
		tell(&t);
		steps_at(&t.steps, 1);
		add(&t, 101, -10, 1, 510, 4);
		t.steps.s.mono_ns = INT64_MAX;
		tell(&t);
		perfetto_mark(t.trace, INT64_MIN, "first");
		perfetto_mark(t.trace, INT64_MAX, "last");
		perfetto_mark(t.trace, 0, "epoch");
		steps_end(&t.steps);
	}
	perfetto_end(p);
	json = cJSON_Parse(out.data);
	assert_true(number(nth(json, "C", "memory", 101, 1), "ts") == (double)PERFETTO_TIME_MOST / 1000);
	assert_true(number(nth(json, "i", "first", 100, 0), "ts") == 0);
	assert_true(number(nth(json, "i", "last", 100, 0), "ts") == (double)PERFETTO_TIME_MOST / 1000);
	cJSON_Delete(json);
	perfetto_free(p);
	perfetto_free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_perfetto__golden),
		cmocka_unit_test(test_perfetto__too_long),
		cmocka_unit_test(test_perfetto__begun_before),
		cmocka_unit_test(test_perfetto__any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
