#ifndef COWTOP_LEDGER_WALK_STATE_H
#define COWTOP_LEDGER_WALK_STATE_H

/*
 * The ledger from inside: its processes, the walk that is under way, its current block. Internal to ledger/.
 *
 * Owned by the ledger: members, patterns, what is made for a block or a walk. Borrowed from the caller until
 * ledger_end(): `in`, `oracle`; until the end of a block: `views`.
 */
#include "ledger/footprint.h"
#include "ledger/ledger.h"
#include "ledger/run.h"

struct ledger {
	struct zero_frames zero;
	size_t page_size;                          /* bytes */
	size_t fault_window;                       /* pages of a file that one fault maps */
	bool first;                                /* no walk was finished yet that read the master */
	uint8_t uniform[PAGE_STATES][BLOCK_PAGES]; /* a block that is all in one state */

	/* the walk */
	const struct ledger_proc *in;
	const struct ledger_oracle *oracle;
	size_t n;
	struct member *members;    /* as `in` */
	bool partial;              /* some processes are left out of this walk */
	bool *in_burst;            /* forked in the youngest burst of its base: first_walk.h */
	struct pattern **patterns; /* of those that others were forked from, else NULL */
	struct footprint footprint;
	struct share_walk *share_walk; /* how shares are counted: share_walk.h */
	long looks_left;               /* FIRST_WALK_BUDGET */
	/* of a process that is gone, see absent.h */
	size_t absent; /* which one; SIZE_MAX: there is none */
	struct ledger_view *with_absent;
	uint64_t absent_entries[BLOCK_PAGES];
	uint8_t absent_kinds[BLOCK_PAGES];

	/* the current block */
	const struct ledger_view *views;
	struct holder_index *holders;   /* holders.h */
	uint64_t (*differ)[BITS_WORDS]; /* a process: pages where its words are not its base's, see pick.h, */
	uint64_t (
		*own)[BITS_WORDS]; /* and those of them that are private, in a frame that nobody else maps */
	struct page_run root, run; /* the master, and the other process that is looked at */
	struct origin *origins[8]; /* those in use so far; borrowed */
	size_t norigins;
	struct open_origins open; /* all of them */
	struct known_states known_states;
	/* what the master's children have where it could matter to the master */
	uint64_t stranded[BITS_WORDS];  /* inherited, and the master's page is another */
	uint64_t shared[BITS_WORDS];    /* estimates: not exclusive */
	uint64_t ambiguous[BITS_WORDS]; /* inherited or copied */
	uint64_t left[BITS_WORDS];      /* a child has copied the page */
};

/* Does KPF_ANON_EXCLUSIVE mean anything here? */
static inline bool flag_told(const struct ledger *l)
{
	return kernel_has(l->oracle->kernel, KERNEL_FLAG);
}

/* ... of a page with these flags? */
static inline bool flag_told_of(const struct ledger *l, uint64_t flags)
{
	return flag_told(l) && !(flags & KPF_HUGE && kernel_lacks(l->oracle->kernel, KERNEL_FLAG_HUGETLB)) &&
	       !(flags & KPF_THP && kernel_lacks(l->oracle->kernel, KERNEL_FLAG_HEAD));
}

/*
 * What counts of the word of page `i` as read: zero pages, markers, pages that no mapping accounts for and frames
 * that are no memory (what a shared mapping has and is no file's is a device's) are absent (0).
 */
static inline uint64_t page_entry(const struct ledger *l, const struct ledger_view *v, size_t i)
{
	uint64_t e = v->entries ? v->entries[i] : 0;
	enum page_kind kind;

	if (entry_is_marker(e))
		return 0;
	e &= PM_USED;
	if (!e)
		return 0;
	if (zero_frames_has(&l->zero, e))
		return 0;
	kind = view_kind(v, i);
	if (kind == KIND_SHARED && (e & (PM_PRESENT | PM_FILE)) == PM_PRESENT)
		return 0;
	/* a file page in a mapping that can have none is the huge zero page */
	return kind == KIND_NONE || (kind == KIND_ANON && e & PM_FILE) ? 0 : e;
}

/* Is page `i`, as read, a present private page that nobody else maps? */
static inline bool is_own_page(const struct ledger *l, const struct ledger_view *v, size_t i)
{
	uint64_t e = v->entries[i], what = PM_PRESENT | PM_EXCLUSIVE;

	return (e & (what | PM_FILE | PM_SWAP | PM_GUARD)) == what && !zero_frames_has(&l->zero, e) &&
	       view_kind(v, i) != KIND_NONE;
}

/* Is process `proc` a descendant of process `of`? */
bool is_below(const struct ledger *l, size_t proc, size_t of);
/* Is a process that is gone, and whose children are here, perhaps a child of process `proc`? That is older,
 * then. */
bool may_be_above_absent(const struct ledger *l, size_t proc);
/* Other processes may find `o` (NULL: none) when they look for their origin of the current block. */
void use_origin(struct ledger *l, struct origin *o);

#endif
