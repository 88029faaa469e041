#include "sys/table.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

static int by_pid(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

void table_sort(struct table *t)
{
	if (t->n)
		qsort(t->items, t->n, sizeof(*t->items), by_pid);
}

void table_release(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->items[i].comm);
		free(t->items[i].user);
	}
	free(t->items);
	*t = (struct table){ 0 };
}

void table_copy(struct table *to, const struct table *from)
{
	*to = (struct table){ xcalloc(from->n + 1, sizeof(*to->items)), from->n, from->n + 1 };
	for (size_t i = 0; i < from->n; i++) {
		to->items[i] = from->items[i];
		to->items[i].comm = xstrdup(from->items[i].comm);
		to->items[i].user = xstrdup(from->items[i].user);
	}
}

const struct table_entry *table_find(const struct table *t, pid_t pid)
{
	struct table_entry wanted = { .pid = pid };

	if (!t->n)
		return NULL;
	return bsearch(&wanted, t->items, t->n, sizeof(*t->items), by_pid);
}
