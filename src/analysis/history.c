#include "analysis/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/figures.h"
#include "base/alloc.h"
#include "base/cleanup.h"

void history_release(struct history *h)
{
	free(h->items);
	*h = (struct history){0};
}

static int by_key(const void *a, const void *b)
{
	const struct past *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->start_ticks > y->start_ticks) - (x->start_ticks < y->start_ticks);
}

static int by_age(const void *a, const void *b)
{
	const struct past *x = *(struct past *const *)a, *y = *(struct past *const *)b;

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

struct past *history_find(const struct history *h, pid_t pid, uint64_t start_ticks)
{
	struct past key;

	key.pid = pid;
	key.start_ticks = start_ticks;
	return h->n ? bsearch(&key, h->items, h->n, sizeof(*h->items), by_key) : NULL;
}

static struct past past_of(const struct proc_snapshot *p, const struct history *before)
{
	const struct past *known_as = history_find(before, p->facts->pid, p->facts->start_ticks);
	struct past r = {
		.pid = p->facts->pid,
		.start_ticks = p->facts->start_ticks,
		.ppid = p->facts->ppid,
		.role = p->role,
		.zombie = p->facts->state == 'Z' || p->facts->state == 'X',
		.in_pool = holds_pages(p->facts),
		.execed = !p->facts->forked,
		.start_ns = p->facts->start_ns,
		.cow_broken_bytes = p->figures.cow_broken_bytes,
		.counters = counters_of(p->facts),
		.child_minor = figure_of(p->facts->cminflt),
	};

	if (known_as) {
		r.window = known_as->window;
		r.pace = known_as->pace;
		r.ahead = known_as->ahead;
		r.slot = p->role == ROLE_WORKER ? known_as->slot : 0;
	}
	r.collector = collector_next(known_as ? &known_as->collector : NULL, &p->facts->gc);
	return r;
}

void history_take(const struct snapshot *snap, const struct history *before, struct history *ret)
{
	size_t i;

	ret->n = snap->nprocs;
	ret->items = xcalloc(snap->nprocs, sizeof(*ret->items));
	for (i = 0; i < snap->nprocs; i++)
		ret->items[i] = past_of(&snap->procs[i], before);
	qsort(ret->items, ret->n, sizeof(*ret->items), by_key);
}

char *past_label(char out[static 32], const struct past *p)
{
	if (p->role == ROLE_WORKER)
		snprintf(out, 32, "worker %d", p->slot);
	else
		strcpy(out, p->role == ROLE_MASTER ? "the master" : "a helper");
	return out;
}

void history_assign_slots(struct history *h)
{
	cleanup_free struct past **without = xcalloc(h->n, sizeof(*without));
	/* n processes never need a slot above n. */
	cleanup_free bool *taken = xcalloc(h->n + 2, sizeof(*taken));
	struct past *p;
	size_t i, n = 0;
	int slot = 1;

	for (p = h->items; p < h->items + h->n; p++) {
		if (p->slot && (size_t)p->slot <= h->n)
			taken[p->slot] = true;
		else if (!p->slot && p->role == ROLE_WORKER)
			without[n++] = p;
	}
	qsort(without, n, sizeof(*without), by_age);

	for (i = 0; i < n; i++) {
		while (taken[slot])
			slot++;
		without[i]->slot = slot++;
	}
}
