#ifndef COWTOP_LEDGER_LEDGER_H
#define COWTOP_LEDGER_LEDGER_H

/*
 * The page state machine: which pages of each process are still shared, were copied, are new. Pure: it is fed
 * with arrays of pagemap entries and asks an oracle for the little more it needs. Nothing here fails: where the
 * oracle gives no answer, the result has a label that says so.
 *
 * A walk goes over the address space block by block (BLOCK_PAGES, 2 MiB of small pages), and in each block over
 * all processes, parents first. So the pages of one address are seen in all processes within microseconds, no
 * process's mmap_lock is taken twice in a row, and the frames of a block stay in the cache.
 *
 *	ledger_begin(l, procs, n, &oracle);	// procs[0] is the master
 *	for (each block that any process has populated, by ascending address)
 *		ledger_block(l, block, views);	// views[i] belongs to procs[i]
 *	ledger_end(l);
 *	... ledger_result(l, i) for each process, ledger_frames(l) for the footprint
 *
 * The rules, per page of a process, with the page of its base (the process it was forked from) at the same
 * address. "Exclusive" is bit 56, "own" is KPF_ANON_EXCLUSIVE.
 *
 * First walk of a process:						needs (model/kernel.h)
 *	not exclusive			inherited			EXCLUSIVE_BIT
 *	exclusive, the base's frame	inherited (a huge page shows	nothing
 *					its first page's bit)
 *	exclusive, not own		inherited; the others dropped	FLAG; FLAG_HEAD in a huge page,
 *					or copied it			FLAG_HUGETLB in a hugetlb page
 *	exclusive, own, base has none	new				the same
 *	merged by KSM			the process's own, unless the	KSM
 *					pool has it there too
 *	exclusive, own, base's differs	a copy; or new memory that both	the same
 *					allocated at one address after
 *					the fork: by place or contents,
 *					see first_walk.h
 * Later walks remember:
 *	inherited, frame unchanged	inherited, whatever bit 56 says	nothing
 *	inherited, frame changed	exclusive and own: copied;	the same as above
 *					not exclusive, and another
 *					still has the old frame:
 *					copied, and forked since; else
 *					moved (migration, KSM)
 *	absent before			exclusive: new; else inherited,	EXCLUSIVE_BIT
 *					unless its children may have it
 *	copied or new			stays so until it is absent	nothing
 *	a block of small pages that	its shared pages: copied by the	nothing
 *	is one huge page now		kernel, without a fault, see
 *					collapse.h
 * Without FLAG the rules of unflagged.h stand in for those that need it. Where FLAG_TAIL is missing the oracle
 * gives every page of a huge page the flag of its head. Where EXCLUSIVE_EACH is missing the pool's own frames
 * tell who shares a huge page.
 *
 * An inherited page is shared while another process maps its frame, else orphaned. In the master, which
 * inherited nothing, a page that is or was shared by fork counts as inherited, and a page it rewrote counts as
 * copied while a worker still holds the original.
 *
 * A process with children shares its copies with them, and its parent is not always the process that forked it:
 * first_walk.h and ancestry.h say what a first walk makes of that.
 *
 * Without frame numbers (struct ledger_proc, `frames`) see estimate.h.
 *
 * What cannot be seen: a page that was freed and touched again between two walks looks copied.
 *
 * Memory: one byte a page in blocks that are not uniform, once for all processes whose pages of a block have
 * the same history, and for the inherited frames eight bytes a row of them, up or down, once for all processes
 * of a fork generation.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/kernel.h"
#include "model/page_entry.h"
#include "model/region.h"
#include "ledger/shares.h"

struct ledger;

/* One process of a walk. Keyed by (pid, start_ticks): a reused pid begins anew. */
struct ledger_proc {
	pid_t pid;
	uint64_t start_ticks; /* clock ticks since boot, as in /proc/PID/stat */
	int base;             /* index of its base, lower than its own; -1 for the master, or unreadable */
	bool gone;            /* one of them at most: it ended, and has no entries; see absent.h */
	bool frames;          /* its entries carry frame numbers: the same for all processes of a walk */
	bool hugetlb;         /* it may have hugetlb pages */
	bool merged;          /* KSM merged some of its pages */
	bool has_forked; /* it has, or had, children: a fork clears KPF_ANON_EXCLUSIVE of all its pages */
	bool revised;    /* ... though nothing but a walk says so (struct ledger_kin): all flags are read */
	bool execed;     /* it began with exec: every private page that it has cost it a fault */
	bool adopted;    /* the process that forked it is gone: its base is that one's base */
	bool presumed;   /* its base is one that a walk named, and others are possible */
	bool anew;       /* forget what walks before this one knew of it */
	/* Page numbers (address / page size): the pages of its first thread's stack, without the end; both 0: not
	 * known. */
	uint64_t stack_from, stack_to;
	/* The same of its heap: pages that are younger than its fork, as its mappings show. */
	uint64_t late_from, late_to;
	/* Its minor faults so far, before the walk and (set until ledger_end()) after it: they bound
	 * the copies of an estimate. */
	uint64_t minflt, minflt_after;
	uint64_t majflt_after; /* of the master: the major ones */
	/* Huge pages that it has, of BLOCK_PAGES each; proportional share of its private memory, in pages, asked
	 * where entries carry no frame numbers. 0 where they are not known. */
	uint64_t huge, pss;
	/* Its pages could not be read, or not all of them: what walks before this one knew of it stands, and where there
	 * was none its first walk is still to come. May be set until ledger_end(). Nobody has it as a base. */
	bool unread;
	/* Leave it out of this walk: what the walk before knew of it stands. Only for a process that was
	 * in that walk, and whose base and children are left out or unchanged too. */
	bool skip;
};

