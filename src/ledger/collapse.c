#include "ledger/collapse.h"

#include "ledger/holders.h"
#include "ledger/likeness.h"
#include "ledger/walk_state.h"

/* Pages of a block whose contents are compared before it is called collapsed. */
#define LOOKS 8

/* Present pages of a folio whose other pages the process has unmapped since: at least these. */
#define PRESENT_LEAST (BLOCK_PAGES / 2)

static bool is_shared_state(uint8_t s)
{
	return s == PAGE_SHARED || s == PAGE_RESHARED || s == PAGE_SWAPPED_SHARED;
}

/* Are all present pages private, and in consecutive frames as in a huge page? The flags tell the rest. */
static bool in_a_row(const struct ledger *l, const struct page_run *r, uint64_t *frames, size_t *ret_n)
{
	size_t middle = r->n / 2, n = 0;
	uint64_t first;

	if (r->n < PRESENT_LEAST || !entry_anon(r->entries[middle]))
		return false;
	first = entry_frame(r->entries[middle]) - r->at[middle];
	if (!first || first % BLOCK_PAGES)
		return false;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t e = page_entry(l, r->view, i);

		if (!(e & PM_PRESENT))
			continue;
		if (!entry_anon(e) || view_kind(r->view, i) != KIND_ANON || entry_frame(e) != first + i)
			return false;
		frames[n++] = first + i;
	}
	*ret_n = n;
	return n >= PRESENT_LEAST;
}

static bool is_one_folio(const struct ledger *l, const struct page_run *r)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	size_t n;

	if (!in_a_row(l, r, frames, &n))
		return false;
	if (!l->oracle->flags || !l->oracle->flags(l->oracle->ctx, frames, n, flags))
		return n == BLOCK_PAGES;
	for (size_t j = 0; j < n; j++) {
		bool head = flags[j] & KPF_COMPOUND_HEAD;

		if (flags[j] & KPF_HUGE || !in_large_folio(flags[j]) || (head && frames[j] % BLOCK_PAGES))
			return false;
	}
	return true;
}

static uint64_t origin_of(const struct page_run *r, size_t i)
{
	return origin_frame(r->block->origin, i);
}

/* What the present pages of the block were. */
struct former {
	size_t inherited, holes, others;
	size_t in_a_row;          /* of them inherited, in frames of one huge page */
	uint16_t at[BLOCK_PAGES]; /* k of the inherited ones */
};

/* False: a page has the frame that it had. */
static bool look_back(const struct page_run *r, struct former *ret)
{
	uint64_t first = origin_of(r, 0);

	*ret = (struct former){ 0 };
	for (size_t k = 0; k < r->n; k++) {
		size_t i = r->at[k];
		uint64_t old = origin_of(r, i);
		uint8_t was = r->before[i];

		if (!entry_anon(r->entries[k]))
			continue;
		if (state_inherited(was) && old == entry_frame(r->entries[k]))
			return false;
		ret->in_a_row += state_inherited(was) && first && !(first % BLOCK_PAGES) && old == first + i;
		if (state_original(was))
			ret->at[ret->inherited++] = (uint16_t)k;
		else if (was == PAGE_ABSENT || was == PAGE_FILE)
			ret->holes++;
		else
			ret->others++;
	}
	return true;
}

/* Another process of the pool that has a page there, best the very one that was inherited; -1: none has. */
static int witness(const struct ledger *l, const struct page_run *r, size_t i)
{
	uint64_t old = origin_of(r, i);
	struct holders who;

	if (old && holders_of(l, i, PM_PRESENT | old, &who) && (who.first != r->proc || who.last != r->proc))
		return (int)(who.first != r->proc ? who.first : who.last);
	for (size_t p = 0; p < l->n; p++)
		if (p != r->proc && entry_anon(page_entry(l, &l->views[p], i)))
			return (int)p;
	return -1;
}

