#include "lib/findings_stage.h"

/*
 * What the collector did to workers in which it is on and nothing is frozen. They inherited 25600 pages
 * (100 MiB).
 */

#define INHERITED 25600

/* Two workers that have copied so many pages, since the fork, and made so many full collections. */
static void workers_at(struct analysis_steps *c, double second, fact copied, fact full, fact made_by_master)
{
	const fact pages[6] = { INHERITED - copied, 0, copied, 0, 100, 100 };
	pid_t pid;

	steps_at(c, second);
	for (pid = 101; pid <= 102; pid++) {
		struct proc_sample *p = fixture_add(&c->s, pid, -50, pages);

		p->growth.cow = copied;
		fixture_gc(p, 1, 700, 0)->collections[2] = full;
	}
	master_gc(c, 1, 700, 0)->collections[2] = made_by_master;
	steps_look(c);
}

/* Half of what it inherited was copied and no full collection was made: there is nothing to freeze. */
static void test_share__copies_without_a_collection(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	workers_at(&c, 0, 12800, 3, 3);
	f = the_finding(&c, FINDING_NOT_BY_COLLECTOR);
	assert_figure(f->value, 2 * 12800 * FIXTURE_PAGE);
	assert_string_equal(f->unit, "bytes");
	assert_int_equal(f->label, LABEL_EXACT);
	assert_string_equal(
		f->text,
		"100.0 MiB was copied in 2 of 2 workers without a full collection, by "
		"reference counts and other writes: gc.freeze() gives none of it back, and would only "
		"keep what a first full one takes, at most 50.0 MiB in each; cowtop stacks, or the key s, tells "
		"which");
}

/* What the kernel copied for its huge pages was not written by references. */
static void test_share__without_collapsed_pages(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	size_t i;

	steps_begin(&c);
	workers_at(&c, 0, 12800, 3, 3);
	for (i = 1; i < 3; i++)
		c.s.procs[i].collapsed = 2800;
	snapshot_release(&c.snap);
	steps_look(&c);
	assert_figure(c.snap.findings[0].value, 2 * 10000 * FIXTURE_PAGE);
	assert_int_equal(c.snap.findings[0].kind, FINDING_NOT_BY_COLLECTOR);
	assert_int_equal(c.snap.findings[1].kind, FINDING_COLLAPSED);
}

/* The collector took most of it, in the watch: each collection with what it cost, and where the rest came. */
static void test_share__measured_at_collections(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	workers_at(&c, 0, 512, 0, 0);
	workers_at(&c, 1, 1024, 0, 0);
	workers_at(&c, 2, 11264, 1, 0);
	workers_at(&c, 3, 11520, 1, 0);
	workers_at(&c, 4, 11776, 2, 0);
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_figure(f->value, 2 * (10240 + 256) * FIXTURE_PAGE);
	assert_int_equal(f->label, LABEL_UPPER_BOUND);
	assert_string_equal(
		f->text, "nothing is frozen (gc.freeze) and gc is on in 2 of 2 workers: 4 full "
			 "collections copied at most 40.0 MiB at the first seen in a worker, at most 1.0 MiB "
			 "at each later one; 8.0 MiB came before the first, 2.0 MiB between them");
}

/* Collections that cost next to nothing: no word of what one could take. */
static void test_share__cheap_collections(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;
	int i;

	steps_begin(&c);
	workers_at(&c, 0, 100, 0, 0);
	for (i = 1; i <= 28; i++)
		workers_at(&c, i, 100 + 8 * i, i, 0);
	assert_none(&c);

	/* Much came between them. */
	for (; i <= 40; i++)
		workers_at(&c, i, 324 + 800 * (i - 28), 28, 0);
	workers_at(&c, i, 9932, 29, 0);
	f = the_finding(&c, FINDING_NOT_BY_COLLECTOR);
	assert_figure(f->value, 2 * (9932 - 28 * 8 - 8) * FIXTURE_PAGE);
	assert_string_equal(f->text,
			    "at least 75.8 MiB was copied in 2 of 2 workers without a full collection, by "
			    "reference counts and other writes: gc.freeze() gives none of it back; 58 full "
			    "collections copied at most 32.0 KiB each; 800.0 KiB came before the first, "
			    "75.0 MiB between them; cowtop stacks, or the key s, tells which");
}

