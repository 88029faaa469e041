#ifndef COWTOP_MODEL_SNAPSHOT_H
#define COWTOP_MODEL_SNAPSHOT_H

/*
 * A snapshot: the figures of one sample, computed by analysis/ from it and the sample before.
 * Sinks and views read snapshots and nothing else.
 *
 * A figure that is not known is NaN, and NaN runs through every sum: a partial sum can not be
 * printed as a sum. Sinks show it as null, a dash, or no series.
 *
 * Ownership: a snapshot borrows the strings of the sample it was made from, which must outlive it;
 * it owns its arrays (snapshot_release()).
 */
#include <math.h>
#include "model/label.h"
#include "model/sample.h"
#include "model/why.h"

static inline figure figure_of(fact f)
{
	return f == ABSENT ? UNKNOWN : (figure)f;
}

enum role {
	ROLE_MASTER,
	ROLE_WORKER,
	ROLE_HELPER,
};

/* The ledger in pages, as struct page_facts, and what it does not explain of the kernel's RSS. */
struct page_figures {
	figure shared, orphaned, cow_broken, cow_file, new, file, swapped, unaccounted;
	figure collapsed; /* of cow_broken */
};

/* In bytes. */
struct memory_figures {
	figure rss, pss, pss_anon, pss_file, pss_shmem, uss;
	figure shared_clean, shared_dirty, private_clean, private_dirty;
	figure anonymous, swap, swap_pss, anon_huge;
};

/*
 * Minor and major faults, counted since the process began, and per second since the sample before.
 * minor_per_s = cow + new + file + other; what was collapsed and filled took no fault and is in none of
 * them. All rates are unknown on a first sample.
 *
 * Those of the ledger are of the time between the two samples in which the pages were last known. Mostly these
 * are this one and the one before; where the budget did not allow to read pages they are older and further
 * apart (pages_age_s, span_s), and it is span_minor_per_s that is the sum.
 */
struct fault_figures {
	figure minor, major;
	figure minor_per_s, major_per_s;
	figure cow_per_s, new_per_s, file_per_s, other_per_s;
	figure collapsed_per_s, filled_per_s; /* pages: copied, and new, in huge pages that the kernel made */
	figure cow_fraction;                  /* copies / minor faults of the interval */
	figure correlation;                   /* Pearson, cow_per_s with minor_per_s, over the window */
	figure span_s;                        /* which the rates of the ledger are of */
	figure span_minor_per_s, span_major_per_s; /* in the same time */
};

/* Minor and major faults in the time that the rates of the ledger are of, so that these are parts of them; without
 * a ledger those of the interval. What people read in one line, or row, is of one time. */
figure faults_minor_per_s(const struct fault_figures *f);
figure faults_major_per_s(const struct fault_figures *f);

/* Of the main interpreter's collector; in the pool they are unknown. */
struct gc_figures {
	figure enabled, any_frozen; /* 0 or 1 */
	figure frozen;
	figure interpreters;
};

/* Every number about a process or about the pool, in one shape; model/field.h gives them keys. */
struct figures {
	struct memory_figures memory;
	struct page_figures pages;
	figure shared_bytes, private_bytes, cow_broken_bytes, cow_broken_ratio;
	struct fault_figures faults;
	figure pages_age_s; /* of what rests on the pages, and of the memory; the pool's is the oldest */
	/* a process only */
	struct gc_figures gc;
	figure threads, age_s, memory_age_s;
	/* the pool only */
	figure workers, helpers;
	figure footprint_bytes, saved_bytes, prefork_bytes;
	/* the copies that the workers' sums lack, and those of both sides */
	figure master_cow_broken_bytes, helper_cow_broken_bytes;
	figure copied_bytes, copied_ratio, copied_per_s;
};

/* What figures of the memory rest on that is not certain: struct memory_facts, doubt_... */
enum memory_doubt {
	DOUBT_SHARES = 1 << 0,
	DOUBT_PRIVATE = 1 << 1,
	DOUBT_DIRTY = 1 << 2,
	DOUBT_SWAP = 1 << 3,
	DOUBT_HUGE = 1 << 4,
	DOUBT_SWAPPED = 1 << 5,
	DOUBT_AGE = 1 << 6, /* its pages are those of a time before (pages_age_s), and so is all of it */
};

