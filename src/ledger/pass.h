#ifndef COWTOP_LEDGER_PASS_H
#define COWTOP_LEDGER_PASS_H

/*
 * One block of a walk, seen by one process: what the rules (first_walk.h, next_walk.h, estimate.h) work on.
 * Internal to ledger/.
 *
 * Most pages of a worker are word for word its base's: they get the state that follows from the
 * base's word alone (struct pattern) without being looked at one by one. The others, and those whose
 * state was another one before, are the run's pages of interest: `at`, `entries`, `base`, n of each; but for
 * those that pick.h finds settled.
 */
#include "ledger/block.h"
#include "ledger/footprint.h"
#include "ledger/ledger.h"
#include "ledger/shares.h"

#define BITS_WORDS (BLOCK_PAGES / 64)
#define KIN_MOST 8

/* Pages that a process shares with an older one, and its base has not. */
struct kin {
	int proc;
	uint64_t pages, faults; /* a huge page takes one fault */
	uint64_t unmapped;      /* pages where the base has no mapping */
	uint64_t seen;          /* pages that it was seen to make */
};

/* A process between walks, and its sums within one. */
struct member {
	pid_t pid;
	uint64_t start_ticks;
	bool seen;                /* a walk was finished: what is absent now was absent */
	bool frames, baseless;    /* of the last walk, as it was given */
	struct block_list blocks; /* of the walk before, consumed from `cursor` on */
	struct block_list walked; /* of this walk */
	size_t cursor;
	struct tally tally;
	struct growth_facts growth;
	/* How far the first look can be trusted: see first_walk_exactness() */
	bool unproven;            /* a copy was assumed where nothing could decide */
	/* Pages that count as copied while both this process and its base may have made them after the fork:
	 * new in truth, or own copies of a file's. */
	uint32_t perhaps_new, perhaps_file;
	/* Of them, the base has written its page since its last fork: see first_walk_refute(). And how many cannot
	 * have been copied. */
	uint32_t rewritten_new, rewritten_file, refuted_new, refuted_file;
	bool sampled;             /* some pages decided for many */
	uint32_t alone;           /* inherited as their flag says, and the base has none */
	uint32_t by_likeness, by_burst, stranded; /* by_likeness: or because they are a file's */
	uint32_t contested;       /* of by_likeness: the base has written its page since its last fork, too */
	bool stack_known;         /* the walk has met an inherited page of its stack */
	bool late_denied;         /* ... or of what its mappings call younger than its fork */
	uint32_t guessed;         /* nothing told these pages' class: see unflagged.h */
	uint64_t minflt;          /* after the walk before */
	uint64_t huge_before;     /* its huge pages then */
	uint64_t huge_left;       /* huge pages that it has more now and no block yet */
	uint64_t spare;           /* faults during it that it may have been too early for */
	/* Of this walk, in faults (a huge page costs one): private pages that appeared, what else is certain
	 * (copies, file pages), file pages that may have taken some, pages that turned ambiguous, huge pages
	 * that did. */
	uint64_t touched, certain, files, doubted, doubted_huge;
	uint64_t claimed_faults;  /* that copies of this walk's ambiguous pages took */
	uint64_t claimed;         /* how many of the ambiguous pages count as copied */
	uint64_t shared_doubts;   /* how many of them its children have as well */
	/* First look, of pages that were shared by a fork (no exclusive flag) since they came to be: */
	/* Without frame numbers: pages counted as shared, but perhaps with its children alone; faults left for
	 * them after the claims; as how many of them count as copied. */
	uint64_t perhaps_nested, nested_left, nested_claimed;
	uint64_t nested;          /* counted as copied: they are the process's own, or a dead ancestor's */
	uint64_t nested_new;      /* ... as new */
	uint64_t nested_faults, nested_new_faults; /* that these took: a huge page takes one */
	uint64_t recopied, recopied_faults; /* the master: pages counted as copied in this walk */
	uint64_t resettled;       /* ... that are shared by a later fork */
	uint64_t denied, denied_new; /* how many of these are not its own: it had too few faults */
	uint64_t faults_left;     /* the master: copies that it can have made before its first walk */
	uint64_t huge;            /* huge pages */
	bool folios;              /* smaller large folios: then pages may be more than their faults */
	struct kin kin[KIN_MOST]; /* oldest first */
	size_t nkin;
	/* The base's pages there: so many are asked for their flag, or stand for others; unwritten since a fork */
	uint64_t kin_asked, kin_unwritten;
	struct ledger_kin says;
	struct shares shares;
	uint32_t share_average;   /* of a page that it shares, in the last walk with all; 0: not known */
};

/* What a block has for every child that equals this process in it. */
struct pattern {
	bool made;
	struct origin *origin;
	struct tally tally;
	uint64_t entries[BLOCK_PAGES];     /* what counts of its words */
	uint64_t private_bits[BITS_WORDS]; /* anonymous and not exclusive: shared when equal */
	uint64_t never_bits[BITS_WORDS];   /* equality tells nothing: exclusive in two processes */
	uint64_t shared_bits[BITS_WORDS];  /* a child walked before shares the page */
	bool lacked_made;
	uint64_t lacked_bits[BITS_WORDS];  /* a child of the youngest burst has nothing there: see first_walk.c */
	size_t had_upto;                   /* children looked at so far for: */
	uint64_t had_bits[BITS_WORDS];     /* one that never forked has inherited its page: see first_walk.h, 4 */
	bool rows_made;                    /* for first_walk_row.h: */
	uint64_t row_bits[BITS_WORDS];     /* in a row of frames with the pages on both sides */
	uint64_t asked_bits[BITS_WORDS];   /* looked whether its page is unwritten since a fork, */
	uint64_t older_bits[BITS_WORDS];   /* and there in all of the youngest burst: it is so */
	uint64_t flagged_bits[BITS_WORDS]; /* its flags were read */
	uint64_t flags[BLOCK_PAGES];
	uint8_t states[BLOCK_PAGES];
	struct share_like share;
};

