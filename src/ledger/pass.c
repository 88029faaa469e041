/* One block of a walk over all processes. */
#include "ledger/pass.h"

#include <string.h>
#include "base/alloc.h"
#include "ledger/absent.h"
#include "ledger/ancestry.h"
#include "ledger/collapse.h"
#include "ledger/estimate.h"
#include "ledger/first_walk.h"
#include "ledger/growth.h"
#include "ledger/holders.h"
#include "ledger/master.h"
#include "ledger/next_walk.h"
#include "ledger/pick.h"
#include "ledger/shares.h"

/* Most walks meet as many blocks as the one before. */
static void reserve(struct block_list *list, size_t n)
{
	list->cap = n + 8;
	list->items = xreallocarray(NULL, list->cap, sizeof(*list->items));
}

/* The process's block of the walk before, or an empty one; blocks in between are gone. */
static struct block *take_block(struct member *m, uint64_t index, struct open_origins *open)
{
	struct block_list *old = &m->blocks, *now = &m->walked;
	struct block *b;

	while (m->cursor < old->n && old->items[m->cursor].index < index)
		block_release(&old->items[m->cursor++]);
	if (!now->cap)
		reserve(now, old->n);
	vec_room(&now->items, now->n, &now->cap);
	b = &now->items[now->n++];
	if (m->cursor < old->n && old->items[m->cursor].index == index) {
		*b = old->items[m->cursor];
		old->items[m->cursor++] = (struct block){ 0 };
		origin_open(b->origin, open);
	} else {
		*b = (struct block){ .index = index };
	}
	return b;
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
	struct holders who;

	if (!holders_of(l, i, e, &who))
		return false;
	for (uint32_t k = who.first; k < l->n; k = holders_next(l, i, k))
		if (k != proc && !may_be_below(l, k, proc))
			return true;
	return false;
}

bool held_elsewhere(const struct ledger *l, size_t proc, size_t i, uint64_t e)
{
	struct holders who;

	return holders_of(l, i, e, &who) && (who.first != proc || who.last != proc);
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

static void keep_origin(struct ledger *l, struct page_run *r)
{
	uint64_t entries[BLOCK_PAGES];
	struct origin *o;

	if (!r->in->frames)
		return;
	if (!origin_is_current(r)) {
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			entries[i] = page_entry(l, r->view, i);
		o = origin_intern(l->origins, l->norigins, r->states, entries, &l->open);
		if (r->parent) /* its children may still hold what it had */
			origin_carry_over(o, r->block->origin);
		block_set_origin(r->block, o);
	}
	use_origin(l, r->block->origin);
}

/* Count and keep the states, the faults that led to them, and what matters to the master. */
static void account_block(struct ledger *l, struct page_run *r)
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
	faults.copied += m->seen ? 0 : r->settled;
	m->recopied += recopied;
	m->recopied_faults += looks_huge(r->entries) && recopied == BLOCK_PAGES ? 1 : recopied;
	add_faults(m, &faults, r->n == BLOCK_PAGES && looks_huge(r->entries));
	if (files || l->first)
		add_file_faults(l, r);
	block_store(r->block, r->states, &l->known_states);
	if (!r->block->states && r->block->uniform == PAGE_ABSENT && !r->block->origin)
		m->walked.n--; /* the last one, and nothing to remember */
}

static void first_look(struct ledger *l, struct page_run *r)
{
	struct member *m = r->member;
	uint64_t nested = m->nested, nested_new = m->nested_new;
	bool huge = looks_huge(r->view->entries);

	first_walk_block(l, r);
	collapse_first_walk(l, r);
	m->nested_faults += huge ? m->nested > nested : m->nested - nested;
	m->nested_new_faults += huge ? m->nested_new > nested_new : m->nested_new - nested_new;
	ancestry_block(l, r);
}

/* A page that others map, and that is the process's own if one of them is its child. */
static bool hangs_on_children(const struct page_run *r, size_t k)
{
	uint64_t e = r->entries[k];
	uint8_t was = r->before[r->at[k]];

	if (!entry_anon(e) || entry_exclusive(e) || entry_same_frame(e, r->base[k]))
		return false;
	if (!r->member->seen)
		return true;
	if (state_inherited(was))
		return origin_frame(r->block->origin, r->at[k]) != entry_frame(e);
	return was == PAGE_ABSENT || was == PAGE_FILE;
}

/* Was somebody forked from it after the processes of the walk were listed? Asked where it matters. */
static bool has_newborn(const struct ledger *l, const struct page_run *r)
{
	const struct ledger_oracle *o = l->oracle;

	for (size_t k = 0; o->newborn && !r->root && k < r->n; k++)
		if (hangs_on_children(r, k))
			return o->newborn(o->ctx, r->proc);
	return false;
}

static void classify_block(struct ledger *l, struct page_run *r, size_t proc, uint64_t index)
{
	r->proc = proc;
	r->in = &l->in[proc];
	r->member = &l->members[proc];
	r->view = &l->views[proc];
	r->root = proc == 0;
	r->parent = l->patterns[proc] || (!r->member->seen && may_be_above_absent(l, proc));
	r->block = take_block(r->member, index, &l->open);
	r->turned = TURNED_NOT;
	pick_pages(l, r);
	if (r->in->frames)
		shares_run(l, r);
	if (r->in->frames && !r->parent)
		r->parent = has_newborn(l, r);
	if (!r->in->frames)
		estimate_block(l, r);
	else if (r->member->seen)
		next_walk_block(l, r);
	else
		first_look(l, r);
	if (r->in->frames)
		tell_master(l, r);
	if (r->in->frames && looks_huge(r->view->entries))
		settle_huge(l, r);
	keep_origin(l, r);
}

static void first_walk_first_master(struct ledger *l, struct page_run *root)
{
	first_walk_master(l, root);
	collapse_first_walk_master(l, root);
}

void pass_block(struct ledger *l, uint64_t index, const struct ledger_view *views)
{
	bool master;

	l->views = views;
	if (l->with_absent)
		absent_view(l, views);
	pick_differing(l);
	holders_forget(l);
	l->norigins = 0;
	l->known_states.n = 0;
	memset(l->stranded, 0, sizeof(l->stranded));
	memset(l->shared, 0, sizeof(l->shared));
	memset(l->ambiguous, 0, sizeof(l->ambiguous));
	memset(l->left, 0, sizeof(l->left));
	master = l->views[0].entries && !l->in[0].gone;
	if (master)
		classify_block(l, &l->root, 0, index);
	if (l->with_absent) {
		absent_frames(l);
		absent_originals(l);
	}
	for (size_t k = 1; k < l->n; k++) {
		if (!l->views[k].entries || l->in[k].gone)
			continue;
		classify_block(l, &l->run, k, index);
		account_block(l, &l->run);
	}
	if (master) {
		if (!l->root.in->frames)
			estimate_master(l, &l->root);
		else if (!l->root.member->seen)
			first_walk_first_master(l, &l->root);
		else if (l->partial)
			remember_stranded(l, &l->root);
		keep_counted(l, &l->root);
		account_block(l, &l->root);
	}
	shares_block(l, index);
	for (size_t k = 0; k < l->n; k++)
		if (l->patterns[k] && l->patterns[k]->made) {
			origin_unref(l->patterns[k]->origin);
			l->patterns[k]->origin = NULL;
			l->patterns[k]->made = false;
		}
	origins_close(&l->open);
}
