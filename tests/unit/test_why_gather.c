#include <stdlib.h>
#include "lib/memory_recording.h"
#include "analysis/analysis.h"
#include "analysis/why_estimate.h"
#include "analysis/why_gather.h"

/*
 * A pool whose workers are looked at with every sample: what is told of it in pieces, to be added up again, beside the
 * whole, of which a case is made by hand.
 */
#define PAGES 3000
#define WORKERS 3
#define MASTER 100
#define LOOKS_MOST 1600
#define CELL_PAGES 256 /* a MiB */

struct worker {
	uint16_t broken[PAGES];
	struct why_snapshot snapshots[LOOKS_MOST];
	struct random_state random;
};

struct stage {
	uint8_t pages[PAGES];
	uint32_t cells[PAGES];
	struct worker workers[WORKERS];
	size_t looks, full; /* taken so far; before which the full collection comes */
	struct random_state random;
};

static struct stage stage;
static const fact some_pages[6] = { 700, 40, 2600, 8, 92, 100 };

static struct why_inventory *inventory(void)
{
	struct why_inventory *inv = xcalloc(1, sizeof(*inv));

	inv->page_size = 4096;
	inv->npages = PAGES;
	inv->objects = 123456;
	inv->nranges = 1;
	inv->ranges = xcalloc(1, sizeof(*inv->ranges));
	inv->ranges[0] = (struct why_range){ UINT64_C(0x7f0000000000),
					     UINT64_C(0x7f0000000000) + PAGES * UINT64_C(4096), 0 };
	for (size_t i = 0; i < PAGES; i++)
		why_rows_add(&inv->pages, 1, stage.pages[i] | (stage.pages[i] * 7U) << WHY_CLASS_SHIFT);
	return inv;
}

static void begin(uint64_t seed, size_t full)
{
	memset(&stage, 0, sizeof(stage));
	stage.random.state = seed;
	stage.full = full;
	for (size_t i = 0; i < PAGES; i++) {
		stage.pages[i] = (uint8_t)random_below(&stage.random, 3);
		stage.cells[i] = (uint32_t)(i / CELL_PAGES * 3 + stage.pages[i]);
	}
	for (size_t k = 0; k < WORKERS; k++) {
		stage.workers[k].random.state = seed + k;
		memset(stage.workers[k].broken, 0xff, sizeof(stage.workers[k].broken));
	}
}

static bool breaks(struct worker *k, size_t page)
{
	bool collects = stage.looks == stage.full && stage.pages[page] == WHY_PAGE_TRACKED;

	/* a cell is used more, or less */
	return collects || random_hits(&k->random, 300 + page / CELL_PAGES * 40);
}

/* One more look at a worker: what is told of it. */
static void look(struct worker *k, struct proc_sample *p)
{
	struct gc_state *gc = p->gc.interpreters;
	struct why_worker_facts *w = p->why = why_worker_facts_new();
	size_t n = stage.looks;

	w->looks = (fact)n + 1;
	w->looked = true;
	w->switches = (fact)(30 * n + 5);
	w->full = gc->collections[2] = 2 + (n >= stage.full);
	w->collecting = gc->collecting = 0;
	/* a look in the collection is no clean one */
	gc->collections[2] -= n == stage.full;
	k->snapshots[n] = (struct why_snapshot){ (double)w->switches, w->full, n != stage.full };
	for (size_t i = 0; i < PAGES; i++) {
		bool away = k->broken[i] != WHY_AWAY && random_hits(&k->random, 100000);
		bool now = k->broken[i] == WHY_WHOLE && breaks(k, i);

		if (away || now)
			k->broken[i] = away ? WHY_AWAY : (uint16_t)n;
		why_rows_add(&w->news, 1, away ? WHY_NEWS_AWAY : now ? WHY_NEWS_COPIED : WHY_NEWS_NONE);
	}
}

static void next_sample(struct sample *s)
{
	fixture_begin(s, (double)stage.looks);
	fixture_add(s, MASTER, 0, some_pages);
	for (pid_t k = 0; k <= WORKERS; k++) {
		struct proc_sample *p = k ? fixture_add(s, MASTER + k, MASTER, some_pages) : &s->procs[0];

		p->gc.ninterpreters = 1;
		p->gc.interpreters = xcalloc(1, sizeof(*p->gc.interpreters));
		gc_state_init(p->gc.interpreters);
		p->gc.interpreters->collections[2] = 2;
		p->start_ns = s->time_ns - (int64_t)stage.looks * FIXTURE_SECOND;
		p->pages.cow_broken = PAGES;
		p->level = LEVEL_EXACT;
		if (k)
			look(&stage.workers[k - 1], p);
	}
	s->why = why_facts_new();
	s->why->number = 1;
	if (!stage.looks)
		s->why->inventory = inventory();
	stage.looks++;
}

