#include "ledger/pick.h"

#include <string.h>
#include "ledger/first_walk_row.h"
#include "ledger/walk_state.h"

/* Words mean something else where the mappings around them do. */
static void bits_of_kinds(const struct ledger_view *a, const struct ledger_view *b, uint64_t *bits)
{
	if (!a->kinds && !b->kinds && a->kind == b->kind)
		return;
	if (a->kinds && b->kinds && !memcmp(a->kinds, b->kinds, BLOCK_PAGES))
		return;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (a->entries[i] && view_kind(a, i) != view_kind(b, i))
			bit_set(bits, i);
}

/* Are the words of process `proc` read as its base's are? Then they can be compared. */
static bool is_comparable(const struct ledger *l, size_t proc)
{
	int base = l->in[proc].base;

	return base >= 0 && l->views[proc].entries && l->views[base].entries && l->in[proc].frames &&
	       l->in[base].frames;
}

/* Of the pages that differ those in frames of their own. */
static void find_own(const struct ledger *l, size_t proc, const uint64_t *base)
{
	const struct ledger_view *view = &l->views[proc];

	for (size_t w = 0; w < BITS_WORDS; w++) {
		uint64_t own = 0;

		for (uint64_t left = l->differ[proc][w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);

			if (is_own_page(l, view, i) && !entry_same_frame(view->entries[i], base[i]))
				own |= left & -left;
		}
		l->own[proc][w] = own;
	}
}

void pick_differing(struct ledger *l)
{
	for (size_t k = 1; k < l->n; k++) {
		const struct ledger_view *base;

		if (!is_comparable(l, k))
			continue;
		base = &l->views[l->in[k].base];
		memset(l->differ[k], 0, sizeof(l->differ[k]));
		bits_differ(l->views[k].entries, base->entries, PM_USED, l->differ[k]);
		bits_of_kinds(&l->views[k], base, l->differ[k]);
		find_own(l, k, base->entries);
	}
}

/* Start from what the base's words say; what is left are the pages that differ. */
static void pick_like_base(struct ledger *l, struct page_run *r, uint64_t *bits)
{
	struct pattern *p = r->like;

	memcpy(r->states, p->states, BLOCK_PAGES);
	for (size_t w = 0; w < BITS_WORDS; w++) {
		bits[w] = l->differ[r->proc][w] | p->never_bits[w];
		p->shared_bits[w] |= p->private_bits[w] & ~bits[w];
	}
	if (!r->member->seen)
		block_set_origin(r->block, origin_ref(p->origin));
	else if (r->block->origin == p->origin)
		bits_differ_states(r->before, p->states, bits);
	else
		memset(bits, 0xff, BITS_WORDS * sizeof(*bits));
}

/* Nothing to compare with: every page that is there, or was. */
static void pick_all(struct page_run *r, uint64_t *bits)
{
	memset(r->states, PAGE_ABSENT, BLOCK_PAGES);
	memset(bits, 0, BITS_WORDS * sizeof(*bits));
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (r->view->entries[i] & (PM_PRESENT | PM_SWAP) || r->before[i])
			bit_set(bits, i);
}

/* Can it be that all that is there lies in one huge page? Not when one of its pages is not at its place. */
static bool may_be_one_folio(const struct page_run *r, const uint64_t *bits)
{
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = bits[w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);
			uint64_t e = r->view->entries[i];

			if (entry_anon(e))
				return entry_frame(e) % BLOCK_PAGES == i;
		}
	return true;
}

/* May pages of this run be settled? */
static bool may_settle(const struct page_run *r, const uint64_t *bits)
{
	if (!r->like || (!r->member->seen && (!r->siblings_tell || r->in->revised)))
		return false;
	return !looks_huge(r->view->entries) && !may_be_one_folio(r, bits);
}

/* Moves pages in frames of their own from `bits` to `own`. Are there any? */
static bool split_own(const struct ledger *l, const struct page_run *r, uint64_t *bits, uint64_t *own)
{
	uint64_t any = 0;

	for (size_t w = 0; w < BITS_WORDS; w++) {
		own[w] = bits[w] & l->own[r->proc][w];
		bits[w] &= ~own[w];
		any |= own[w];
	}
	return any;
}

/* The state that a page in a frame of its own keeps; PAGE_ABSENT: that is to be decided. */
static uint8_t settled_as(uint8_t before)
{
	switch (before) {
	case PAGE_COPIED:
	case PAGE_COLLAPSED:
	case PAGE_COPIED_FILE:
	case PAGE_NEW:
	case PAGE_AMBIGUOUS:
		return before;
	default:
		return PAGE_ABSENT;
	}
}

