#include "model/judged.h"

#include <stdlib.h>
#include "base/alloc.h"

const char *judged_verdict_name(enum judged_verdict v)
{
	static const char *const names[] = {
		[JUDGED_PASSED] = "passed",
		[JUDGED_SKIPPED] = "skipped",
		[JUDGED_ERROR] = "error",
		[JUDGED_FAILED] = "failed",
	};

	return names[v];
}

struct judged_pool *judged_add_pool(struct judged *j, const char *name)
{
	vec_room(&j->pools, j->n, &j->cap);
	j->pools[j->n] = (struct judged_pool){ .name = xstrdup(name), .took_s = UNKNOWN };
	return &j->pools[j->n++];
}

void judged_add_check(struct judged_pool *p, const struct judged_check *check)
{
	vec_room(&p->checks, p->n, &p->cap);
	p->checks[p->n] = *check;
	p->checks[p->n].name = xstrdup(check->name);
	p->checks[p->n].text = xstrdup(check->text);
	p->n++;
}

void judged_add_series(struct judged *j, const char *label, const struct standing *s)
{
	vec_room(&j->series, j->nseries, &j->series_cap);
	j->series[j->nseries++] = (struct judged_series){ label ? xstrdup(label) : NULL, *s };
}

size_t judged_count(const struct judged *j, enum judged_verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++) {
		for (size_t k = 0; k < j->pools[i].n; k++)
			n += j->pools[i].checks[k].verdict == v;
	}
	return n;
}

static void pool_release(struct judged_pool *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->checks[i].name);
		free(p->checks[i].text);
	}
	free(p->checks);
	free(p->name);
}

void judged_release(struct judged *j)
{
	for (size_t i = 0; i < j->n; i++)
		pool_release(&j->pools[i]);
	free(j->pools);
	for (size_t i = 0; i < j->nseries; i++)
		free(j->series[i].label);
	free(j->series);
	*j = (struct judged){ 0 };
}

/* ---- the worst first */

/* Does `a` stand before `b`? */
static bool is_worse(const struct judged_check *a, const struct judged_check *b)
{
	static const int place[] = {
		[JUDGED_FAILED] = 0,
		[JUDGED_ERROR] = 1,
		[JUDGED_PASSED] = 2,
		[JUDGED_SKIPPED] = 3,
	};

	if (a->verdict != b->verdict)
		return place[a->verdict] < place[b->verdict];
	if (known(a->beyond) != known(b->beyond))
		return known(a->beyond);
	return a->beyond > b->beyond;
}

/* A few dozen at most, and mostly in order: each goes up to its place. */
static void insert(struct judged_line *lines, size_t n, struct judged_line line)
{
	size_t at = n;

	for (; at && is_worse(line.check, lines[at - 1].check); at--)
		lines[at] = lines[at - 1];
	lines[at] = line;
}

size_t judged_worst_first(const struct judged *j, struct judged_line **ret)
{
	size_t all = 0, n = 0;

	for (size_t i = 0; i < j->n; i++)
		all += j->pools[i].n;
	*ret = xcalloc(all ?: 1, sizeof(**ret));
	for (size_t i = 0; i < j->n; i++) {
		for (size_t k = 0; k < j->pools[i].n; k++)
			insert(*ret, n++, (struct judged_line){ &j->pools[i], &j->pools[i].checks[k] });
	}
	return n;
}