/* By a case that has every look, as an estimate of its own. */
static void by_hand(size_t k, struct why_worker *ret)
{
	const struct why_case c = {
		.npages = PAGES,
		.pages = stage.pages,
		.cells = stage.cells,
		.ncells = PAGES + 3,
		.broken = stage.workers[k].broken,
		.snapshots = stage.workers[k].snapshots,
		.nsnapshots = stage.looks,
		.young = true,
		.copied = PAGES,
	};

	*ret = (struct why_worker){ 0 };
	why_estimate(&c, ret);
}

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static void assert_same_worker(const struct why_worker *a, const struct why_worker *b)
{
	assert_int_equal(a->basis, b->basis);
	assert_true(same(a->copied, b->copied) && same(a->at_risk, b->at_risk) &&
		    same(a->control, b->control));
	assert_true(same(a->identical, b->identical) && same(a->first_at, b->first_at));
	assert_int_equal(a->snapshots, b->snapshots);
	for (size_t i = 0; i < WHY_CAUSES; i++) {
		const struct why_amount *x = &a->causes[i], *y = &b->causes[i];

		if (!same(x->pages, y->pages) || !same(x->low, y->low) || !same(x->high, y->high))
			fail_msg("%s: %g [%g..%g], %g [%g..%g]", why_cause_names[i], x->pages, x->low,
				 x->high, y->pages, y->low, y->high);
	}
}

static void assert_same(const struct why *a, const struct why *b)
{
	assert_int_equal(a->n, b->n);
	assert_string_equal(a->reason, b->reason);
	assert_true(same(a->tracked_pages, b->tracked_pages) && same(a->counted_pages, b->counted_pages));
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->workers[i].pid, b->workers[i].pid);
		assert_same_worker(&a->workers[i], &b->workers[i]);
	}
}

/* So many samples through an analysis; the last one's snapshot. */
static void run(struct analysis *a, size_t n, struct sample *s, struct snapshot *snap)
{
	for (size_t i = 0; i < n; i++) {
		snapshot_release(snap);
		sample_release(s);
		next_sample(s);
		analysis_next(a, s, snap);
	}
	analysis_add_why(a, snap);
}

#define SETTING \
	struct analysis *a = analysis_new(); \
	struct sample s; \
	struct snapshot snap = { 0 }; \
	sample_init(&s)

#define STRIKE \
	snapshot_release(&snap); \
	sample_release(&s); \
	analysis_free(a)

/* What is added up is what was seen. */
static void test_gather__is_what_was_seen(void **state)
{
	static const size_t looks[] = { 1, 2, 90, 121, 122, 200, 400 };

	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		SETTING;

		begin(3, 120);
		run(a, looks[i], &s, &snap);
		assert_non_null(snap.why);
		assert_int_equal(snap.why->n, WORKERS);
		assert_true(snap.why->looked_pages == PAGES && snap.why->tracked_objects == 123456);
		for (size_t k = 0; k < WORKERS; k++) {
			struct why_worker w;

			by_hand(k, &w);
			assert_int_equal(w.basis, looks[i] <= 120 ? WHY_RISK : WHY_YOUNG);
			assert_same_worker(&snap.why->workers[k], &w);
		}
		STRIKE;
	}
}

/* Of more looks than are kept it is nearly that: T and E are the same, H is one of fewer. */
static void test_gather__many_looks_are_thinned(void **state)
{
	struct why_amount *x, *y;
	SETTING;

	begin(5, 1500);
	run(a, LOOKS_MOST, &s, &snap);
	for (size_t k = 0; k < WORKERS; k++) {
		struct why_worker w;

		by_hand(k, &w);
		x = &snap.why->workers[k].causes[WHY_COLLECTOR_ONLY];
		y = &w.causes[WHY_COLLECTOR_ONLY];
		assert_int_equal(snap.why->workers[k].snapshots, LOOKS_MOST);
		assert_true(fabs(x->low - y->low) < 0.01 * PAGES && fabs(x->high - y->high) < 0.01 * PAGES);
	}
	why_gather_tell(analysis_why(a), &s);
	assert_true(s.procs[1].why->history->nlooks > 100);
	assert_true(s.procs[1].why->history->nlooks <= WHY_LOOKS_MAX);
	STRIKE;
}

