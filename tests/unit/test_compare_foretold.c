/*
 * What freezing was foretold to give back, beside what the recording of a frozen pool shows.
 */
#include "lib/story_asserts.h"
#include "lib/two_stories.h"
#include "lib/why_made.h"
#include "analysis/compare.h"
#include "base/cleanup.h"
#include "sink/compare.h"
#include "sink/json_report.h"

/* Every worker of it has copied so many MiB in the end. */
static void tell(figure mib, bool frozen, struct story *ret)
{
	struct eroding_pool g = eroding_pool_ordinary;

	g.collect = false;
	g.rest = g.inherited - (fact)(mib * WHY_MADE_MIB);
	g.half_life = 20;
	eroding_pool_story(&g, -1, ret);
	for (size_t i = 0; i < ret->nprocesses; i++) {
		ret->processes[i].settings.enabled = 1;
		ret->processes[i].settings.frozen = frozen;
	}
}

static void foretell(struct story *s, struct why_worker k)
{
	struct why *w = xcalloc(1, sizeof(*w));

	*w = (struct why){ .page_size = 4096, .nworkers = 1, .n = 1 };
	w->workers = xcalloc(1, sizeof(*w->workers));
	w->workers[0] = k;
	why_sum_up(w, NULL);
	s->why = w;
}

static void assert_shown(const struct comparison *c, const char *words)
{
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };

	compare_text(&text, c, "a.ct", "b.ct", 120);
	compare_html(&html, c, "a.ct", "b.ct");
	if (!strstr(text.data, words))
		fail_msg("no \"%s\" in: %s", words, text.data);
	assert_non_null(strstr(html.data, words));
}

static void test_foretold__beside_what_was_measured(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(buf_release) struct buf json = { 0 };
	struct comparison c;

	tell(61.6, false, &a);
	tell(45.0, true, &b);
	foretell(&a, why_made_young(0));
	compare_stories(&a, &b, &c);
	assert_true(c.foretold.there && c.foretold.by_a && c.foretold.within);
	assert_near(c.foretold.measured, 16.6 * 1048576, 0.1 * 1048576);
	assert_true(c.foretold.low <= c.foretold.measured && c.foretold.measured <= c.foretold.high);
	assert_shown(
		&c,
		"gc.freeze(): A foretold about 16.3 MiB (14.2 to 18.4) a worker, B has 16.6 MiB less: within "
		"the bounds");
	json_comparison(&json, &c, false);
	assert_non_null(strstr(json.data, "\"foretold\":{\"by\":\"a\",\"gain_bytes\":17091788"));
	assert_non_null(strstr(json.data, "\"within\":true"));
	/* the other way round */
	compare_stories(&b, &a, &c);
	assert_true(c.foretold.there && !c.foretold.by_a && c.foretold.within);
	assert_near(c.foretold.measured, 16.6 * 1048576, 0.1 * 1048576);
	assert_shown(
		&c,
		"gc.freeze(): B foretold about 16.3 MiB (14.2 to 18.4) a worker, A has 16.6 MiB less: within");
}

static void test_foretold__what_is_no_proof(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(buf_release) struct buf json = { 0 }, text = { 0 };
	struct comparison c;

	/* it was wrong */
	tell(61.6, false, &a);
	tell(55.0, true, &b);
	foretell(&a, why_made_young(0));
	compare_stories(&a, &b, &c);
	assert_true(c.foretold.there && !c.foretold.within);
	assert_shown(&c, "B has 6.6 MiB less: outside of the bounds");
	/* one worker of B is not frozen: it is no proof */
	b.processes[b.nprocesses - 1].settings.frozen = 0;
	compare_stories(&a, &b, &c);
	assert_false(c.foretold.there);
	compare_text(&text, &c, "a.ct", "b.ct", 120);
	assert_null(strstr(text.data, "foretold"));
	json_comparison(&json, &c, false);
	assert_non_null(strstr(json.data, "\"foretold\":null"));
	/* off, but told to collect: neither */
	b.processes[b.nprocesses - 1].settings.enabled = 0;
	b.processes[b.nprocesses - 1].full_collections = 2;
	compare_stories(&a, &b, &c);
	assert_false(c.foretold.there);
	b.processes[b.nprocesses - 1].full_collections = 0;
	compare_stories(&a, &b, &c);
	assert_true(c.foretold.there);
	/* off in A, and told to collect: it tells */
	for (size_t i = 0; i < a.nprocesses; i++) {
		a.processes[i].settings.enabled = 0;
		a.processes[i].full_collections = 3;
	}
	compare_stories(&a, &b, &c);
	assert_true(c.foretold.there && c.foretold.by_a);
	/* nor is what was only at risk in A */
	b.processes[b.nprocesses - 1].settings.frozen = 1;
	a.why->basis = WHY_RISK;
	compare_stories(&a, &b, &c);
	assert_false(c.foretold.there);
	/* nor where A is frozen itself */
	a.why->basis = WHY_YOUNG;
	for (size_t i = 0; i < a.nprocesses; i++)
		a.processes[i].settings.frozen = 1;
	compare_stories(&a, &b, &c);
	assert_false(c.foretold.there);
}

/* Of several runs a side the means; a run that does not tell leaves nothing. */
static void test_foretold__of_several_runs(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story more = { 0 };
	cleanup(story_release) struct story b = { 0 };
	const struct story *as[2] = { &a, &more }, *bs[2] = { &b, &b };
	const struct compare_runs of_a = { as, 2, UNKNOWN }, of_b = { bs, 2, UNKNOWN };
	struct why_worker k = why_made_young(0);
	struct comparison c;

	tell(61.6, false, &a);
	tell(61.6, false, &more);
	tell(45.0, true, &b);
	foretell(&a, k);
	k.causes[WHY_COLLECTOR_ONLY] = why_between(17.3, 15.2, 19.4);
	foretell(&more, k);
	compare_runs(&of_a, &of_b, &c);
	assert_true(c.foretold.there);
	assert_near(c.foretold.gain.value, 16.8 * 1048576, 1);
	assert_near(c.foretold.gain.low, 14.7 * 1048576, 1);
	more.why->basis = WHY_NONE;
	compare_runs(&of_a, &of_b, &c);
	assert_false(c.foretold.there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foretold__beside_what_was_measured),
		cmocka_unit_test(test_foretold__what_is_no_proof),
		cmocka_unit_test(test_foretold__of_several_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
