#ifndef COWTOP_SINK_TRIAL_PARTS_H
#define COWTOP_SINK_TRIAL_PARTS_H

/* Words and numbers of a trial, for the page and the table in Markdown. Words are ours, without markup. */
#include "base/buf.h"
#include "model/trial.h"

/* The columns of a table of variants, in their order. */
struct trial_column {
	const char *key, *head;
	bool brief; /* there is room for it in a comment, too */
};

#define TRIAL_COLUMNS 10
extern const struct trial_column trial_columns[TRIAL_COLUMNS];
/* Is the figure known of any variant, and one for runs as long as these? */
bool trial_has_column(const struct trial *t, const struct trial_column *c);

const struct field *trial_field(const char *key);
const struct trial_figure *trial_figure(const struct trial_variant *v, const char *key);
/* The row of the comparison with the baseline; NULL: not compared, or the difference is not known. */
const struct compare_row *trial_row(const struct trial_variant *v, const struct field *f);

/* "60.2 MiB" with its mark, or "-". */
#define TRIAL_VALUE 32
char *trial_value(char out[static TRIAL_VALUE], const struct field *f, struct measure m);
/* The same, sizes in MiB without saying so. */
char *trial_mib(char out[static TRIAL_VALUE], const struct field *f, struct measure m);
/* "58.1 to 62.3 MiB"; "" when there is none. */
#define TRIAL_INTERVAL 64
char *trial_interval(char out[static TRIAL_INTERVAL], const struct field *f, figure low, figure high);
/* "-41.0 MiB (-48.2 to -33.1 MiB)", or "-": of the figure that decides; `unit`: " MiB", or "" where that is said. */
#define TRIAL_DIFFERENCE 128
char *trial_difference(char out[static TRIAL_DIFFERENCE], const struct trial *t,
		       const struct trial_variant *v, const char *unit);
/* Is that the whole pool's footprint, or, where that is not known, what is private to a worker? */
bool trial_decides_pool(const struct trial *t);
/* "The pool's difference", or that of what is private to a worker: of what it is one. */
const char *trial_difference_head(const struct trial *t);

bool trial_is_baseline(const struct trial *t, const struct trial_variant *v);
/* Did it fail, or not take? */
bool trial_is_void(const struct trial *t, const struct trial_variant *v);
/* Is any figure of it no exact one? */
bool trial_is_marked(const struct trial *t);
bool trial_is_best(const struct trial *t, const struct trial_variant *v);
/* As trial_verdict_words(), "-" of the baseline. */
const char *trial_verdict(const struct trial *t, const struct trial_variant *v);
/* The class of its verdict in a page: "good" "bad" "void" or "". */
const char *trial_class(const struct trial *t, const struct trial_variant *v);
/* "the command as it is and with 5 variants, 3 runs of each, under the load "; that one is the caller's to add. */
void trial_task(struct buf *out, const struct trial *t);
/* What is seen of a variant, and what went wrong: its evidence and its error, without an end; foreign. Nothing where
 * there is neither. */
void trial_shown(struct buf *out, const struct trial *t, const struct trial_variant *v);

#endif