/* They were made before one looked: what they copied is not known, only that it is no more than all. */
static void test_share__before_the_watch(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;
	int i;

	steps_begin(&c);
	workers_at(&c, 0, 12800, 5, 3);
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_figure(f->value, 2 * 12800 * FIXTURE_PAGE);
	assert_int_equal(f->label, LABEL_UPPER_BOUND);
	assert_string_equal(f->text, "nothing is frozen (gc.freeze) and gc is on in 2 of 2 workers: 4 full "
				     "collections before cowtop looked copied at most 100.0 MiB in all");
	for (i = 1; i <= 14; i++)
		workers_at(&c, i, 12800 + 77 * i, 5 + i, 3);
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_string_equal(f->text,
			    "nothing is frozen (gc.freeze) and gc is on in 2 of 2 workers: 4 full "
			    "collections before cowtop looked copied at most 100.0 MiB in all; since then 28 "
			    "full collections copied at most 308.0 KiB each");

	/* The master's own later ones are none of the workers'. */
	workers_at(&c, 15, 12800 + 77 * 14, 19, 8);
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_non_null(strstr(f->text,
			       "4 full collections before cowtop looked copied at most 100.0 MiB in all; "
			       "since then 28 full collections"));
}

/* Collections in an interval whose copies are not known: no figure for them. */
static void test_share__unmeasured(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	workers_at(&c, 0, 100, 0, 0);
	workers_at(&c, 1, 12800, ABSENT, 0);
	workers_at(&c, 2, 12800, 2, 0);
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_string_equal(f->text,
			    "nothing is frozen (gc.freeze) and gc is on in 2 of 2 workers; they have "
			    "copied at most 100.0 MiB by full collections");
}

/* Little is left to lose, and little was lost. */
static void test_share__nothing_to_lose(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const fact pages[6] = { 100, 600, 300, 0, 100, 100 };

	steps_begin(&c);
	steps_at(&c, 0);
	fixture_gc(fixture_add(&c.s, 101, -50, pages), 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);
}

/* 3.15: what is still to be imported in the master; a bare interpreter has a few such names. */
static void test_share__lazy_imports(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 2, 1, 2000, 1);
	master_gc(&c, 1, 2000, 1)->lazy_imports = 120;
	steps_look(&c);
	f = the_finding(&c, FINDING_LAZY_IMPORTS);
	assert_int_equal(f->pid, 100);
	assert_figure(f->value, 120);
	assert_string_equal(f->unit, "names");
	assert_string_equal(f->text,
			    "120 names are imported lazily in the master and not loaded yet: each worker "
			    "that uses one loads it for itself, what is used once before the fork is shared; "
			    "so far a worker has made 368.0 KiB");
	pool_of(&c, 1, 2, 1, 2000, 1);
	master_gc(&c, 1, 2000, 1)->lazy_imports = 6;
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 2, 0, 1, 2000, 1);
	master_gc(&c, 1, 2000, 1)->lazy_imports = 120;
	steps_look(&c);
	assert_none(&c);
}

static void test_share__increments(void **state)
{
	static const struct {
		const char *version;
		fact frozen;
		bool found;
	} cases[] = {
		{ "3.14.0", 0, true },  { "3.14.4", 0, true },   { "3.14.4", 1, false },
		{ "3.14.5", 0, false }, { "3.14.10", 0, false }, { "3.13.4", 0, false },
		{ "3.15.0", 0, false },
	};
	size_t i, p;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup(steps_end) struct analysis_steps c;

		steps_begin(&c);
		pool_of(&c, 0, 2, 1, 2000, cases[i].frozen);
		master_gc(&c, 1, 2000, cases[i].frozen);
		for (p = 0; p < 3; p++)
			strcpy(c.s.procs[p].gc.version, cases[i].version);
		steps_look(&c);
		if (cases[i].found) {
			assert_figure(the_finding(&c, FINDING_INCREMENTAL)->value, 520 * FIXTURE_PAGE);
			assert_non_null(strstr(c.snap.findings[0].text, cases[i].version));
		} else if (cases[i].frozen) {
			assert_none(&c);
		} else {
			the_finding(&c, FINDING_NEVER_FROZEN);
		}
	}
}

