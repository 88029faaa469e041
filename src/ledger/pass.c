/* One block of a walk over all processes. */
#include "ledger/pass.h"

#include <string.h>
#include "base/alloc.h"
#include "ledger/absent.h"
#include "ledger/ancestry.h"
#include "ledger/bits.h"
#include "ledger/collapse.h"
#include "ledger/estimate.h"
#include "ledger/growth.h"
#include "ledger/later.h"
#include "ledger/master.h"
#include "ledger/shares.h"
#include "ledger/sight.h"

/* The process's block of the walk before, or an empty one; blocks in between are gone. */
static struct block *take_block(struct member *m, uint64_t index)
{
	struct block_list *old = &m->blocks, *now = &m->walked;
	struct block *b;

	while (m->cursor < old->n && old->items[m->cursor].index < index)
		block_release(&old->items[m->cursor++]);
	vec_room(&now->items, now->n, &now->cap);
	b = &now->items[now->n++];
	if (m->cursor < old->n && old->items[m->cursor].index == index) {
		*b = old->items[m->cursor];
		old->items[m->cursor++] = (struct block){ 0 };
	} else {
		*b = (struct block){ .index = index };
	}
	return b;
}

static void use_origin(struct ledger *l, struct origin *o)
{
	for (size_t i = 0; i < l->norigins; i++)
		if (l->origins[i] == o)
			return;
	if (o && l->norigins < sizeof(l->origins) / sizeof(*l->origins))
		l->origins[l->norigins++] = o;
}

/* What a child has where it equals process `proc` in every word. */
static struct pattern *pattern_of(struct ledger *l, size_t proc)
{
	struct pattern *p = l->patterns[proc];

	if (p->made)
		return p;
	p->made = true;
	p->lacked_made = false;
	memset(&p->tally, 0, sizeof(p->tally));
	memset(p->private_bits, 0, sizeof(p->private_bits));
	memset(p->never_bits, 0, sizeof(p->never_bits));
	memset(p->shared_bits, 0, sizeof(p->shared_bits));
	memset(p->flagged_bits, 0, sizeof(p->flagged_bits));
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t e = p->entries[i] = page_entry(l, &l->views[proc], i);
		uint8_t state = PAGE_ABSENT;

		if (entry_anon(e)) {
			bit_set(entry_exclusive(e) ? p->never_bits : p->private_bits, i);
			state = entry_exclusive(e) ? PAGE_ABSENT : PAGE_SHARED;
		} else if (e) {
			state = e & PM_FILE ? PAGE_FILE : PAGE_SWAPPED_SHARED;
		}
		p->states[i] = state;
		p->tally.n[state]++;
	}
	p->origin = origin_intern(l->origins, l->norigins, p->states, p->entries);
	use_origin(l, p->origin);
	return p;
}

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

static void bits_of_states(const uint8_t *a, const uint8_t *b, uint64_t *bits)
{
	for (size_t i = 0; i < BLOCK_PAGES; i += 8) {
		uint64_t x, y;

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x == y)
			continue;
		for (size_t j = i; j < i + 8; j++)
			if (a[j] != b[j])
				bit_set(bits, j);
	}
}

/* Start from what the base's words say; what is left are the pages of interest. */
static void pick_like_base(struct ledger *l, struct page_run *r, uint64_t *bits)
{
	const struct ledger_view *base = &l->views[r->in->base];
	struct pattern *p = l->patterns[r->in->base];

	memcpy(r->states, p->states, BLOCK_PAGES);
	bits_differ(r->view->entries, base->entries, PM_USED, bits);
	bits_of_kinds(r->view, base, bits);
	for (size_t w = 0; w < BITS_WORDS; w++) {
		bits[w] |= p->never_bits[w];
		p->shared_bits[w] |= p->private_bits[w] & ~bits[w];
	}
	if (!r->member->seen)
		block_set_origin(r->block, origin_ref(p->origin));
	else if (r->block->origin == p->origin)
		bits_of_states(r->before, p->states, bits);
	else
		memset(bits, 0xff, BITS_WORDS * sizeof(*bits));
}

/* Nothing to compare with: every page that is there, or was. */
static void pick_all(struct page_run *r, uint64_t *bits)
{
	memset(r->states, PAGE_ABSENT, BLOCK_PAGES);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (r->view->entries[i] & (PM_PRESENT | PM_SWAP) || r->before[i])
			bit_set(bits, i);
}

