#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "ledger/ancestry.h"
#include "ledger/estimate.h"
#include "ledger/holders.h"
#include "ledger/pass.h"
#include "ledger/first_walk.h"
#include "ledger/first_walk_doubt.h"
#include "ledger/master.h"

/* fault_around_bytes (mm/memory.c): file pages that one fault maps. */
#define FAULT_AROUND 65536

struct ledger *ledger_new(const struct zero_frames *zero, size_t page_size)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->zero = *zero;
	l->fault_window = page_size < FAULT_AROUND ? FAULT_AROUND / page_size : 1;
	l->first = true;
	l->page_size = page_size;
	for (size_t s = 0; s < PAGE_STATES; s++)
		memset(l->uniform[s], (int)s, BLOCK_PAGES);
	return l;
}

static void member_release(struct member *m)
{
	block_list_release(&m->blocks);
	block_list_release(&m->walked);
}

static void free_patterns(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->patterns[i]);
	free(l->patterns);
	free(l->in_burst);
	free(l->differ);
	free(l->own);
	l->patterns = NULL;
	l->in_burst = NULL;
	l->differ = NULL;
	l->own = NULL;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		member_release(&l->members[i]);
	free(l->members);
	free_patterns(l);
	free(l->with_absent);
	shares_release(l);
	holders_release(l);
	footprint_release(&l->footprint);
	free(l);
}

/* Huge pages that it has more than in the walk before; at its first than its base, so far as that can be asked. */
static uint64_t more_huge(const struct member *m, const struct ledger_proc *p, const struct ledger_proc *base)
{
	uint64_t before = m->huge_before;

	if (!m->seen) {
		if (!base || base->gone)
			return 0;
		before = base->huge;
	}
	return p->huge > before ? p->huge - before : 0;
}

/*
 * Move what is known of `p` out of the walk before; a process not seen before begins anew. Most stand in the order
 * that they had then: behind the one found last.
 */
static struct member take_member(struct member *old, size_t n, size_t *next, const struct ledger_proc *p,
				 const struct ledger_proc *base)
{
	struct member m = { .pid = p->pid, .start_ticks = p->start_ticks };

	for (size_t tried = 0; tried < n; tried++) {
		size_t i = (*next + tried) % n;

		if (old[i].pid == p->pid && old[i].start_ticks == p->start_ticks && !p->anew) {
			m = old[i];
			old[i].blocks = (struct block_list){ 0 };
			old[i].pid = 0;
			*next = i + 1;
			break;
		}
	}
	m.cursor = 0;
	m.huge_left = more_huge(&m, p, base);
	if (!p->skip) {
		memset(&m.tally, 0, sizeof(m.tally));
		memset(&m.shares, 0, sizeof(m.shares));
		m.shared_doubts = 0;
	}
	m.touched = m.certain = m.files = m.doubted = m.doubted_huge = 0;
	m.recopied = m.recopied_faults = m.resettled = 0;
	return m;
}

static void find_parents(struct ledger *l)
{
	cleanup_free uint64_t *burst = xcalloc(l->n, sizeof(*burst)); /* its oldest fork so far */

	l->patterns = xcalloc(l->n, sizeof(struct pattern *));
	l->in_burst = xcalloc(l->n, sizeof(*l->in_burst));
	l->differ = xcalloc(l->n, sizeof(*l->differ));
	l->own = xcalloc(l->n, sizeof(*l->own));
	for (size_t i = l->n; i-- > 0;) {
		int base = l->in[i].base;
		uint64_t start = l->in[i].start_ticks;

		if (base < 0)
			continue;
		if (!l->patterns[base])
			l->patterns[base] = xcalloc(1, sizeof(struct pattern));
		l->in_burst[i] = !burst[base] || start + BURST_GAP_TICKS >= burst[base];
		if (l->in_burst[i])
			burst[base] = start;
	}
}