/* The entries of one process in one block, as read, borrowed for the call. */
struct ledger_view {
	const uint64_t *entries; /* BLOCK_PAGES words; NULL: it has nothing mapped there */
	const uint8_t *kinds;    /* enum page_kind a page, or NULL when all are `kind` */
	enum page_kind kind;
	size_t unsteady; /* pages of the block that were moved in one of the processes for as long as one looked */
};

/*
 * What the ledger may ask for. Each function may be NULL or fail: the ledger then says so. `proc`, `a` and `b`
 * are indexes of processes of the walk.
 */
struct ledger_oracle {
	void *ctx;
	const struct kernel_facts *kernel; /* what the words mean here; never NULL */
	/* Page flags (KPF_*) of n frames into `ret`, in the given order, every page of a huge page with the
	 * head's KPF_ANON_EXCLUSIVE where the kernel tells it. False: not readable. */
	bool (*flags)(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret);
	/* Likeness of page `page` (address / page size) in processes `a` and `b`, as page_likeness() says it
	 * (likeness.h): in percent; -1 when it cannot be told. */
	int (*likeness)(void *ctx, size_t a, size_t b, uint64_t page);
	/* Does process `proc` map the whole block as (a part of) one huge page? 1, 0; -1: not known. */
	int (*huge)(void *ctx, size_t proc, uint64_t block);
	/* How often n frames are mapped, by anybody, into `ret` and (NULL: not asked) all their page flags, in
	 * a large folio those of its head, into `ret_flags`. False: not readable. */
	bool (*mappers)(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret, uint64_t *ret_flags);
	/* Has each page of the master taken a fault of its own? False as well where that is not known. Asked at
	 * the end of a walk, and only where its faults would refute copies. */
	bool (*one_fault_each)(void *ctx);
	/* Was somebody forked from process `proc` who lives, and is not among the processes of the walk, having
	 * come after they were listed? False as well where that is not known. Asked only, and after its block
	 * was read, where a page has appeared that others map. */
	bool (*newborn)(void *ctx, size_t proc);
};

/* In pages, but for growth.file: in faults. */
struct ledger_result {
	struct page_facts pages;
	fact collapsed;             /* of pages.cow_broken: see collapse.h */
	struct growth_facts growth; /* since the ledger knows the process */
	struct doubt_facts doubt;
	enum exactness exactness; /* of all of them */
	bool unsteady;            /* ... which rests on pages that were moved while one looked, as well */
};

/*
 * What the first walk of a process says of its base, beside what it was told (ancestry.h). Where the two differ
 * the walk is to be done again with what this one says: its other results rest on wrong premises.
 */
struct ledger_kin {
	int base;      /* index, as in struct ledger_proc */
	bool presumed; /* other bases than this one are possible */
	bool revised;
};

/* For a machine with these zero pages (copied) and pages of `page_size` bytes. Never NULL; the caller
 * frees it. */
struct ledger *ledger_new(const struct zero_frames *zero, size_t page_size);
void ledger_free(struct ledger *l); /* NULL is fine */

/* `procs` (n of them, parents before children) and `oracle` must stay valid until ledger_end(). Processes that
 * are not among them are forgotten. */
void ledger_begin(struct ledger *l, const struct ledger_proc *procs, size_t n,
		  const struct ledger_oracle *oracle);
/* `block`: page number >> BLOCK_SHIFT, ascending within a walk. `views`: one a process, as `procs`. */
void ledger_block(struct ledger *l, uint64_t block, const struct ledger_view *views);
void ledger_end(struct ledger *l);

/* What follows is valid from ledger_end() to the next ledger_begin(), of process `proc` of the walk, one that
 * is not gone: pages, and as whose they count. */
struct ledger_result ledger_result(const struct ledger *l, size_t proc);
/* Of a process whose entries carry frame numbers: what of its pages is its share. The ledger's. */
const struct shares *ledger_shares(const struct ledger *l, size_t proc);
struct ledger_kin ledger_kin(const struct ledger *l, size_t proc);
/* As what each page of a block counts for a process (enum page_class), as far as is known; in an
 * estimate the ambiguous ones count as what most of them are. */
void ledger_classes(const struct ledger *l, size_t proc, uint64_t block, uint8_t classes[static BLOCK_PAGES]);
/* The first block from `block` on in which anything is known of a process; UINT64_MAX: none. */
uint64_t ledger_next_block(const struct ledger *l, size_t proc, uint64_t block);
/* Distinct frames mapped by the processes of the walk that have frame numbers and were not skipped. */
uint64_t ledger_frames(const struct ledger *l);
/* After the first walk: others map pages of the pool, and not all were asked for: PSS may be too high. One more walk
 * asks for all. */
bool ledger_missed_some(const struct ledger *l);

#endif
