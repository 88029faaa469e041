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
#include "model/sample.h"

typedef double figure;
#define UNKNOWN ((figure)NAN)

static inline bool known(figure f)
{
	return !isnan(f);
}

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
	figure shared, orphaned, cow_broken, cow_file, fresh, file, swapped, unaccounted;
};

/* In bytes. */
struct memory_figures {
	figure rss, pss, pss_anon, pss_file, pss_shmem, uss;
	figure shared_clean, shared_dirty, private_clean, private_dirty;
	figure anonymous, swap, swap_pss, anon_huge;
};

/*
 * Minor and major faults, counted since the process began, and per second since the sample before.
 * minor_per_s = cow + fresh + file + other. All rates are unknown on a first sample.
 */
struct fault_figures {
	figure minor, major;
	figure minor_per_s, major_per_s;
	figure cow_per_s, fresh_per_s, file_per_s, other_per_s;
	figure cow_fraction; /* copies / minor faults of the interval */
	figure correlation;  /* Pearson, cow_per_s with minor_per_s, over the window */
};

/* Every number about a process or about the pool, in one shape; model/field.h gives them keys. */
struct figures {
	struct memory_figures memory;
	struct page_figures pages;
	figure shared_bytes, private_bytes, cow_broken_bytes, cow_broken_ratio;
	struct fault_figures faults;
	/* a process only */
	figure threads, age_s;
	/* the pool only */
	figure workers, helpers;
	figure footprint_bytes, saved_bytes, prefork_bytes;
};

struct proc_snapshot {
	const struct proc_sample *facts;
	enum role role;
	int slot; /* 1.. for a worker: the lowest free number when it appeared; else 0 */
	struct figures figures;
};

enum event_type {
	EVENT_WORKER_STARTED,
	EVENT_WORKER_EXITED,
	EVENT_MASTER_EXITED,
};

struct event {
	int64_t time_ns;
	pid_t pid;
	enum event_type type;
	char text[160];    /* foreign bytes inside are not cleaned yet */
	figure cow_bytes;  /* copies that belong to the event */
};

struct snapshot {
	const struct sample *facts;
	figure elapsed_s; /* since the sample before; unknown on the first */
	enum level level; /* the lowest of the forked processes */
	enum exactness exactness; /* of the pool's ledger: the least exact of its workers' */
	char command[64]; /* of the pool: what the master calls itself; foreign, not cleaned */
	bool forked; /* at least one worker */
	struct figures pool; /* sums over the workers; memory and the three pool bytes with the master */
	struct proc_snapshot *procs; /* as in the sample: the master first */
	size_t nprocs;
	struct event *events;
	size_t nevents;
};

void snapshot_release(struct snapshot *s);

const char *role_name(enum role role);
const char *event_type_name(enum event_type type);

#endif