struct proc_snapshot {
	const struct proc_sample *facts;
	enum role role;
	int slot;          /* 1.. for a worker: the lowest free number when it appeared; else 0 */
	pid_t arbiter_pid; /* the worker that this one was forked from; 0: the master */
	bool arbiter;      /* a worker with workers of its own */
	fact full;         /* full collections that ended since the sample before; ABSENT: not known */
	figure full_bytes; /* copies made meanwhile, from the beginning of the first on */
	struct figures figures;
	/* The same when every page that may not be a copy is none: process_least(). Mostly there is no such page, then
	 * `lower` holds nothing and they are the figures themselves. Of pages that are older than the sample it is what
	 * they were then, for what is told of many samples; alone they are an estimate without bounds, as what came
	 * since is not known: least_now(). */
	bool bounded; /* `lower` is there */
	struct figures lower;
	bool estimated;  /* its ledger is an estimate, besides. Both make the labels: see model/field.h */
	unsigned doubts; /* enum memory_doubt */
};

static inline const struct figures *process_least(const struct proc_snapshot *p)
{
	return p->bounded ? &p->lower : &p->figures;
}

/* What of one sample a figure with these doubts is at the least; UNKNOWN: no bound. */
static inline figure least_now(figure least, unsigned doubts)
{
	return doubts & DOUBT_AGE ? UNKNOWN : least;
}

enum event_type {
	EVENT_WORKER_STARTED,
	EVENT_WORKER_EXITED,
	EVENT_MASTER_EXITED,
	EVENT_GC_SETTINGS_CHANGED, /* also freeze and unfreeze */
	EVENT_GC_COLLECTED,        /* a full collection ran; cow_bytes: copies of the interval */
	EVENT_FAULT_BURST,         /* minor faults of a process far above its own past */
	EVENT_COLLAPSED,           /* the kernel made huge pages of small ones; cow_bytes: copied so */
	EVENT_MEMORY_LOW,          /* little is available on the host or in the cgroup */
};
#define EVENT_TYPES (EVENT_MEMORY_LOW + 1)

/*
 * Workers of one kind with the same collector settings, side by side with the other groups. Of one kind are
 * those that the master forked, those of one arbiter (gunicorn's dirty workers, Puma's with fork_worker), and
 * arbiters: what they hold is not of one size, and a mean of all would be that of nobody.
 */
struct gc_group {
	enum runtime runtime;
	fact enabled, frozen; /* 0 or 1, ABSENT */
	fact thresholds[GC_GENERATIONS];
	pid_t *pids;
	size_t npids;
	figure shared_bytes_mean, cow_broken_bytes_mean, cow_broken_ratio;
	figure cow_per_s_mean, minor_per_s_mean, span_minor_per_s_mean;
	figure full_collections;          /* seen by cowtop, all workers of the group */
	figure bytes_per_full_collection; /* copies in the intervals with one, mean; unknown: none */
	/* The same of the first one seen of a worker, with those in its interval, and of each later one. */
	figure first_full_collection_bytes, later_full_collection_bytes;
	/* As in a process. */
	figure cow_broken_bytes_least, cow_broken_ratio_least, cow_per_s_least;
	bool estimated;
	pid_t arbiter_pid; /* as in a process */
	bool arbiter;
};

/* A plain-language finding, with the figure behind it. */
enum finding_kind {
	FINDING_NEVER_FROZEN,
	FINDING_FROZEN_AFTER_FORK,
	FINDING_IMPORTED_AFTER_FREEZE,
	FINDING_THRESHOLDS_DIFFER,
	FINDING_REENABLED,
	FINDING_FREEZE_LOOP,
	FINDING_NOT_SHARING,
	FINDING_COLLAPSED,
	FINDING_NOT_BY_COLLECTOR,
	FINDING_INCREMENTAL,
	FINDING_LAZY_IMPORTS,
	FINDING_LOADED_AFTER_FORK,
	FINDING_GROWTH,
	FINDING_WORKERS_DIFFER,
	FINDING_KINDS,
};

struct finding {
	enum finding_kind kind;
	pid_t pid;        /* of the process it is about; 0: the pool */
	figure value;     /* the figure behind it, in `unit` */
	const char *unit; /* "bytes" "bytes/min" "objects" "names" "workers" "times" */
	char text[512];   /* one sentence, foreign bytes not cleaned yet */
	enum label label; /* of the value; where it is a bound, in truth from low to high */
	figure low, high;
};

/* The value of a finding, with what its label is. */
static inline void finding_measure(struct finding *f, struct measure m)
{
	f->value = m.value;
	f->label = m.label;
	f->low = m.low;
	f->high = m.high;
}

