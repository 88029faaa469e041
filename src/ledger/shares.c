#include "ledger/shares.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "ledger/mappers.h"
#include "ledger/pass.h"

#define NOT_RESIDENT share_class(SHARE_NONE, false, false)

struct sharing {
	struct share_run *runs;  /* as the processes of the walk */
	struct mappers mappers;
	struct share_cache cache;
	bool all;                /* KSM: a frame is at several addresses, and all are asked for */
	uint64_t last_mappers;   /* 0: none yet */
	uint32_t last_part;      /* of them */
};

/* A process on its way through the block: what it adds to, and what its children will take (NULL: it has none). */
struct process {
	struct ledger *l;
	size_t proc;
	const struct ledger_view *view;
	struct share_run *run;
	struct shares *sum;
	struct share_like *own;
};

/* Pages whose frames the oracle is asked for. */
struct asked {
	size_t n;
	uint16_t at[BLOCK_PAGES];
	uint64_t entries[BLOCK_PAGES];
};

static struct process process_of(struct ledger *l, size_t proc)
{
	return (struct process){
		.l = l, .proc = proc, .view = &l->views[proc], .run = &l->shares->runs[proc],
		.sum = &l->members[proc].shares,
		.own = l->patterns[proc] ? &l->patterns[proc]->share : NULL,
	};
}

/* ---- sums */

static void count(struct shares *sum, uint8_t class, uint32_t part)
{
	sum->pages[class] += class != NOT_RESIDENT;
	sum->parts[class] += part;
}

static void uncount(struct shares *sum, uint8_t class, uint32_t part)
{
	sum->pages[class] -= class != NOT_RESIDENT;
	sum->parts[class] -= part;
}

static void add(struct shares *to, const struct shares *from)
{
	for (size_t c = 0; c < SHARE_CLASSES; c++) {
		to->pages[c] += from->pages[c];
		to->parts[c] += from->parts[c];
	}
	to->averaged += from->averaged;
	to->untold += from->untold;
	to->swap_assumed += from->swap_assumed;
	to->maybe_dirty += from->maybe_dirty;
	to->unknown += from->unknown;
}

/* The page at i, of the process and of all its children that have the same. */
static void set(const struct process *p, size_t i, uint8_t class, uint32_t part)
{
	count(p->sum, class, part);
	if (!p->own)
		return;
	p->own->class[i] = class;
	p->own->part[i] = part;
	count(&p->own->sum, class, part);
}

/* What is not certain of one page of it. */
static void doubt(const struct process *p, size_t member)
{
	*(uint64_t *)((char *)p->sum + member) += 1;
	if (p->own)
		*(uint64_t *)((char *)&p->own->sum + member) += 1;
}

static uint32_t part_of(const struct ledger *l, uint64_t mappers)
{
	uint64_t whole = (uint64_t)l->page_size << SHARE_SHIFT;

	return (uint32_t)(mappers > 1 ? whole / mappers : whole);
}

/* ---- what the kernel says of a frame */

static size_t slot_of(uint64_t frame)
{
	return (frame ^ frame >> 11) % SHARE_CACHE;
}

static enum share_kind kind_of(const struct process *p, uint64_t e, uint64_t flags)
{
	if (e & PM_SWAP)
		return SHARE_SWAP;
	if (p->run->hugetlb || flags & KPF_HUGE)
		return SHARE_HUGETLB;
	if (!(e & PM_FILE))
		return SHARE_ANON;
	return flags & KPF_SWAPBACKED ? SHARE_SHMEM : SHARE_FILE;
}

/* A frame that nobody counts is none that the kernel counts (a device's), unless it has gone since it was seen. */
static uint8_t class_of(const struct process *p, size_t i, uint64_t e, uint64_t mappers, uint64_t flags)
{
	enum share_kind kind = kind_of(p, e, flags);

	if (!mappers && !(e & PM_FILE) && view_kind(p->view, i) != KIND_ANON)
		return NOT_RESIDENT;
	return share_class(kind, mappers > 1, kind == SHARE_ANON || flags & KPF_DIRTY);
}

