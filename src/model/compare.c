#include "model/compare.h"

#include <string.h>

#define ROW_IN(key, unit, ledger, all, range, help) \
	{ \
#key, NULL, unit, help, offsetof(struct compare_figures, key), ledger, all, 0, range \
	}
#define ROW(key, unit, help) ROW_IN(key, unit, false, false, RANGE_OF_UNIT, help)
/* Those that rest on what class a page is of. */
#define LEDGER(key, unit, help) ROW_IN(key, unit, true, false, RANGE_OF_UNIT, help)
/* The master's and forked helpers', too. */
#define LEDGER_ALL(key, unit, help) ROW_IN(key, unit, true, true, RANGE_OF_UNIT, help)
/* Who gives memory back gains less than nothing. */
#define LEDGER_CHANGE(key, help) ROW_IN(key, UNIT_BYTES, true, false, RANGE_SIGNED, help)

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
	LEDGER_CHANGE(gained_bytes, "memory that a worker got or copied itself, in all of it"),
	LEDGER_CHANGE(growth_bytes_per_min, "memory that a worker gets or copies in a minute"),
	LEDGER_CHANGE(growth_bytes_per_mark, "memory that a worker gets or copies between two marks"),
	LEDGER_CHANGE(copied_bytes_per_mark, "what a worker copies between two marks"),
	ROW(minor_faults_per_mark, UNIT_COUNT, "minor faults of a worker between two marks"),
	LEDGER(copies, UNIT_COUNT, "pages that a worker copied, in all of it"),
	LEDGER(cow_per_s, UNIT_PER_SECOND, "copies of a worker"),
	ROW(minor_faults, UNIT_COUNT, "minor faults of a worker, in all of it"),
	ROW(minor_per_s, UNIT_PER_SECOND, "minor faults of a worker"),
	LEDGER(bytes_per_full_collection, UNIT_BYTES,
	    "copies in an interval with a full collection, for each of them"),
	LEDGER(first_full_collection_bytes, UNIT_BYTES, "copies in the interval of a worker's first full collection"),
	LEDGER(later_full_collection_bytes, UNIT_BYTES, "copies in an interval with later ones, for each of them"),
	ROW(full_collections, UNIT_COUNT, "full collections of a worker, in all of it"),
	ROW(full_collections_per_min, UNIT_COUNT, "full collections of a worker in a minute"),
	ROW(footprint_bytes, UNIT_BYTES, "what the pool costs at the end"),
	ROW_IN(saved_bytes, UNIT_BYTES, false, false, RANGE_SIGNED, "what sharing saves at the end"),
	LEDGER_ALL(copied_bytes, UNIT_BYTES,
		   "copied by the workers, the master and forked helpers together, at the end"),
	LEDGER_CHANGE(gained_bytes_per_request, "memory that the workers got or copied, for each request"),
	LEDGER(copies_per_request, UNIT_COUNT, "pages that the workers copied, for each request"),
	ROW(minor_faults_per_request, UNIT_COUNT, "minor faults of the workers, for each request"),
	ROW(load_s, UNIT_SECONDS, "how long the load took"),
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

enum label compare_label(const struct compare_row *r)
{
	return known(r->difference) ? measure_minus(r->b.doubt, r->a.doubt).label : LABEL_NONE;
}

const char *compare_verdict_name(enum compare_verdict v)
{
	static const char *const names[] = {
		[COMPARE_UNKNOWN] = "unknown", [COMPARE_UNSURE] = "unsure", [COMPARE_NOISE] = "noise",
		[COMPARE_LOWER] = "lower",     [COMPARE_HIGHER] = "higher", [COMPARE_SAME] = "same",
		[COMPARE_BY_TIME] = "by_time",
	};

	return names[v];
}

#define IS(f, member) ((f)->offset == offsetof(struct compare_figures, member))

const char *compare_by_name(enum compare_by by)
{
	static const char *const names[] = { [BY_TIME] = "time", [BY_LOAD] = "load", [BY_MARKS] = "marks" };

	return by == BY_NOTHING ? NULL : names[by];
}

enum compare_per compare_per(const struct field *f)
{
	if (IS(f, growth_bytes_per_min) || IS(f, cow_per_s) || IS(f, minor_per_s) ||
	    IS(f, full_collections_per_min) || IS(f, load_s))
		return PER_TIME;
	if (IS(f, gained_bytes) || IS(f, copies) || IS(f, minor_faults) || IS(f, full_collections))
		return PER_RUN;
	if (IS(f, gained_bytes_per_request) || IS(f, copies_per_request) || IS(f, minor_faults_per_request))
		return PER_REQUEST;
	if (IS(f, growth_bytes_per_mark) || IS(f, copied_bytes_per_mark) || IS(f, minor_faults_per_mark))
		return PER_MARK;
	return PER_END;
}

int compare_better(const struct field *f)
{
	if (IS(f, shared_bytes) || IS(f, saved_bytes))
		return 1;
	return IS(f, full_collections) || IS(f, full_collections_per_min) ? 0 : -1;
}

/* What does not hang on pages, or is known of every page or not at all. */
static bool is_of_any_level(const struct field *f)
{
	return IS(f, minor_faults) || IS(f, minor_faults_per_mark) || IS(f, minor_per_s) ||
	       IS(f, minor_faults_per_request) || IS(f, full_collections) ||
	       IS(f, full_collections_per_min) || IS(f, load_s) || IS(f, footprint_bytes) ||
	       IS(f, saved_bytes);
}

/* An estimate knows how many pages are private, not why: what is shared or copied is another figure.
 * Below that what is private holds file pages. */
bool compare_is_same(const struct field *f, enum level a, enum level b)
{
	return a == b || is_of_any_level(f) ||
	       (IS(f, private_bytes) && a >= LEVEL_ESTIMATE && b >= LEVEL_ESTIMATE);
}

bool compare_is_pace(const struct field *f)
{
	return IS(f, growth_bytes_per_min) || IS(f, gained_bytes_per_request) ||
	       (compare_per(f) == PER_MARK && f->unit == UNIT_BYTES);
}
