#include "lib/fixture.h"
#include "analysis/rule.h"

static struct rule parsed(const char *text)
{
	struct rule r = { 0 };
	struct err err = { 0 };

	if (rule_parse(text, &r, &err) < 0)
		fail_msg("'%s': %s", text, err.msg);
	return r;
}

static void assert_refused(const char *text, const char *because)
{
	struct rule r = { .limit = 42 };
	struct err err = { 0 };

	assert_int_equal(rule_parse(text, &r, &err), -1);
	assert_int_equal(err.status, STATUS_USAGE);
	if (!strstr(err.msg, because))
		fail_msg("'%s' does not say '%s': %s", text, because, err.msg);
	assert_true(r.limit == 42);
}

static void test_rule__parts(void **state)
{
	struct rule r = parsed("pool.cow_broken_ratio > 0.2");

	assert_string_equal(r.text, "pool.cow_broken_ratio > 0.2");
	assert_int_equal(r.scope, RULE_POOL);
	assert_ptr_equal(r.field, field_find_pool("cow_broken_ratio"));
	assert_int_equal(r.op, OP_GT);
	assert_true(r.limit == 0.2);

	r = parsed("  worker.memory.rss_bytes>=200MiB ");
	assert_int_equal(r.scope, RULE_WORKER);
	assert_int_equal(r.op, OP_GE);
	assert_figure(r.limit, 200 * 1048576.0);
	assert_int_equal(parsed("master.pages.new!=0").op, OP_NE);
	assert_int_equal(parsed("master.pages.new == 0").op, OP_EQ);
	assert_int_equal(parsed("master.pages.new <= 0").op, OP_LE);
	assert_int_equal(parsed("master.pages.unaccounted < -5").op, OP_LT);
	assert_figure(parsed("master.pages.unaccounted < -5").limit, -5);
}

/* The figure says what a unit means: 10m is ten minutes of age and ten MiB of memory. */
static void test_rule__units_suit_the_figure(void **state)
{
	assert_figure(parsed("worker.age_s > 10m").limit, 600);
	assert_figure(parsed("worker.private_bytes > 10m").limit, 10 * 1048576.0);
	assert_figure(parsed("pool.cow_broken_ratio > 20%").limit, 0.2);
	assert_figure(parsed("worker.gc.enabled == 1").limit, 1);
	assert_refused("worker.gc.enabled == 100%", "0 or 1");
	assert_refused("pool.gc.enabled == 1", "no figure");
	assert_refused("pool.pages.cow_broken > 10MiB", "a number of pages");
	assert_refused("pool.private_bytes > 10s", "a size");
	assert_refused("pool.private_bytes > 10%", "a size");
	assert_refused("worker.age_s > 10GiB", "a time");
	assert_refused("pool.faults.minor_per_s > 1k", "a number without unit");
	assert_refused("pool.cow_broken_ratio > 1s", "a ratio");
}

static void test_rule__refused(void **state)
{
	char longest[300];

	assert_refused("", "pool.KEY");
	assert_refused("cow_broken_ratio > 0.2", "pool.KEY");
	assert_refused("pool > 0.2", "pool.KEY");
	assert_refused("pool.rss_bytes", "< <= > >= == !=");
	assert_refused("pool.rss_bytes 5", "< <= > >= == !=");
	assert_refused("pool.rss_bytes = 5", "< <= > >= == !=");
	assert_refused("pool.rss_bytes >", "a size");
	assert_refused("pool.rss_bytes > lots", "a size");
	assert_refused("pool.rss_bytes > 5 or so", "a size");
	assert_refused("pool.rss_bytes > > 5", "a size");
	assert_refused("pool.rss_bytes > nan", "a size");
	assert_refused("pool.cow_broken_ratio > %", "a ratio");

	memset(longest, 'x', sizeof(longest) - 1);
	longest[299] = '\0';
	memcpy(longest, "pool.", 5);
	assert_refused(longest, "so long a name");
}

static void test_rule__bad_key_names_its_neighbours(void **state)
{
	assert_refused("pool.cow_broken_ration > 0.2", "nearest: pool.cow_broken_ratio, ");
	assert_refused("worker.rss_bytes > 1", "nearest: worker.memory.rss_bytes, ");
	assert_refused("pool.memory.rss_bytes > 1", "pool.rss_bytes");
	assert_refused("worker.pages.cow_borken > 1", "nearest: worker.pages.cow_broken");
	assert_refused("pool. > 1", "nearest: pool.");
	assert_refused("master.workers > 1", "no figure 'master.workers'");
}

/* A pool of figures that a test sets: a master and n workers. */
struct stage {
	struct proc_sample facts[4];
	struct proc_snapshot procs[4];
	struct snapshot snap;
};

static void set_stage(struct stage *g, const figure *new_pages, size_t workers)
{
	size_t i;

	*g = (struct stage){ 0 };
	for (i = 0; i <= workers; i++) {
		g->facts[i].pid = (pid_t)(100 + i);
		g->procs[i].facts = &g->facts[i];
		g->procs[i].role = i ? ROLE_WORKER : ROLE_MASTER;
		g->procs[i].figures.pages.new = i ? new_pages[i - 1] : 5;
	}
	g->snap.procs = g->procs;
	g->snap.nprocs = workers + 1;
	g->snap.pool.pages.new = 60;
	g->snap.least = g->snap.pool;
}

