#ifndef COWTOP_TUI_TIMELINE_FRAME_H
#define COWTOP_TUI_TIMELINE_FRAME_H

/* The inside of a timeline, for timeline.c, which fills it, and timeline_restore.c, which reads it back. */
#include "tui/timeline.h"
#include "tui/timeline_pack.h"

/* Who a process is: kept once, as long as an instant refers to it. */
struct identity {
	struct proc_key key;
	pid_t ppid, base_pid, same_mm_pid;
	int64_t start_ns;
	uint32_t uid;
	char *user, *comm, *cmdline; /* the latest; "" and NULL when the entry is free */
	uint64_t born;               /* the first instant it was seen at */
	uint32_t uses;               /* instants that refer to it; 0: the entry is free */
};

/* One instant. */
struct frame {
	struct instant instant;
	struct host_sample host;
	int64_t cost_ns;
	fact walked, skipped, budget_ppm;
	figure own_cpu;
	size_t deferred;
	pid_t master_pid, leader_pid;
	enum kinship kinship;
	figure elapsed_s;
	enum level level;
	enum exactness exactness;
	struct figures least; /* of the pool, as in the snapshot */
	bool estimated, estimated_all;
	uint8_t doubts;
	char command[64];
	bool forked;
	struct gc_group *groups; /* as in the snapshot */
	size_t ngroups;
	struct finding *findings;
	size_t nfindings;
	size_t bytes; /* what all of it takes */
	size_t n;
	struct packed_process procs[];
};

struct timeline {
	size_t limit, bytes;
	uint64_t first, last;                    /* numbers; 0: none */
	struct frame *frames[TIMELINE_INSTANTS]; /* instant N is at N % TIMELINE_INSTANTS */
	struct identity *who;
	size_t nwho, cap;
	struct event events[TIMELINE_EVENTS];
	size_t nevents;
};

static inline struct frame *timeline_frame(const struct timeline *t, uint64_t number)
{
	if (!number || number < t->first || number > t->last)
		return NULL;
	return t->frames[number % TIMELINE_INSTANTS];
}

/* Deep copies; NULL of none. */
struct gc_group *gc_groups_copy(const struct gc_group *groups, size_t n);
void gc_groups_free(struct gc_group *groups, size_t n);
struct finding *findings_copy(const struct finding *findings, size_t n);

#endif
