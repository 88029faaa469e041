#include "parse/cpython_stats.h"

#include <string.h>

#define OLDEST (GC_GENERATIONS - 1)

/*
 * Rings of 11, 3 and 3 records of 64 bytes, each followed by the index of the latest one. A record is ts_start, ts_stop
 * (CLOCK_MONOTONIC), and totals up to it: collections, collected, uncollectable, candidates, seconds; then the size of
 * the heap. It is begun as a copy of the one before, and its ts_stop written last: while that is less than its ts_start
 * the record is not finished, and the one that the index is moved to in front of that is the oldest of all.
 */
#define RECORD_WORDS 8
#define RECORD_SIZE (RECORD_WORDS * 8)
#define RECORDS_MOST 11
enum { START, STOP, COLLECTIONS, CANDIDATES = 5 };
static const struct ring {
	uint16_t records, n, index;
} many[GC_GENERATIONS] = { { 0, 11, 704 }, { 712, 3, 904 }, { 912, 3, 1104 } },
  single[GC_GENERATIONS] = { { 0, 1, 64 }, { 72, 1, 136 }, { 144, 1, 208 } };
#define RINGS_SIZE 1112

_Static_assert(GC_FULL == 3, "as many as the ring of the oldest generation has");

static fact not_negative(int64_t v)
{
	return v < 0 ? ABSENT : v;
}

void cpython_stats_totals(const unsigned char *at, struct gc_state *ret, size_t generation)
{
	int64_t v[3];

	memcpy(v, at, sizeof(v));
	ret->collections[generation] = not_negative(v[0]);
	ret->collected[generation] = not_negative(v[1]);
	ret->uncollectable[generation] = not_negative(v[2]);
}

/* The finished record of this collection, or of the latest one (`number` ABSENT); NULL: it is not kept. */
static const int64_t *find(int64_t records[][RECORD_WORDS], size_t n, fact number)
{
	const int64_t *found = NULL;

	for (size_t i = 0; i < n; i++) {
		const int64_t *at = records[i];

		if (at[START] < 0 || at[STOP] < at[START] || at[COLLECTIONS] < 0)
			continue;
		if (number != ABSENT ? at[COLLECTIONS] == number :
				       !found || at[COLLECTIONS] > found[COLLECTIONS])
			found = at;
	}
	return found;
}

/* Candidates are counted up: those of one collection are what it has more than the one before. */
static void full_of(int64_t records[][RECORD_WORDS], size_t n, fact number, struct gc_full *ret)
{
	const int64_t *at = find(records, n, number), *before = find(records, n, number - 1);

	if (!at || at[STOP] == 0)
		return;
	ret->start_ns = at[START];
	ret->stop_ns = at[STOP];
	if (number == 1)
		ret->candidates = not_negative(at[CANDIDATES]);
	else if (before && before[CANDIDATES] >= 0 && at[CANDIDATES] >= before[CANDIDATES])
		ret->candidates = at[CANDIDATES] - before[CANDIDATES];
}

void cpython_stats_rings(const struct reader *r, uint64_t address, bool free_threaded, struct gc_state *ret)
{
	const struct ring *rings = free_threaded ? single : many;
	unsigned char bytes[RINGS_SIZE];

	if (!reader_read(r, address, bytes, rings[OLDEST].index + 1U))
		return;
	for (size_t g = 0; g < GC_GENERATIONS; g++) {
		int64_t records[RECORDS_MOST][RECORD_WORDS];
		const int64_t *latest;

		memcpy(records, bytes + rings[g].records, (size_t)rings[g].n * RECORD_SIZE);
		latest = find(records, rings[g].n, ABSENT);
		if (!latest || bytes[rings[g].index] >= rings[g].n)
			continue;
		cpython_stats_totals((const unsigned char *)&latest[COLLECTIONS], ret, g);
		for (fact i = 0; g == OLDEST && i < GC_FULL && i < latest[COLLECTIONS]; i++)
			full_of(records, rings[g].n, latest[COLLECTIONS] - i, &ret->full[i]);
	}
}