static void doubt_average(const struct process *p)
{
	doubt(p, offsetof(struct shares, averaged));
	doubt(p, offsetof(struct shares, untold));
}

/*
 * A page that counts as clean, and that was perhaps written where only the page table knows: nobody writes back what
 * is in shared memory, in ramfs and the like (it cannot be evicted), or in a driver's memory (it is in no list).
 */
static bool may_be_dirty(const struct process *p, size_t i, uint8_t class, uint64_t flags)
{
	if (class & SHARE_DIRTY)
		return false;
	return class / 4 == SHARE_SHMEM || (class / 4 == SHARE_FILE && view_kind(p->view, i) == KIND_SHARED &&
					    (flags & KPF_UNEVICTABLE || !(flags & KPF_LRU)));
}

static void set_counted(const struct process *p, size_t i, uint64_t e, uint64_t mappers, uint64_t flags)
{
	uint8_t class = class_of(p, i, e, mappers, flags);

	set(p, i, class, class == NOT_RESIDENT ? 0 : part_of(p->l, mappers));
	if (mappers_are_average(p->l, flags))
		doubt_average(p);
	if (may_be_dirty(p, i, class, flags))
		doubt(p, offsetof(struct shares, maybe_dirty));
}

static void keep_answer(struct share_cache *cache, uint64_t frame, uint64_t mappers, uint64_t flags)
{
	size_t slot = slot_of(frame);

	cache->frame[slot] = frame;
	cache->mappers[slot] = (uint32_t)mappers;
	cache->flags[slot] = flags;
}

static void ask(const struct process *p, const struct asked *asked)
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
		keep_answer(&p->l->shares->cache, frames[k], mappers[k], flags[k]);
		set_counted(p, asked->at[k], asked->entries[k], mappers[k], flags[k]);
	}
}

/* From what was asked for lately, or with the next question. */
static void set_asked(const struct process *p, size_t i, uint64_t e, struct asked *asked)
{
	const struct share_cache *cache = &p->l->shares->cache;
	size_t slot = slot_of(entry_frame(e));

	if (cache->frame[slot] == entry_frame(e)) {
		set_counted(p, i, e, cache->mappers[slot], cache->flags[slot]);
		return;
	}
	asked->at[asked->n] = (uint16_t)i;
	asked->entries[asked->n++] = e;
}

/* ---- a process in the block */

/* A page that is not the base's. */
static void look(const struct process *p, size_t i, uint64_t e, struct asked *files)
{
	bool swap = e & PM_SWAP;
	/* what is no file's in a shared mapping is a device's */
	bool asked = e & PM_FILE || view_kind(p->view, i) == KIND_SHARED;

	if (!(e & (PM_PRESENT | PM_SWAP)))
		return;
	if (asked && !swap)
		set_asked(p, i, e, files);
	else if (swap || !entry_exclusive(e) || p->run->untold)
		bit_set(p->run->open, i);
	else
		set(p, i, share_class(p->run->hugetlb ? SHARE_HUGETLB : SHARE_ANON, false, true), part_of(p->l, 1));
}

static bool is_hugetlb(const struct process *p)
{
	const struct ledger_oracle *o = p->l->oracle;
	uint64_t frame = entry_frame(p->view->entries[0]), flags = 0;

	return o->flags && o->flags(o->ctx, &frame, 1, &flags) && flags & KPF_HUGE;
}

/* A block of consecutive frames: is it one huge page, and of which kind? */
static void look_huge(const struct process *p, uint64_t block)
{
	const struct ledger_oracle *o = p->l->oracle;
	int huge;

	p->run->untold = !kernel_has(o->kernel, KERNEL_EXCLUSIVE_EACH);
	p->run->hugetlb = p->l->in[p->proc].hugetlb && is_hugetlb(p);
	if (p->run->hugetlb)
		return;
	huge = o->huge ? o->huge(o->ctx, p->proc, block) : -1;
	p->sum->huge += huge ? BLOCK_PAGES : 0;
	p->sum->huge_unsure += huge < 0 ? BLOCK_PAGES : 0;
}

