#include "ledger/share_frames.h"

static size_t slot_of(uint64_t frame)
{
	return (frame ^ frame >> 11) % SHARE_CACHE;
}

enum share_kind share_kind_of(const struct share_process *p, uint64_t e, uint64_t flags)
{
	if (e & PM_SWAP)
		return SHARE_SWAP;
	if (p->run->hugetlb || flags & KPF_HUGE)
		return SHARE_HUGETLB;
	if (!(e & PM_FILE))
		return SHARE_ANON;
	return flags & KPF_SWAPBACKED ? SHARE_SHMEM : SHARE_FILE;
}

/* A frame that nobody counts is none that the kernel counts (a device's), unless it has gone since it was
 * seen. */
static uint8_t class_of(const struct share_process *p, size_t i, uint64_t e, uint64_t mappers, uint64_t flags)
{
	enum share_kind kind = share_kind_of(p, e, flags);

	if (!mappers && !(e & PM_FILE) && view_kind(p->view, i) != KIND_ANON)
		return NOT_RESIDENT;
	return share_class(kind, mappers > 1, kind == SHARE_ANON || flags & KPF_DIRTY);
}

/*
 * A page that counts as clean, and that was perhaps written where only the page table knows: nobody writes back
 * what is in shared memory, in ramfs and the like (it cannot be evicted), or in a driver's memory (it is in no
 * list).
 */
static bool may_be_dirty(const struct share_process *p, size_t i, uint8_t class, uint64_t flags)
{
	if (class & SHARE_DIRTY)
		return false;
	return class / 4 == SHARE_SHMEM || (class / 4 == SHARE_FILE && view_kind(p->view, i) == KIND_SHARED &&
					    (flags & KPF_UNEVICTABLE || !(flags & KPF_LRU)));
}

void share_set_counted(const struct share_process *p, size_t i, uint64_t e, uint64_t mappers, uint64_t flags)
{
	uint8_t class = class_of(p, i, e, mappers, flags);

	share_set(p, i, class, class == NOT_RESIDENT ? 0 : share_part(p->l, mappers));
	if (mappers_are_average(p->l, flags))
		share_doubt_average(p);
	if (may_be_dirty(p, i, class, flags))
		share_doubt(p, offsetof(struct shares, maybe_dirty));
}

static void keep_answer(struct share_cache *cache, uint64_t frame, uint64_t mappers, uint64_t flags)
{
	size_t slot = slot_of(frame);

	cache->frame[slot] = frame;
	cache->mappers[slot] = (uint32_t)mappers;
	cache->flags[slot] = flags;
}

void share_ask(const struct share_process *p, const struct asked_pages *asked)
{
	const struct ledger_oracle *o = p->l->oracle;
	uint64_t frames[BLOCK_PAGES], mappers[BLOCK_PAGES], flags[BLOCK_PAGES];

	if (!asked->n)
		return;
	for (size_t k = 0; k < asked->n; k++)
		frames[k] = entry_frame(asked->entries[k]);
	if (!o->mappers || !o->mappers(o->ctx, frames, asked->n, mappers, flags)) {
		p->sum->unknown += asked->n;
		if (p->own)
			p->own->sum.unknown += asked->n;
		return;
	}
	for (size_t k = 0; k < asked->n; k++) {
		keep_answer(&p->l->share_walk->cache, frames[k], mappers[k], flags[k]);
		share_set_counted(p, asked->at[k], asked->entries[k], mappers[k], flags[k]);
	}
}

void share_set_asked(const struct share_process *p, size_t i, uint64_t e, struct asked_pages *asked)
{
	const struct share_cache *cache = &p->l->share_walk->cache;
	size_t slot = slot_of(entry_frame(e));

	if (cache->frame[slot] == entry_frame(e)) {
		share_set_counted(p, i, e, cache->mappers[slot], cache->flags[slot]);
		return;
	}
	asked->at[asked->n] = (uint16_t)i;
	asked->entries[asked->n++] = e;
}
