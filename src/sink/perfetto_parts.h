#ifndef COWTOP_SINK_PERFETTO_PARTS_H
#define COWTOP_SINK_PERFETTO_PARTS_H

/*
 * A trace being counted or written. Private to the perfetto*.c files.
 */
#include "base/hash.h"
#include "sink/json_build.h"
#include "sink/perfetto.h"

/* A hundred years: no trace goes on for longer. */
#define PERFETTO_TIME_MOST (INT64_C(100) * 366 * 86400 * 1000000000)

/* Counter tracks of a process; those of the pool stand among the master's. */
enum perfetto_counter {
	COUNTER_MEMORY,
	COUNTER_PRIVATE,
	COUNTER_FAULTS,
	COUNTER_POOL,
	COUNTER_WORKERS,
	COUNTERS,
};
#define COUNTER_SERIES 3

/* What the values of the counters are labelled by. */
enum perfetto_series { SERIES_SHARED, SERIES_COPIED, SERIES_NEW, SERIES_PRIVATE, SERIES };

/* A process of the sample before; `traced` is its pid in the trace, where a pid that is used again is another one. */
struct perfetto_track {
	pid_t pid;
	uint64_t start_ticks;
	int64_t traced;
	unsigned int again; /* so many processes had its pid before */
	enum role role;
	int slot;
	char *title;            /* foreign, as it was last */
	bool named, collecting; /* something of it was written; a slice of its collector */
	figure last[COUNTERS][COUNTER_SERIES];
	figure minor, major; /* faults at `then_ns` */
	int64_t then_ns;
};

/* How often a pid was used. */
struct perfetto_pid {
	pid_t pid;
	unsigned int times;
};

struct perfetto_amounts {
	uint64_t counters, collections, events;
};

struct perfetto {
	struct json_document doc;       /* doc.out NULL: it is counted only */
	const struct perfetto *all;     /* what was counted; NULL: that is done now */
	struct perfetto_amounts n, one; /* seen so far; one of so many is written */
	uint64_t samples;
	int64_t at_ns, before_ns; /* since the first sample: the last one, and the one before */
	int64_t wall_ns, begin_ns;
	int64_t pool; /* `traced` of who leads the pool in the first sample */
	char host[65], kernel[65], command[64];
	int64_t page_size;
	pid_t master_pid;
	enum level level;
	enum exactness exactness;
	enum label labels[SERIES];
	figure last[COUNTERS][COUNTER_SERIES]; /* of the pool */
	struct perfetto_track *tracks;         /* in the order of the sample */
	struct perfetto_track
		*gone; /* those of the sample before, while the next is taken; pid 0: still there */
	size_t ntracks, ngone;
	struct perfetto_pid *pids;
	size_t npids;
	struct hash by_pid;
};

/* One of how many is written, where there are `n` and at most so many are. */
uint64_t perfetto_one_of(uint64_t n, uint64_t most);
/* Is the next one of these to be written? It is counted anyway. */
bool perfetto_take(uint64_t *n, uint64_t one);

/* An event of the trace with what every one has; NULL when it is counted only. */
cJSON *perfetto_event(struct perfetto *p, const char *phase, const char *name, int64_t traced, int64_t at_ns);
void perfetto_put(struct perfetto *p, cJSON *event);

/* When in the trace an instant of the wall clock is, which is near the last sample; below zero: before the first. */
int64_t perfetto_at(const struct perfetto *p, int64_t time_ns);

/* The process with this pid, of this sample or, rather, of those that have gone since the one before; NULL. */
struct perfetto_track *perfetto_track(struct perfetto *p, pid_t pid, bool gone);

/* What has happened, and the collections. */
void perfetto_events(struct perfetto *p, const struct snapshot *snap);
/* Names of a process, once it is gone or the trace ends. */
void perfetto_name(struct perfetto *p, const struct perfetto_track *t);
/* What the trace is of. */
void perfetto_about(const struct perfetto *all, cJSON *to);

#endif
