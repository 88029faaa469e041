#include "ledger/holders.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "ledger/walk_state.h"

#define NOBODY UINT32_MAX

struct holder_index {
	size_t n;          /* processes */
	unsigned int bits; /* of a place in a page's table, which is at most half full */
	uint64_t made[BITS_WORDS];
	uint32_t *next[BLOCK_PAGES]; /* of each process; kept from block to block */
	struct holders *table[BLOCK_PAGES];
};

void holders_release(struct ledger *l)
{
	struct holder_index *x = l->holders;

	for (size_t i = 0; x && i < BLOCK_PAGES; i++) {
		free(x->next[i]);
		free(x->table[i]);
	}
	free(x);
	l->holders = NULL;
}

void holders_begin(struct ledger *l)
{
	if (l->holders && l->holders->n != l->n)
		holders_release(l);
	if (l->holders)
		return;
	l->holders = xcalloc(1, sizeof(*l->holders));
	l->holders->n = l->n;
	while ((size_t)1 << l->holders->bits < 2 * l->n)
		l->holders->bits++;
}

void holders_forget(struct ledger *l)
{
	memset(l->holders->made, 0, sizeof(l->holders->made));
}

/* Where the frame of entry `e` stands in the table, or would. */
static struct holders *place_of(const struct ledger *l, size_t i, uint64_t e)
{
	const struct holder_index *x = l->holders;
	size_t mask = ((size_t)1 << x->bits) - 1;
	size_t at = (e & PM_SAME) * 0x9e3779b97f4a7c15ULL >> 32 & mask;

	while (x->table[i][at].first != NOBODY &&
	       !entry_same_frame(page_entry(l, &l->views[x->table[i][at].first], i), e))
		at = (at + 1) & mask;
	return &x->table[i][at];
}

static void make(const struct ledger *l, size_t i)
{
	struct holder_index *x = l->holders;
	size_t size = (size_t)1 << x->bits;

	if (!x->table[i]) {
		x->table[i] = xcalloc(size, sizeof(*x->table[i]));
		x->next[i] = xcalloc(x->n, sizeof(*x->next[i]));
	}
	memset(x->table[i], 0xff, size * sizeof(*x->table[i]));
	for (uint32_t k = 0; k < l->n; k++) {
		uint64_t e = l->in[k].gone ? 0 : page_entry(l, &l->views[k], i);
		struct holders *place;

		if (!e)
			continue;
		place = place_of(l, i, e);
		if (place->first == NOBODY)
			place->first = k;
		else
			x->next[i][place->last] = k;
		place->last = k;
		x->next[i][k] = NOBODY;
	}
	bit_set(x->made, i);
}

bool holders_of(const struct ledger *l, size_t i, uint64_t e, struct holders *ret)
{
	if (!bit_test(l->holders->made, i))
		make(l, i);
	*ret = *place_of(l, i, e);
	return ret->first != NOBODY;
}

uint32_t holders_next(const struct ledger *l, size_t i, uint32_t proc)
{
	return l->holders->next[i][proc];
}

bool held_elsewhere(const struct ledger *l, size_t proc, size_t i, uint64_t e)
{
	struct holders who;

	return holders_of(l, i, e, &who) && (who.first != proc || who.last != proc);
}

/* Is process `proc` a descendant of `of`, or of a process that is gone and that `of` may have forked? */
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
