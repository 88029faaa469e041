#ifndef COWTOP_TESTS_JUDGED_MADE_H
#define COWTOP_TESTS_JUDGED_MADE_H

/*
 * What a gate has judged, made by hand, and how a pool stands.
 */
#include "lib/fixture.h"
#include "model/judged.h"

#define ROW(member) (compare_find(#member) - compare_fields)

static inline void made_mean(struct standing *s, const char *key, figure value)
{
	const struct field *f = compare_find(key);

	assert_non_null(f);
	s->means[f - compare_fields] = measure_make(value, UNKNOWN, false);
}

/* A pool of four workers, in MiB: what each copied, has private, and what all cost. */
static inline struct standing made_standing(figure copied, figure private, figure footprint)
{
	struct standing s;

	standing_clear(&s);
	s.runs = 1;
	s.leveled = true;
	s.level = LEVEL_EXACT;
	s.workers = 4;
	made_mean(&s, "cow_broken_bytes", copied * FIXTURE_MIB);
	made_mean(&s, "private_bytes", private * FIXTURE_MIB);
	made_mean(&s, "footprint_bytes", footprint * FIXTURE_MIB);
	return s;
}

/* Of each mean: by what `runs` runs differ. */
static inline void made_noise(struct standing *s, size_t runs, figure error)
{
	s->runs = runs;
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		s->errors[i] = known(s->means[i].value) ? error : UNKNOWN;
		s->freedoms[i] = (figure)runs - 1;
	}
}

static inline void made_check(struct judged_pool *p, enum judged_verdict v, const char *name,
			      const char *text, figure beyond)
{
	const struct judged_check check = { v, (char *)name, (char *)text, beyond };

	judged_add_check(p, &check);
}

/* One pool with a check of each verdict. */
static inline void made_judged(struct judged *j)
{
	struct judged_pool *p = judged_add_pool(j, "gunicorn");
	struct standing s = made_standing(12.34, 20, 409.1);

	made_mean(&s, "cow_broken_ratio", 0.1234);
	p->time_ns = FIXTURE_BEGIN;
	p->took_s = 12.5;
	made_check(p, JUDGED_PASSED, "pool", "4 workers, level exact", UNKNOWN);
	made_check(p, JUDGED_PASSED, "pool.workers < 2", "pool: workers 4 (minimum 2)", -1);
	made_check(p, JUDGED_FAILED, "worker.cow_broken_ratio > 10%",
		   "worker 505: copied 12.3 % of the inherited (limit 10 %), 4 of 4 workers", 0.23);
	made_check(p, JUDGED_FAILED, "baseline: footprint_bytes",
		   "footprint_bytes 409.1 MiB, was 200.0 MiB: 104.6 % more (tolerance 5 %)", 19.9);
	made_check(
		p, JUDGED_ERROR, "pool.faults.minor_per_s > 5/s",
		"pool: faults.minor_per_s cannot be checked (limit 5/s): a rate needs two samples: add -n 2",
		UNKNOWN);
	made_check(p, JUDGED_SKIPPED, "applied", "it did not take", UNKNOWN);
	judged_add_series(j, NULL, &s);
}

#endif