static void pick_pages(struct ledger *l, struct page_run *r)
{
	const struct ledger_view *base = r->in->base >= 0 ? &l->views[r->in->base] : NULL;
	uint64_t bits[BITS_WORDS] = { 0 };

	r->like = NULL;
	r->siblings_tell = false;
	r->before = r->block->states ? r->block->states : l->uniform[r->block->uniform];
	if (base && base->entries && r->in->frames && l->in[r->in->base].frames) {
		r->like = pattern_of(l, (size_t)r->in->base);
		r->siblings_tell = !l->in[r->in->base].merged;
		pick_like_base(l, r, bits);
	} else {
		pick_all(r, bits);
	}
	r->n = 0;
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = bits[w]; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);

			r->at[r->n] = (uint16_t)i;
			r->entries[r->n] = page_entry(l, r->view, i);
			r->base[r->n++] = r->like ? r->like->entries[i]
					  : base  ? page_entry(l, base, i)
						  : 0;
		}
}

bool looks_huge(const uint64_t entries[static BLOCK_PAGES])
{
	uint64_t first = entry_frame(entries[0]);

	return entry_anon(entries[0]) && first && !(first % BLOCK_PAGES) &&
	       entry_frame(entries[BLOCK_PAGES - 1]) == first + BLOCK_PAGES - 1;
}

bool is_below(const struct ledger *l, size_t proc, size_t of)
{
	int k = l->in[proc].base;

	while (k > (int)of)
		k = l->in[k].base;
	return k == (int)of;
}

bool may_be_above_absent(const struct ledger *l, size_t proc)
{
	return l->absent != SIZE_MAX && proc && proc < l->absent && !l->in[0].gone;
}

/* ... or a child of one that is gone, which it may have forked. */
static bool may_be_below(const struct ledger *l, size_t proc, size_t of)
{
	return is_below(l, proc, of) || (may_be_above_absent(l, of) && is_below(l, proc, l->absent));
}

bool held_outside(const struct ledger *l, size_t proc, size_t i, uint64_t e)
{
	for (size_t k = 0; k < l->n; k++)
		if (k != proc && !l->in[k].gone && entry_same_frame(page_entry(l, &l->views[k], i), e) &&
		    !may_be_below(l, k, proc))
			return true;
	return false;
}

bool held_elsewhere(const struct ledger *l, size_t proc, size_t i, uint64_t e)
{
	for (size_t k = 0; k < l->n; k++)
		if (k != proc && !l->in[k].gone && entry_same_frame(page_entry(l, &l->views[k], i), e))
			return true;
	return false;
}

/*
 * Bit 56 of a huge page is its first page's: here the pool itself tells who shares what. What was
 * told before stands while a part of the pool is left out. At first sight, without KERNEL_FLAG, what
 * bit 56 calls this process's alone may be shared.
 */
static void settle_huge(const struct ledger *l, struct page_run *r)
{
	bool untold = !r->member->seen && !flag_told(l);

	for (size_t k = 0; k < r->n; k++) {
		uint8_t *state = &r->states[r->at[k]], before = r->before[r->at[k]];
		bool inherited = state_inherited(*state);

		if (inherited && l->partial && state_inherited(before))
			*state = before;
		else if ((inherited || (untold && entry_anon(r->entries[k]))) &&
			 held_elsewhere(l, r->proc, r->at[k], r->entries[k]))
			*state = PAGE_SHARED;
		else if (inherited)
			*state = PAGE_ORPHANED;
	}
}

/* Does the block's origin hold the frame of every inherited page of interest? */
static bool origin_is_current(const struct page_run *r)
{
	const struct origin *o = r->block->origin;

	for (size_t k = 0; k < r->n; k++)
		if (state_inherited(r->states[r->at[k]]) &&
		    (!o || o->frame[r->at[k]] != entry_frame(r->entries[k])))
			return false;
	return true;
}

/* Free slots keep what this process had there: its children may still hold it. */
static void carry_over(struct origin *to, const struct origin *from)
{
	for (size_t i = 0; to && from && i < BLOCK_PAGES; i++)
		if (!to->frame[i])
			to->frame[i] = from->frame[i];
}

static void keep_origin(struct ledger *l, struct page_run *r)
{
	uint64_t entries[BLOCK_PAGES];
	struct origin *o;

	if (!r->in->frames)
		return;
	if (!origin_is_current(r)) {
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			entries[i] = page_entry(l, r->view, i);
		o = origin_intern(l->origins, l->norigins, r->states, entries);
		if (r->parent)
			carry_over(o, r->block->origin);
		block_set_origin(r->block, o);
	}
	use_origin(l, r->block->origin);
}

