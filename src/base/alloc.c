#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "base/unfinished.h"

void (*alloc_before_exit)(void);

/* Not exit(3): what libraries do at the end may need memory, and ends in a crash without. */
void out_of_memory(void)
{
	if (alloc_before_exit)
		alloc_before_exit();
	unfinished_remove();
	fputs("cowtop: out of memory\n", stderr);
	_exit(STATUS_FAILED);
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

/* Zero elements still are an object: reallocarray(3) would free it and return NULL. */
void *xreallocarray(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size ? size : 1);

	if (!q)
		out_of_memory();
	return q;
}

char *xstrdup(const char *s)
{
	return xmemdupz(s, strlen(s));
}

char *xmemdupz(const void *bytes, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		out_of_memory();

	copy = xreallocarray(NULL, len + 1, 1);
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}
