#include "ledger/share_walk.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "ledger/share_frames.h"

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

/* ---- a process in the block */

/* Counts page `i`, which is not the base's, where its entry and its frame tell all; else it stays open. */
static void look(const struct share_process *p, size_t i, uint64_t e, struct asked_pages *files)
{
	bool swap = e & PM_SWAP;
	if (!(e & (PM_PRESENT | PM_SWAP)))
		return;
	if (e & PM_FILE && !swap)
		share_set_asked(p, i, e, files);
	else if (swap || !entry_exclusive(e) || p->run->untold)
		bit_set(p->run->open, i);
	else
		share_set(p, i, share_class(p->run->hugetlb ? SHARE_HUGETLB : SHARE_ANON, false, true),
			  share_part(p->l, 1));
}

static bool is_hugetlb(const struct share_process *p)
{
	const struct ledger_oracle *o = p->l->oracle;
	uint64_t frame = entry_frame(p->view->entries[0]), flags = 0;

	return o->flags && o->flags(o->ctx, &frame, 1, &flags) && flags & KPF_HUGE;
}

/* A block of consecutive frames: is it one huge page, and of which kind? */
static void look_huge(const struct share_process *p, uint64_t block)
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

static void enter(const struct share_process *p, int like)
{
	*p->run = (struct share_run){ .here = true, .like = like };
	if (!p->own)
		return;
	memset(p->own, 0, sizeof(*p->own));
	p->own->made = true;
}

/* A process that is gone maps nothing, but its children are compared with what they show of it (absent.h). */
static void enter_gone(struct ledger *l, size_t proc)
{
	const struct share_process p = share_process_of(l, proc);
	struct asked_pages files = { .n = 0 };

	enter(&p, -1);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		look(&p, i, page_entry(l, p.view, i), &files);
	share_ask(&p, &files);
}

/* Settled pages (pick.h) were not looked at: private, of its own, and written, as all that is exclusive is
 * taken to be. */
static void add_settled(const struct share_process *p, const struct page_run *r, struct share_like *like)
{
	uint8_t class = share_class(SHARE_ANON, false, true);
	uint32_t part = share_part(p->l, 1);

	p->sum->pages[class] += r->settled;
	p->sum->parts[class] += (uint64_t)r->settled * part;
	for (size_t w = 0; w < BITS_WORDS; w++) {
		p->run->unlike[w] |= r->settled_bits[w];
		for (uint64_t left = r->settled_bits[w]; left; left &= left - 1)
			like->missing[bit_first(w, left)]++;
		for (uint64_t left = p->own ? r->settled_bits[w] : 0; left; left &= left - 1) {
			size_t i = bit_first(w, left);

			p->own->classes[i] = class;
			p->own->part[i] = part;
			share_count(&p->own->sum, class, part);
		}
	}
}

void share_walk_run(struct ledger *l, const struct page_run *r)
{
	const struct share_process p = share_process_of(l, r->proc);
	struct share_like *like = r->like ? &r->like->share : NULL;
	struct asked_pages files;

	files.n = 0;
	if (like && !like->made)
		enter_gone(l, (size_t)r->in->base);
	enter(&p, like ? r->in->base : -1);
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
	share_ask(&p, &files);
}

/* ---- the block is complete */

/* How many have each page of a process, itself and those below it. */
static void count_below(struct ledger *l, const struct share_process *p)
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

/* Enters its open pages, for itself and all that have the same, in the pool's count of frames. */
static void enter_open(const struct share_process *p)
{
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = p->run->open[w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);
			uint32_t n = p->own ? p->own->count[i] : 1;

			/* where the process is gone nobody has the page, perhaps */
			if (n)
				mappers_add(&p->l->share_walk->mappers, i, page_entry(p->l, p->view, i), n,
					    !p->run->untold);
		}
}

/* Others are left out of the walk: on the average its shared pages are worth what they were. */
static void set_average(const struct share_process *p, size_t i, uint64_t e)
{
	bool swap = e & PM_SWAP, by_many = !swap && !entry_exclusive(e);

	share_set(p, i, share_class(share_kind_of(p, e, 0), by_many, !swap),
		  by_many ? p->l->members[p->proc].share_average : share_part(p->l, 1));
	share_doubt(p, swap ? offsetof(struct shares, swap_assumed) : offsetof(struct shares, averaged));
	if (p->run->untold)
		share_doubt(p, offsetof(struct shares, untold));
}

