#include "ledger/shares.h"

#include <string.h>
#include "ledger/pass.h"

/* Pages of a run whose frames the oracle is asked for. */
struct asked {
	size_t n;
	uint16_t at[BLOCK_PAGES];
	uint64_t entries[BLOCK_PAGES];
};

/* A run on its way: what it adds to, and what its children will take from it (NULL: it has none). */
struct sharing {
	struct ledger *l;
	const struct ledger_view *view;
	struct shares *sum;
	struct share_like *own;
	bool hugetlb;  /* the block is one of those pages */
	bool untold;   /* bit 56 is not each page's own */
};

static size_t slot_of(uint64_t frame)
{
	return (frame ^ frame >> 11) % SHARE_CACHE;
}

void shares_forget(struct share_cache *cache)
{
	memset(cache->frame, 0, sizeof(cache->frame));
}

static void count(struct shares *sum, uint8_t class, uint32_t part)
{
	sum->pages[class]++;
	sum->parts[class] += part;
}

static void uncount(struct shares *sum, uint8_t class, uint32_t part)
{
	sum->pages[class]--;
	sum->parts[class] -= part;
}

static void add(struct shares *to, const struct shares *from)
{
	for (size_t c = 0; c < SHARE_CLASSES; c++) {
		to->pages[c] += from->pages[c];
		to->parts[c] += from->parts[c];
	}
}

/* The page at i, of the process and of all its children that have the same. */
static void set(struct sharing *s, size_t i, uint8_t class, uint32_t part)
{
	count(s->sum, class, part);
	if (!s->own)
		return;
	s->own->class[i] = class;
	s->own->part[i] = part;
	count(&s->own->sum, class, part);
}

static uint32_t part_of(const struct ledger *l, uint64_t mappers)
{
	uint64_t whole = (uint64_t)l->page_size << SHARE_SHIFT;

	return (uint32_t)(mappers > 1 ? whole / mappers : whole);
}

static enum share_kind kind_of(const struct sharing *s, uint64_t e, uint64_t flags)
{
	if (s->hugetlb || flags & KPF_HUGE)
		return SHARE_HUGETLB;
	if (!(e & PM_FILE))
		return SHARE_ANON;
	return flags & KPF_SWAPBACKED ? SHARE_SHMEM : SHARE_FILE;
}

/* A page whose frame nobody counts is none that the kernel counts (a device's), unless it has just moved. */
static uint8_t class_of(const struct sharing *s, size_t i, uint64_t e, uint64_t mappers, uint64_t flags)
{
	enum share_kind kind = kind_of(s, e, flags);

	if (!mappers && !(e & PM_FILE) && view_kind(s->view, i) != KIND_ANON)
		return share_class(SHARE_NONE, false, false);
	return share_class(kind, mappers > 1, kind == SHARE_ANON || flags & KPF_DIRTY);
}

/* Large folios have averages where the kernel keeps no count of each page. */
static bool averaged(const struct ledger *l, uint64_t flags)
{
	return kernel_lacks(l->oracle->kernel, KERNEL_MAP_COUNT_EACH) &&
	       flags & (KPF_THP | KPF_COMPOUND_HEAD | KPF_COMPOUND_TAIL);
}

static void answer(struct sharing *s, size_t i, uint64_t e, uint64_t mappers, uint64_t flags)
{
	struct share_cache *cache = s->l->share_cache;
	size_t slot = slot_of(entry_frame(e));

	cache->frame[slot] = entry_frame(e);
	cache->class[slot] = class_of(s, i, e, mappers, flags);
	cache->part[slot] = cache->class[slot] / 4 == SHARE_NONE ? 0 : part_of(s->l, mappers);
	set(s, i, cache->class[slot], cache->part[slot]);
	s->sum->large += averaged(s->l, flags);
}

static void ask(struct sharing *s, const struct asked *asked)
{
	const struct ledger_oracle *o = s->l->oracle;
	uint64_t frames[BLOCK_PAGES], mappers[BLOCK_PAGES], flags[BLOCK_PAGES];
	bool file = false;

	for (size_t k = 0; k < asked->n; k++) {
		frames[k] = entry_frame(asked->entries[k]);
		file |= asked->entries[k] & PM_FILE;
	}
	memset(flags, 0, asked->n * sizeof(*flags));
	if (!asked->n)
		return;
	if (!o->mappers || !o->mappers(o->ctx, frames, asked->n, mappers, file ? flags : NULL)) {
		s->sum->unknown += asked->n;
		return;
	}
	for (size_t k = 0; k < asked->n; k++)
		answer(s, asked->at[k], asked->entries[k], mappers[k], flags[k]);
}

