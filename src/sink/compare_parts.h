#ifndef COWTOP_SINK_COMPARE_PARTS_H
#define COWTOP_SINK_COMPARE_PARTS_H

/* Words and numbers of a comparison, for the compare*.c files. */
#include "base/buf.h"
#include "model/compare.h"

/* "Shared", "Copied"; a literal. */
const char *compare_name(const struct field *f);
/* Is the row one for people? What is by the minute is none below a minute, what came in all of it only after a load,
 * or in place of the minute. */
bool compare_is_shown(const struct comparison *c, const struct compare_row *r);
/* A value of this row: "60.2 MiB", "23.1 %", "4.2". */
char *compare_value(char out[static 24], const struct field *f, figure value);
/* A size >= 0 in MiB without saying so; what goes on with time with a digit more. */
char *compare_mib(char out[static 16], const struct field *f, figure bytes);
/* The same as compare_value() with a sign. */
char *compare_signed(char out[static 24], const struct field *f, figure value);
/* Is a mean of either side no exact figure? */
bool compare_is_marked(const struct comparison *c);
/* No digit but 0 is shown: then there is no sign either. */
bool compare_is_zero(const char *shown);
/* "B better", "B worse", "higher", "within noise", "the same", "cannot be told", "-". */
const char *compare_words(const struct compare_row *r);
/* "levels differ: ...", a line; "" when they do not. */
char *compare_levels(char out[static 120], const struct comparison *c);
/* By what the two kernels counted differently, a line without its end; nothing when by nothing. */
void compare_kernels(struct buf *out, const struct comparison *c);
/* The difference in the reader's terms, without an end: "pool 409.1 to 179.0 MiB (-56 %), per worker 71.0 to
 * 5.0 % copied, the load in 5.8s instead of 28s". */
void compare_headline(struct buf *out, const struct comparison *c);
/* What both sides did the same, and what follows for what goes by time; nothing when they were watched for as long. */
void compare_task(struct buf *out, const struct comparison *c);
/* What freezing was foretold to give back, and what it gave, without an end: "gc.freeze(): A foretold about 16.3 MiB (14.2
 * to 18.4) a worker, B has 16.6 MiB less: within the bounds"; nothing where there are not both. */
void compare_proof(struct buf *out, const struct comparison *c);
/* What the columns of spreads hold. */
void compare_spreads(struct buf *out, const struct comparison *c);
/* What to do about rows that cannot be told for lack of samples; nothing: there are none. */
void compare_advice(struct buf *out, const struct comparison *c);
/* One sentence on the whole: how many rows are better, worse, within noise. */
char *compare_summary(char out[static 200], const struct comparison *c);

#endif