/* Do these pages of interest hold what the pool has at their address? 1, 0, -1: contents tell nothing. */
static int are_alike(struct ledger *l, const struct page_run *r, const uint16_t *at, size_t n)
{
	size_t looks = n < LOOKS ? n : LOOKS;
	int told = -1;

	if (!l->oracle->likeness)
		return -1;
	for (size_t j = 0; j < looks; j++) {
		size_t i = r->at[at[looks > 1 ? j * (n - 1) / (looks - 1) : 0]];
		int other = witness(l, r, i), percent;

		if (other < 0)
			continue;
		percent = l->oracle->likeness(l->oracle->ctx, r->proc, (size_t)other,
					      r->block->index * BLOCK_PAGES + i);
		if (percent >= LIKENESS_COPY)
			return 1;
		if (percent >= 0)
			told = 0;
	}
	return told;
}

static uint64_t faults_since(const struct page_run *r)
{
	return r->in->minflt > r->member->minflt ? r->in->minflt - r->member->minflt : 0;
}

void collapse_tell(struct ledger *l, struct page_run *r)
{
	struct former f;
	int alike;

	if (r->n < PRESENT_LEAST || !entry_exclusive(r->entries[r->n / 2]) || !is_one_folio(l, r) ||
	    !look_back(r, &f))
		return;
	/* all new, or nothing to tell, or another huge page than before: hugetlb, or migrated */
	if (!(f.inherited + f.others) || !(f.inherited + f.holes) || f.in_a_row == BLOCK_PAGES)
		return;
	alike = f.inherited ? are_alike(l, r, f.at, f.inherited) : 1;
	if (alike == 1 || (alike < 0 && faults_since(r) < f.inherited + f.holes))
		r->turned = TURNED_COLLAPSED;
	else if (!alike)
		r->turned = TURNED_ANEW;
}

uint8_t collapse_state(const struct page_run *r, uint8_t before)
{
	if (r->turned == TURNED_ANEW)
		return PAGE_NEW;
	switch (before) {
	case PAGE_SHARED:
	case PAGE_RESHARED:
	case PAGE_SWAPPED_SHARED:
		return PAGE_COLLAPSED;
	case PAGE_SWAPPED_ORPHANED:
		return PAGE_ORPHANED;
	case PAGE_SWAPPED_COPIED:
		return PAGE_COPIED;
	case PAGE_ORPHANED:
	case PAGE_COPIED:
	case PAGE_COLLAPSED:
	case PAGE_AMBIGUOUS:
		return before;
	default:
		return PAGE_NEW;
	}
}

/* ---- the first walk */

/* Are these pages of one folio copies, as their contents say? Then they were collapsed. */
static void first_walk_pages(struct ledger *l, struct page_run *r, const uint16_t *at, size_t n)
{
	if (!n || are_alike(l, r, at, n) != 1)
		return;
	for (size_t j = 0; j < n; j++)
		r->states[r->at[at[j]]] = PAGE_COLLAPSED;
	r->member->growth.sighted += (fact)n;
	r->turned = TURNED_COLLAPSED;
}

/* Written until it was no more alike, but the base's page was there at the fork: it was inherited like the
 * pages around it. */
static bool is_older_unlike(const struct ledger *l, const struct page_run *r, size_t k)
{
	size_t i = r->at[k];

	return r->states[i] == PAGE_NEW && entry_anon(r->base[k]) && l->in_burst[r->proc] &&
	       bit_test(r->like->flagged_bits, i) && !(r->like->flags[i] & KPF_ANON_EXCLUSIVE);
}

static void first_walk_unlike(const struct ledger *l, struct page_run *r)
{
	for (size_t k = 0; k < r->n; k++)
		if (is_older_unlike(l, r, k)) {
			r->states[r->at[k]] = PAGE_COLLAPSED;
			r->member->growth.sighted++;
		}
}

