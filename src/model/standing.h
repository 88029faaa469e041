#ifndef COWTOP_MODEL_STANDING_H
#define COWTOP_MODEL_STANDING_H

/*
 * How a pool stands: the figures of a comparison (model/compare.h), of one sample, of one recording or of several runs,
 * or as a file tells them that was kept from before. analysis/standing.h makes it of the former, sink/json_stored.h of the
 * latter; analysis/baseline.h holds one against another.
 */
#include "model/compare.h"

struct standing {
	struct measure means[COMPARE_ROWS]; /* of a worker: the mean over the workers; unknown: not told */
	/* Standard error of each mean by what the runs differ by, and the degrees of freedom behind it; unknown: one run. */
	figure errors[COMPARE_ROWS], freedoms[COMPARE_ROWS];
	size_t runs;  /* that it rests on; 0: it tells nothing */
	bool leveled; /* `level` is known */
	enum level level;
	figure workers; /* unknown: not told */
};

/* Nothing is known. */
void standing_clear(struct standing *s);

/* A row that one sample tells as well, of its pool. */
struct standing_source {
	const struct field *row;  /* of compare_fields */
	const struct field *pool; /* of fields (model/field.h) */
	bool of_worker;           /* the pool has the sum over the workers */
};

/* The i-th of them; false: there are no more. */
bool standing_source(size_t i, struct standing_source *ret);
/* Of a row of compare_fields: is it one of them? */
bool standing_is_level(const struct field *row);

#endif
