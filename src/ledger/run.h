#ifndef COWTOP_LEDGER_RUN_H
#define COWTOP_LEDGER_RUN_H

/*
 * One process in the current block: what the rules (first_walk.h, next_walk.h, estimate.h) work on. Internal to
 * ledger/; nothing here outlives the block, and the pointers are borrowed from the ledger and its caller.
 *
 * Its pages of interest are those that are not what the base's word says of them (pattern.h), and those whose
 * state was another one before, but for those that pick.h finds settled. Everywhere `k` counts pages of
 * interest, `i` the pages of the block.
 */
#include "ledger/member.h"
#include "ledger/pattern.h"

/* What happened to a block as a whole since the walk before: collapse.h. */
enum turned {
	TURNED_NOT,
	TURNED_COLLAPSED, /* into a huge page, by the kernel */
	TURNED_ANEW,      /* into a huge page that holds something else */
};

struct page_run {
	size_t proc;
	const struct ledger_proc *in;
	struct member *member;
	const struct ledger_view *view;
	bool root; /* the master */
	bool parent; /* others were forked from it: in the walk, after it began, or perhaps by one that is gone */
	struct block *block;
	struct pattern *like; /* its base's; NULL: no base, or one whose entries cannot be compared */
	enum turned turned;
	bool split;            /* the master: its pages here were one huge page at a fork (ancestry.c) */
	bool siblings_tell;    /* an older sibling that has the base's frame inherited it */
	const uint8_t *before; /* states of the walk before: one for all, or */
	uint8_t unpacked[BLOCK_PAGES];
	uint8_t states[BLOCK_PAGES];
	uint64_t stack_open[BITS_WORDS]; /* first walk: pages of its stack that both have written */
	uint32_t settled; /* pages that needed no look (pick.h): private, and the process's alone */
	uint64_t settled_bits[BITS_WORDS];
	size_t n;                      /* pages of interest: */
	uint16_t at[BLOCK_PAGES];      /* page at[k] of the block */
	uint64_t entries[BLOCK_PAGES]; /* its entry: page_entry() */
	uint64_t base[BLOCK_PAGES];    /* the base's entry there, 0 when the base has none */
};

static inline enum page_kind view_kind(const struct ledger_view *v, size_t i)
{
	return v->kinds ? (enum page_kind)v->kinds[i] : v->kind;
}

/* The state of page of interest `k`, should the process have made that private page itself. */
static inline uint8_t run_made(const struct page_run *r, size_t k)
{
	return view_kind(r->view, r->at[k]) == KIND_FILE_PRIVATE ? PAGE_COPIED_FILE : PAGE_NEW;
}

#endif
