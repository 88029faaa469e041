#ifndef COWTOP_MODEL_FAMILY_H
#define COWTOP_MODEL_FAMILY_H

/*
 * Who forked whom, as rows: below each process those that it forked, its siblings in the order that the caller has
 * given them. Who was exec'ed stands below its parent. Whose forker is gone or not in the list stands below the nearest
 * ancestor that is, or at the left. Pure.
 *
 *	family_order(snap, list, n, rows);
 *	for (i = 0; i < n; i++)
 *		draw(family_branch(text, &rows[i], ascii), list[rows[i].at]);
 */
#include "model/snapshot.h"

struct family_row {
	size_t at;     /* in the list */
	int depth;     /* 0: at the left */
	uint64_t more; /* bit N: at depth N a sibling of this one, or of its ancestor there, follows */
};

/* Has a worker forked another one? */
bool family_nested(const struct snapshot *s);

/* The rows of `list`, n of them into `ret`. Ancestors that are not in it are looked for in `s`. */
void family_order(const struct snapshot *s, const struct proc_sample *const *list, size_t n,
		  struct family_row *ret);

#define FAMILY_BRANCH 64 /* bytes of a branch, with its end */
/* What stands in front of a row, "│ ├─" or "| |-", into `out`, returned; "" at the left. What is very deep is cut. */
char *family_branch(char out[static FAMILY_BRANCH], const struct family_row *row, bool ascii);

#endif
