/* What the ledger says of a process after a walk: ledger.h. */
#include "ledger/ledger.h"

#include <string.h>
#include "ledger/first_walk_doubt.h"
#include "ledger/share_walk.h"
#include "ledger/walk_state.h"

static enum exactness exactness_of(const struct member *m, fact resident)
{
	enum exactness e = first_walk_exactness(m, resident);

	return (!m->frames || m->baseless) && e == EXACTNESS_EXACT ? EXACTNESS_ESTIMATE : e;
}

static fact at_most(uint64_t n, uint32_t most)
{
	return (fact)(n < most ? n : most);
}

/* What the states of its pages and the claims (estimate.h, ancestry.h) make of a process. */
static struct page_facts count_pages(const struct member *m, bool master)
{
	const uint32_t *n = m->tally.n;
	/* not its own copies: an ancestor's that is gone, whose children share them */
	fact denied = at_most(m->denied, n[PAGE_COPIED]), denied_new = at_most(m->denied_new, n[PAGE_NEW]);
	/* what is ambiguous and not copied: in proportion to what its children have of it */
	fact kept = n[PAGE_AMBIGUOUS] - (fact)m->claimed;
	fact shared = kept ? (fact)(m->shared_doubts * (uint64_t)kept / n[PAGE_AMBIGUOUS]) : 0;
	/* ... of the master's only those that it has shared again */
	fact alone = master && denied ? denied - (fact)(m->resettled * (uint64_t)denied / n[PAGE_COPIED]) : 0;
	fact nested = at_most(m->nested_claimed, n[PAGE_SHARED]);
	struct page_facts pages = {
		.shared = n[PAGE_SHARED] - nested + shared + denied_new + denied - alone,
		.orphaned = n[PAGE_ORPHANED] + kept - shared + alone,
		.cow_broken = n[PAGE_COPIED] + n[PAGE_COLLAPSED] + (fact)m->claimed + nested - denied,
		.cow_file = n[PAGE_COPIED_FILE],
		.new = n[PAGE_NEW] - denied_new,
		.file = n[PAGE_FILE],
	};

	for (size_t s = PAGE_SWAPPED_SHARED; s < PAGE_STATES; s++)
		pages.swapped += n[s];
	return pages;
}

/* Copies that first_walk_refute() has refuted are new, or own ones of a file's. */
static void move_refuted(const struct member *m, struct page_facts *pages)
{
	fact new = at_most(m->refuted_new, (uint32_t)pages->cow_broken);
	fact file = at_most(m->refuted_file, (uint32_t)(pages->cow_broken - new));

	pages->cow_broken -= new + file;
	pages->new += new;
	pages->cow_file += file;
}

struct ledger_result ledger_result(const struct ledger *l, size_t proc)
{
	const struct member *m = &l->members[proc];
	struct ledger_result r = {
		.growth = m->growth,
		.collapsed = m->tally.n[PAGE_COLLAPSED],
		.pages = count_pages(m, proc == 0),
	};
	fact resident;

	move_refuted(m, &r.pages);
	resident = r.pages.shared + r.pages.orphaned + r.pages.cow_broken + r.pages.cow_file + r.pages.new +
		   r.pages.file;
	r.exactness = exactness_of(m, resident);
	r.unsteady = first_walk_unsteady(m, resident);
	r.doubt = first_walk_doubt(m, resident);
	return r;
}

const struct shares *ledger_shares(const struct ledger *l, size_t proc)
{
	return &l->members[proc].shares;
}

struct ledger_kin ledger_kin(const struct ledger *l, size_t proc)
{
	return l->members[proc].says;
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
		return m->claimed * 2 >= m->tally.n[PAGE_AMBIGUOUS] ? PAGE_CLASS_COW_BROKEN :
								      PAGE_CLASS_ORPHANED;
	default:
		return PAGE_CLASS_SWAPPED;
	}
}

/* The place of the first block from `block` on; the list's end: there is none. */
static size_t first_from(const struct block_list *list, uint64_t block)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].index < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t ledger_next_block(const struct ledger *l, size_t proc, uint64_t block)
{
	const struct block_list *list = &l->members[proc].blocks;
	size_t at = first_from(list, block);

	return at < list->n ? list->items[at].index : UINT64_MAX;
}

void ledger_classes(const struct ledger *l, size_t proc, uint64_t block, uint8_t classes[static BLOCK_PAGES])
{
	const struct member *m = &l->members[proc];
	size_t at = first_from(&m->blocks, block);
	const struct block *b = &m->blocks.items[at];
	uint8_t class[PAGE_STATES];

	if (at == m->blocks.n || b->index != block) {
		memset(classes, PAGE_CLASS_NONE, BLOCK_PAGES);
		return;
	}
	for (size_t state = 0; state < PAGE_STATES; state++)
		class[state] = (uint8_t)class_of(m, (uint8_t)state);
	if (b->counted)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			classes[i] = class[b->counted[i]];
	else if (b->states)
		states_map(b->states, class, classes);
	else
		memset(classes, class[b->uniform], BLOCK_PAGES);
}

uint64_t ledger_frames(const struct ledger *l)
{
	return l->footprint.count;
}

bool ledger_missed_some(const struct ledger *l)
{
	return l->share_walk && mappers_missed_some(&l->share_walk->mappers);
}