static void find_absent(struct ledger *l)
{
	free(l->with_absent);
	l->with_absent = NULL;
	l->absent = SIZE_MAX;
	for (size_t i = 0; i < l->n; i++)
		if (l->in[i].gone)
			l->absent = i;
	if (l->absent != SIZE_MAX)
		l->with_absent = xcalloc(l->n, sizeof(*l->with_absent));
}

void ledger_begin(struct ledger *l, const struct ledger_proc *procs, size_t n,
		  const struct ledger_oracle *oracle)
{
	struct member *old = l->members;
	size_t nold = l->n, next = 0;

	free_patterns(l);
	l->members = xcalloc(n ? n : 1, sizeof(*l->members));
	for (size_t i = 0; i < n; i++)
		l->members[i] = take_member(old, nold, &next, &procs[i], procs[i].base >= 0 ? &procs[procs[i].base] : NULL);
	for (size_t i = 0; i < nold; i++)
		member_release(&old[i]);
	free(old);
	l->in = procs;
	l->n = n;
	l->oracle = oracle;
	l->looks_left = FIRST_WALK_BUDGET;
	l->partial = false;
	for (size_t i = 0; i < n; i++)
		l->partial |= procs[i].skip;
	footprint_clear(&l->footprint);
	find_parents(l);
	find_absent(l);
	shares_begin(l);
	holders_begin(l);
}

void ledger_block(struct ledger *l, uint64_t block, const struct ledger_view *views)
{
	pass_block(l, block, views);
}

static void end_first_walk(const struct ledger *l, size_t proc)
{
	struct member *m = &l->members[proc];

	if (!m->frames) {
		estimate_nested_claim(l, proc);
		return;
	}
	ancestry_deny(l, proc);
	if (l->in[proc].base == 0)
		first_walk_refute(m, &l->members[0], &l->in[0], l->oracle);
}

/* Minor faults of the master since the walk before. */
static uint64_t masters_faults(const struct ledger *l)
{
	uint64_t before = l->n ? l->members[0].minflt : 0;

	return l->n && !l->in[0].skip && l->in[0].minflt_after > before ? l->in[0].minflt_after - before : 0;
}

void ledger_end(struct ledger *l)
{
	uint64_t faults = masters_faults(l);

	ancestry_end(l);
	shares_end(l);
	for (size_t i = 0; i < l->n; i++) {
		struct member *m = &l->members[i];

		if (l->in[i].skip || l->in[i].gone)
			continue;
		block_list_release(&m->blocks);
		m->blocks = m->walked;
		m->walked = (struct block_list){ 0 };
		m->frames = l->in[i].frames;
		m->baseless = i && l->in[i].base < 0;
		if (i)
			estimate_claim(m, &l->in[i]);
		if (i && !m->seen)
			end_first_walk(l, i);
		m->minflt = l->in[i].minflt_after;
		m->huge_before = l->in[i].huge;
		m->seen = true;
	}
	if (l->n && !l->in[0].gone)
		claim_master(l, faults);
	l->first = false;
	l->in = NULL;
	l->oracle = NULL;
}

static enum exactness exactness_of(const struct member *m, fact resident)
{
	enum exactness e = first_walk_exactness(m, resident);

	return (!m->frames || m->baseless) && e == EXACTNESS_EXACT ? EXACTNESS_ESTIMATE : e;
}

struct ledger_kin ledger_kin(const struct ledger *l, size_t proc)
{
	return l->members[proc].says;
}

static fact at_most(uint64_t n, uint32_t most)
{
	return (fact)(n < most ? n : most);
}

