#include "ledger/siblings.h"

#include <string.h>
#include "ledger/first_walk.h"
#include "ledger/walk_state.h"

bool sibling_lacks(const struct ledger *l, const struct page_run *r, size_t i)
{
	for (size_t k = 1; k < l->n; k++)
		if (k != r->proc && l->in[k].base == r->in->base && !l->in[k].skip &&
		    !page_entry(l, &l->views[k], i))
			return true;
	return false;
}

/* Where process `k` has nothing. Where its words are the base's it has what the base has. */
static void add_lacked(const struct ledger *l, size_t k, struct pattern *p)
{
	bool has = l->views[k].entries, alike = has && l->views[l->in[k].base].entries;

	for (size_t w = 0; w < BITS_WORDS; w++) {
		uint64_t left = alike ? l->differ[k][w] & ~l->own[k][w] : UINT64_MAX;

		for (; left; left &= left - 1) {
			size_t i = bit_first(w, left);

			if (!has || !page_entry(l, &l->views[k], i))
				bit_set(p->lacked_bits, i);
		}
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

bool burst_lacks(const struct ledger *l, const struct page_run *r, size_t i)
{
	if (!r->like)
		return false;
	if (!r->like->lacked_made)
		find_lacked(l, r, r->like);
	return bit_test(r->like->lacked_bits, i);
}

/* A process that forks shares its own pages too: only of one that did not is what it has untouched inherited. */
static void add_inherited(const struct ledger *l, const struct page_run *r, size_t k,
			  uint64_t bits[static BITS_WORDS])
{
	const struct block *b = member_block(&l->members[k], r->block->index);
	uint8_t states[BLOCK_PAGES];

	if (l->in[k].base != r->in->base || !l->in[k].frames || l->in[k].skip || l->in[k].has_forked ||
	    l->patterns[k] || !b)
		return;
	bits_of_states(b->states ? states_all(b->states, states) : l->uniform[b->uniform], PAGE_SHARED,
		       PAGE_RESHARED, bits);
}

bool sibling_inherited(const struct ledger *l, const struct page_run *r, size_t i)
{
	struct pattern *p = r->like;

	if (!p->had_upto) {
		memset(p->had_bits, 0, sizeof(p->had_bits));
		p->had_upto = 1;
	}
	for (; p->had_upto < r->proc; p->had_upto++)
		add_inherited(l, r, p->had_upto, p->had_bits);
	return bit_test(p->had_bits, i);
}

/* The eldest child of the base's from which on each was forked within BURST_GAP_TICKS of the one before, up to
 * this process. */
static size_t burst_eldest(const struct ledger *l, const struct page_run *r)
{
	size_t eldest = r->proc;

	for (size_t k = r->proc; k-- > 1;) {
		if (l->in[k].base != r->in->base)
			continue;
		if (l->in[k].start_ticks + BURST_GAP_TICKS < l->in[eldest].start_ticks)
			break;
		eldest = k;
	}
	return eldest;
}

bool burst_inherited(const struct ledger *l, const struct page_run *r, size_t i)
{
	struct pattern *p = r->like;
	size_t first;

	if (p->burst_proc != r->proc) {
		first = burst_eldest(l, r);
		if (p->burst_first != first) {
			memset(p->burst_bits, 0, sizeof(p->burst_bits));
			p->burst_first = p->burst_upto = first;
		}
		p->burst_proc = r->proc;
	}
	for (; p->burst_upto < r->proc; p->burst_upto++)
		add_inherited(l, r, p->burst_upto, p->burst_bits);
	return bit_test(p->burst_bits, i);
}