/* Who begins to read at a sample that tells all goes on as if he had read from the beginning. */
static void test_gather__from_any_sample_that_tells_all(void **state)
{
	for (size_t from = 1; from < 300; from += 61) {
		struct analysis *b = analysis_new();
		struct snapshot other = { 0 };
		SETTING;

		begin(7, 120);
		run(a, from, &s, &snap);
		why_gather_tell(analysis_why(a), &s);
		analysis_pass(b, &s);
		while (stage.looks < 300) {
			snapshot_release(&snap);
			sample_release(&s);
			next_sample(&s);
			analysis_next(a, &s, &snap);
			analysis_pass(b, &s);
		}
		analysis_add_why(a, &snap);
		analysis_next(b, &s, &other);
		analysis_add_why(b, &other);
		assert_same(snap.why, other.why);
		snapshot_release(&other);
		analysis_free(b);
		STRIKE;
	}
}

/* What was missed is not guessed. */
static void test_gather__a_gap_is_one(void **state)
{
	struct sample s;
	struct snapshot snap = { 0 };
	struct analysis *a = analysis_new();

	begin(9, 20);
	for (size_t i = 0; i < 60; i++) {
		next_sample(&s);
		snapshot_release(&snap);
		if (i != 40)
			analysis_next(a, &s, &snap);
		if (i == 30) {
			analysis_add_why(a, &snap);
			assert_int_equal(snap.why->workers[0].snapshots, 31);
		}
		if (i > 40) {
			analysis_add_why(a, &snap);
			assert_int_equal(snap.why->workers[0].basis, WHY_NONE);
			assert_non_null(strstr(snap.why->workers[0].reason, "not there"));
		}
		snapshot_release(&snap);
		sample_release(&s);
	}
	analysis_free(a);
}

/* ---- recordings */

/* Positions that are looked at. */
static bool is_checked(uint64_t i)
{
	return i < 2 || i == 119 || i == 150 || i % 37 == 0;
}

/* As cowtop record does: key frames tell all, one in two. */
static void record(struct memory_recording *t, size_t samples, struct why **ret)
{
	bool told = false;
	SETTING;

	recording_begin(t);
	for (size_t i = 0; i < samples; i++) {
		snapshot_release(&snap);
		sample_release(&s);
		next_sample(&s);
		analysis_next(a, &s, &snap);
		ret[i] = NULL;
		if (is_checked(i)) {
			analysis_add_why(a, &snap);
			ret[i] = snap.why;
			snap.why = NULL;
		}
		if (recorder_key_next(t->recorder)) {
			if (!told)
				why_gather_tell(analysis_why(a), &s);
			told = !told;
		}
		recording_add(t, &s);
	}
	STRIKE;
}

/* Of sample `at` of the recording, read from sample `from` on. */
static struct why *replay_why(struct replay *r, uint64_t from, uint64_t at)
{
	struct err err = { 0 };
	struct why *why;
	SETTING;

	replay_rewind(r, from);
	do {
		assert_int_equal(replay_next_over(r, &s, &err), 1);
		analysis_pass(a, &s);
	} while (replay_number(r) < at);
	analysis_next(a, &s, &snap);
	analysis_add_why(a, &snap);
	why = snap.why;
	snap.why = NULL;
	STRIKE;
	return why;
}

static void release_why(struct why *w)
{
	if (w)
		why_release(w);
	free(w);
}

#define RECORDED 400
#define RUN_UP 120 /* RECORDING_RUN_UP */

/* The same at each position, read from the beginning on or after a jump. */
static void test_recording__says_why_at_any_position(void **state)
{
	static struct memory_recording t;
	struct why *whys[RECORDED];
	struct replay *r;

	begin(11, 150);
	record(&t, RECORDED, whys);
	recording_end(&t);
	r = recording_play(&t);
	for (uint64_t at = 0; at < RECORDED; at++) {
		struct why *all, *jumped;

		if (!is_checked(at))
			continue;
		all = replay_why(r, 0, at);
		jumped = replay_why(r, at > RUN_UP ? at - RUN_UP : 0, at);
		assert_same(whys[at], all);
		assert_same(whys[at], jumped);
		release_why(all);
		release_why(jumped);
	}
	replay_close(r);
	for (size_t i = 0; i < RECORDED; i++)
		release_why(whys[i]);
	recording_release(&t);
}

