#include "lib/rules.h"
#include "analysis/rule_text.h"

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
	assert_ptr_equal(r.field, rule_key_find(RULE_POOL, "cow_broken_ratio"));
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
	assert_figure(parsed("worker.age_s > 1.5 s").limit, 1.5);
	assert_figure(parsed("pool.cow_broken_ratio > 20 %").limit, 0.2);
	assert_figure(parsed("pool.faults.minor_per_s > 10/s").limit, 10);
	assert_figure(parsed("worker.pages.new > 10 pages").limit, 10);
	assert_figure(parsed("worker.age_s > 2 min").limit, 120);
	assert_figure(parsed("pool.rss_bytes > 200 \tMiB").limit, 200 * 1048576.0);
	assert_figure(parsed("pool.rss_bytes > +5").limit, 5);
	assert_refused("worker.gc.enabled == 100%", "0 or 1");
	assert_refused("pool.gc.enabled == 1", "no figure 'pool.gc.enabled', but there is worker.gc.enabled");
	assert_refused("pool.pages.cow_broken > 10MiB", "a number of pages");
	assert_refused("pool.private_bytes > 10s", "a size");
	assert_refused("pool.private_bytes > 10%", "a size");
	assert_refused("worker.age_s > 10GiB", "a time");
	assert_refused("pool.faults.minor_per_s > 1k", "a number without unit");
	assert_refused("pool.cow_broken_ratio > 1s", "a ratio");
}

static void assert_unit(const char *text, const char *unit, double worth)
{
	struct rule r = parsed(text);

	assert_string_equal(r.unit, unit);
	assert_figure(r.worth, worth);
}

/* A verdict is told in the unit of its rule. */
static void test_rule__keeps_its_unit(void **state)
{
	assert_unit("pool.cow_broken_ratio > 20%", "%", 0.01);
	assert_unit("pool.cow_broken_ratio > 0.2", "", 1);
	assert_unit("pool.rss_bytes > 1.5 GB", "GB", 1e9);
	assert_unit("worker.age_s > 10m", "m", 60);
}

static void test_rule__words_of_a_flag(void **state)
{
	assert_figure(parsed("worker.gc.enabled == true").limit, 1);
	assert_figure(parsed("worker.gc.enabled != No").limit, 0);
	assert_figure(parsed("master.gc.any_frozen == off").limit, 0);
	assert_refused("worker.gc.enabled > true", "a flag is compared by == or !=");
	assert_refused("worker.threads == true", "a number without unit");
}

/* Of figures of every range: beyond it, and at the end that it looks beyond. */
static void test_rule__that_decides_nothing(void **state)
{
	static const char *const never[] = {
		"worker.cow_broken_ratio > 20",
		"worker.cow_broken_ratio > 110%",
		"pool.copied_ratio >= 1.5",
		"pool.faults.cow_fraction > 1",
		"master.cow_broken_ratio < 0",
		"worker.cow_broken_ratio == 20",
		"worker.cow_broken_ratio <= -0.1",
		"worker.faults.correlation > 1",
		"pool.faults.correlation < -1",
		"worker.faults.correlation == 2",
		"worker.gc.enabled > 1",
		"worker.gc.any_frozen == 2",
		"worker.gc.enabled == 0.5",
		"pool.rss_bytes < 0",
		"pool.rss_bytes <= -5MiB",
		"worker.pages.new < 0",
		"worker.faults.minor_per_s < 0",
		"worker.age_s < -1.5 s",
		"pool.workers == 2.5",
		"master.pages.unaccounted == 0.5",
	};
	static const char *const always[] = {
		"worker.cow_broken_ratio < 20",
		"worker.cow_broken_ratio != 20",
		"worker.cow_broken_ratio <= 110 %",
		"worker.cow_broken_ratio > -20%",
		"worker.faults.correlation >= -2",
		"worker.gc.enabled < 2",
		"pool.rss_bytes > -1",
		"pool.workers != 2.5",
	};
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_refused(never[i], "can never hold");
	for (i = 0; i < sizeof(always) / sizeof(*always); i++)
		assert_refused(always[i], "always holds");
	assert_refused("worker.cow_broken_ratio > 20", "a ratio is 0 to 1; did you mean 20% (0.2)?");
	assert_refused("worker.cow_broken_ratio < 7.5", "did you mean 7.5% (0.075)?");
	assert_refused("worker.faults.correlation > -90", "a correlation is -1 to 1");
	/* what is at an end, and what may be negative */
	parsed("worker.cow_broken_ratio >= 100%");
	parsed("worker.cow_broken_ratio == 0");
	parsed("worker.cow_broken_ratio <= 1");
	parsed("worker.cow_broken_ratio >= 0");
	parsed("worker.gc.enabled > 0");
	parsed("pool.pages.unaccounted < -1000");
	parsed("worker.faults.correlation < -0.5");
	parsed("pool.rss_bytes >= 0");
}

