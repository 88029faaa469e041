#ifndef COWTOP_BASE_ALLOC_H
#define COWTOP_BASE_ALLOC_H

/*
 * Allocation that does not fail: out of memory prints one line and ends the process with status 1, at once: what has to
 * be done before is below, and in unfinished.h.
 * Sizes that come from outside are bounded by their callers before they get here.
 */
#include <stddef.h>

/* Whoever holds the terminal puts it back here, before that line is printed; NULL: nobody. */
extern void (*alloc_before_exit)(void);

/* For who has memory from a library, which had none. */
void out_of_memory(void) __attribute__((noreturn));

void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
/* As reallocarray(3); `p` may be NULL. */
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
/* A NUL-terminated copy of `len` bytes. */
char *xmemdupz(const void *bytes, size_t len) __attribute__((malloc, returns_nonnull));

/*
 * Room for one more element in a growing array: `vec_room(&v->items, v->n, &v->cap)`.
 * The capacity doubles; the array stays where it is when there is room.
 */
#define vec_room(items, n, cap) \
	do { \
		if ((n) == *(cap)) { \
			*(cap) = *(cap) ? *(cap)*2 : 8; \
			*(items) = xreallocarray(*(items), *(cap), sizeof(**(items))); \
		} \
	} while (0)

#endif