/* What happened to a block as a whole since the walk before: see collapse.h. */
enum turned {
	TURNED_NOT,
	TURNED_COLLAPSED, /* into a huge page, by the kernel */
	TURNED_ANEW,      /* into a huge page that holds something else */
};

/* One process in the current block. */
struct page_run {
	size_t proc;
	const struct ledger_proc *in;
	struct member *member;
	const struct ledger_view *view;
	bool root;                /* the master */
	bool parent;              /* others were forked from it, perhaps by one that is gone, or since they were listed */
	struct block *block;
	struct pattern *like;     /* its base's; NULL without one */
	enum turned turned;
	bool siblings_tell;       /* an older sibling that has the base's frame inherited it */
	const uint8_t *before;    /* states of the walk before */
	uint8_t states[BLOCK_PAGES];
	uint64_t stack_open[BITS_WORDS]; /* first look: pages of its stack that both have written */
	uint32_t settled;         /* so many pages needed no look: pick.h. They are private, and it alone has them */
	uint64_t settled_bits[BITS_WORDS];
	size_t n;                 /* the pages of interest */
	uint16_t at[BLOCK_PAGES];
	uint64_t entries[BLOCK_PAGES]; /* of page at[k] */
	uint64_t base[BLOCK_PAGES];    /* the base's entry there, 0 when it has none */
};

struct ledger {
	struct zero_frames zero;
	size_t fault_window;      /* pages of a file that one fault maps */
	size_t page_size;
	bool first;               /* no walk was finished yet */
	bool partial;             /* some processes are left out of this walk */
	const struct ledger_proc *in;
	const struct ledger_oracle *oracle;
	size_t n;
	struct member *members;   /* as `in` */
	bool *in_burst;           /* forked in the youngest burst of its base: see first_walk.h */
	struct pattern **patterns; /* of those that others were forked from, else NULL */
	struct footprint footprint;
	struct sharing *shares;
	long looks_left;          /* see FIRST_WALK_BUDGET */
	uint8_t uniform[PAGE_STATES][BLOCK_PAGES];
	/* of a process that is gone, see absent.h */
	size_t absent;            /* which one; SIZE_MAX: there is none */
	struct ledger_view *with_absent;
	uint64_t absent_entries[BLOCK_PAGES];
	uint8_t absent_kinds[BLOCK_PAGES];
	/* the current block */
	const struct ledger_view *views;
	struct holder_index *holders;   /* see holders.h */
	uint64_t (*differ)[BITS_WORDS]; /* a process: pages where its words are not its base's, see pick.h, */
	uint64_t (*own)[BITS_WORDS];    /* and those of them that are private, in a frame that nobody else maps */
	struct page_run root, run;
	struct origin *origins[8]; /* those in use so far; borrowed */
	size_t norigins;
	struct open_origins open;  /* all of them */
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
	return flag_told(l) &&
	       !(flags & KPF_HUGE && kernel_lacks(l->oracle->kernel, KERNEL_FLAG_HUGETLB)) &&
	       !(flags & KPF_THP && kernel_lacks(l->oracle->kernel, KERNEL_FLAG_HEAD));
}

static inline bool bit_test(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static inline void bit_set(uint64_t *bits, size_t i)
{
	bits[i / 64] |= 1ULL << (i % 64);
}

static inline enum page_kind view_kind(const struct ledger_view *v, size_t i)
{
	return v->kinds ? (enum page_kind)v->kinds[i] : v->kind;
}

/*
 * What counts of the word as read: zero pages, markers and pages that no mapping accounts for are
 * absent.
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
	/* a file page in a mapping that can have none is the huge zero page */
	return kind == KIND_NONE || (kind == KIND_ANON && e & PM_FILE) ? 0 : e;
}

/* Is it, as read, a present private page that nobody else maps? */
static inline bool is_own_page(const struct ledger *l, const struct ledger_view *v, size_t i)
{
	uint64_t e = v->entries[i], what = PM_PRESENT | PM_EXCLUSIVE;

	return (e & (what | PM_FILE | PM_SWAP | PM_GUARD)) == what && !zero_frames_has(&l->zero, e) &&
	       view_kind(v, i) != KIND_NONE;
}

/* What a private page that this process made itself, at at[k], is called. */
static inline uint8_t run_made(const struct page_run *r, size_t k)
{
	return view_kind(r->view, r->at[k]) == KIND_FILE_PRIVATE ? PAGE_COPIED_FILE : PAGE_NEW;
}

/* An origin that others of this block may have as well. */
void use_origin(struct ledger *l, struct origin *o);
/* Is process `proc` a descendant of `of`? */
bool is_below(const struct ledger *l, size_t proc, size_t of);
/* Is one that is gone, and whose children are here, perhaps a child of process `proc`? That is older, then. */
bool may_be_above_absent(const struct ledger *l, size_t proc);
/* Does another process of the pool map the frame of entry `e` at page i of the current block? */
bool held_elsewhere(const struct ledger *l, size_t proc, size_t i, uint64_t e);
/* ... one that is no descendant of it, and cannot be? */
bool held_outside(const struct ledger *l, size_t proc, size_t i, uint64_t e);
/* Consecutive frames from a 2 MiB boundary on: most likely one huge page, or a part of one. */
bool looks_huge(const uint64_t entries[static BLOCK_PAGES]);
/* The block of all processes: pass.c. */
void pass_block(struct ledger *l, uint64_t index, const struct ledger_view *views);

#endif