static void begin(const struct process *p, int like)
{
	*p->run = (struct share_run){ .here = true, .like = like };
	if (!p->own)
		return;
	memset(p->own, 0, sizeof(*p->own));
	p->own->made = true;
}

/* Who is gone maps nothing, but its children are compared with what they show of it. */
static void begin_gone(struct ledger *l, size_t proc)
{
	const struct process p = process_of(l, proc);
	struct asked files = { .n = 0 };

	begin(&p, -1);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		look(&p, i, page_entry(l, p.view, i), &files);
	ask(&p, &files);
}

/* Those that were not looked at: private, of its own, and written, as all that is exclusive is taken to be. */
static void add_settled(const struct process *p, const struct page_run *r, struct share_like *like)
{
	uint8_t class = share_class(SHARE_ANON, false, true);
	uint32_t part = part_of(p->l, 1);

	p->sum->pages[class] += r->settled;
	p->sum->parts[class] += (uint64_t)r->settled * part;
	for (size_t w = 0; w < BITS_WORDS; w++) {
		p->run->unlike[w] |= r->settled_bits[w];
		for (uint64_t left = r->settled_bits[w]; left; left &= left - 1)
			like->missing[w * 64 + (size_t)__builtin_ctzll(left)]++;
		for (uint64_t left = p->own ? r->settled_bits[w] : 0; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);

			p->own->class[i] = class;
			p->own->part[i] = part;
			count(&p->own->sum, class, part);
		}
	}
}

void shares_run(struct ledger *l, const struct page_run *r)
{
	const struct process p = process_of(l, r->proc);
	struct share_like *like = r->like ? &r->like->share : NULL;
	struct asked files;

	files.n = 0;
	if (like && !like->made)
		begin_gone(l, (size_t)r->in->base);
	begin(&p, like ? r->in->base : -1);
	if (looks_huge(r->view->entries))
		look_huge(&p, r->block->index);
	if (like)
		like->children++;
	for (size_t k = 0; k < r->n; k++) {
		size_t i = r->at[k];

		if (like && r->entries[k] == r->base[k])
			continue;
		if (like)
			like->missing[i]++;
		bit_set(p.run->unlike, i);
		look(&p, i, r->entries[k], &files);
	}
	if (r->settled)
		add_settled(&p, r, like);
	ask(&p, &files);
}

/* ---- the block is complete */

/* How many of its family have each page of a process, itself and those below it. */
static void count_family(struct ledger *l, const struct process *p)
{
	struct share_like *own = p->own, *like;
	uint32_t self = l->in[p->proc].gone ? 0 : 1;

	for (size_t i = 0; i < BLOCK_PAGES; i++)
		own->count[i] = self + own->children - own->missing[i] + own->more[i];
	if (p->run->like < 0)
		return;
	like = &l->patterns[p->run->like]->share;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (!bit_test(p->run->unlike, i))
			like->more[i] += own->count[i] - 1;
}

static void enrol(const struct process *p)
{
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = p->run->open[w]; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);
			uint32_t n = p->own ? p->own->count[i] : 1;

			/* of one who is gone none has the page, perhaps */
			if (n)
				mappers_add(&p->l->shares->mappers, i, page_entry(p->l, p->view, i), n,
					    !p->run->untold);
		}
}

/* Others are left out of the walk: on the average its shared pages are worth what they were. */
static void set_average(const struct process *p, size_t i, uint64_t e)
{
	bool swap = e & PM_SWAP, by_many = !swap && !entry_exclusive(e);

	set(p, i, share_class(kind_of(p, e, 0), by_many, !swap),
	    by_many ? p->l->members[p->proc].share_average : part_of(p->l, 1));
	doubt(p, swap ? offsetof(struct shares, swap_assumed) : offsetof(struct shares, averaged));
	if (p->run->untold)
		doubt(p, offsetof(struct shares, untold));
}

