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
	bool last = !t->holders || __atomic_sub_fetch(t->holders, 1, __ATOMIC_ACQ_REL) == 0;

	for (size_t i = 0; last && i < t->n; i++) {
		free(t->items[i].comm);
		free(t->items[i].user);
	}
	if (last) {
		free(t->items);
		free(t->holders);
	}
	*t = (struct table){ 0 };
}

void table_share(struct table *to, const struct table *from)
{
	__atomic_add_fetch(from->holders, 1, __ATOMIC_RELAXED);
	*to = *from;
}

const struct table_entry *table_find(const struct table *t, pid_t pid)
{
	struct table_entry wanted = { .pid = pid };

	if (!t->n)
		return NULL;
	return bsearch(&wanted, t->items, t->n, sizeof(*t->items), by_pid);
}
