#include "analysis/stack_same.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare(const struct stack_function *a, const struct stack_function *b)
{
	int r = compare_text(a->name, b->name);

	if (!r)
		r = compare_text(a->file, b->file);
	if (!r)
		r = compare_text(a->object, b->object);
	if (!r)
		r = (a->kind > b->kind) - (a->kind < b->kind);
	if (!r)
		r = (a->line > b->line) - (a->line < b->line);
	/* without a name it is known by its address, which a fork does not change */
	return r || a->name ? r : (a->offset > b->offset) - (a->offset < b->offset);
}

static int by_function(const void *a, const void *b, void *functions)
{
	const struct stack_function *f = functions;
	const uint32_t *x = a, *y = b;
	int r = compare(&f[*x], &f[*y]);

	return r ? r : (*x > *y) - (*x < *y);
}

uint32_t *stack_same(const struct stacks *s)
{
	uint32_t *same = xcalloc(s->nfunctions + 1, sizeof(*same));
	cleanup_free uint32_t *sorted = xcalloc(s->nfunctions + 1, sizeof(*sorted));
	size_t n = 0, i;

	for (i = 0; i < s->nfunctions; i++) {
		same[i] = (uint32_t)i;
		if (s->functions[i].kind != FRAME_NATIVE)
			sorted[n++] = (uint32_t)i;
	}
	qsort_r(sorted, n, sizeof(*sorted), by_function, s->functions);
	for (i = 1; i < n; i++)
		if (!compare(&s->functions[sorted[i - 1]], &s->functions[sorted[i]]))
			same[sorted[i]] = same[sorted[i - 1]];
	return same;
}
