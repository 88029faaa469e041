#ifndef COWTOP_ANALYSIS_STORY_TELLER_H
#define COWTOP_ANALYSIS_STORY_TELLER_H

/* The inside of a storyteller, for the story*.c files. */
#include "analysis/collapse_sum.h"
#include "analysis/growth.h"
#include "analysis/story.h"
#include "analysis/story_sums.h"

/* A process that is followed, and what its figures are made of. */
struct follower {
	struct story_process p;
	struct trend_line own_line; /* of story_own() */
	figure own, own_s;          /* the last that is known, and when it was */
	struct moments mark_growth, mark_copies, mark_minor;
	struct growth new;
	figure full_from_s;   /* the first sample that had their number */
	bool first_full_seen; /* also in an interval whose copies are not known */
	figure first_full_bytes, later_full, later_full_bytes;
	figure full_measured, full_bytes; /* collections in intervals whose copies are known, these */
	/* At the beginning of the interval between marks; not `based`: it was not there. */
	bool based;
	struct story_point base;
	figure base_minor;
};

/* The master's children of the sample before, and what it has waited for until then. */
struct waited {
	pid_t pid; /* 0: no sample so far */
	uint64_t start_ticks;
	fact minor;
	struct waited_child {
		pid_t pid;
		uint64_t start_ticks;
		figure minor;
		size_t near; /* where it was in its sample */
	} * children;
	size_t n;
};

struct storyteller {
	struct story s;
	struct follower *followers;
	size_t n, cap;
	size_t stride;   /* samples in a point of the axis ... */
	size_t filled;   /* ... and in its last one */
	int64_t last_ns; /* of the sample before, as before_s */
	figure before_s;
	size_t oldest_event; /* of the later half of the events, where it begins */
	bool load_seen;      /* the first sample was the last one before a load */
	struct moments full_bytes, first_full_bytes, later_full_bytes;
	struct collapse_sum collapsed;
	struct waited waited;
	/* Marks, and the interval that is open. */
	size_t marks_done;
	figure interval_from, interval_seen_s, interval_full;
	uint64_t interval_samples; /* when it began */
};

/* After the first sample. */
void marks_open(struct storyteller *t);
/* After a sample was taken in, or before the next one: close the intervals of the marks that are
 * nearest to the instant `at_s`, whose figures the followers have. */
void marks_close(struct storyteller *t, figure at_s, figure next_s);
/* At the end: the last interval, which ends with the last sample. Marks behind it begin none. */
void marks_end(struct storyteller *t);

/* The processes of a sample; `index` is its point of the axis. */
void follow(struct storyteller *t, const struct snapshot *snap, size_t index);

/* Faults of children that ended: the kernel adds them to the parent that waits for them (wait4(2), signal_struct's
 * cmin_flt, kernel/exit.c of Linux 6.12), also those of children that no sample has. */
void ended_take(struct storyteller *t, const struct snapshot *snap);

/* Over the processes of a story: fills its growth. */
void growth_of_new(struct story *s);

void events_keep(struct storyteller *t, const struct snapshot *snap);
/* In the order of time. */
void events_end(struct storyteller *t);

#endif
