#include "model/compare.h"

#include <string.h>

#define ROW(key, unit, help) \
	{ \
#key, NULL, unit, help, offsetof(struct compare_figures, key), false, false, 0, \
			RANGE_OF_UNIT \
	}
/* Those that rest on what class a page is of. */
#define LEDGER(key, unit, help) \
	{ \
#key, NULL, unit, help, offsetof(struct compare_figures, key), true, false, 0, RANGE_OF_UNIT \
	}
/* The master's and forked helpers', too. */
#define LEDGER_ALL(key, unit, help) \
	{ \
#key, NULL, unit, help, offsetof(struct compare_figures, key), true, true, 0, RANGE_OF_UNIT \
	}

/*
 * In the order of the table. Levels are those at the end of the recording: the mean over the time of
 * its last fifth.
 */
/* clang-format off */
const struct field compare_fields[COMPARE_ROWS] = {
	LEDGER(shared_bytes, UNIT_BYTES, "shared by a worker at the end"),
	LEDGER(cow_broken_bytes, UNIT_BYTES, "copied by a worker, at the end"),
	LEDGER(cow_broken_ratio, UNIT_RATIO, "the part of what a worker inherited that it has copied"),
	LEDGER(private_bytes, UNIT_BYTES, "private to a worker at the end"),
	LEDGER(new_bytes, UNIT_BYTES, "of it memory that was not inherited"),
	LEDGER(orphaned_bytes, UNIT_BYTES, "of it inherited, but nobody else has it any more"),
	LEDGER(cow_file_bytes, UNIT_BYTES, "of it own copies of file pages"),
	LEDGER(growth_bytes_per_min, UNIT_BYTES, "private memory that a worker gains in a minute"),
	LEDGER(growth_bytes_per_mark, UNIT_BYTES,
	       "private memory that a worker gains between two marks"),
	LEDGER(cow_per_s, UNIT_PER_SECOND, "copies of a worker"),
	ROW(minor_per_s, UNIT_PER_SECOND, "minor faults of a worker"),
	LEDGER(bytes_per_full_collection, UNIT_BYTES,
	    "copies in an interval with a full collection, for each of them"),
	ROW(full_collections_per_min, UNIT_COUNT, "full collections of a worker in a minute"),
	ROW(footprint_bytes, UNIT_BYTES, "what the pool costs at the end"),
	ROW(saved_bytes, UNIT_BYTES, "what sharing saves at the end"),
	LEDGER_ALL(copied_bytes, UNIT_BYTES,
		   "copied by the workers, the master and forked helpers together, at the end"),
	LEDGER_ALL(master_cow_broken_bytes, UNIT_BYTES, "copied by the master at the end"),
};
/* clang-format on */

const struct field *compare_find(const char *key)
{
	size_t i;

	for (i = 0; i < COMPARE_ROWS; i++) {
		if (!strcmp(compare_fields[i].process_key, key))
			return &compare_fields[i];
	}
	return NULL;
}

struct measure compare_measure(const struct field *f, const struct comparison *c)
{
	const struct compare_row *row = &c->rows[f - compare_fields];
	struct measure m = measure_minus(row->b.doubt, row->a.doubt);

	return known(compare_get(f, &c->diff)) ? m : measure_make(UNKNOWN, UNKNOWN, false);
}

const char *compare_verdict_name(enum compare_verdict v)
{
	static const char *const names[] = {
		[COMPARE_UNKNOWN] = "unknown", [COMPARE_UNSURE] = "unsure", [COMPARE_NOISE] = "noise",
		[COMPARE_LOWER] = "lower",     [COMPARE_HIGHER] = "higher", [COMPARE_SAME] = "same",
	};

	return names[v];
}

int compare_better(const struct field *f)
{
	if (!strcmp(f->process_key, "shared_bytes") || !strcmp(f->process_key, "saved_bytes"))
		return 1;
	return strcmp(f->process_key, "full_collections_per_min") ? -1 : 0;
}

/* What does not hang on pages, or is known of every page or not at all. */
static bool is_of_any_level(size_t offset)
{
	return offset == offsetof(struct compare_figures, minor_per_s) ||
	       offset == offsetof(struct compare_figures, full_collections_per_min) ||
	       offset == offsetof(struct compare_figures, footprint_bytes) ||
	       offset == offsetof(struct compare_figures, saved_bytes);
}

/* An estimate knows how many pages are private, not why: what is shared or copied is another figure.
 * Below that what is private holds file pages. */
bool compare_is_same(const struct field *f, enum level a, enum level b)
{
	bool private = f->offset == offsetof(struct compare_figures, private_bytes) || compare_is_pace(f);

	return a == b || is_of_any_level(f->offset) ||
	       (private && a >= LEVEL_ESTIMATE && b >= LEVEL_ESTIMATE);
}

bool compare_is_pace(const struct field *f)
{
	return f->offset == offsetof(struct compare_figures, growth_bytes_per_min) ||
	       f->offset == offsetof(struct compare_figures, growth_bytes_per_mark);
}
