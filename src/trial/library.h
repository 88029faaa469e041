#ifndef COWTOP_TRIAL_LIBRARY_H
#define COWTOP_TRIAL_LIBRARY_H

/*
 * Allocators that can be loaded before a program: libraries of the distribution, found where its loader would find them.
 */
#include "base/buf.h"
#include "base/err.h"
#include "model/allocator.h"

/* By the name in `malloc=NAME`; ALLOCATOR_KINDS: there is none. */
enum allocator_kind library_kind(const char *name);
/* What the file is the library of, by its name: jemalloc, tcmalloc, mimalloc; ALLOCATOR_KINDS: of none. */
enum allocator_kind library_of(const char *path);

/*
 * The path of the library of `kind` below `root` ("": of this machine): in the folders of this architecture, or in the
 * loader's cache. STATUS_FAILED: it is not there; the message has the package.
 */
int library_find(const char *root, enum allocator_kind kind, struct buf *ret, struct err *err);

#endif
