#include "ledger/first_walk_written.h"

#include <string.h>
#include "ledger/absent.h"
#include "ledger/bits.h"
#include "ledger/first_walk_doubt.h"

/* Where process `k` has nothing. Where its words are the base's it has what the base has. */
static void add_lacked(const struct ledger *l, size_t k, struct pattern *p)
{
	bool has = l->views[k].entries, alike = has && l->views[l->in[k].base].entries;

	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = alike ? l->differ[k][w] & ~l->own[k][w] : UINT64_MAX; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);

			if (!has || !page_entry(l, &l->views[k], i))
				bit_set(p->lacked_bits, i);
		}
}

static void find_lacked(const struct ledger *l, const struct page_run *r, struct pattern *p)
{
	memset(p->lacked_bits, 0, sizeof(p->lacked_bits));
	for (size_t k = 1; k < l->n; k++)
		if (l->in[k].base == r->in->base && l->in_burst[k] && !l->in[k].skip && l->in[k].frames)
			add_lacked(l, k, p);
	p->lacked_made = true;
}

bool first_walk_burst_lacks(const struct ledger *l, const struct page_run *r, size_t i)
{
	if (!r->like)
		return false;
	if (!r->like->lacked_made)
		find_lacked(l, r, r->like);
	return bit_test(r->like->lacked_bits, i);
}

/* Was the base's page there at its last fork, and so at the one of this process, which is of the same burst? */
static bool burst_had_it(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	return !(o->base & KPF_ANON_EXCLUSIVE) && !in_large_folio(o->own) && l->in_burst[r->proc];
}

/* ... certainly, as each of the burst has something there? */
static bool base_is_older(const struct ledger *l, const struct page_run *r,
			  const struct open_page *o)
{
	return burst_had_it(l, r, o) && !first_walk_burst_lacks(l, r, r->at[o->k]);
}

/* Is any page of [from, to) in this block? */
static bool overlaps(const struct page_run *r, uint64_t from, uint64_t to)
{
	uint64_t first = r->block->index * BLOCK_PAGES;

	return from < to && from < first + BLOCK_PAGES && to > first;
}

static bool on_stack(const struct page_run *r, size_t i)
{
	uint64_t page = r->block->index * BLOCK_PAGES + i;

	return page >= r->in->stack_from && page < r->in->stack_to;
}

/* Of the heap that is younger than the fork, as long as nothing inherited was met there. */
static bool is_late(const struct page_run *r, size_t i)
{
	uint64_t page = r->block->index * BLOCK_PAGES + i;

	return page >= r->in->late_from && page < r->in->late_to && !r->member->late_denied;
}

static bool of_file(const struct page_run *r, size_t i)
{
	return view_kind(r->view, i) == KIND_FILE_PRIVATE;
}

int first_walk_likeness(struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	size_t i = r->at[o->k];

	if (is_late(r, i))
		return 0;
	if (!l->oracle->likeness || on_stack(r, i) || of_file(r, i))
		return -1;
	l->looks_left -= LIKENESS_COST;
	return l->oracle->likeness(l->oracle->ctx, r->proc, (size_t)r->in->base,
				   r->block->index * BLOCK_PAGES + i);
}

/* Contents or place decide of a page that both have written: for the base's own page it is open as well. */
static void count_likeness(const struct page_run *r, const struct open_page *o)
{
	r->member->by_likeness++;
	r->member->contested += o->base & KPF_ANON_EXCLUSIVE ? 1 : 0;
}

/* A large folio that is like the base's page, which was there at the fork: a collapse (collapse.h). */
static bool is_older_alike(const struct ledger *l, const struct page_run *r, const struct open_page *o,
			   int percent)
{
	return percent >= LIKENESS_COPY && !(o->base & KPF_ANON_EXCLUSIVE) && l->in_burst[r->proc];
}