/* One page that is no copy of the base's word. */
static void look(struct sharing *s, size_t i, uint64_t e, struct asked *pages, struct asked *files)
{
	const struct share_cache *cache = s->l->share_cache;
	struct asked *asked = e & PM_FILE ? files : pages;
	size_t slot;

	if (!e)
		return;
	if (!(e & PM_PRESENT)) {
		set(s, i, share_class(SHARE_SWAP, false, false), part_of(s->l, 1));
		return;
	}
	if (!(e & PM_FILE) && entry_exclusive(e) && !s->untold) {
		set(s, i, share_class(s->hugetlb ? SHARE_HUGETLB : SHARE_ANON, false, true), part_of(s->l, 1));
		return;
	}
	slot = slot_of(entry_frame(e));
	if (cache->frame[slot] == entry_frame(e)) {
		set(s, i, cache->class[slot], cache->part[slot]);
		return;
	}
	asked->at[asked->n] = (uint16_t)i;
	asked->entries[asked->n++] = e;
}

/* Of whom is gone, what its children show is classified for them alone. */
static struct share_like *like_of(struct ledger *l, const struct page_run *r)
{
	struct pattern *p = r->like;
	struct shares nobody = { 0 };
	struct asked pages = { 0 }, files = { 0 };
	struct sharing s = { .l = l, .view = r->view, .sum = &nobody, .own = &p->share };

	if (p->share.made)
		return &p->share;
	memset(&p->share, 0, sizeof(p->share));
	p->share.made = true;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		look(&s, i, p->entries[i], &pages, &files);
	ask(&s, &pages);
	ask(&s, &files);
	return &p->share;
}

/* Take what the base has there out again. */
static void unlike(struct sharing *s, size_t i, const struct share_like *like)
{
	uncount(s->sum, like->class[i], like->part[i]);
	if (!s->own)
		return;
	uncount(&s->own->sum, like->class[i], like->part[i]);
	s->own->class[i] = 0;
	s->own->part[i] = 0;
}

static bool is_hugetlb(struct ledger *l, const struct page_run *r)
{
	uint64_t frame = entry_frame(r->view->entries[0]), flags = 0;

	return l->oracle->flags && l->oracle->flags(l->oracle->ctx, &frame, 1, &flags) && flags & KPF_HUGE;
}

/* A block of consecutive frames: is it one huge page, and which kind of? */
static void look_huge(struct ledger *l, const struct page_run *r, struct sharing *s)
{
	int huge;

	s->untold = !kernel_has(l->oracle->kernel, KERNEL_EXCLUSIVE_EACH);
	s->hugetlb = r->in->hugetlb && is_hugetlb(l, r);
	if (s->hugetlb)
		return;
	huge = l->oracle->huge ? l->oracle->huge(l->oracle->ctx, r->proc, r->block->index) : -1;
	s->sum->huge += huge ? BLOCK_PAGES : 0;
	s->sum->huge_unsure += huge < 0 ? BLOCK_PAGES : 0;
}

void shares_run(struct ledger *l, const struct page_run *r)
{
	const struct share_like *like = r->like ? like_of(l, r) : NULL;
	struct asked pages, files;
	struct sharing s = {
		.l = l, .view = r->view, .sum = &r->member->shares,
		.own = l->patterns[r->proc] ? &l->patterns[r->proc]->share : NULL,
	};

	pages.n = files.n = 0;
	if (like)
		add(s.sum, &like->sum);
	if (s.own && like)
		*s.own = *like;
	else if (s.own)
		memset(s.own, 0, sizeof(*s.own));
	if (s.own)
		s.own->made = true;
	if (looks_huge(r->view->entries))
		look_huge(l, r, &s);
	for (size_t k = 0; k < r->n; k++) {
		size_t i = r->at[k];

		if (like && r->entries[k] == r->base[k])
			continue;
		if (like)
			unlike(&s, i, like);
		look(&s, i, r->entries[k], &pages, &files);
	}
	ask(&s, &pages);
	ask(&s, &files);
}