/* Cut off anywhere it says what its last whole sample knew. */
static void test_recording__that_is_cut_off(void **state)
{
	static struct memory_recording t;
	struct why *whys[RECORDED];

	begin(13, 60);
	record(&t, 200, whys);
	for (size_t i = 0; i < 200; i++) {
		struct replay *r;
		struct why *why;

		if (!whys[i])
			continue;
		/* in the middle of the sample behind it */
		t.path[0] = '\0';
		recording_store(&t, 0, (t.at[i + 1] + (i + 2 < t.n ? t.at[i + 2] : t.bytes.len)) / 2);
		r = recording_open(&t);
		assert_int_equal(replay_info(r)->samples, i + 1);
		why = replay_why(r, 0, i);
		assert_same(whys[i], why);
		release_why(why);
		replay_close(r);
		unlink(t.path);
	}
	t.path[0] = '\0';
	for (size_t i = 0; i < 200; i++)
		release_why(whys[i]);
	recording_release(&t);
}

/* Workers of a pool that is at rest cost a byte a sample, or less. */
static void test_recording__is_small(void **state)
{
	static struct memory_recording t, without;
	struct why *whys[RECORDED];
	size_t more;

	begin(17, 150);
	record(&t, RECORDED, whys);
	recording_begin(&without);
	for (size_t i = 0; i < RECORDED; i++) {
		struct sample s;

		sample_copy(&s, &t.samples[i]);
		why_facts_free(s.why);
		s.why = NULL;
		for (size_t k = 0; k < s.nprocs; k++) {
			why_worker_facts_free(s.procs[k].why);
			s.procs[k].why = NULL;
		}
		recording_add(&without, &s);
		sample_release(&s);
	}
	more = t.bytes.len - without.bytes.len;
	print_message("# %zu bytes of %zu, for %d samples of %d workers with %d pages\n", more, t.bytes.len,
		      RECORDED, WORKERS, PAGES);
	/* each page that was copied once, and four times all of them; and the looks */
	assert_true(more < WORKERS * (PAGES * 2 + 4 * PAGES / 2 + 4 * RECORDED) + 4 * PAGES);
	for (size_t i = 0; i < RECORDED; i++)
		release_why(whys[i]);
	recording_release(&t);
	recording_release(&without);
}

/* ---- cost */

/* In between one worker is judged after the other, as often as takes a hundredth of the time: 3000 pages are judged in
 * 2.4 ms, and a tenth of a second is there to begin with. */
static void test_gather__judges_as_often_as_it_may(void **state)
{
	size_t judged[2] = { 0 }, collected, waiting;
	struct why_worker before[WORKERS] = { 0 };
	SETTING;

	begin(19, 50);
	for (size_t i = 0; i < 150; i++) {
		snapshot_release(&snap);
		sample_release(&s);
		next_sample(&s);
		s.mono_ns = (int64_t)i * FIXTURE_SECOND / 10;
		analysis_next(a, &s, &snap);
		assert_int_equal(snap.why->n, WORKERS);
		for (size_t k = 0; k < WORKERS; k++) {
			judged[i > 50] += snap.why->workers[k].snapshots != before[k].snapshots;
			before[k] = snap.why->workers[k];
		}
		why_gather_progress(analysis_why(a), &collected, &waiting);
		assert_int_equal(collected, i < 50 ? 0 : WORKERS);
		assert_int_equal(waiting, i < 50 ? WORKERS : 0);
	}
	/* before the collection they are only counted; behind it 100 samples, a tenth of a second each, earn 100 ms */
	assert_true(judged[0] > 40 * WORKERS);
	assert_true(judged[1] > 32 && judged[1] < 125);
	STRIKE;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gather__is_what_was_seen),
		cmocka_unit_test(test_gather__many_looks_are_thinned),
		cmocka_unit_test(test_gather__from_any_sample_that_tells_all),
		cmocka_unit_test(test_gather__a_gap_is_one),
		cmocka_unit_test(test_gather__judges_as_often_as_it_may),
		cmocka_unit_test(test_recording__says_why_at_any_position),
		cmocka_unit_test(test_recording__that_is_cut_off),
		cmocka_unit_test(test_recording__is_small),
	};

	return cmocka_run_group_tests_name("why_gather", tests, NULL, NULL);
}