/* Count and keep the states, the faults that led to them, and what matters to the master. */
static void end_run(struct ledger *l, struct page_run *r)
{
	const uint8_t *expected = r->like ? r->like->states : l->uniform[PAGE_ABSENT];
	struct member *m = r->member;
	struct faults faults = { 0 };
	uint64_t recopied = 0;
	bool files = false;

	for (size_t s = 0; s < PAGE_STATES; s++)
		m->tally.n[s] += r->like ? r->like->tally.n[s] : 0;
	m->tally.n[PAGE_ABSENT] += r->like ? 0 : BLOCK_PAGES;
	for (size_t k = 0; k < r->n; k++) {
		size_t i = r->at[k];
		uint8_t was = r->before[i], is = r->states[i], counted = r->root ? counted_as(l, r, k) : is;

		m->shared_doubts += is == PAGE_AMBIGUOUS && !entry_exclusive(r->entries[k]);
		m->tally.n[expected[i]]--;
		m->tally.n[counted]++;
		if (r->root && counted == PAGE_COPIED) {
			recopied++;
			m->resettled += !entry_exclusive(r->entries[k]);
		}
		if (was != is) {
			count_change(&faults, r->turned, was, is == PAGE_COLLAPSED ? counted : is);
			files |= is == PAGE_FILE && was == PAGE_ABSENT;
		}
		if (state_original(is) && is_stranded(l, r, k)) {
			bit_set(l->stranded, i);
			m->stranded += !flag_told(l) && !m->seen;
		}
	}
	m->recopied += recopied;
	m->recopied_faults += looks_huge(r->entries) && recopied == BLOCK_PAGES ? 1 : recopied;
	add_faults(m, &faults, r->n == BLOCK_PAGES && looks_huge(r->entries));
	if (files || l->first)
		add_file_faults(l, r);
	block_store(r->block, r->states);
	if (!r->block->states && r->block->uniform == PAGE_ABSENT && !r->block->origin)
		m->walked.n--; /* the last one, and nothing to remember */
}

static void add_frames(struct ledger *l, const struct page_run *r)
{
	for (size_t k = 0; k < r->n; k++)
		if (r->entries[k] & PM_PRESENT && !entry_same_frame(r->entries[k], r->base[k]))
			footprint_add(&l->footprint, entry_frame(r->entries[k]));
}

static void first_look(struct ledger *l, struct page_run *r)
{
	struct member *m = r->member;
	uint64_t nested = m->nested, nested_new = m->nested_new;
	bool huge = looks_huge(r->view->entries);

	sight_block(l, r);
	collapse_sight(l, r);
	m->nested_faults += huge ? m->nested > nested : m->nested - nested;
	m->nested_new_faults += huge ? m->nested_new > nested_new : m->nested_new - nested_new;
	ancestry_block(l, r);
}

static void begin_run(struct ledger *l, struct page_run *r, size_t proc, uint64_t index)
{
	r->proc = proc;
	r->in = &l->in[proc];
	r->member = &l->members[proc];
	r->view = &l->views[proc];
	r->root = proc == 0;
	r->parent = l->patterns[proc] || (!r->member->seen && may_be_above_absent(l, proc));
	r->block = take_block(r->member, index);
	r->turned = TURNED_NOT;
	pick_pages(l, r);
	if (r->in->frames) {
		add_frames(l, r);
		shares_run(l, r);
	}
	if (!r->in->frames)
		estimate_block(l, r);
	else if (r->member->seen)
		later_block(l, r);
	else
		first_look(l, r);
	if (r->in->frames)
		tell_master(l, r);
	if (r->in->frames && looks_huge(r->view->entries))
		settle_huge(l, r);
	keep_origin(l, r);
}

static void sight_first_master(struct ledger *l, struct page_run *root)
{
	sight_master(l, root);
	collapse_sight_master(l, root);
}

void pass_block(struct ledger *l, uint64_t index, const struct ledger_view *views)
{
	bool master;

	l->views = views;
	if (l->with_absent)
		absent_view(l, views);
	l->norigins = 0;
	memset(l->stranded, 0, sizeof(l->stranded));
	memset(l->shared, 0, sizeof(l->shared));
	memset(l->ambiguous, 0, sizeof(l->ambiguous));
	memset(l->left, 0, sizeof(l->left));
	master = l->views[0].entries && !l->in[0].gone;
	if (master)
		begin_run(l, &l->root, 0, index);
	if (l->with_absent) {
		absent_frames(l);
		absent_originals(l);
	}
	for (size_t k = 1; k < l->n; k++) {
		if (!l->views[k].entries || l->in[k].gone)
			continue;
		begin_run(l, &l->run, k, index);
		end_run(l, &l->run);
	}
	if (master) {
		if (!l->root.in->frames)
			estimate_master(l, &l->root);
		else if (!l->root.member->seen)
			sight_first_master(l, &l->root);
		else if (l->partial)
			remember_stranded(l, &l->root);
		keep_counted(l, &l->root);
		end_run(l, &l->root);
	}
	shares_block(l, index);
	for (size_t k = 0; k < l->n; k++)
		if (l->patterns[k] && l->patterns[k]->made) {
			origin_unref(l->patterns[k]->origin);
			l->patterns[k]->origin = NULL;
			l->patterns[k]->made = false;
		}
}