/* Private pages that the pool counts: most of all that are shared. */
static void set_private(const struct share_process *p, size_t i, uint64_t mappers)
{
	struct share_walk *s = p->l->share_walk;

	if (mappers != s->last_mappers) {
		s->last_mappers = mappers;
		s->last_part = share_part(p->l, mappers);
	}
	share_set(p, i, share_class(SHARE_ANON, mappers > 1, true), s->last_part);
}

/* Counts an open page `i`: by what the pool counts, on the average, or with the next question. */
static void settle_page(const struct share_process *p, size_t i, struct asked_pages *asked)
{
	uint64_t e = page_entry(p->l, p->view, i);
	int64_t mappers = -1;
	bool averaged = false;

	if (!p->l->partial) {
		mappers = mappers_of(&p->l->share_walk->mappers, i, e, &averaged);
	} else if (p->l->members[p->proc].share_average || e & PM_SWAP) {
		set_average(p, i, e);
		return;
	}
	if (mappers > 0 && entry_anon(e) && !p->run->hugetlb)
		set_private(p, i, (uint64_t)mappers);
	else if (mappers >= 0 || e & PM_SWAP)
		share_set_counted(p, i, e, (uint64_t)(mappers < 0 ? 1 : mappers), 0);
	else
		share_set_asked(p, i, e, asked);
	if (averaged)
		share_doubt_average(p);
	/* nothing tells who else has a page that is not there */
	if (e & PM_SWAP)
		share_doubt(p, offsetof(struct shares, swap_assumed));
}

/* What equals the base's counts as the base's does. */
static void add_like(const struct share_process *p)
{
	const struct share_like *like = &p->l->patterns[p->run->like]->share;

	add(p->sum, &like->sum);
	if (p->own)
		add(&p->own->sum, &like->sum);
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = p->run->unlike[w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);

			share_uncount(p->sum, like->classes[i], like->part[i]);
			if (p->own)
				share_uncount(&p->own->sum, like->classes[i], like->part[i]);
		}
	for (size_t i = 0; p->own && i < BLOCK_PAGES; i++)
		if (!bit_test(p->run->unlike, i)) {
			p->own->classes[i] = like->classes[i];
			p->own->part[i] = like->part[i];
		}
}

static void settle_open(const struct share_process *p)
{
	struct asked_pages asked;

	asked.n = 0;
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = p->run->open[w]; left; left &= left - 1)
			settle_page(p, bit_first(w, left), &asked);
	share_ask(p, &asked);
	if (p->run->like >= 0)
		add_like(p);
}

void share_walk_block(struct ledger *l, uint64_t block)
{
	struct share_walk *s = l->share_walk;

	for (size_t k = l->n; k-- > 0;) {
		const struct share_process p = share_process_of(l, k);

		if (p.run->here && p.own)
			count_below(l, &p);
	}
	mappers_clear(&s->mappers);
	for (size_t k = 0; !l->partial && k < l->n; k++) {
		const struct share_process p = share_process_of(l, k);

		if (p.run->here)
			enter_open(&p);
	}
	if (!mappers_verify(l, &s->mappers, block, s->all))
		mappers_clear(&s->mappers);
	for (size_t k = 0; k < l->n; k++) {
		const struct share_process p = share_process_of(l, k);

		if (p.run->here)
			settle_open(&p);
		p.run->here = false;
		if (p.own)
			p.own->made = false;
	}
}

/* ---- a walk */

void share_walk_begin(struct ledger *l)
{
	struct share_walk *s = l->share_walk;

	if (!s)
		s = l->share_walk = xcalloc(1, sizeof(*s));
	memset(s->cache.frame, 0, sizeof(s->cache.frame));
	if (!l->partial)
		mappers_begin(&s->mappers);
	free(s->runs);
	s->runs = xcalloc(l->n ? l->n : 1, sizeof(*s->runs));
	s->all = false;
	for (size_t i = 0; i < l->n; i++)
		s->all |= l->in[i].merged;
}

void share_walk_end(struct ledger *l)
{
	uint8_t class = share_class(SHARE_ANON, true, true);

	for (size_t i = 0; !l->partial && i < l->n; i++) {
		struct member *m = &l->members[i];

		m->share_average = m->shares.pages[class] ?
					   (uint32_t)(m->shares.parts[class] / m->shares.pages[class]) :
					   0;
	}
}

void share_walk_release(struct ledger *l)
{
	if (l->share_walk)
		free(l->share_walk->runs);
	free(l->share_walk);
}
