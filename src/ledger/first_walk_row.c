#include "ledger/first_walk_row.h"

#include <string.h>
#include "ledger/siblings.h"
#include "ledger/walk_state.h"

/* For the flags of its two ends a row must have so many pages. */
#define ROW_LEAST 4

/* Pages at[from] to at[to] of a process, whose frames lie in a row. Of them it has made at[first] and at[last]
 * for certain, and so all between. */
struct row {
	uint16_t from, to;
	bool made;
	bool open; /* not all are told so by the base's rows */
	uint16_t first, last;
};

/* +1 or -1 when the frame of `b` is the next one to that of `a`, up or down; else 0. */
static inline int step(uint64_t a, uint64_t b)
{
	uint64_t by = entry_frame(b) - entry_frame(a);

	return by + 1 <= 2 ? (int)by : 0;
}

/* The base's pages that lie in a row with their neighbours, which others share. */
static void find_base_rows(struct pattern *p)
{
	memset(p->row_bits, 0, sizeof(p->row_bits));
	for (size_t i = 1; i + 1 < BLOCK_PAGES; i++) {
		const uint64_t *e = &p->entries[i];
		int up = step(e[-1], e[0]);

		if (up && up == step(e[0], e[1]) && entry_anon(e[0]) && bit_test(p->private_bits, i - 1) &&
		    bit_test(p->private_bits, i + 1))
			bit_set(p->row_bits, i);
	}
	memset(p->asked_bits, 0, sizeof(p->asked_bits));
	memset(p->older_bits, 0, sizeof(p->older_bits));
	p->rows_made = true;
}

/* Where the base's page lies in a row with pages that were there before this process was forked. */
static void find_told(const struct pattern *p, uint64_t told[static BITS_WORDS])
{
	const uint64_t *shared = p->shared_bits;

	for (size_t w = 0; w < BITS_WORDS; w++) {
		uint64_t below = shared[w] << 1 | (w ? shared[w - 1] >> 63 : 0);
		uint64_t above = shared[w] >> 1 | (w + 1 < BITS_WORDS ? shared[w + 1] << 63 : 0);

		told[w] = p->row_bits[w] & below & above;
	}
}

/* Part of a large folio, by its place? Such a one lies at a multiple of its size. */
static inline bool may_be_large(const uint64_t *entries, size_t i)
{
	uint64_t frame = entry_frame(entries[i]);

	return frame % FOLIO_LEAST == i % FOLIO_LEAST && entry_frame(entries[i ^ 1]) == (frame ^ 1);
}

static void add_made(struct row *row, size_t j)
{
	if (!row->made || j < row->first)
		row->first = (uint16_t)j;
	if (!row->made || j > row->last)
		row->last = (uint16_t)j;
	row->made = true;
}

/* Rows that are open. */
static size_t find_rows(const uint64_t *entries, const uint16_t *at, size_t n, const uint64_t *told,
			struct row *rows)
{
	size_t nrows = 0;
	struct row *row = NULL;
	int up = 0;

	for (size_t j = 0; j < n; j++) {
		int to = j ? step(entries[at[j - 1]], entries[at[j]]) : 0;

		if (!to || (up && to != up)) {
			nrows += row && row->open;
			row = &rows[nrows];
			*row = (struct row){ .from = (uint16_t)j };
			to = 0;
		}
		up = to;
		row->to = (uint16_t)j;
		if (bit_test(told, at[j]))
			add_made(row, j);
		else
			row->open = true;
	}
	return nrows + (row && row->open);
}

/* The flags of the ends of long rows, where nothing else tells that this process has made them. */
static void ask_ends(struct ledger *l, const struct page_run *r, const uint16_t *at, struct row *rows,
		     size_t nrows)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	struct row *of[BLOCK_PAGES];
	size_t which[BLOCK_PAGES], n = 0;

	for (size_t i = 0; i < nrows; i++) {
		struct row *row = &rows[i];
		const size_t ends[] = { row->from, row->to };

		if (row->to - row->from + 1 < ROW_LEAST)
			continue;
		for (size_t e = 0; e < 2; e++) {
			if (row->made && ends[e] >= row->first && ends[e] <= row->last)
				continue;
			frames[n] = entry_frame(r->view->entries[at[ends[e]]]);
			of[n] = row;
			which[n++] = ends[e];
		}
	}
	if (!n || !l->oracle->flags(l->oracle->ctx, frames, n, flags))
		return;
	for (size_t k = 0; k < n; k++)
		if (flag_told_of(l, flags[k]) && flags[k] & KPF_ANON_EXCLUSIVE && !in_large_folio(flags[k]))
			add_made(of[k], which[k]);
}