/* Private pages that the pool counts: most of all that are shared. */
static void set_private(const struct process *p, size_t i, uint64_t mappers)
{
	struct sharing *s = p->l->shares;

	if (mappers != s->last_mappers) {
		s->last_mappers = mappers;
		s->last_part = part_of(p->l, mappers);
	}
	set(p, i, share_class(SHARE_ANON, mappers > 1, true), s->last_part);
}

static void settle(const struct process *p, size_t i, struct asked *asked)
{
	uint64_t e = page_entry(p->l, p->view, i);
	int64_t mappers = -1;
	bool averaged = false;

	if (!p->l->partial)
		mappers = mappers_of(&p->l->shares->mappers, i, e, &averaged);
	else if (p->l->members[p->proc].share_average || e & PM_SWAP) {
		set_average(p, i, e);
		return;
	}
	if (mappers > 0 && entry_anon(e) && !p->run->hugetlb)
		set_private(p, i, (uint64_t)mappers);
	else if (mappers >= 0 || e & PM_SWAP)
		set_counted(p, i, e, (uint64_t)(mappers < 0 ? 1 : mappers), 0);
	else
		set_asked(p, i, e, asked);
	if (averaged)
		doubt_average(p);
	/* nothing tells who else has a page that is not there */
	if (e & PM_SWAP)
		doubt(p, offsetof(struct shares, swap_assumed));
}

/* What equals the base's counts as the base's does. */
static void take_like(const struct process *p)
{
	const struct share_like *like = &p->l->patterns[p->run->like]->share;

	add(p->sum, &like->sum);
	if (p->own)
		add(&p->own->sum, &like->sum);
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = p->run->unlike[w]; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);

			uncount(p->sum, like->class[i], like->part[i]);
			if (p->own)
				uncount(&p->own->sum, like->class[i], like->part[i]);
		}
	for (size_t i = 0; p->own && i < BLOCK_PAGES; i++)
		if (!bit_test(p->run->unlike, i)) {
			p->own->class[i] = like->class[i];
			p->own->part[i] = like->part[i];
		}
}

static void end(const struct process *p)
{
	struct asked asked;

	asked.n = 0;
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = p->run->open[w]; left; left &= left - 1)
			settle(p, w * 64 + (size_t)__builtin_ctzll(left), &asked);
	ask(p, &asked);
	if (p->run->like >= 0)
		take_like(p);
}

void shares_block(struct ledger *l, uint64_t block)
{
	struct sharing *s = l->shares;

	for (size_t k = l->n; k-- > 0;) {
		const struct process p = process_of(l, k);

		if (p.run->here && p.own)
			count_family(l, &p);
	}
	mappers_clear(&s->mappers);
	for (size_t k = 0; !l->partial && k < l->n; k++) {
		const struct process p = process_of(l, k);

		if (p.run->here)
			enrol(&p);
	}
	if (!mappers_verify(l, &s->mappers, block, s->all))
		mappers_clear(&s->mappers);
	for (size_t k = 0; k < l->n; k++) {
		const struct process p = process_of(l, k);

		if (p.run->here)
			end(&p);
		p.run->here = false;
		if (p.own)
			p.own->made = false;
	}
}

/* ---- a walk */

void shares_begin(struct ledger *l)
{
	if (!l->shares)
		l->shares = xcalloc(1, sizeof(*l->shares));
	memset(l->shares->cache.frame, 0, sizeof(l->shares->cache.frame));
	if (!l->partial)
		mappers_begin(&l->shares->mappers);
	free(l->shares->runs);
	l->shares->runs = xcalloc(l->n ? l->n : 1, sizeof(*l->shares->runs));
	l->shares->all = false;
	for (size_t i = 0; i < l->n; i++)
		l->shares->all |= l->in[i].merged;
}

void shares_end(struct ledger *l)
{
	uint8_t class = share_class(SHARE_ANON, true, true);

	for (size_t i = 0; !l->partial && i < l->n; i++) {
		struct member *m = &l->members[i];

		m->share_average = m->shares.pages[class] ?
			(uint32_t)(m->shares.parts[class] / m->shares.pages[class]) : 0;
	}
}

void shares_release(struct ledger *l)
{
	if (l->shares)
		free(l->shares->runs);
	free(l->shares);
}