static void assert_diff_refused(const char *text, const char *because)
{
	struct rule r = { 0 };
	struct err err = { 0 };

	assert_int_equal(rule_parse_diff(text, &r, &err), -1);
	if (!strstr(err.msg, because))
		fail_msg("'%s' does not say '%s': %s", text, because, err.msg);
}

static void test_rule__of_two_recordings(void **state)
{
	struct rule r = { 0 };

	assert_diff_refused("diff.cow_broken_ratio > 5",
			    "can never hold: a difference of ratios is -1 to 1; did you "
			    "mean 5% (0.05)?");
	assert_diff_refused("diff.cow_broken_ratio < -20", "did you mean -20% (-0.2)?");
	assert_diff_refused("diff.cow_broken_ratio > +150 %", "can never hold");
	assert_diff_refused("diff.cow_broken_ratio > -150%", "always holds");
	assert_diff_refused("cow_broken_ratio > 5%", "did you mean diff.cow_broken_ratio?");
	assert_diff_refused("pool.cow_broken_ratio > 5%", "did you mean diff.cow_broken_ratio?");
	assert_int_equal(rule_parse_diff("diff.footprint_bytes < -5 MiB", &r, NULL), 0);
	assert_figure(r.limit, -5 * 1048576.0);
	assert_int_equal(rule_parse_diff("diff.full_collections_per_min > 0.5", &r, NULL), 0);
}

/* Rules as they are written elsewhere. */
static void test_rule__other_tongues(void **state)
{
	assert_refused("worker.cow_broken_ratio > 20% and pool.workers > 1", "one condition a rule");
	assert_refused("worker.cow_broken_ratio > 20% OR pool.workers > 1", "one condition a rule");
	assert_refused("worker.cow_broken_ratio > 20%&&pool.workers > 1", "one condition a rule");
	assert_refused("worker.cow_broken_ratio > 20%; pool.workers > 1", "one condition a rule");
	assert_refused("'worker.cow_broken_ratio > 20%'", "begins with a quote");
	assert_refused("\"worker.cow_broken_ratio > 20%\"", "begins with a quote");
	assert_refused("\xe2\x80\x9cworker.cow_broken_ratio > 20%", "begins with a quote");
	assert_refused("worker.cow_broken_ratio \xe2\x89\xa5 20%", "is written >=");
	assert_refused("worker.cow_broken_ratio &gt; 20%", "is written >");
	assert_refused("worker.cow_broken_ratio = 20%", "'=' is written ==");
	assert_refused("worker.cow_broken_ratio=20%", "'=' is written ==");
	assert_refused("worker.cow_broken_ratio => 20%", "'=>' is written >=");
	assert_refused("worker.gc.enabled is true", "'is' is written ==");
	assert_refused("worker.threads gt 5", "'gt' is written >");
	assert_refused("worker.cow_broken_ratio > 0,2", "a point");
	assert_refused("20% < worker.cow_broken_ratio", "the figure comes first");
	assert_refused("cow_broken_ratio > 20%", "did you mean worker.cow_broken_ratio?");
	assert_refused("footprint_bytes > 1GiB", "did you mean pool.footprint_bytes?");
	assert_refused("workers.cow_broken_ratio > 20%", "did you mean worker.cow_broken_ratio?");
	assert_refused("Pool.rss_bytes > 1GiB", "did you mean pool.rss_bytes?");
	assert_refused("worker.threads <> 1", "'<>' is written !=");
	assert_refused("worker.threads > 5 pieces", "a number without unit");
	assert_refused("diff.cow_broken_ratio > 5%", "cowtop diff");
	/* what the shell has left of a rule without quotes */
	assert_refused("worker.cow_broken_ratio", "in quotes");
}