/* Frozen before each fork and unfrozen in the master after it: all workers inherit it, nobody froze late. */
static void test_share__frozen_around_the_fork(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 3, 1, 700, 1);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);

	/* A worker that was seen with nothing frozen has frozen by itself. */
	steps_end(&c);
	steps_begin(&c);
	pool_of(&c, 0, 2, 0, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 1, 2, 1, 700, 1);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	f = the_finding(&c, FINDING_FROZEN_AFTER_FORK);
	assert_figure(f->value, 520 * FIXTURE_PAGE);
}

/* Two workers and their master with these settings; each copied so many pages and made so many collections of each
 * kind since the fork, the master two of each before. */
static void spared(struct analysis_steps *c, double second, fact enabled, fact frozen, fact copied, fact made)
{
	const fact pages[6] = { INHERITED - copied, 0, copied, 0, 100, 100 };
	struct gc_state *gc;
	size_t g;

	steps_at(c, second);
	for (pid_t pid = 101; pid <= 102; pid++) {
		gc = fixture_gc(fixture_add(&c->s, pid, -50, pages), enabled, 700, frozen);
		for (g = 0; g < GC_GENERATIONS; g++)
			gc->collections[g] = 2 + made;
	}
	gc = master_gc(c, 0, 700, frozen);
	for (g = 0; g < GC_GENERATIONS; g++)
		gc->collections[g] = 2;
	steps_look(c);
}

/* What was inherited is frozen: whatever the collector did since, it did not write there. */
static void test_spared__frozen(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	spared(&c, 0, 1, 1, 1000, 0);
	assert_none(&c);
	spared(&c, 1, 1, 1, 12800, 0);
	f = the_finding(&c, FINDING_NOT_BY_COLLECTOR);
	assert_figure(f->value, 2 * 12800 * FIXTURE_PAGE);
	assert_string_equal(f->unit, "bytes");
	assert_string_equal(
		f->text, "100.0 MiB was copied in 2 of 2 workers without a full collection, and not by "
			 "the collector: what they inherited is frozen (gc.freeze); most likely by "
			 "reference counts, or by data that is written: cowtop stacks, or the key s, tells "
			 "which");
	spared(&c, 2, 1, 1, 12800, 4);
	f = the_finding(&c, FINDING_NOT_BY_COLLECTOR);
	assert_non_null(strstr(f->text, "in 2 of 2 workers, and not by the collector: what"));
}

/* Objects that are not frozen, and collections: who wrote is not known. */
static void test_spared__not_all_frozen(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	spared(&c, 0, 1, 1, 12800, 4);
	master_gc(&c, 0, 700, 1)->counts[0] = 20000;
	snapshot_release(&c.snap);
	steps_look(&c);
	the_finding(&c, FINDING_IMPORTED_AFTER_FREEZE);
}

/* Off, and not one collection; with one, of any generation, it may have gone over everything. */
static void test_spared__off(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	size_t g;

	steps_begin(&c);
	spared(&c, 0, 0, 0, 12800, 0);
	assert_non_null(
		strstr(the_finding(&c, FINDING_NOT_BY_COLLECTOR)->text, ": it is off, and has made none; "));
	for (g = 0; g < GC_GENERATIONS; g++) {
		steps_end(&c);
		steps_begin(&c);
		spared(&c, 0, 0, 0, 12800, 0);
		c.s.procs[1].gc.interpreters[0].collections[g]++;
		c.s.procs[2].gc.interpreters[0].collections[g]++;
		snapshot_release(&c.snap);
		steps_look(&c);
		assert_none(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share__copies_without_a_collection),
		cmocka_unit_test(test_share__without_collapsed_pages),
		cmocka_unit_test(test_share__measured_at_collections),
		cmocka_unit_test(test_share__cheap_collections),
		cmocka_unit_test(test_share__before_the_watch),
		cmocka_unit_test(test_share__unmeasured),
		cmocka_unit_test(test_share__nothing_to_lose),
		cmocka_unit_test(test_share__lazy_imports),
		cmocka_unit_test(test_share__increments),
		cmocka_unit_test(test_share__frozen_around_the_fork),
		cmocka_unit_test(test_spared__frozen),
		cmocka_unit_test(test_spared__not_all_frozen),
		cmocka_unit_test(test_spared__off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