static struct rule_result checked(const char *text, const figure *new_pages, size_t workers)
{
	struct rule r = parsed(text);
	struct stage g;

	set_stage(&g, new_pages, workers);
	return rule_check(&r, &g.snap);
}

static void assert_result(struct rule_result r, enum rule_verdict verdict, figure value, figure margin,
			  pid_t pid)
{
	assert_int_equal(r.verdict, verdict);
	assert_figure(r.figure.value, value);
	assert_figure(r.margin, margin);
	assert_int_equal(r.pid, pid);
}

static void test_rule__pool_and_master(void **state)
{
	const figure new_pages[] = { 10, 30, 20 };

	assert_result(checked("pool.pages.new > 50", new_pages, 3), RULE_HOLDS, 60, 10, 0);
	assert_result(checked("pool.pages.new > 60", new_pages, 3), RULE_CLEAR, 60, 0, 0);
	assert_result(checked("pool.pages.new >= 60", new_pages, 3), RULE_HOLDS, 60, 0, 0);
	assert_result(checked("pool.pages.new < 60", new_pages, 3), RULE_CLEAR, 60, 0, 0);
	assert_result(checked("pool.pages.new <= 60", new_pages, 3), RULE_HOLDS, 60, 0, 0);
	assert_result(checked("pool.pages.new == 60", new_pages, 3), RULE_HOLDS, 60, 0, 0);
	assert_result(checked("pool.pages.new != 60", new_pages, 3), RULE_CLEAR, 60, 0, 0);
	assert_result(checked("master.pages.new == 5", new_pages, 3), RULE_HOLDS, 5, 0, 100);
}

static void test_rule__worker_furthest_over_decides(void **state)
{
	const figure new_pages[] = { 10, 30, 20 };

	assert_result(checked("worker.pages.new > 15", new_pages, 3), RULE_HOLDS, 30, 15, 102);
	assert_result(checked("worker.pages.new < 25", new_pages, 3), RULE_HOLDS, 10, 15, 101);
	assert_result(checked("worker.pages.new > 40", new_pages, 3), RULE_CLEAR, 30, 10, 102);
}

static void test_rule__unknown_never_passes(void **state)
{
	const figure some[] = { 10, UNKNOWN, 20 }, none[] = { UNKNOWN };

	assert_result(checked("worker.pages.new > 15", some, 3), RULE_HOLDS, 20, 5, 103);
	assert_result(checked("worker.pages.new > 50", some, 3), RULE_UNKNOWN, UNKNOWN, UNKNOWN, 102);
	assert_result(checked("worker.pages.new != 1", none, 1), RULE_UNKNOWN, UNKNOWN, UNKNOWN, 101);
	assert_result(checked("worker.pages.new > 1", none, 0), RULE_UNKNOWN, UNKNOWN, UNKNOWN, 0);
}

/* Of 60 new pages of the pool at most 100 are, of 30 of a worker at most 50. */
static enum rule_verdict bounded(const char *text)
{
	const figure new_pages[] = { 10, 30, 20 };
	struct rule r = parsed(text);
	struct stage g;

	set_stage(&g, new_pages, 3);
	g.snap.least.pages.new = 100;
	g.procs[2].bounded = true;
	g.procs[2].lower.pages.new = 50;
	return rule_check(&r, &g.snap).verdict;
}

static void test_rule__both_bounds_decide(void **state)
{
	assert_int_equal(bounded("pool.pages.new > 59"), RULE_HOLDS);
	assert_int_equal(bounded("pool.pages.new > 60"), RULE_OPEN);
	assert_int_equal(bounded("pool.pages.new >= 100"), RULE_OPEN);
	assert_int_equal(bounded("pool.pages.new > 100"), RULE_CLEAR);
	assert_int_equal(bounded("pool.pages.new < 60"), RULE_CLEAR);
	assert_int_equal(bounded("pool.pages.new < 61"), RULE_OPEN);
	assert_int_equal(bounded("pool.pages.new <= 100"), RULE_HOLDS);
	assert_int_equal(bounded("pool.pages.new == 80"), RULE_OPEN);
	assert_int_equal(bounded("pool.pages.new != 80"), RULE_OPEN);
	assert_int_equal(bounded("pool.pages.new == 101"), RULE_CLEAR);
	assert_int_equal(bounded("pool.pages.new != 101"), RULE_HOLDS);
	/* one worker for whom it holds is enough, one for whom it may hold is no pass */
	assert_int_equal(bounded("worker.pages.new > 15"), RULE_HOLDS);
	assert_int_equal(bounded("worker.pages.new > 40"), RULE_OPEN);
	assert_int_equal(bounded("worker.pages.new > 50"), RULE_CLEAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule__parts),
		cmocka_unit_test(test_rule__units_suit_the_figure),
		cmocka_unit_test(test_rule__refused),
		cmocka_unit_test(test_rule__bad_key_names_its_neighbours),
		cmocka_unit_test(test_rule__pool_and_master),
		cmocka_unit_test(test_rule__worker_furthest_over_decides),
		cmocka_unit_test(test_rule__unknown_never_passes),
		cmocka_unit_test(test_rule__both_bounds_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
