#ifndef COWTOP_MODEL_WHY_SHOWN_H
#define COWTOP_MODEL_WHY_SHOWN_H

/*
 * What all who show why pages were copied have in common: the words for each cause, and amounts as labelled bytes.
 */
#include "model/label.h"
#include "model/why.h"

struct why_words {
	const char *name, *says; /* says: what can be done about it, or what it is; "" nothing */
	bool always;             /* a row of its own when it is nothing, too */
};

extern const struct why_words why_words[WHY_CAUSES];

/* In bytes: an estimate with bounds; where there are only bounds the upper one, as at most so much. */
struct measure why_bytes(const struct why *w, const struct why_amount *a);
/* What freezing before the fork gives back per worker (why_freeze_gain()); not known without `w`, too. */
struct measure why_gain_bytes(const struct why *w);
/* Is there anything to be said of causes? */
bool why_is_split(const struct why *w); /* NULL: no */
/* Has this cause a row among those of the pool? What rounds to nothing has none. */
#define WHY_LEAST_BYTES (0.05 * 1048576)
bool why_has_row(const struct why *w, enum why_cause cause);
/* In a sentence: "about 16.3 MiB (14.2 to 18.4)", "between 0.2 and 3.1 MiB", "4.0 MiB", "-". */
char *why_amount_text(char out[static 64], struct measure m);
/* What was watched so far, of those that live; nothing is said of those whose collector is off. */
struct why_progress {
	size_t collected; /* had a full collection */
	size_t waiting;   /* did not yet */
};
struct why_progress why_progress(const struct why *w);
/* How far one was watched, or what it is judged by: "no full collection yet". */
const char *why_watched_words(const struct why_worker *k);

#endif
