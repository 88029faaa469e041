#ifndef COWTOP_TUI_TIMELINE_H
#define COWTOP_TUI_TIMELINE_H

/*
 * The latest samples in bounded memory (an hour, at one a second): compact figures of each, from which a
 * snapshot of a past instant is made again, trends are drawn, and what is new or gone is known.
 *
 * Instants are numbered from 1 in the order of their samples. The oldest are dropped when there are
 * more than TIMELINE_INSTANTS or when they take more than the bytes given to timeline_new(); numbers
 * are never used again.
 */
#include "model/snapshot.h"

#define TIMELINE_INSTANTS 3600
#define TIMELINE_BYTES ((size_t)64 << 20) /* 300 processes: the last 1100 samples or so */
#define TIMELINE_EVENTS 1000

/* A process is (pid, start time). */
struct proc_key {
	pid_t pid;
	uint64_t start_ticks;
};

static inline bool proc_key_same(struct proc_key a, struct proc_key b)
{
	return a.pid == b.pid && a.start_ticks == b.start_ticks;
}

static inline struct proc_key proc_key_of(const struct proc_snapshot *p)
{
	return (struct proc_key){ p->facts->pid, p->facts->start_ticks };
}

/* What is kept of the pool for trends. */
struct instant {
	uint64_t number;
	int64_t time_ns, mono_ns;
	struct figures pool;
};

/* A snapshot of the past with the sample that it borrows from. */
struct replica {
	struct sample sample;
	struct snapshot snap;
};

/* Processes that are no more, as they were last seen. */
struct gone {
	struct sample sample;
	struct proc_snapshot *procs;
	size_t nprocs;
};

struct timeline;

/* Not more than these bytes, but for the latest instant, which is always kept. */
struct timeline *timeline_new(size_t bytes);
void timeline_free(struct timeline *t); /* NULL is fine */
/* One more instant, the latest; what is kept is copied. */
void timeline_add(struct timeline *t, const struct snapshot *snap);

/* The numbers of the oldest and the latest instant; 0 while there is none. */
uint64_t timeline_first(const struct timeline *t);
uint64_t timeline_last(const struct timeline *t);
/* NULL when it is not there. */
const struct instant *timeline_at(const struct timeline *t, uint64_t number);
/* The last instant that is not after this time of the wall clock, or else the first. */
uint64_t timeline_find(const struct timeline *t, int64_t time_ns);

/* One figure of one process at one instant, for trends; UNKNOWN when it was not there. */
figure timeline_cow_bytes(const struct timeline *t, uint64_t number, struct proc_key key);

/* The first instant it was seen at: 0 when it was there from the beginning or is not known. */
uint64_t timeline_born(const struct timeline *t, struct proc_key key);

/* `ret` is overwritten; release it. It is empty when the instant is not there. Address spaces, gaps,
 * settings, and the figures that timeline_pack.c has no row for are not kept; titles are the latest
 * ones. */
void timeline_restore(const struct timeline *t, uint64_t number, struct replica *ret);
void replica_release(struct replica *r);

/* Workers that were there in the `within` instants before `number`, and not at it. `ret` is overwritten;
 * release it. */
void timeline_gone(const struct timeline *t, uint64_t number, uint64_t within, struct gone *ret);
void gone_release(struct gone *g);

/* The log, oldest first: the last TIMELINE_EVENTS. Borrowed until the next timeline_add(). */
const struct event *timeline_events(const struct timeline *t, size_t *ret_n);

#endif