static void first_walk_by_likeness(const struct ledger *l, struct page_run *r, const struct open_page *o,
				   int percent)
{
	uint8_t *state = &r->states[r->at[o->k]];

	if (is_older_alike(l, r, o, percent)) {
		*state = PAGE_COPIED;
		r->member->by_burst++;
		return;
	}
	count_likeness(r, o);
	if (percent >= 0 && percent < LIKENESS_COPY) {
		*state = run_made(r, o->k);
	} else if (in_large_folio(o->own) && !in_large_folio(o->base) &&
		   o->base & KPF_ANON_EXCLUSIVE) {
		/* a copy of one page is never part of a large folio: it was the base that copied */
		*state = PAGE_ORPHANED;
	} else {
		*state = PAGE_COPIED;
		r->member->unproven |= percent < 0;
		first_walk_doubt_copy(r, r->at[o->k], o->base & KPF_ANON_EXCLUSIVE);
	}
}

/* Who forks shares its own pages too: only of one that did not is what it has untouched inherited. */
static void add_had(const struct ledger *l, const struct page_run *r, size_t k, struct pattern *p)
{
	const struct block_list *walked = &l->members[k].walked;
	const struct block *b = walked->n ? &walked->items[walked->n - 1] : NULL;

	if (l->in[k].base == r->in->base && l->in[k].frames && !l->in[k].skip && !l->in[k].has_forked &&
	    !l->patterns[k] && b && b->index == r->block->index)
		bits_of_states(b->states ? b->states->of : l->uniform[b->uniform], PAGE_SHARED, PAGE_RESHARED,
			       p->had_bits);
}

static bool sibling_had_it(const struct ledger *l, const struct page_run *r, size_t i)
{
	struct pattern *p = r->like;

	if (!p->had_upto) {
		memset(p->had_bits, 0, sizeof(p->had_bits));
		p->had_upto = 1;
	}
	for (; p->had_upto < r->proc; p->had_upto++)
		add_had(l, r, p->had_upto, p);
	return bit_test(p->had_bits, i);
}

void first_walk_written(struct ledger *l, struct page_run *r, const struct open_page *o)
{
	size_t i = r->at[o->k];

	if (first_walk_is_nested(l, r, o)) {
		first_walk_nested(l, r, o, base_is_older(l, r, o));
	} else if (base_is_older(l, r, o)) {
		r->states[i] = PAGE_COPIED;
		r->member->by_burst++;
	} else if (r->siblings_tell && sibling_had_it(l, r, i)) {
		r->states[i] = PAGE_COPIED;
	} else if (burst_had_it(l, r, o)) {
		r->states[i] = PAGE_COPIED;
		r->member->by_likeness++;
		first_walk_doubt_copy(r, i, false);
	} else if (on_stack(r, i) && !entry_lost(r->base[o->k])) {
		r->states[i] = PAGE_COPIED;
		bit_set(r->stack_open, i);
	} else if (of_file(r, i) || on_stack(r, i)) {
		/* on the stack: its siblings have it there, too */
		r->states[i] = PAGE_COPIED;
		count_likeness(r, o);
		first_walk_doubt_copy(r, i, o->base & KPF_ANON_EXCLUSIVE);
	} else {
		first_walk_by_likeness(l, r, o, first_walk_likeness(l, r, o));
	}
}

/* An inherited page shows how deep the stack was at the fork: what is open above it was there too. */
static void prove_stack(struct page_run *r)
{
	struct member *m = r->member;

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		if (!on_stack(r, i))
			continue;
		if (bit_test(r->stack_open, i)) {
			m->unproven |= !m->stack_known;
			m->perhaps_new += !m->stack_known;
		} else {
			m->stack_known |= state_original(r->states[i]) ||
					  state_copied(r->states[i]);
		}
	}
}

/* What was inherited up there denies that the heap ended below it at the fork. */
static void doubt_late(struct page_run *r)
{
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (is_late(r, i) && state_original(r->states[i]))
			r->member->late_denied = true;
}

void first_walk_written_begin(struct page_run *r)
{
	memset(r->stack_open, 0, sizeof(r->stack_open));
	if (overlaps(r, r->in->late_from, r->in->late_to))
		doubt_late(r);
}

void first_walk_written_end(struct page_run *r)
{
	if (overlaps(r, r->in->stack_from, r->in->stack_to))
		prove_stack(r);
}
