#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "analysis/why_cells.h"
#include "analysis/why_estimate.h"
#include "analysis/why_transfer.h"

/*
 * Pools whose truth is known by construction. Requests read records, which lie on pages of objects (some hold tracked
 * ones, some only counted ones); a page breaks when it is read first. At one time a collection breaks all tracked
 * pages that are whole; a twin under the same requests has none. The gain is what the first one has copied more.
 */
#define PAGES 12000
#define CELL_PAGES 60
#define SNAPSHOTS 120
#define REQUESTS 1200

enum pattern {
	EVERYWHERE, /* a record by chance */
	HOT,        /* nine of ten in a fifth of them */
	ZIPF,       /* a few often, most hardly ever */
	NEIGHBOURS, /* many that lie together */
	COLD,       /* nine tenths never at all */
	PATTERNS,
};

static const char *const names[] = { "everywhere", "hot", "zipf", "neighbours", "cold" };

struct pool {
	uint8_t pages[PAGES];
	uint32_t cells[PAGES];
	uint16_t broken[PAGES], twin[PAGES];
	struct why_snapshot snapshots[SNAPSHOTS];
	uint64_t random;
};

static struct pool pool;

static uint64_t next_random(void)
{
	uint64_t z = pool.random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static double chance(void)
{
	return (double)(next_random() >> 11) / (double)(1ULL << 53);
}

static size_t record_of(enum pattern pattern)
{
	switch (pattern) {
	case HOT:
		return (size_t)(chance() * (chance() < 0.9 ? PAGES / 5 : PAGES));
	case ZIPF:
		return (size_t)(PAGES * pow(chance(), 4));
	case COLD:
		return (size_t)(chance() * PAGES / 10);
	default:
		return (size_t)(chance() * PAGES);
	}
}

static void touch(size_t page, uint16_t now)
{
	if (pool.twin[page] == WHY_WHOLE)
		pool.twin[page] = now;
	if (pool.broken[page] == WHY_WHOLE)
		pool.broken[page] = now;
}

static void request(enum pattern pattern, unsigned int reads, uint16_t now)
{
	size_t at = record_of(pattern);

	for (unsigned int i = 0; i < reads; i++) {
		touch(at % PAGES, now);
		/* what it refers to: a page of texts in the same place */
		touch((at / CELL_PAGES * CELL_PAGES + (size_t)(chance() * CELL_PAGES)) % PAGES, now);
		at = pattern == NEIGHBOURS ? at + 1 : record_of(pattern);
	}
}

static void begin(uint64_t seed, unsigned int tracked_percent)
{
	memset(&pool, 0, sizeof(pool));
	pool.random = seed;
	for (size_t i = 0; i < PAGES; i++) {
		double kind = chance() * 100;

		pool.pages[i] = kind < tracked_percent      ? WHY_PAGE_TRACKED :
				kind < tracked_percent + 30 ? WHY_PAGE_COUNTED :
							      WHY_PAGE_OTHER;
		/* a size class holds one kind mostly: that is what cells are made by */
		pool.cells[i] = (uint32_t)(i / CELL_PAGES * 3 + pool.pages[i]);
		pool.broken[i] = pool.twin[i] = WHY_WHOLE;
	}
}

/* Another worker with the same pages. */
static void begin_another(uint64_t seed)
{
	pool.random = seed;
	for (size_t i = 0; i < PAGES; i++)
		pool.broken[i] = pool.twin[i] = WHY_WHOLE;
}

static void collect(uint16_t now)
{
	for (size_t i = 0; i < PAGES; i++)
		if (pool.pages[i] == WHY_PAGE_TRACKED && pool.broken[i] == WHY_WHOLE && chance() < 0.99)
			pool.broken[i] = now;
}

/* `first`: the request before which the collection comes. */
static void run(enum pattern pattern, unsigned int reads, unsigned int first)
{
	const unsigned int every = REQUESTS / (SNAPSHOTS - 1);

	for (size_t i = 0; i < PAGES / 100; i++)
		touch((size_t)(chance() * PAGES), 0);
	pool.snapshots[0] = (struct why_snapshot){ .clock = 1, .full = 2, .clean = true };
	for (unsigned int n = 0; n < REQUESTS; n++) {
		uint16_t now = (uint16_t)(n / every + 1);

		if (n == first)
			collect(now);
		request(pattern, reads, now);
		if (now >= SNAPSHOTS)
			continue;
		pool.snapshots[now] = (struct why_snapshot){ .clock = n + 2,
							     .full = 2 + (n >= first),
							     .clean = n / every != first / every };
	}
	for (size_t i = 0; i < PAGES; i++) {
		if (pool.broken[i] >= SNAPSHOTS)
			pool.broken[i] = WHY_WHOLE;
		if (pool.twin[i] >= SNAPSHOTS)
			pool.twin[i] = WHY_WHOLE;
	}
}

static double count(const uint16_t *when)
{
	double n = 0;

	for (size_t i = 0; i < PAGES; i++)
		n += when[i] != WHY_WHOLE;
	return n;
}

static struct why_case case_of(void)
{
	return (struct why_case){
		.npages = PAGES,
		.pages = pool.pages,
		.cells = pool.cells,
		.ncells = PAGES / CELL_PAGES * 3 + 3,
		.broken = pool.broken,
		.snapshots = pool.snapshots,
		.nsnapshots = SNAPSHOTS,
		.young = true,
		.copied = count(pool.broken),
	};
}

static double sum(const struct why_worker *w)
{
	double n = 0;

	for (size_t i = 0; i < WHY_CAUSES; i++)
		if (!isnan(w->causes[i].pages))
			n += w->causes[i].pages;
	return n;
}

/* The law: nine of ten within the larger of 15 % of the gain and 5 % of the copies, and within the bounds. */
static void test_why__foretells_the_gain(void **state)
{
	static const unsigned int reads[PATTERNS] = { 5, 6, 6, 40, 4 };
	unsigned int told = 0, near = 0, inside = 0, all = 0;

	for (int pattern = 0; pattern < PATTERNS; pattern++)
		for (unsigned int first = 100; first <= 500; first += 200)
			for (uint64_t seed = 1; seed <= 3; seed++) {
				struct why_case c;
				struct why_worker w = { 0 };
				struct why_amount a;
				double gain, error;

				begin(seed * 1000 + first, 20 + 15 * (unsigned int)seed);
				run((enum pattern)pattern, reads[pattern], first);
				c = case_of();
				why_estimate(&c, &w);
				a = w.causes[WHY_COLLECTOR_ONLY];
				gain = count(pool.broken) - count(pool.twin);
				error = fabs(a.pages - gain);
				print_message(
					"# %-10s first %u: copied %.0f gain %.0f foretold %.0f [%.0f..%.0f] %s\n",
					names[pattern], first, c.copied, gain, a.pages, a.low, a.high,
					w.basis == WHY_YOUNG ? "" : w.reason);
				all++;
				assert_true(fabs(sum(&w) - c.copied) < 0.01 || w.basis == WHY_BOUNDS);
				if (w.basis != WHY_YOUNG)
					continue;
				told++;
				near += error <= fmax(0.15 * gain, 0.05 * c.copied);
				inside += gain >= a.low && gain <= a.high;
			}
	print_message("# of %u told %u, near %u, within the bounds %u\n", all, told, near, inside);
	assert_true(told >= all * 8 / 10);
	assert_true(near * 10 >= told * 9);
	assert_true(inside * 10 >= told * 9);
}

/* All that a collection took is far more than its gain. */
static void test_why__the_control_is_what_tells(void **state)
{
	struct why_worker w = { 0 };
	struct why_case c;
	double gain, first;

	begin(5, 50);
	run(EVERYWHERE, 6, 100);
	c = case_of();
	why_estimate(&c, &w);
	gain = count(pool.broken) - count(pool.twin);
	first = w.causes[WHY_COLLECTOR_ONLY].pages + w.causes[WHY_COLLECTOR_FIRST].pages;
	assert_true(first > 1.5 * gain);
	assert_true(fabs(w.causes[WHY_COLLECTOR_ONLY].pages - gain) < 0.05 * c.copied);
	assert_true(w.first_at > 0.07 && w.first_at < 0.1);
}

static void test_why__what_is_seen_is_counted(void **state)
{
	struct why_worker w = { 0 };
	struct why_case c;
	double start = 0, control = 0;

	begin(9, 40);
	run(HOT, 6, 300);
	c = case_of();
	c.copied += 77; /* outside of the inventory */
	why_estimate(&c, &w);
	for (size_t i = 0; i < PAGES; i++) {
		start += pool.broken[i] == 0;
		control += pool.pages[i] == WHY_PAGE_COUNTED && pool.broken[i] != 0;
	}
	assert_true(w.basis == WHY_YOUNG);
	assert_true(w.causes[WHY_STARTUP].pages == start);
	assert_true(w.control == control);
	assert_true(w.causes[WHY_OTHERWISE].pages >= 77);
	assert_true(fabs(sum(&w) - c.copied) < 0.01);
	assert_true(isnan(w.causes[WHY_DATA].pages));
}

static double gain_of_tracked(void)
{
	double n = 0;

	for (size_t i = 0; i < PAGES; i++)
		n += pool.pages[i] == WHY_PAGE_TRACKED &&
		     (pool.broken[i] != WHY_WHOLE) > (pool.twin[i] != WHY_WHOLE);
	return n;
}

/* A control of which hardly anything was used says nothing of the time that has passed. */
static void test_why__a_silent_control_tells_no_time(void **state)
{
	const uint16_t collected = 200 / (REQUESTS / (SNAPSHOTS - 1)) + 1;
	struct why_worker w = { 0 };
	unsigned int before = 0, after = 0;
	struct why_case c;
	double gain;

	begin(6, 60);
	run(EVERYWHERE, 6, 200);
	gain = gain_of_tracked();
	for (size_t i = 0; i < PAGES; i++) {
		uint16_t *when = &pool.broken[i];

		if (pool.pages[i] != WHY_PAGE_COUNTED || *when == WHY_WHOLE || *when == 0)
			continue;
		if (*when < collected ? before++ >= 12 : after++ >= 2)
			*when = WHY_WHOLE;
	}
	c = case_of();
	why_estimate(&c, &w);
	print_message("# gain %.0f foretold %.0f\n", gain, w.causes[WHY_COLLECTOR_ONLY].pages);
	assert_int_equal(w.basis, WHY_YOUNG);
	assert_true(fabs(w.causes[WHY_COLLECTOR_ONLY].pages - gain) < 0.05 * c.copied);
}

/* Without frame numbers all is the same, between wider bounds. */
static void test_why__without_frame_numbers(void **state)
{
	struct why_worker known = { 0 }, guessed = { 0 };
	struct why_case c;

	begin(9, 40);
	run(HOT, 6, 300);
	c = case_of();
	why_estimate(&c, &known);
	c.guessed = true;
	why_estimate(&c, &guessed);
	assert_false(known.guessed);
	assert_true(guessed.guessed);
	for (size_t i = 0; i < WHY_CAUSES; i++) {
		const struct why_amount *a = &known.causes[i], *b = &guessed.causes[i];

		if (!(a->pages > 0))
			continue;
		assert_true(b->pages == a->pages);
		assert_true(b->low < a->low || a->low == 0);
		assert_true(b->high > a->high);
	}
}

/* A worker that one meets when all is done, by one that was watched from its fork on. */
static void test_why__old_ones_by_a_young_one(void **state)
{
	static const unsigned int reads[PATTERNS] = { 5, 6, 6, 40, 4 };
	static struct pool young;
	unsigned int near = 0, inside = 0, all = 0;

	for (int pattern = 0; pattern < PATTERNS; pattern++)
		for (uint64_t seed = 1; seed <= 4; seed++) {
			struct why_worker w = { 0 };
			struct why_case old, example;
			struct why_amount a;
			double gain;

			begin(seed * 7, 20 + 10 * (unsigned int)seed);
			run((enum pattern)pattern, reads[pattern], 200);
			young = pool;
			example = case_of();
			example.pages = young.pages;
			example.cells = young.cells;
			example.broken = young.broken;
			example.snapshots = young.snapshots;
			example.nsnapshots = SNAPSHOTS / 2;
			for (size_t i = 0; i < PAGES; i++)
				if (young.broken[i] >= SNAPSHOTS / 2 && young.broken[i] != WHY_WHOLE)
					young.broken[i] = WHY_WHOLE; /* it is younger */
			begin_another(seed * 1000);
			run((enum pattern)pattern, reads[pattern], 30);
			gain = count(pool.broken) - count(pool.twin);
			old = case_of();
			old.young = false;
			old.nsnapshots = 1;
			for (size_t i = 0; i < PAGES; i++)
				pool.broken[i] = pool.broken[i] == WHY_WHOLE ? WHY_WHOLE : 0;
			why_estimate(&old, &w);
			assert_int_equal(w.basis, WHY_BOUNDS);
			assert_true(gain <= w.causes[WHY_COLLECTOR_ONLY].high);
			all++;
			assert_true(why_transfer(&old, &example, &w));
			assert_int_equal(w.basis, WHY_TRANSFER);
			a = w.causes[WHY_COLLECTOR_ONLY];
			print_message("# %-10s copied %.0f gain %.0f foretold %.0f [%.0f..%.0f]\n",
				      names[pattern], old.copied, gain, a.pages, a.low, a.high);
			near += fabs(a.pages - gain) <= 0.1 * old.copied;
			inside += gain >= a.low && gain <= a.high;
			assert_true(fabs(sum(&w) - old.copied) < 0.01);
		}
	print_message("# of %u near %u, within the bounds %u\n", all, near, inside);
	assert_true(near * 10 >= all * 9);
	assert_true(inside * 10 >= all * 9);
}

static void test_why__who_cannot_be_an_example(void **state)
{
	struct why_worker w = { 0 };
	struct why_case c, none;

	begin(3, 40);
	run(EVERYWHERE, 3, 300);
	c = none = case_of();
	c.young = false;
	why_estimate(&c, &w);
	none.nsnapshots = 20; /* it has not collected */
	assert_false(why_transfer(&c, &none, &w));
	assert_false(why_transfer(&c, &c, &w)); /* it is no young one */
	none = c;
	none.young = true;
	assert_false(why_transfer(&none, &none, &w)); /* who is young has better */
	assert_int_equal(w.basis, WHY_BOUNDS);
	assert_true(why_transfer(&c, &none, &w));
}

/* Copies that show what was written. */
static void test_why__what_was_written_is_no_gain(void **state)
{
	static uint8_t wrote[PAGES];
	struct why_worker before = { 0 }, w = { 0 };
	double data = 0, allocator = 0, same = 0, kept = 0;
	struct why_case c;

	begin(9, 40);
	run(COLD, 4, 300);
	c = case_of();
	why_estimate(&c, &before);
	assert_true(isnan(before.causes[WHY_DATA].pages) && isnan(before.identical));
	memset(wrote, 0, sizeof(wrote));
	for (size_t i = 0; i < PAGES; i++) {
		bool broken = pool.broken[i] != WHY_WHOLE && pool.broken[i] != 0;

		wrote[i] = i % 10 == 1 ? WROTE_DATA | WROTE_HEAD :
			   i % 10 == 2 ? WROTE_ALLOCATOR | WROTE_COUNT :
			   i % 10 == 3 ? WROTE_COUNT :
			   i % 10 == 4 ? WROTE_UNREAD :
					 0;
		data += broken && i % 10 == 1;
		allocator += broken && i % 10 == 2;
		kept += pool.pages[i] == WHY_PAGE_TRACKED && pool.broken[i] == 31 && i % 10 >= 1 &&
			i % 10 <= 3;
		same += pool.broken[i] != WHY_WHOLE && wrote[i] == 0;
	}
	c.wrote = wrote;
	why_estimate(&c, &w);
	assert_true(w.causes[WHY_DATA].pages == data);
	assert_true(w.causes[WHY_ALLOCATOR].pages == allocator);
	assert_true(w.identical == same);
	assert_true(fabs(sum(&w) - c.copied) < 0.01);
	/* most of these are cold pages: it was all gain, and is no more where something shows */
	assert_true(kept > 500);
	assert_true(before.causes[WHY_COLLECTOR_ONLY].pages - w.causes[WHY_COLLECTOR_ONLY].pages >
		    0.7 * kept);
	c.young = false;
	why_estimate(&c, &w);
	assert_true(w.causes[WHY_DATA].pages >= data);
	assert_true(w.causes[WHY_COLLECTOR_ONLY].high < before.causes[WHY_COLLECTOR_ONLY].high + 1000);
	assert_true(fabs(sum(&w) - c.copied) < 0.01);
}

/* Met long after its fork: what it had copied by then is not its run-up alone. */
static void test_why__who_is_met_late_has_no_start(void **state)
{
	struct why_worker w = { 0 }, late = { 0 };
	struct why_case c;

	begin(3, 40);
	run(EVERYWHERE, 3, REQUESTS + 1);
	c = case_of();
	why_estimate(&c, &w);
	c.late = true;
	why_estimate(&c, &late);
	assert_true(isnan(late.causes[WHY_STARTUP].pages));
	assert_true(late.causes[WHY_REFERENCES].pages > w.causes[WHY_REFERENCES].pages);
	assert_true(fabs(sum(&late) - c.copied) < 0.01);
}

static void test_why__no_collection_yet(void **state)
{
	struct why_worker w = { 0 };
	struct why_case c;
	double whole = 0;

	begin(3, 40);
	run(EVERYWHERE, 3, REQUESTS + 1);
	c = case_of();
	why_estimate(&c, &w);
	for (size_t i = 0; i < PAGES; i++)
		whole += pool.pages[i] == WHY_PAGE_TRACKED && pool.broken[i] == WHY_WHOLE;
	assert_true(w.basis == WHY_RISK);
	assert_true(w.at_risk == whole);
	assert_true(w.causes[WHY_COLLECTOR_ONLY].high == 0);
	assert_true(fabs(sum(&w) - c.copied) < 0.01);
}

static void test_why__cannot_tell(void **state)
{
	struct why_worker w = { 0 };
	struct why_case c;

	/* the first collection before there was a second snapshot */
	begin(3, 40);
	run(EVERYWHERE, 3, 5);
	c = case_of();
	why_estimate(&c, &w);
	assert_true(w.basis == WHY_BOUNDS);
	assert_true(isnan(w.causes[WHY_COLLECTOR_ONLY].pages));
	assert_true(w.causes[WHY_COLLECTOR_ONLY].high > 0);
	assert_non_null(strstr(w.reason, "before there was anything"));

	/* all in one place */
	begin(3, 40);
	run(EVERYWHERE, 3, 300);
	for (size_t i = 0; i < PAGES; i++)
		if (pool.broken[i] > 0 && pool.broken[i] < 40 && i >= CELL_PAGES * 4)
			pool.broken[i] = 60;
	c = case_of();
	why_estimate(&c, &w);
	assert_true(w.basis == WHY_BOUNDS);

	/* met when its collector had long been at work */
	c.young = false;
	why_estimate(&c, &w);
	assert_true(w.basis == WHY_BOUNDS);
	assert_true(w.causes[WHY_COLLECTOR_ONLY].low == 0);
	assert_true(isnan(w.causes[WHY_STARTUP].pages));
	assert_non_null(strstr(w.reason, "fork"));

	/* huge pages */
	c.young = true;
	c.collapsed = c.copied / 10;
	why_estimate(&c, &w);
	assert_true(w.basis == WHY_NONE);
	c.collapsed = 0;
	c.nsnapshots = 0;
	why_estimate(&c, &w);
	assert_true(w.basis == WHY_NONE);
}

/* A collection whose end comes after a look at the pages, and one whose snapshot was not clean. */
static void test_why__only_clean_snapshots_count(void **state)
{
	struct why_worker w = { 0 }, unclean = { 0 };
	struct why_case c;
	size_t full = 0;
	double gain;

	begin(11, 40);
	run(EVERYWHERE, 5, 400);
	c = case_of();
	why_estimate(&c, &w);
	gain = count(pool.broken) - count(pool.twin);
	/* the count comes with the next snapshot: what shows in the one before is the collection's, half done */
	while (pool.snapshots[full].full == 2)
		full++;
	pool.snapshots[full].full = 2;
	pool.snapshots[full].clean = false;
	why_estimate(&c, &unclean);
	assert_true(fabs(unclean.causes[WHY_COLLECTOR_ONLY].pages - gain) < 0.05 * c.copied);
	for (size_t i = 0; i < SNAPSHOTS; i++)
		pool.snapshots[i].clean = true;
	why_estimate(&c, &unclean);
	assert_true(fabs(unclean.causes[WHY_COLLECTOR_ONLY].pages - gain) > 0.1 * c.copied);
}

static void test_hazards__of_known_cells(void **state)
{
	struct why_cell alike[200], two[200];
	struct why_hazards h;

	for (size_t i = 0; i < 200; i++) {
		alike[i] = (struct why_cell){ 1000, 100 };
		two[i] = (struct why_cell){ 1000, i < 20 ? 900 : 0 };
	}
	why_hazards_fit(alike, 200, &h);
	/* 1 - 0.9^3 in all, of those that are left after the first */
	assert_true(fabs(why_breaks_alike(&h, 2, WHY_OF_LEFT) / (180000 * (1 - 0.9 * 0.9)) - 1) < 0.001);
	assert_true(fabs(why_breaks_by_cell(&h, 2, WHY_OF_LEFT) / (180000 * (1 - 0.9 * 0.9)) - 1) < 0.02);
	assert_true(fabs(why_cells_hit(&h) - 200) < 1e-6);
	why_hazards_fit(two, 200, &h);
	assert_true(fabs(why_breaks_by_cell(&h, 2, WHY_OF_LEFT) / (2000 * 0.99) - 1) < 0.05);
	assert_true(why_breaks_alike(&h, 2, WHY_OF_LEFT) > 10 * why_breaks_by_cell(&h, 2, WHY_OF_LEFT));
	assert_true(fabs(why_cells_hit(&h) - 20) < 1e-6);
	why_hazards_fit(two, 0, &h);
	assert_true(why_breaks_alike(&h, 2, WHY_OF_LEFT) == 0 &&
		    why_breaks_by_cell(&h, 2, WHY_OF_LEFT) == 0 && why_cells_hit(&h) == 0);
	/* nothing is left: it is finite */
	two[0] = (struct why_cell){ 5, 5 };
	why_hazards_fit(two, 1, &h);
	assert_true(isfinite(h.one) && why_breaks_by_cell(&h, 2, WHY_OF_LEFT) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hazards__of_known_cells),
		cmocka_unit_test(test_why__foretells_the_gain),
		cmocka_unit_test(test_why__the_control_is_what_tells),
		cmocka_unit_test(test_why__what_is_seen_is_counted),
		cmocka_unit_test(test_why__a_silent_control_tells_no_time),
		cmocka_unit_test(test_why__without_frame_numbers),
		cmocka_unit_test(test_why__old_ones_by_a_young_one),
		cmocka_unit_test(test_why__who_cannot_be_an_example),
		cmocka_unit_test(test_why__what_was_written_is_no_gain),
		cmocka_unit_test(test_why__who_is_met_late_has_no_start),
		cmocka_unit_test(test_why__no_collection_yet),
		cmocka_unit_test(test_why__cannot_tell),
		cmocka_unit_test(test_why__only_clean_snapshots_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
