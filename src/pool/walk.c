#include "pool/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "pool/member_files.h"
#include "pool/stack_heap.h"
#include "pool/walk_parts.h"
#include "sys/pace.h"
#include "sys/pagemap.h"

/* Reading a block of more processes than that takes longer than a breath. */
#define FEW 16

static enum page_kind kind_of(enum vma_kind kind)
{
	switch (kind) {
	case VMA_ANON:
		return KIND_ANON;
	case VMA_FILE_PRIVATE:
		return KIND_FILE_PRIVATE;
	case VMA_SHARED:
		return KIND_SHARED;
	default:
		return KIND_NONE;
	}
}

/* The kinds of the mappings in a block: one for all, or one a page when they are mixed. */
static void set_kinds(struct walker *k, uint64_t block, size_t page_size, struct ledger_view *view)
{
	const struct vma_list *maps = &k->member->maps;
	uint64_t first = block << BLOCK_SHIFT, end = first + BLOCK_PAGES;
	bool mixed = false;
	size_t from, to;

	while (k->vma < maps->n && maps->items[k->vma].end / page_size <= first)
		k->vma++;
	view->kinds = NULL;
	view->kind = k->vma < maps->n ? kind_of(maps->items[k->vma].kind) : KIND_NONE;
	for (size_t i = k->vma; i < maps->n && maps->items[i].start / page_size < end; i++)
		if (kind_of(maps->items[i].kind) != view->kind)
			mixed = true;
	if (!mixed)
		return;
	if (!k->kinds)
		k->kinds = xcalloc(BLOCK_PAGES, sizeof(*k->kinds));
	view->kinds = k->kinds;
	memset(k->kinds, KIND_NONE, BLOCK_PAGES);
	for (size_t i = k->vma; i < maps->n && maps->items[i].start / page_size < end; i++) {
		from = maps->items[i].start / page_size;
		to = maps->items[i].end / page_size;
		from = from > first ? from - first : 0;
		to = to < end ? to - first : BLOCK_PAGES;
		memset(k->kinds + from, kind_of(maps->items[i].kind), to - from);
	}
}

/* Of one with the same mappings. */
static void same_kinds(const struct ledger_view *as, struct ledger_view *view)
{
	view->kind = as->kind;
	view->kinds = as->kinds;
}

/* Without frame numbers a zero page looks like a shared one: ask which they are. */
static int drop_zero_pages(struct walker *k, int pagemap, uint64_t block)
{
	uint64_t first = block << BLOCK_SHIFT, next = first;
	struct page_range ranges[64];

	while (next < first + BLOCK_PAGES) {
		uint64_t from = next;
		int n = pagemap_zero(pagemap, from, first + BLOCK_PAGES, ranges, 64, &next);

		if (n == -ESRCH)
			return n;
		for (int i = 0; i < n; i++)
			memset(&k->entries[ranges[i].start - first], 0,
			       (ranges[i].end - ranges[i].start) * sizeof(*k->entries));
		if (n < 0 || next <= from)
			break; /* no PAGEMAP_SCAN before Linux 6.7: they stay */
	}
	return 0;
}

static int read_block(struct walk *w, struct walker *k, uint64_t block, struct ledger_view *view)
{
	int pagemap = member_pagemap(k->member, w->io->fs), r = pagemap;

	if (pagemap >= 0)
		r = pagemap_read(pagemap, block << BLOCK_SHIFT, k->entries, BLOCK_PAGES);
	if (!r && !w->io->frames)
		r = drop_zero_pages(k, pagemap, block);
	member_done(k->member, pagemap);
	if (r)
		return r;
	k->block = block;
	view->entries = k->entries;
	return 0;
}

/* The lowest block that any process has still to show; false: none is left. */
static bool next_block(const struct walk *w, uint64_t from, uint64_t *ret)
{
	bool any = false;

	for (size_t i = 0; i < w->n; i++) {
		const struct walker *k = &w->walkers[i];
		uint64_t block;

		if (k->populated_range >= k->extents.n || k->member->lost)
			continue;
		block = k->extents.items[k->populated_range].start;
		if (block < from)
			block = from;
		if (!any || block < *ret)
			*ret = block;
		any = true;
	}
	return any;
}

/* Is the block in one of its extents? Moves on behind those that end below it. */
static bool covers(struct walker *k, uint64_t block)
{
	while (k->populated_range < k->extents.n && k->extents.items[k->populated_range].end <= block)
		k->populated_range++;
	return k->populated_range < k->extents.n && k->extents.items[k->populated_range].start <= block;
}

static bool takes_part(struct walker *k, uint64_t block)
{
	return !k->member->gone && !k->member->lost && covers(k, block);
}

/* Between blocks only: the pages of one are seen at about the same time in all processes. Is it of so few that
 * their reads are no breath for each other? */
static bool breathe(struct walk *w, uint64_t block)
{
	int64_t now = clock_now();
	bool due = false;
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += takes_part(&w->walkers[i], block);
	for (size_t i = 0; i < w->n && n <= FEW; i++)
		if (takes_part(&w->walkers[i], block))
			due |= pace_is_due(&w->walkers[i].pace, now);
	if (due)
		pace_pause();
	return n <= FEW;
}

/* It is out of this walk: gone, or for another reason it is in none for this sample. */
static void lose(struct member_proc *m, int r)
{
	m->lost = r != 0;
	if (r && r != -ESRCH)
		m->failed = -r;
}

