#ifndef COWTOP_MODEL_TRIAL_H
#define COWTOP_MODEL_TRIAL_H

/*
 * What `cowtop try` found: a command as it is, and with each variant, under the same load. analysis/trial.h fills it
 * from the recordings of the runs, sinks print it.
 *
 * The trial owns its texts and comparisons; stories are borrowed.
 */
#include "model/compare.h"

/* Did a variant take? Seen from outside, in the processes of the pool (trial/evidence.h). */
enum trial_applied {
	TRIAL_UNKNOWN, /* nothing can be seen of it from outside, or it never ran */
	TRIAL_APPLIED,
	TRIAL_NOT_APPLIED,
};

/* What a variant did to the pool; verdicts are those of a footprint, which is what a pool costs, or where that cannot be
 * read of what is private to a worker: trial_deciding(). */
enum trial_verdict {
	TRIAL_NONE,   /* it is the baseline, or it did not run, or there is nothing to tell noise by */
	TRIAL_NOISE,  /* the interval of the difference holds zero */
	TRIAL_SAME,   /* it is too small to matter */
	TRIAL_BETTER, /* less memory */
	TRIAL_WORSE,
};

/* A mean of the runs with its 95 % interval; unknown bounds: too few runs. */
struct trial_figure {
	struct measure mean;
	figure low, high;
};

struct trial_variant {
	char *name;     /* as it was typed; "baseline" */
	char *evidence; /* what shows that it took, or not: a sentence; "" for the baseline */
	char *error;    /* why it has fewer runs than were asked for; NULL: it has all */
	enum trial_applied applied;
	size_t runs;                        /* that went through */
	const struct story *const *stories; /* one a run; borrowed */
	struct trial_figure figures[COMPARE_ROWS];
	struct comparison against; /* A is the baseline, B this; nothing in it where `compared` is false */
	bool compared;
	enum trial_verdict verdict;
};

struct trial {
	char *command;                  /* the words in a line */
	char *load;                     /* NULL: none, a time */
	size_t runs;                    /* asked for, of each */
	struct trial_variant *variants; /* the first is the baseline */
	size_t n;
	int best;   /* the variant that costs the pool least of those that are better; -1: none is */
	char *text; /* a sentence: the best one, what it gives a worker and the pool, what it costs */
};

const char *trial_verdict_name(enum trial_verdict v); /* "none" "within noise" "the same" "better" "worse" */
/* The row that decides, in compare_fields; and a variant's figure of it. */
size_t trial_deciding(const struct trial *t);
const struct trial_figure *trial_decides(const struct trial *t, const struct trial_variant *v);
void trial_release(struct trial *t);

#endif
