#ifndef COWTOP_PARSE_CPYTHON_LIST_H
#define COWTOP_PARSE_CPYTHON_LIST_H

/*
 * A list of CPython's collector: a ring of the heads of objects, PyGC_Head (Include/internal/pycore_gc.h, 3.8 to
 * 3.15: two words, next and prev, whose low bits are flags; before, gc_refs follows them). Pure.
 */
#include "model/fact.h"
#include "parse/reader.h"

struct cpython_links {
	uint64_t next, prev;
};

/* A list, and the state that the heads of all lists lie in. */
struct cpython_list {
	const struct reader *r;
	uint64_t head, state, size;
};

/*
 * An object of the list, reached from `from`: it must point back to it, so that a walk cannot end up in a circle
 * that the head is not part of. gc.unfreeze() makes the last one point to the head of another list; to follow that
 * would lead around it and count everything again.
 */
bool cpython_list_step(const struct cpython_list *l, uint64_t at, uint64_t from, struct cpython_links *ret);

/* Who is told of each head; NULL: nobody. */
typedef void (*cpython_visit)(void *ctx, uint64_t head);

/* How many objects there are; ABSENT when the list changed under the walk or is longer than *left, from which they
 * are taken. */
fact cpython_list_walk(const struct cpython_list *l, uint64_t *left, cpython_visit visit, void *ctx);

#endif
