#include "model/kinds.h"

#include <stdlib.h>
#include <string.h>

static int by_amount(double a, double b)
{
	return a > b ? -1 : a < b;
}

static int compare_kinds(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;
	int r = by_amount(x->copied_bytes, y->copied_bytes);

	r = r ? r : by_amount((double)x->bytes, (double)y->bytes);
	return r ? r : strcmp(x->name, y->name);
}

static int compare_modules(const void *a, const void *b)
{
	const struct kind_module *x = a, *y = b;
	int r = by_amount(x->copied_bytes, y->copied_bytes);

	r = r ? r : by_amount((double)x->bytes, (double)y->bytes);
	return r ? r : strcmp(x->name, y->name);
}

void kinds_sort(struct kinds *k)
{
	if (k->n)
		qsort(k->items, k->n, sizeof(*k->items), compare_kinds);
	if (k->nmodules)
		qsort(k->modules, k->nmodules, sizeof(*k->modules), compare_modules);
}

void kinds_sum(const struct kinds *k, struct kind *ret)
{
	*ret = (struct kind){ 0 };
	for (size_t i = 0; i < k->n; i++) {
		ret->count += k->items[i].count;
		ret->bytes += k->items[i].bytes;
		ret->copied_count += k->items[i].copied_count;
		ret->shared_count += k->items[i].shared_count;
		ret->copied_bytes += k->items[i].copied_bytes;
		ret->shared_bytes += k->items[i].shared_bytes;
	}
}

void kinds_release(struct kinds *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->items[i].name);
	for (size_t i = 0; i < k->nmodules; i++)
		free(k->modules[i].name);
	free(k->items);
	free(k->modules);
	*k = (struct kinds){ 0 };
}

void kinds_free(struct kinds *k)
{
	if (k)
		kinds_release(k);
	free(k);
}
