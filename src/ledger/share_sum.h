#ifndef COWTOP_LEDGER_SHARE_SUM_H
#define COWTOP_LEDGER_SHARE_SUM_H

/*
 * Pages counted for a process and, in the same step, for all children that have the same (share_walk.h). In a
 * header, as every open page of a pool passes here. Internal to ledger/.
 */
#include "ledger/share_walk.h"
#include "ledger/walk_state.h"

#define NOT_RESIDENT share_class(SHARE_NONE, false, false)

/* A process on its way through the block: what it adds to, and what its children will have (NULL: it has
 * none). */
struct share_process {
	struct ledger *l;
	size_t proc;
	const struct ledger_view *view;
	struct share_run *run;
	struct shares *sum;
	struct share_like *own;
};

static inline struct share_process share_process_of(struct ledger *l, size_t proc)
{
	return (struct share_process){
		.l = l,
		.proc = proc,
		.view = &l->views[proc],
		.run = &l->share_walk->runs[proc],
		.sum = &l->members[proc].shares,
		.own = l->patterns[proc] ? &l->patterns[proc]->share : NULL,
	};
}

static inline void share_count(struct shares *sum, uint8_t class, uint32_t part)
{
	sum->pages[class] += class != NOT_RESIDENT;
	sum->parts[class] += part;
}

static inline void share_uncount(struct shares *sum, uint8_t class, uint32_t part)
{
	sum->pages[class] -= class != NOT_RESIDENT;
	sum->parts[class] -= part;
}

/* Page `i` counts as `class`, and so much of it is the process's. */
static inline void share_set(const struct share_process *p, size_t i, uint8_t class, uint32_t part)
{
	share_count(p->sum, class, part);
	if (!p->own)
		return;
	p->own->classes[i] = class;
	p->own->part[i] = part;
	share_count(&p->own->sum, class, part);
}

/* Something is not certain of one page: `member` is the place of its count in struct shares. */
static inline void share_doubt(const struct share_process *p, size_t member)
{
	*(uint64_t *)((char *)p->sum + member) += 1;
	if (p->own)
		*(uint64_t *)((char *)&p->own->sum + member) += 1;
}

/* Mapped by how many is an average: one of them, or more? */
static inline void share_doubt_average(const struct share_process *p)
{
	share_doubt(p, offsetof(struct shares, averaged));
	share_doubt(p, offsetof(struct shares, untold));
}

/* A page that so many map, in bytes << SHARE_SHIFT of each; of none it is all. */
static inline uint32_t share_part(const struct ledger *l, uint64_t mappers)
{
	uint64_t whole = (uint64_t)l->page_size << SHARE_SHIFT;

	return (uint32_t)(mappers > 1 ? whole / mappers : whole);
}

#endif