struct ledger_result ledger_result(const struct ledger *l, size_t proc)
{
	const struct member *m = &l->members[proc];
	const uint32_t *n = m->tally.n;
	/* not its own copies: an ancestor's that is gone, whose children share them */
	fact denied = at_most(m->denied, n[PAGE_COPIED]), denied_new = at_most(m->denied_new, n[PAGE_NEW]);
	/* what is ambiguous and not copied: in proportion to what its children have of it */
	fact kept = n[PAGE_AMBIGUOUS] - (fact)m->claimed;
	fact shared = kept ? (fact)(m->shared_doubts * (uint64_t)kept / n[PAGE_AMBIGUOUS]) : 0;
	/* ... of the master's only those that it has shared again */
	fact alone = proc || !denied ? 0 : denied - (fact)(m->resettled * (uint64_t)denied / n[PAGE_COPIED]);
	fact nested = at_most(m->nested_claimed, n[PAGE_SHARED]);
	struct ledger_result r = {
		.growth = m->growth,
		.collapsed = n[PAGE_COLLAPSED],
		.pages = {
			.shared = n[PAGE_SHARED] - nested + shared + denied_new + denied - alone,
			.orphaned = n[PAGE_ORPHANED] + kept - shared + alone,
			.cow_broken = n[PAGE_COPIED] + n[PAGE_COLLAPSED] + (fact)m->claimed + nested - denied,
			.cow_file = n[PAGE_COPIED_FILE],
			.new = n[PAGE_NEW] - denied_new,
			.file = n[PAGE_FILE],
		},
	};

	fact resident, new, file;

	new = at_most(m->refuted_new, (uint32_t)r.pages.cow_broken);
	file = at_most(m->refuted_file, (uint32_t)(r.pages.cow_broken - new));
	r.pages.cow_broken -= new + file;
	r.pages.new += new;
	r.pages.cow_file += file;
	for (size_t s = PAGE_SWAPPED_SHARED; s < PAGE_STATES; s++)
		r.pages.swapped += n[s];
	resident = r.pages.shared + r.pages.orphaned + r.pages.cow_broken + r.pages.cow_file +
		   r.pages.new + r.pages.file;
	r.exactness = exactness_of(m, resident);
	r.doubt = first_walk_doubt(m, resident);
	return r;
}

const struct shares *ledger_shares(const struct ledger *l, size_t proc)
{
	return &l->members[proc].shares;
}

static enum page_class class_of(const struct member *m, uint8_t state)
{
	switch (state) {
	case PAGE_ABSENT:
		return PAGE_CLASS_NONE;
	case PAGE_SHARED:
		return PAGE_CLASS_SHARED;
	case PAGE_ORPHANED:
	case PAGE_RESHARED:
		return PAGE_CLASS_ORPHANED;
	case PAGE_COPIED:
		return m->denied * 2 > m->tally.n[PAGE_COPIED] ? PAGE_CLASS_ORPHANED : PAGE_CLASS_COW_BROKEN;
	case PAGE_COLLAPSED:
		return PAGE_CLASS_COW_BROKEN;
	case PAGE_COPIED_FILE:
		return PAGE_CLASS_COW_FILE;
	case PAGE_NEW:
		return PAGE_CLASS_NEW;
	case PAGE_FILE:
		return PAGE_CLASS_FILE;
	case PAGE_AMBIGUOUS:
		return m->claimed * 2 >= m->tally.n[PAGE_AMBIGUOUS] ? PAGE_CLASS_COW_BROKEN
								    : PAGE_CLASS_ORPHANED;
	default:
		return PAGE_CLASS_SWAPPED;
	}
}

static int by_index(const void *key, const void *item)
{
	const uint64_t *index = key;
	const struct block *b = item;

	return (*index > b->index) - (*index < b->index);
}

uint64_t ledger_next_block(const struct ledger *l, size_t proc, uint64_t block)
{
	const struct block_list *list = &l->members[proc].blocks;
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].index < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->n ? list->items[low].index : UINT64_MAX;
}

void ledger_classes(const struct ledger *l, size_t proc, uint64_t block,
		    uint8_t classes[static BLOCK_PAGES])
{
	const struct member *m = &l->members[proc];
	const struct block *b = m->blocks.n ? bsearch(&block, m->blocks.items, m->blocks.n,
						      sizeof(*m->blocks.items), by_index)
					    : NULL;

	for (size_t i = 0; i < BLOCK_PAGES; i++)
		classes[i] = b ? class_of(m, b->counted ? b->counted[i] : block_state(b, i))
			       : PAGE_CLASS_NONE;
}

uint64_t ledger_frames(const struct ledger *l)
{
	return l->footprint.count;
}