static void count_settled(struct ledger *l, struct page_run *r, size_t i, uint8_t state)
{
	uint64_t bit = 1ULL << (i % 64);

	r->member->tally.n[r->states[i]]--;
	r->member->tally.n[state]++;
	r->states[i] = state;
	r->settled++;
	r->settled_bits[i / 64] |= bit;
	if (r->in->base || !((r->like->private_bits[i / 64] | r->like->never_bits[i / 64]) & bit))
		return;
	if (state_copied(state))
		l->left[i / 64] |= bit;
	else if (state == PAGE_AMBIGUOUS)
		l->ambiguous[i / 64] |= bit;
}

/* Copies of the base's private pages. They were counted as the base's: as shared, or (never_bits) not at all. */
static void count_copies(struct ledger *l, struct page_run *r, const uint64_t *copies)
{
	uint32_t *n = r->member->tally.n;

	for (size_t w = 0; w < BITS_WORDS; w++) {
		uint32_t all = (uint32_t)__builtin_popcountll(copies[w]);
		uint32_t shared = (uint32_t)__builtin_popcountll(copies[w] & r->like->private_bits[w]);

		n[PAGE_SHARED] -= shared;
		n[PAGE_ABSENT] -= all - shared;
		n[PAGE_COPIED] += all;
		r->settled += all;
		r->settled_bits[w] |= copies[w];
		l->left[w] |= r->in->base ? 0 : copies[w];
		for (uint64_t left = copies[w]; left; left &= left - 1)
			r->states[bit_first(w, left)] = PAGE_COPIED;
	}
}

/* The first walk: counts those of `own` that are settled, and puts the others back into `bits`. */
static void settle_first(struct ledger *l, struct page_run *r, const uint64_t *own, uint64_t *bits)
{
	uint64_t copies[BITS_WORDS];

	for (size_t w = 0; w < BITS_WORDS; w++)
		copies[w] = own[w] & r->like->shared_bits[w];
	first_walk_rows(l, r, own, copies);
	count_copies(l, r, copies);
	for (size_t w = 0; w < BITS_WORDS; w++)
		bits[w] |= own[w] & ~copies[w];
}

/* The same in later walks. */
static void settle_later(struct ledger *l, struct page_run *r, const uint64_t *own, uint64_t *bits)
{
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = own[w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);
			uint8_t state = settled_as(r->before[i]);

			if (state)
				count_settled(l, r, i, state);
			else
				bit_set(bits, i);
		}
}

/* Counts those pages that are settled, and takes them out of `bits`. */
static void settle(struct ledger *l, struct page_run *r, uint64_t *bits)
{
	uint64_t own[BITS_WORDS];

	if (!split_own(l, r, bits, own))
		return;
	footprint_add_pages(&l->footprint, r->view->entries, own);
	if (r->member->seen)
		settle_later(l, r, own, bits);
	else
		settle_first(l, r, own, bits);
}

/* What is left in `bits` are the pages of interest. */
static void gather(struct ledger *l, struct page_run *r, const uint64_t *bits)
{
	const struct ledger_view *base = r->in->base >= 0 ? &l->views[r->in->base] : NULL;
	uint64_t frames[BITS_WORDS] = { 0 };

	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = bits[w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);
			uint64_t e = page_entry(l, r->view, i);
			uint64_t of_base = r->like ? r->like->entries[i] : base ? page_entry(l, base, i) : 0;

			if (r->in->frames && e & PM_PRESENT && !entry_same_frame(e, of_base))
				bit_set(frames, i);
			r->at[r->n] = (uint16_t)i;
			r->entries[r->n] = e;
			r->base[r->n++] = of_base;
		}
	if (r->in->frames)
		footprint_add_pages(&l->footprint, r->view->entries, frames);
}

void pick_pages(struct ledger *l, struct page_run *r)
{
	uint64_t bits[BITS_WORDS];

	r->like = is_comparable(l, r->proc) ? pattern_of(l, (size_t)r->in->base) : NULL;
	r->siblings_tell = r->like && !l->in[r->in->base].merged;
	r->before = r->block->states ? states_all(r->block->states, r->unpacked) :
				       l->uniform[r->block->uniform];
	if (r->like)
		pick_like_base(l, r, bits);
	else
		pick_all(r, bits);
	r->n = r->settled = 0;
	memset(r->settled_bits, 0, sizeof(r->settled_bits));
	if (may_settle(r, bits))
		settle(l, r, bits);
	gather(l, r, bits);
}
