#include "analysis/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/figures.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"

static void kept_free(struct past_kept *kept)
{
	if (kept)
		correlation_release(&kept->window);
	free(kept);
}

void history_release(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		kept_free(h->items[i].kept);
	for (size_t i = 0; i < h->cap; i++)
		collector_release(&h->items[i].collector);
	free(h->items);
	*h = (struct history){ 0 };
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

/* Of all processes of a sample. */
struct instant {
	figure at_s, page_size;
	fact master_full;
};

/* Full collections that the master has made. */
static fact master_full(const struct snapshot *snap)
{
	const struct gc_state *s;
	size_t i;

	for (i = 0; i < snap->nprocs; i++) {
		s = gc_main(&snap->procs[i].facts->gc);
		if (snap->procs[i].role == ROLE_MASTER && s)
			return gc_full_count(s);
	}
	return ABSENT;
}

static const struct fault_figures faults_unknown = {
	UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN,
	UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN,
};

static struct past_kept *kept_new(void)
{
	struct past_kept *kept = xcalloc(1, sizeof(*kept));

	kept->rates = kept->rates_least = faults_unknown;
	return kept;
}

/* All members of `to`, which may hold what is of another one. */
static void past_take(struct past *to, const struct instant *now, const struct proc_snapshot *p,
		      struct past *before)
{
	to->pid = p->facts->pid;
	to->start_ticks = p->facts->start_ticks;
	to->ppid = p->facts->ppid;
	to->role = p->role;
	to->zombie = p->facts->state == 'Z' || p->facts->state == 'X';
	to->in_pool = holds_pages(p->facts);
	to->execed = !p->facts->forked;
	to->slot = before && p->role == ROLE_WORKER ? before->slot : 0;
	to->start_ns = p->facts->start_ns;
	to->cow_broken_bytes = p->figures.cow_broken_bytes;
	to->cow_broken_least = process_least(p)->cow_broken_bytes;
	to->estimated = p->estimated;
	to->copied_before = before ? before->copied_before : to->cow_broken_bytes;
	to->master_full = before && before->master_full != ABSENT ? before->master_full : now->master_full;
	/* A recording may have the same process twice in a sample: only one of them gets it. */
	to->kept = before && before->kept ? before->kept : kept_new();
	if (before)
		before->kept = NULL;
	to->stale = p->facts->pages_age_ns != 0;
	if (!to->stale)
		growth_add(&to->kept->new, now->at_s, p->figures.pages.new * now->page_size);
	to->counters = counters_of(p->facts);
	to->child_minor = figure_of(p->facts->cminflt);
	to->ahead = before ? before->ahead : 0;
	to->known_ns = before ? before->known_ns : 0;
	to->read = before && before->read;
	to->known = before ? before->known : COUNTERS_UNKNOWN;
	to->pace = before ? before->pace : (struct fault_burst){ .n = 0 };
	to->before = before;
	collector_next(&to->collector, before ? &before->collector : NULL, &p->facts->gc);
}

/* Where it was in the sample before, and what it was there? */
static bool stands(const struct past *p, const struct past *there)
{
	return p->before == there && p->role == there->role && p->in_pool == there->in_pool;
}

/* Of those that are gone. */
static void drop_kept(struct history *before)
{
	for (size_t i = 0; i < before->n; i++) {
		kept_free(before->items[i].kept);
		before->items[i].kept = NULL;
	}
}

/* Pids mostly grow with age, which is the order of a sample: most often there is nothing to do. */
static void sort(struct history *h)
{
	size_t i;

	for (i = 1; i < h->n; i++) {
		if (by_key(&h->items[i - 1], &h->items[i]) > 0) {
			qsort(h->items, h->n, sizeof(*h->items), by_key);
			return;
		}
	}
}

void history_take(const struct snapshot *snap, struct history *before, struct history *ret)
{
	const struct instant now = {
		.at_s = (figure)snap->facts->mono_ns / SECOND,
		.page_size = (figure)snap->facts->host.page_size,
		.master_full = master_full(snap),
	};
	const struct proc_snapshot *p;
	size_t i;

	/* Of no processes, too: whoever goes over them needs a place to begin at. */
	if (!ret->items || snap->nprocs > ret->cap) {
		ret->n = 0; /* what these kept, the others have */
		history_release(ret);
		ret->cap = snap->nprocs;
		ret->items = xcalloc(ret->cap, sizeof(*ret->items));
	}
	ret->n = snap->nprocs;
	ret->same = ret->n == before->n;
	for (i = 0; i < snap->nprocs; i++) {
		p = &snap->procs[i];
		past_take(&ret->items[i], &now, p,
			  history_find_near(before, i, p->facts->pid, p->facts->start_ticks));
		ret->same = ret->same && stands(&ret->items[i], &before->items[i]);
	}
	if (ret->same)
		return;
	sort(ret);
	drop_kept(before);
}

char *past_label(char out[static 32], const struct past *p)
{
	if (p->role == ROLE_WORKER)
		snprintf(out, 32, "worker %d", p->slot);
	else
		strcpy(out, p->role == ROLE_MASTER ? "the master" : "a helper");
	return out;
}

static void assign_slots(struct history *h)
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

void history_assign_slots(struct history *h)
{
	if (!h->same)
		assign_slots(h);
}
