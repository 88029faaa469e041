#ifndef COWTOP_ANALYSIS_HISTORY_H
#define COWTOP_ANALYSIS_HISTORY_H

/*
 * What must be remembered of each process from one sample to the next.
 */
#include "analysis/collector.h"
#include "analysis/correlation.h"
#include "analysis/fault_burst.h"
#include "analysis/growth.h"
#include "analysis/counters.h"
#include "model/snapshot.h"

/* What goes along from sample to sample: the sample before has it no more. */
struct past_kept {
	struct growth new; /* bytes that are its own since the fork and were never shared */
	struct correlation window;
	struct fault_figures rates, rates_least; /* those of the ledger, until its pages are known again */
};

struct past {
	/* The key. */
	pid_t pid;
	uint64_t start_ticks;

	pid_t ppid;
	enum role role;
	bool zombie;
	bool in_pool; /* holds_pages() */
	bool execed;  /* not forked, or no longer what was forked */
	int slot;     /* of a worker, from 1; else 0 */
	int64_t start_ns;
	figure cow_broken_bytes, cow_broken_least;
	bool estimated;       /* see struct proc_snapshot */
	figure copied_before; /* cow_broken_bytes at first sight */
	fact master_full;     /* full collections of the master at that time; ABSENT: not known */
	struct counters counters;
	figure child_minor; /* minor faults of its children that it has waited for */
	figure ahead;       /* see rates_of() */
	bool stale;         /* its pages are older than the sample, or were never read */
	bool read;          /* they were, once at least */
	/* When they were last known, and its counters then; 0: never. */
	int64_t known_ns;
	struct counters known;
	struct past_kept *kept;
	struct fault_burst pace;
	struct collector collector;
	const struct past *before; /* the same process in the sample before; NULL: it was not there */
};

/* Sorted by key. */
struct history {
	struct past *items;
	size_t n, cap;
	bool same; /* nobody came or went since the sample before, and all are what they were */
};

void history_release(struct history *h);

/* The processes of a sample, as far as they go from its snapshot alone; slots, what is kept
 * and what they are ahead are taken over from `before`. What was in `ret` is replaced. */
void history_take(const struct snapshot *snap, struct history *before, struct history *ret);

/* The process with this key, or NULL. */
struct past *history_find(const struct history *h, pid_t pid, uint64_t start_ticks);
/* The same for those who go through a list in which it most often stands at `near` as well. */
static inline struct past *history_find_near(const struct history *h, size_t near, pid_t pid,
					     uint64_t start_ticks)
{
	if (near < h->n && h->items[near].pid == pid && h->items[near].start_ticks == start_ticks)
		return &h->items[near];
	return history_find(h, pid, start_ticks);
}

/* "the master", "worker 3", "a helper". */
char *past_label(char out[static 32], const struct past *p);

/* Give each worker without one the lowest free slot, the older first. */
void history_assign_slots(struct history *h);

#endif
