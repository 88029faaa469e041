#ifndef COWTOP_BASE_CLEANUP_H
#define COWTOP_BASE_CLEANUP_H

/*
 * Scope-bound ownership: `cleanup(S_release) struct S s = {0};` releases it when the block ends,
 * whichever way it ends. The function takes a pointer to the variable and must accept a zeroed one.
 */
#include <stdlib.h>
#include <unistd.h>

#define cleanup(fn) __attribute__((cleanup(fn)))

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* `cleanup_free char *s = ...;` and `cleanup_close int fd = -1;` */
#define cleanup_free cleanup(cleanup_freep)
#define cleanup_close cleanup(cleanup_closep)

#endif
