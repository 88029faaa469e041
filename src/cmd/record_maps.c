#include "cmd/record_maps.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* Readers look 16 groups back; a map that is due may have to wait for room. */
#define GROUPS_MOST 12
/* So many pages may have moved: one in MOVED_PART. */
#define MOVED_PART 64

static fact private_pages(const struct page_facts *p)
{
	return p->cow_broken + p->cow_file + p->new;
}

static fact shared_pages(const struct page_facts *p)
{
	return p->shared + p->orphaned;
}

static const struct map_told *find(const struct record_maps *m, const struct proc_sample *p)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].pid == p->pid && m->items[i].start_ticks == p->start_ticks)
			return &m->items[i];
	return NULL;
}

static bool is_due(const struct record_maps *m, const struct map_told *told, const struct page_facts *now)
{
	fact private = private_pages(now), shared = shared_pages(now);
	fact moved = llabs(private - told->private) + llabs(shared - told->shared);

	return !told->group || m->group - told->group >= GROUPS_MOST || moved * MOVED_PART > private + shared;
}

/* List the master and the workers whose pages are known, with what is recorded of them. */
static void list(struct record_maps *m, const struct snapshot *snap)
{
	struct record_maps next = { .group = m->group, .most = m->most };

	for (size_t i = 0; i < snap->nprocs; i++) {
		const struct proc_sample *p = snap->procs[i].facts;
		const struct map_told *told = find(m, p);

		if (snap->procs[i].role == ROLE_HELPER || p->level < LEVEL_ESTIMATE)
			continue;
		vec_room(&next.items, next.n, &next.cap);
		next.items[next.n++] = told ? *told :
					      (struct map_told){
						      .pid = p->pid,
						      .start_ticks = p->start_ticks,
					      };
	}
	free(m->items);
	*m = next;
}

static int older(const void *a, const void *b)
{
	const struct map_told *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int write_map(struct record_maps *m, struct map_told *told, const struct page_facts *now,
		     struct live *live, struct record_file *f, struct err *err)
{
	cleanup(address_space_release) struct address_space space = { 0 };

	if (live_address_space(live, told->pid, &space, NULL) < 0)
		return 0;
	told->group = m->group;
	told->private = private_pages(now);
	told->shared = shared_pages(now);
	return record_file_space(f, &space, err);
}

int record_maps_write(struct record_maps *m, const struct snapshot *snap, struct live *live,
		      struct record_file *f, struct err *err)
{
	uint64_t begin = f->size;

	m->group++;
	list(m, snap);
	if (m->n)
		qsort(m->items, m->n, sizeof(*m->items), older);
	for (size_t i = 0; i < m->n && f->size - begin < m->most; i++) {
		const struct proc_sample *p = sample_find(snap->facts, m->items[i].pid);

		if (is_due(m, &m->items[i], &p->pages) &&
		    write_map(m, &m->items[i], &p->pages, live, f, err) < 0)
			return -1;
	}
	return 0;
}

void record_maps_forget(struct record_maps *m)
{
	m->n = 0;
	m->group = 0;
}

void record_maps_release(struct record_maps *m)
{
	free(m->items);
	*m = (struct record_maps){ 0 };
}