/* EVENT_GC_COLLECTED, as CPython itself has kept it (3.15 and later). */
struct event_full {
	int64_t time_ns; /* when the first of its full collections began; 0: not known */
	fact ns;         /* how long they took together, */
	fact candidates; /* and how many objects they looked at; ABSENT: not known of all */
};

struct event {
	int64_t time_ns;
	pid_t pid; /* 0: the host or its cgroup */
	enum event_type type;
	char text[160];   /* foreign bytes inside are not cleaned yet */
	figure cow_bytes; /* copies that belong to the event */
	figure cow_least; /* the same at the least; unknown: as many */
	bool estimated;   /* they rest on an estimate */
	struct event_full full;
};

static inline struct measure event_copies(const struct event *e)
{
	return measure_make(e->cow_bytes, e->cow_least, e->estimated);
}

/* As faults_minor_per_s(), of a worker on average. */
figure gc_group_minor_per_s(const struct gc_group *g);

struct snapshot {
	const struct sample *facts;
	figure elapsed_s; /* since the sample before; unknown on the first */
	figure own_cpu;   /* what cowtop itself used of one CPU in the last minute; unknown on the first */
	size_t deferred; /* processes whose pages are older than the sample, or were never read: see budget.h */
	enum level level;            /* the lowest of the forked processes */
	enum exactness exactness;    /* of the pool's ledger: the least exact of its workers' */
	char command[64];            /* of the pool: what the master calls itself; foreign, not cleaned */
	bool forked;                 /* at least one worker */
	struct figures pool;         /* sums over the workers; what is of the master too says model/field.c */
	struct figures least;        /* of the pool, as in a process */
	bool estimated;              /* one of the workers' ledgers is */
	bool estimated_all;          /* one of theirs, the master's, or a forked helper's */
	unsigned doubts;             /* of all whose memory is in the sums */
	struct proc_snapshot *procs; /* as in the sample: the master first */
	size_t nprocs;
	struct event *events;
	size_t nevents, events_cap;
	/* Of each type in the run so far; unknown on the first sample. Bits of those that could not be seen by all. */
	figure events_so_far[EVENT_TYPES];
	unsigned untold_events;
	struct gc_group *gc_groups; /* most workers first */
	size_t ngc_groups;
	struct finding *findings; /* the weightiest first */
	size_t nfindings;
	unsigned untold_findings; /* bits of the kinds that could not be looked for: see model/tally.h */
	struct why *why;          /* why the workers have copied pages; NULL: nobody asked */
};

void snapshot_release(struct snapshot *s);
/* From now on it borrows from `copy`, of the sample that it was made from. */
void snapshot_borrow(struct snapshot *s, const struct sample *copy);
const struct proc_snapshot *snapshot_master(const struct snapshot *s); /* NULL: it is gone */

/* Workers of the same kind? */
static inline bool is_kindred(const struct proc_snapshot *a, const struct proc_snapshot *b)
{
	return a->role == b->role && a->arbiter == b->arbiter && a->arbiter_pid == b->arbiter_pid;
}

/* Are the rates of the pool's ledger of another time than the interval up to this sample? Then it is named. */
bool snapshot_faults_apart(const struct snapshot *s);

/* A worker of the kind that has the most; NULL: there is one kind at most. */
const struct proc_snapshot *snapshot_kind(const struct snapshot *s);

/* Pages that were inherited, in what state they are now. */
static inline figure pages_inherited(const struct page_figures *p)
{
	return p->cow_broken + p->shared + p->orphaned;
}

/* ... for certain: without what is perhaps new. */
static inline figure pages_inherited_least(const struct page_figures *counted,
					   const struct page_figures *least)
{
	return pages_inherited(counted) - (counted->cow_broken - least->cow_broken);
}

/* Which part of what counts as inherited so many copies are: also the least that was copied; unknown where nothing
 * was inherited. */
static inline figure copied_ratio(figure copied, figure inherited)
{
	return inherited > 0 ? copied / inherited : UNKNOWN;
}

/*
 * The figures of a process when none of the pages in doubt is copied: of those that count so, `new` are perhaps new
 * and `file` perhaps own copies of file pages, and any of them perhaps orphaned. Each class that they may be of has
 * them all, as the most that it can be; but in an `estimated` process what is orphaned has no bounds. Rates stay as
 * they are.
 */
void figures_least(const struct figures *counted, figure new, figure file, bool estimated, figure page_size,
		   struct figures *ret);

const char *role_name(enum role role);
const char *event_type_name(enum event_type type);
const char *finding_kind_name(enum finding_kind kind); /* "never_frozen" ... */

#endif
