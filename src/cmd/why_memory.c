#include "cmd/why_memory.h"

#include <stdlib.h>
#include <unistd.h>
#include "analysis/why_memory.h"
#include "base/alloc.h"
#include "pool/live_memory.h"

/* Allocators are read of workers that have so much memory together, and of one at least: a second or two. */
#define ALLOCATORS_BYTES (4ULL << 30)
/* So much of all copies is compared, of more a sample. */
#define COPIES_BYTES (512ULL << 20)

static int by_rss(const void *a, const void *b)
{
	const struct why_memory_worker *const *x = a, *const *y = b;

	if ((*x)->rss != (*y)->rss)
		return (*x)->rss < (*y)->rss ? 1 : -1;
	return ((*x)->pid > (*y)->pid) - ((*x)->pid < (*y)->pid);
}

static void read_allocators(const struct why_memory_how *how, struct why_memory *m)
{
	struct live_memory_limits limits = { 0, how->go_on, how->data };
	struct why_memory_worker **order = xcalloc(m->n + 1, sizeof(struct why_memory_worker *));
	uint64_t left = ALLOCATORS_BYTES;

	for (size_t i = 0; i < m->n; i++)
		order[i] = &m->workers[i];
	if (m->n)
		qsort(order, m->n, sizeof(*order), by_rss);
	for (size_t i = 0; i < m->n && how->pay(how->data); i++) {
		struct why_memory_worker *k = order[i];
		uint64_t size = k->rss == ABSENT ? 0 : (uint64_t)k->rss;

		if (i && size > left)
			continue;
		left -= size < left ? size : left;
		k->why = live_allocators(how->live, k->pid, &limits, &k->allocators);
		k->read = !k->why;
	}
	free(order);
}

static void compare_copies(const struct why_memory_how *how, struct why_memory *m)
{
	struct live_memory_limits limits = { .go_on = how->go_on, .data = how->data };

	limits.pages_max = m->n ? COPIES_BYTES / (uint64_t)sysconf(_SC_PAGESIZE) / m->n : 0;
	for (size_t i = 0; i < m->n && how->pay(how->data); i++)
		if (m->workers[i].space.nregions)
			live_copies(how->live, &m->workers[i].space, &limits, &m->workers[i].copies);
}

/* Are their copies surely copies? */
static bool add_workers(const struct why_memory_how *how, struct why_memory *m)
{
	const struct snapshot *snap = how->snap;
	bool exact = true;

	m->workers = xcalloc(snap->nprocs + 1, sizeof(*m->workers));
	for (size_t i = 0; i < snap->nprocs; i++) {
		const struct proc_sample *p = snap->procs[i].facts;
		struct why_memory_worker *k = &m->workers[m->n];

		if (!how->workers[i])
			continue;
		m->n++;
		k->pid = p->pid;
		k->start_ticks = p->start_ticks;
		k->rss = p->memory.rss;
		exact &= p->exactness == EXACTNESS_EXACT;
		live_address_space(how->live, p->pid, &k->space, NULL);
	}
	return exact;
}

struct why_memory *why_memory_read(const struct why_memory_how *how)
{
	struct why_memory *m = xcalloc(1, sizeof(*m));
	struct live_memory_limits all = { 0, how->go_on, how->data };
	bool exact = add_workers(how, m);

	m->master = how->snap->facts->master_pid;
	compare_copies(how, m);
	if (!m->master)
		m->why = "the master has ended";
	else if (!how->pay(how->data))
		m->why = "cowtop was to end before they were read";
	else
		m->why = live_allocators(how->live, m->master, &all, &m->allocators);
	m->read = !m->why;
	if (m->read && how->pay(how->data))
		live_ruby(how->live, m->master, &all, &m->ruby);
	read_allocators(how, m);
	why_memory_sum_up(m, (uint64_t)sysconf(_SC_PAGESIZE), exact);
	return m;
}