/* Of these pages those that this process has made since its fork, where not all are told so. */
static void keep_made(struct ledger *l, const struct page_run *r, const uint64_t *told, uint64_t *pages)
{
	struct row rows[BLOCK_PAGES];
	uint16_t at[BLOCK_PAGES];
	size_t n = 0, nrows;

	for (size_t w = 0; w < BITS_WORDS; w++) {
		for (uint64_t left = pages[w]; left; left &= left - 1)
			at[n++] = (uint16_t)bit_first(w, left);
		pages[w] &= told[w];
	}
	nrows = find_rows(r->view->entries, at, n, told, rows);
	ask_ends(l, r, at, rows, nrows);
	for (size_t i = 0; i < nrows; i++)
		for (size_t j = rows[i].first; rows[i].made && j <= rows[i].last; j++)
			bit_set(pages, at[j]);
}

/* Asks of which of these pages the base's is unwritten since a fork: in older_bits, once for all its children. */
static void find_older(struct ledger *l, const struct page_run *r, const uint64_t *pages)
{
	struct pattern *p = r->like;
	uint16_t open[BLOCK_PAGES];
	size_t nopen = 0;

	for (size_t w = 0; w < BITS_WORDS; w++) {
		for (uint64_t left = pages[w] & ~p->asked_bits[w]; left; left &= left - 1)
			open[nopen++] = (uint16_t)bit_first(w, left);
		p->asked_bits[w] |= pages[w];
	}
	if (!nopen || !pattern_read_flags(l, p, open, nopen))
		return;
	for (size_t j = 0; j < nopen; j++)
		if (flag_told_of(l, p->flags[open[j]]) && !(p->flags[open[j]] & KPF_ANON_EXCLUSIVE) &&
		    !burst_lacks(l, r, open[j]))
			bit_set(p->older_bits, open[j]);
}

/* Does this process's history leave nothing but that question? */
static bool rows_tell(const struct ledger *l, const struct page_run *r)
{
	return r->siblings_tell && !r->in->merged && l->oracle->flags && flag_told(l) &&
	       l->in_burst[r->proc] && !l->in[r->in->base].gone && !r->parent && !r->in->has_forked &&
	       !r->in->revised;
}

/* Of a process's own pages those that rows can tell copies: in `pages`. Are all of them told by the base's
 * rows? */
static bool find_open(const struct page_run *r, const uint64_t *own, const uint64_t *copies,
		      const uint64_t *told, uint64_t *pages)
{
	const struct pattern *p = r->like;
	uint64_t untold = 0;

	for (size_t w = 0; w < BITS_WORDS; w++) {
		pages[w] = own[w] & (p->private_bits[w] | p->never_bits[w]) & ~copies[w];
		for (uint64_t left = pages[w]; left; left &= left - 1)
			if (may_be_large(r->view->entries, bit_first(w, left)))
				pages[w] &= ~(left & -left);
		untold |= pages[w] & ~told[w];
	}
	return !untold;
}

void first_walk_rows(struct ledger *l, struct page_run *r, const uint64_t own[static BITS_WORDS],
		     uint64_t copies[static BITS_WORDS])
{
	const struct pattern *p = r->like;
	uint64_t told[BITS_WORDS], pages[BITS_WORDS];

	if (!rows_tell(l, r))
		return;
	if (!p->rows_made)
		find_base_rows(r->like);
	find_told(p, told);
	if (!find_open(r, own, copies, told, pages))
		keep_made(l, r, told, pages);
	find_older(l, r, pages);
	for (size_t w = 0; w < BITS_WORDS; w++) {
		r->member->by_burst += (uint32_t)__builtin_popcountll(pages[w] & p->older_bits[w]);
		copies[w] |= pages[w] & p->older_bits[w];
	}
}
