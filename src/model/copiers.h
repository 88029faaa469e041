#ifndef COWTOP_MODEL_COPIERS_H
#define COWTOP_MODEL_COPIERS_H

/*
 * Who copied the pages of a pool: its workers, its master, forked helpers. Who broke a page is always
 * the process that made the copy, and sums of the pool run over its workers: what a headline says of
 * them alone can be nothing while the master copies all (Redis during BGSAVE).
 */
#include "model/field.h"

#define COPIERS_MAX 3

struct copier {
	enum role role;       /* of all workers, the master, or all forked helpers together */
	struct measure bytes; /* cow_broken */
	struct measure ratio; /* of what they inherited; the master's: of what it shares by fork */
	struct measure per_s; /* copies now */
};

/*
 * Who copied most first, if it matters; nobody goes before workers of whom it is not known. The workers
 * are always there, the master when there is one, helpers when they have copied. Returns how many.
 */
size_t copiers_of(const struct snapshot *s, struct copier ret[static COPIERS_MAX]);

/* The master's, or NULL: there is none. */
const struct copier *copiers_find(const struct copier *c, size_t n, enum role role);

/* So much that no headline may leave it out: a tenth of all copies, and a hundredth of the inherited. */
bool copier_matters(const struct copier *c, const struct snapshot *s);

#endif