void collapse_first_walk(struct ledger *l, struct page_run *r)
{
	uint16_t at[BLOCK_PAGES];
	size_t n = 0;

	if (r->root || r->n < PRESENT_LEAST || !is_one_folio(l, r))
		return;
	for (size_t k = 0; k < r->n; k++)
		if (r->states[r->at[k]] == PAGE_COPIED && entry_anon(r->base[k]))
			at[n++] = (uint16_t)k;
	first_walk_pages(l, r, at, n);
	if (r->turned == TURNED_COLLAPSED && r->like)
		first_walk_unlike(l, r);
}

void collapse_first_walk_master(struct ledger *l, struct page_run *root)
{
	uint16_t at[BLOCK_PAGES];
	size_t n = 0;

	if (root->n < PRESENT_LEAST || !is_one_folio(l, root))
		return;
	for (size_t k = 0; k < root->n; k++)
		if (root->states[root->at[k]] == PAGE_COPIED && entry_anon(root->entries[k]))
			at[n++] = (uint16_t)k;
	first_walk_pages(l, root, at, n);
}

/* ---- without frame numbers */

/* Is the block one huge page now that it was not before? `whole`: all of it was shared. */
static bool has_become_huge(struct ledger *l, struct page_run *r, bool whole)
{
	struct member *m = r->member;
	int huge = l->oracle->huge ? l->oracle->huge(l->oracle->ctx, r->proc, r->block->index) : -1;
	bool grown = m->huge_left > 0;

	if (!huge || ((huge < 0 || whole) && !grown))
		return false;
	m->huge_left -= grown;
	return true;
}

/* One huge page, where the base has small ones, or another one: a copy by a fault is small. */
static bool is_own_huge(const struct ledger *l, const struct page_run *r)
{
	int own = -1;

	if (r->in->base < 0)
		return false;
	if (l->oracle->huge)
		own = l->oracle->huge(l->oracle->ctx, r->proc, r->block->index);
	if (own < 0) /* not told of a block: then of the process, as many as it has more than the base */
		return r->member->huge_left > 0;
	return own == 1 && l->oracle->huge(l->oracle->ctx, (size_t)r->in->base, r->block->index) >= 0;
}

/* May the base have written its page there since its last fork? Then both may have made theirs. */
static bool may_be_made(const struct ledger *l, const struct page_run *r, size_t k)
{
	return entry_exclusive(r->base[k]) || !l->in_burst[r->proc];
}

/* In a first walk. */
static void first_walk_estimate(struct ledger *l, struct page_run *r)
{
	uint16_t at[BLOCK_PAGES];
	uint32_t made = 0;
	size_t n = 0;

	if (!is_own_huge(l, r))
		return;
	for (size_t k = 0; k < r->n; k++) {
		r->states[r->at[k]] = PAGE_NEW;
		if (!entry_anon(r->base[k]))
			continue;
		at[n++] = (uint16_t)k;
		made += may_be_made(l, r, k);
	}
	first_walk_pages(l, r, at, n);
	r->member->huge_left -= r->turned && r->member->huge_left;
	r->member->perhaps_new += r->turned ? made : 0;
}

void collapse_estimate(struct ledger *l, struct page_run *r)
{
	size_t shared = 0, holes = 0;

	/* of a process without transparent huge pages they are hugetlbfs's */
	if (r->n != BLOCK_PAGES || (r->in->hugetlb && !r->in->huge))
		return;
	for (size_t k = 0; k < BLOCK_PAGES; k++) {
		if (!entry_anon(r->entries[k]) || !entry_exclusive(r->entries[k]) ||
		    view_kind(r->view, r->at[k]) != KIND_ANON)
			return;
		shared += is_shared_state(r->before[k]);
		holes += r->before[k] == PAGE_ABSENT;
	}
	if (!r->member->seen)
		first_walk_estimate(l, r);
	if (holes == BLOCK_PAGES || !(shared + holes))
		return;
	if (has_become_huge(l, r, shared == BLOCK_PAGES))
		r->turned = TURNED_COLLAPSED;
}
