#ifndef COWTOP_MODEL_COMPARE_H
#define COWTOP_MODEL_COMPARE_H

/*
 * Two recordings side by side: analysis/compare.h fills it, sinks print it, `--fail-if diff.KEY`
 * reads it. compare_fields is the one table of its rows: key, unit, help, place.
 *
 * To add a row: a member of struct compare_figures, its row in compare.c, its computation in
 * analysis/compare.c, a tag in cowtop-diff(1), FIELDS.
 */
#include "model/field.h"
#include "model/story.h"

/* One number for each row. Nothing but figures. */
struct compare_figures {
	/* Of a worker. */
	figure shared_bytes, cow_broken_bytes, cow_broken_ratio, private_bytes, new_bytes;
	figure orphaned_bytes, cow_file_bytes;
	figure gained_bytes, growth_bytes_per_min, growth_bytes_per_mark;
	figure copied_bytes_per_mark, minor_faults_per_mark;
	figure copies, cow_per_s, minor_faults, minor_per_s;
	figure bytes_per_full_collection, first_full_collection_bytes, later_full_collection_bytes;
	figure full_collections, full_collections_per_min;
	/* Of the pool. */
	figure footprint_bytes, saved_bytes, copied_bytes;
	figure gained_bytes_per_request, copies_per_request, minor_faults_per_request;
	figure load_s;
	/* Of the master. */
	figure master_cow_broken_bytes;
};

#define COMPARE_ROWS (sizeof(struct compare_figures) / sizeof(figure))

/* process_key is the key; the offset is one in struct compare_figures. */
extern const struct field compare_fields[COMPARE_ROWS];

static inline figure compare_get(const struct field *f, const struct compare_figures *from)
{
	return *(const figure *)((const char *)from + f->offset);
}

/* The row with this key, or NULL. */
const struct field *compare_find(const char *key);

/* One side of a row. */
struct compare_side {
	struct spread workers; /* over workers, or over collections */
	struct spread time;    /* over blocks of time, or marks, beside what rises or falls */
	bool of_one;           /* that is the whole recording's, for a level that stands in too few samples */
	struct spread runs;    /* over the means of several recordings; n is 1: there is but one */
	figure from_s, to_s;   /* what of the recording it is about */
	figure mean;           /* over time */
	figure error;          /* standard error of the mean: the larger of the two */
	figure freedom;        /* degrees of freedom behind it */
	figure step;           /* what a level moves from one sample to the next; else 0 */
	struct measure doubt;  /* the mean with its label */
};

enum compare_verdict {
	COMPARE_UNKNOWN, /* one side is not known */
	COMPARE_UNSURE,  /* too few workers and too short a time to tell noise, or of two meanings, or what is
			  * in doubt decides */
	COMPARE_NOISE,   /* the interval holds zero */
	COMPARE_SAME,    /* nothing that matters lies in the interval, or in the difference */
	COMPARE_LOWER,   /* B is lower */
	COMPARE_HIGHER,
	COMPARE_BY_TIME, /* the two were not watched for the same: it says how long they took, not what they need */
};

/* What a row is a figure of. */
enum compare_per {
	PER_END,  /* a level at the end, or the mean of a kind of event */
	PER_TIME, /* what comes in a second or a minute */
	PER_RUN,  /* what came in all of it */
	PER_MARK, /* between two marks */
	PER_REQUEST,
};

/* What both sides did the same, so that it can be held against it. */
enum compare_by {
	BY_TIME, /* they were watched for as long */
	BY_LOAD, /* a load each, the same one for all that is known */
	BY_MARKS,
	BY_NOTHING, /* they last differently long, and nothing says what for */
};

struct compare_row {
	const struct field *field;
	struct compare_side a, b;
	bool two_meanings; /* at the levels of both sides it is not the same: no difference */
	figure difference; /* B minus A */
	figure low, high;  /* the 95 % interval of it, around its bounds; unknown: cannot be told */
	figure smallest;   /* difference that matters */
	enum compare_verdict verdict;
};

/* One side: the recordings of one and the same pool, begun anew each time. */
struct compare_runs {
	const struct story *const *stories; /* borrowed */
	size_t n;
	figure requests; /* that each run was given; unknown: as the recordings say */
};

/* What freezing gives back of a worker's copies: foretold by one side, measured as how much less the other has. */
struct compare_foretold {
	bool there; /* one side tells, and the workers of the other are frozen, or off and never collected */
	bool by_a;  /* A tells, and B shows; else the other way round */
	struct measure gain;
	figure measured, low, high; /* low, high: the 95 % interval; unknown: cannot be told */
	bool within;                /* what was measured lies between the bounds of what was foretold */
};

struct comparison {
	const struct story *a, *b; /* borrowed; the first run of each side */
	size_t runs_a, runs_b;
	figure requests_a, requests_b; /* unknown: nobody said */
	enum compare_by by;
	struct compare_row rows[COMPARE_ROWS];
	struct compare_figures diff; /* the differences again, for rules */
	struct compare_foretold foretold;
};

/* A difference with its label: between what it lies when all of both sides' doubts are taken together. */
struct measure compare_measure(const struct field *f, const struct comparison *c);
/* The label of its difference. */
enum label compare_label(const struct compare_row *r);
enum compare_per compare_per(const struct field *f);
const char *compare_by_name(enum compare_by by);          /* "time" "load" "marks"; NULL for nothing */
const char *compare_verdict_name(enum compare_verdict v); /* "unknown" "unsure" "noise" ... */
/* Is less of it better (-1), or more (1)? 0: neither. */
int compare_better(const struct field *f);
/* Does it mean the same in recordings of these two levels? */
bool compare_is_same(const struct field *f, enum level a, enum level b);
/* Bytes that come and come again, a minute, a mark or a request, not a level. */
bool compare_is_pace(const struct field *f);

#endif