/* The block in all processes, with a breath before. */
static void read_blocks(struct walk *w, uint64_t block, struct ledger_view *views)
{
	bool few = breathe(w, block);
	size_t before = w->n; /* the process that has it, before this one; n: none */

	for (size_t i = 0; i < w->n; i++) {
		struct walker *k = &w->walkers[i];
		int r;

		views[i].entries = NULL;
		k->reading = takes_part(k, block);
		if (!k->reading)
			continue;
		r = read_block(w, k, block, &views[i]);
		if (few)
			pace_left(&k->pace, clock_now());
		lose(k->member, r);
		k->reading = !r;
		if (r)
			continue;
		if (before < i && w->walkers[before].member->alike == k->member->alike)
			same_kinds(&views[before], &views[i]);
		else
			set_kinds(k, block, w->io->page_size, &views[i]);
		before = i;
	}
}

static void walk_blocks(struct walk *w, struct ledger *ledger, struct ledger_view *views)
{
	for (uint64_t block = 0; next_block(w, block, &block); block++) {
		w->tries = 0;
		do
			read_blocks(w, block, views);
		while (walk_is_outdated(w) || walk_is_unsteady(w));
		for (size_t i = 0; i < w->n; i++)
			views[i].unsteady = w->unsteady + w->on_their_way;
		ledger_block(ledger, block, views);
		/* covers() moved all extents up to here; those that end here end the walk */
		for (size_t i = 0; i < w->n; i++)
			covers(&w->walkers[i], block + 1);
	}
}

/* Who is gone has no pages to read and no faults. */
static struct ledger_proc set_out_gone(const struct walk *w, const struct member_proc *m)
{
	return (struct ledger_proc){
		.base = m->base, .gone = true, .frames = w->io->frames, .skip = m->skip
	};
}

static uint64_t huge_pages(const struct member_proc *m, size_t page_size)
{
	fact bytes = m->facts.memory.anon_huge;

	return bytes > 0 ? (uint64_t)bytes / (BLOCK_PAGES * page_size) : 0;
}

static void set_out(struct walk *w, struct member_proc *members, struct ledger_proc *procs)
{
	for (size_t i = 0; i < w->n; i++) {
		struct member_proc *m = &members[i];
		int r = 0;

		w->walkers[i].member = m;
		if (m->gone) {
			procs[i] = set_out_gone(w, m);
			continue;
		}
		procs[i] = (struct ledger_proc){
			.pid = m->pid,
			.start_ticks = m->start_ticks,
			.base = m->base,
			.frames = w->io->frames,
			.hugetlb = m->facts.memory.hugetlb > 0,
			.merged = m->merged,
			.has_forked = m->facts.cminflt > 0 || m->facts.cmajflt > 0,
			.minflt = (uint64_t)m->facts.minflt,
			.skip = m->skip,
			.pss = m->facts.memory.pss_anon > 0 ?
				       (uint64_t)m->facts.memory.pss_anon / w->io->page_size :
				       0,
			.huge = huge_pages(m, w->io->page_size),
			.execed = m->execed,
			.adopted = m->adopted,
			.presumed = m->presumed,
			.revised = m->revised,
			.anew = m->anew,
			.unread = !m->paged && !m->skip,
		};
		stack_heap_of(&m->maps, m->base >= 0 ? &members[m->base].maps : NULL, w->io->page_size,
			      &procs[i]);
		if (m->paged && !m->skip)
			r = populated_find(w->io, m, &w->walkers[i].pace, &w->walkers[i].extents);
		lose(m, r);
	}
}

void walk_pool(struct walk_io *io, struct ledger *ledger, struct member_proc *members, size_t n)
{
	cleanup_free struct ledger_proc *procs = xcalloc(n, sizeof(*procs));
	cleanup_free struct ledger_view *views = xcalloc(n, sizeof(*views));
	cleanup_free struct walker *walkers = xcalloc(n, sizeof(*walkers));
	cleanup_free char *pages = xreallocarray(NULL, 1 + WALK_KEPT, io->page_size);
	struct walk w = {
		.io = io,
		.walkers = walkers,
		.n = n,
		.page = pages,
		/* of one that was looked at before it is not asked again */
		.one_fault_each = n && !members[0].walked && !members[0].gone ? -1 : 0,
	};
	const struct ledger_oracle oracle = walk_oracle(&w);

	for (size_t i = 0; i < WALK_KEPT; i++)
		w.kept[i] = (struct walk_original){ .page = UINT64_MAX,
						    .bytes = pages + (1 + i) * io->page_size };
	set_out(&w, members, procs);
	ledger_begin(ledger, procs, n, &oracle);
	walk_blocks(&w, ledger, views);
	for (size_t i = 0; i < n; i++) {
		if (members[i].gone)
			continue;
		if (!members[i].skip)
			member_recheck(&members[i], io->fs);
		procs[i].unread |= members[i].lost;
		if (!i)
			procs[i].majflt_after = (uint64_t)members[i].facts.majflt;
		procs[i].minflt_after = (uint64_t)members[i].facts.minflt;
	}
	ledger_end(ledger);
	for (size_t i = 0; i < n; i++) {
		populated_release(&walkers[i].extents);
		free(walkers[i].kinds);
	}
}
