#include "ledger/pass.h"

#include <string.h>
#include "ledger/absent.h"
#include "ledger/account.h"
#include "ledger/ancestry.h"
#include "ledger/collapse.h"
#include "ledger/estimate.h"
#include "ledger/first_walk.h"
#include "ledger/holders.h"
#include "ledger/master.h"
#include "ledger/next_walk.h"
#include "ledger/pick.h"
#include "ledger/share_walk.h"
#include "ledger/walk_state.h"

/* Of pages that nobody else has at their address those whose frame the kernel counts more than once: they are at
 * another one (mremap(2)). */
static void settle_moved(const struct ledger *l, struct page_run *r, const uint16_t *alone, size_t n)
{
	uint64_t frames[BLOCK_PAGES], counts[BLOCK_PAGES];
	const struct ledger_oracle *o = l->oracle;

	if (!n || !o->mappers || kernel_lacks(o->kernel, KERNEL_MAP_COUNT_EACH))
		return;
	for (size_t j = 0; j < n; j++)
		frames[j] = entry_frame(r->entries[alone[j]]);
	if (!o->mappers(o->ctx, frames, n, counts, NULL))
		return;
	for (size_t j = 0; j < n; j++)
		if (counts[j] > 1)
			r->states[r->at[alone[j]]] = PAGE_SHARED;
}

/*
 * Bit 56 of a huge page is its first page's: here the pool itself tells who shares what. What was
 * told before stands while a part of the pool is left out. In a first walk without KERNEL_FLAG, what bit 56
 * calls this process's alone may be shared. What the master shared again by a fork stays its own copy.
 */
static void settle_huge(const struct ledger *l, struct page_run *r)
{
	bool untold = !r->member->seen && !flag_told(l);
	uint16_t alone[BLOCK_PAGES];
	size_t n = 0;

	for (size_t k = 0; k < r->n; k++) {
		uint8_t *state = &r->states[r->at[k]], before = r->before[r->at[k]];
		bool inherited = state_inherited(*state) && *state != PAGE_RESHARED;

		if (inherited && l->partial && state_inherited(before)) {
			*state = before;
		} else if ((inherited || (untold && entry_anon(r->entries[k]))) &&
			   held_elsewhere(l, r->proc, r->at[k], r->entries[k])) {
			*state = PAGE_SHARED;
		} else if (inherited) {
			*state = PAGE_ORPHANED;
			alone[n++] = (uint16_t)k;
		}
	}
	settle_moved(l, r, alone, n);
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

static void first_walk(struct ledger *l, struct page_run *r)
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

/* The states of all its pages in the block; what the master needs to know of them. */
static void classify_block(struct ledger *l, struct page_run *r, size_t proc, uint64_t index)
{
	r->proc = proc;
	r->in = &l->in[proc];
	r->member = &l->members[proc];
	r->view = &l->views[proc];
	r->root = proc == 0;
	r->parent = l->patterns[proc] || (!r->member->seen && may_be_above_absent(l, proc));
	r->block = member_enter_block(r->member, index, &l->open);
	r->turned = TURNED_NOT;
	r->split = false;
	pick_pages(l, r);
	if (!r->in->frames) {
		estimate_block(l, r);
		return;
	}
	r->member->unsteady += r->view->unsteady;
	share_walk_run(l, r);
	r->parent = r->parent || has_newborn(l, r);
	if (r->member->seen)
		next_walk_block(l, r);
	else
		first_walk(l, r);
	master_note_child(l, r);
	if (looks_huge(r->view->entries))
		settle_huge(l, r);
	keep_origin(l, r);
}

/* The master's states, once those of its workers are known. */
static void classify_master(struct ledger *l, struct page_run *root)
{
	if (!root->in->frames) {
		estimate_master(l, root);
	} else if (!root->member->seen) {
		master_first_walk(l, root);
		collapse_first_walk_master(l, root);
	} else if (l->partial) {
		master_remember_stranded(l, root);
	}
	master_keep_counted(l, root);
}

static void begin_block(struct ledger *l, const struct ledger_view *views)
{
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
}

void pass_block(struct ledger *l, uint64_t index, const struct ledger_view *views)
{
	bool master;

	begin_block(l, views);
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
		classify_master(l, &l->root);
		account_block(l, &l->root);
	}
	share_walk_block(l, index);
	patterns_forget(l);
	origins_close(&l->open);
}
