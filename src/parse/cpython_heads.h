#ifndef COWTOP_PARSE_CPYTHON_HEADS_H
#define COWTOP_PARSE_CPYTHON_HEADS_H

/*
 * The objects that CPython's collector tracks: all members of the lists of its generations, in every interpreter,
 * without the frozen ones. A full collection writes the head of each. Pure.
 */
#include "parse/cpython.h"
#include "parse/cpython_list.h"

/* Can they be found in this interpreter? Debug and free-threaded builds, incremental collectors (3.14.0 to 3.14.4)
 * and versions before 3.7 are refused: *why is a static string then. */
bool cpython_heads_known(const struct cpython *c, const char **why);

enum cpython_walk {
	CPYTHON_WALK_DONE,
	CPYTHON_WALK_CHANGED, /* a list changed meanwhile, again and again: the collector runs, or it lies */
	CPYTHON_WALK_LONG,    /* more objects than `most` */
	CPYTHON_WALK_UNREAD,  /* the state cannot be read, or is not what it was */
};

/*
 * Tell `visit` of each tracked head, some of them more than once when the lists change meanwhile. `most`: so many
 * objects in all tries. *ret_n: how many there are when it is done.
 */
enum cpython_walk cpython_heads_walk(const struct reader *r, const struct cpython *c, uint64_t most,
				     cpython_visit visit, void *ctx, uint64_t *ret_n);
/* Bytes from the head of an object to the object. */
uint64_t cpython_head_size(const struct cpython *c);

#endif