static void test_rule__refused(void **state)
{
	char longest[300];

	assert_refused("", "pool.KEY");
	assert_refused("cow_broken_ratio > 0.2", "pool.KEY");
	assert_refused("pool > 0.2", "pool.KEY");
	assert_refused("pool.rss_bytes", "< <= > >= == !=");
	assert_refused("pool.rss_bytes 5", "< <= > >= == !=");
	assert_refused("pool.rss_bytes >", "a size");
	assert_refused("pool.rss_bytes > lots", "a size");
	assert_refused("pool.rss_bytes > 5 lots", "a size");
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
	assert_refused("pool.cow_broken_ration > 0.2", "nearest: pool.cow_broken_ratio; ");
	assert_refused("worker.rss_bytes > 1", "nearest: worker.memory.rss_bytes; ");
	assert_refused("worker.rss > 1", "nearest: worker.memory.rss_bytes; ");
	assert_refused("worker.cow > 1", "nearest: worker.cow_broken_ratio, worker.cow_broken_bytes, ");
	assert_refused(
		"pool.copied > 1",
		"nearest: pool.copied_ratio, pool.copied_bytes, pool.copied_per_s, pool.why.copied_bytes; ");
	assert_refused("worker.cow_borken_ratio > 1", "nearest: worker.cow_broken_ratio; ");
	assert_refused("Worker.rss_bytes > 1", "pool.KEY");
	assert_refused("worker.RSS > 1", "nearest: worker.memory.rss_bytes; ");
	assert_refused("worker.unmodified > 1", "nearest: worker.memory.shared_clean_bytes, ");
	assert_refused("worker.gc.thresholds > 1", "nearest: worker.gc.enabled, ");
	assert_refused("pool.events.exit > 1", "nearest: pool.events.worker_exited");
	assert_refused("worker.qqqq > 1", "no figure 'worker.qqqq'; all: cowtop --list-keys");
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
	struct stage g;

	set_stage(&g, new_pages, 3);
	g.snap.least.pages.new = 100;
	g.procs[2].bounded = true;
	g.procs[2].lower.pages.new = 50;
	return verdict(text, &g.snap);
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

static void assert_told(const char *text, struct rule_result res, const char *wanted)
{
	cleanup(buf_release) struct buf out = { 0 };
	struct rule r = parsed(text);

	rule_tell(&out, &r, &res, res.verdict == RULE_UNKNOWN ? "of the weather" : "");
	assert_string_equal(out.data, wanted);
}

static struct rule_result came_to(enum rule_verdict verdict, struct measure m, pid_t pid, size_t held)
{
	return (struct rule_result){
		.verdict = verdict, .figure = m, .pid = pid, .workers = 4, .held = held
	};
}

static void test_rule__is_told_in_its_unit(void **state)
{
	struct measure exact = measure_make(0.68, 0.68, false), most = measure_make(0.68, 0.45, false);

	assert_told("worker.cow_broken_ratio > 20%", came_to(RULE_HOLDS, exact, 505, 3),
		    "FAIL worker 505: copied 68.0 % of the inherited (limit 20 %), 3 of 4 workers");
	assert_told("worker.cow_broken_ratio > 0.7", came_to(RULE_CLEAR, exact, 505, 0),
		    "PASS worker 505: copied 0.680 of the inherited (limit 0.7), the nearest of 4 workers");
	assert_told(
		"worker.cow_broken_ratio > 20%", came_to(RULE_HOLDS, most, 505, 4),
		"FAIL worker 505: copied <68.0 % of the inherited, at least 45.0 % (limit 20 %), 4 of 4 workers");
	assert_told(
		"worker.cow_broken_ratio > 50%", came_to(RULE_OPEN, most, 505, 0),
		"ERROR worker 505: copied <68.0 % of the inherited, at least 45.0 % (limit 50 %): it cannot be "
		"decided, the bound alone would decide");
	assert_told("worker.cow_broken_ratio > 20%",
		    came_to(RULE_UNKNOWN, measure_make(UNKNOWN, UNKNOWN, false), 505, 0),
		    "ERROR worker 505: cow_broken_ratio cannot be checked (limit 20 %): of the weather");
}

/* Of what is just beyond its limit as many decimals are told as it takes to see that. */
static void test_rule__is_not_told_as_its_limit(void **state)
{
	struct rule_result r = { .verdict = RULE_HOLDS, .figure = measure_make(0.20004, 0.20004, false) };

	assert_told("pool.copied_ratio > 20%", r,
		    "FAIL pool: copied by all 20.004 % of the inherited (limit 20 %)");
	r.figure = measure_make(200 * 1048576.0 + 1, UNKNOWN, true);
	assert_told("pool.rss_bytes > 200MiB", r, "FAIL pool: rss_bytes ~200.000001 MiB (limit 200 MiB)");
	assert_told("pool.rss_bytes != 209715200", r,
		    "FAIL pool: rss_bytes ~209715201 bytes (must be 209715200 bytes)");
	r.figure = measure_make(209715200, 209715200, false);
	assert_told("pool.rss_bytes >= 200 MiB", r, "FAIL pool: rss_bytes 200.0 MiB (must be below 200 MiB)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule__parts),
		cmocka_unit_test(test_rule__units_suit_the_figure),
		cmocka_unit_test(test_rule__keeps_its_unit),
		cmocka_unit_test(test_rule__words_of_a_flag),
		cmocka_unit_test(test_rule__that_decides_nothing),
		cmocka_unit_test(test_rule__of_two_recordings),
		cmocka_unit_test(test_rule__other_tongues),
		cmocka_unit_test(test_rule__refused),
		cmocka_unit_test(test_rule__bad_key_names_its_neighbours),
		cmocka_unit_test(test_rule__pool_and_master),
		cmocka_unit_test(test_rule__worker_furthest_over_decides),
		cmocka_unit_test(test_rule__unknown_never_passes),
		cmocka_unit_test(test_rule__both_bounds_decide),
		cmocka_unit_test(test_rule__is_told_in_its_unit),
		cmocka_unit_test(test_rule__is_not_told_as_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
