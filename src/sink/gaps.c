#include "sink/gaps.h"

#include <string.h>
#include "base/alloc.h"
#include "base/errname.h"

static bool same(const struct gap *a, const struct gap *b)
{
	return a->error == b->error && !strcmp(a->what, b->what) && !strcmp(a->needs, b->needs);
}

static bool among(const struct gap *const *gaps, size_t n, const struct gap *g)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (same(gaps[i], g))
			return true;
	}
	return false;
}

size_t gaps_of_pool(const struct snapshot *s, const struct gap ***ret)
{
	const struct gap **gaps = NULL;
	size_t n = 0, cap = 0, i, j;

	for (i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = s->procs[i].facts;

		for (j = 0; p->forked && j < p->ngaps; j++) {
			if (among(gaps, n, &p->gaps[j]))
				continue;
			vec_room(&gaps, n, &cap);
			gaps[n++] = &p->gaps[j];
		}
	}
	*ret = gaps;
	return n;
}

const char *gap_error_name(const struct gap *g)
{
	return g->error ? err_name(g->error) : NULL;
}
