#ifndef COWTOP_MODEL_STORY_H
#define COWTOP_MODEL_STORY_H

/*
 * The story of a recording: what analysis/story.h makes of its samples, in bounded memory however
 * long the recording is. Sinks print it, analysis/compare.h sets two of them side by side.
 *
 * Time is in seconds since the first sample. Curves lie on one axis of at most STORY_POINTS points;
 * when it is full, neighbours are merged two by two, and from then on a point holds twice as many
 * samples. A figure that is not known is NaN, as in a snapshot.
 *
 * A story owns all that it points to; strings of the pool are foreign bytes, not cleaned yet.
 */
#include "model/region.h"
#include "base/clock.h"
#include "base/zone.h"
#include "model/snapshot.h"
#include "model/stack_report.h"
#include "model/trend.h"

#define STORY_POINTS 1024
#define STORY_PROCESSES 256 /* followed one by one; the others are counted */
#define STORY_EVENTS 256    /* the first and the last half of so many are kept, all are counted */
#define STORY_MARKS 256
#define STORY_EVENT_TYPES (EVENT_MEMORY_LOW + 1)

/* How a process's collector stood. */
enum story_gc {
	STORY_GC_UNKNOWN,
	STORY_GC_OFF,
	STORY_GC_ON,
	STORY_GC_OFF_FROZEN,
	STORY_GC_ON_FROZEN,
};

/* Faults of `known_s` seconds, those in which every one of them is known. */
struct story_faults {
	figure known_s;
	figure minor, cow, new, file; /* what is left of minor: story_other() */
	figure major;
	figure doubt; /* how many of `cow` are perhaps of `new` */
};

struct story_levels {
	figure shared, cow_broken, new, private, cow_broken_ratio;
	figure orphaned, cow_file;
};

/* A process, or the workers on average, within one point of the axis. */
struct story_point {
	/* The last that is known, in bytes. */
	figure shared, cow_broken, new, private;
	figure orphaned, cow_file; /* with cow_broken and new they make up what is private */
	figure cow_broken_ratio;   /* in a mean: of all workers' pages */
	struct story_levels least; /* the same when what may be no copy is none (struct proc_snapshot) */
	/* Of all samples in the point; in a mean of workers the sum over them. */
	struct story_faults faults;
	figure full; /* full collections seen */
	uint8_t gc;  /* enum story_gc, the last that is known */
};

/* A point of the axis, and the pool there. */
struct story_instant {
	figure at_s;                      /* of its last sample */
	figure workers, footprint, saved; /* the last that are known */
	figure copied;                    /* by the workers, the master and forked helpers */
	figure copied_least;
	struct story_point mean; /* levels: the mean over the workers */
	/* Levels while there are workers: without them nothing that it copied is a copy any more. */
	struct story_point master;
};

/* The collector's settings as they were last known. */
struct story_settings {
	enum runtime runtime;
	char version[24];
	fact enabled, frozen; /* 0 or 1 */
	fact thresholds[GC_GENERATIONS];
};

/* How something is spread over workers, intervals, collections: n of them, or, when some count for less
 * than others, as many as n that count the same. */
struct spread {
	figure mean, deviation; /* deviation: of one, unknown below two */
	figure n;
};

/* A process that was followed. */
struct story_process {
	pid_t pid;
	uint64_t start_ticks;
	enum role role;
	int slot;
	char command[64];
	enum level level;         /* the lowest */
	enum exactness exactness; /* the last */
	bool estimated;           /* its ledger was at any time, besides what is at the least */
	bool begun;               /* born within the recording */
	bool at_end;              /* in the last sample */
	figure first_s, last_s;   /* when it was seen first and last */
	uint64_t samples;
	struct story_point first, last; /* levels only */
	struct story_faults faults;
	struct story_settings settings;
	/* Slope of the straight line through its own memory (story_own()), over all of its time. */
	figure growth_per_min;
	/* Over the intervals between marks: its own memory, its copies in bytes, its minor faults. */
	struct spread mark_growth, mark_copies, mark_minor;
	/* Unknown: never told. The time is from the first sample that told to the last. */
	figure full_collections, full_known_s, bytes_per_full_collection;
	figure first_full_bytes, later_full_bytes; /* as in the story */
	struct trend new;        /* of its new memory; times since the beginning of the recording */
	figure first_hour_bytes; /* cow_broken gained in its first recorded hour; unknown: shorter */
	/* Its curve: points of the axis from `from` on. */
	size_t from, npoints;
	struct story_point *points;
};

/* How shared memory decays: shared(t) = asymptote + (what was there - asymptote) / 2^(t / half_life). */
struct erosion {
	figure first_hour_bytes; /* of a worker, the mean over those recorded for so long */
	/* Unknown when the data does not carry them; `why` then says why. */
	figure half_life_s;
	figure asymptote_bytes; /* shared by a worker in the end */
	figure start_bytes;     /* of the curve, at a worker's first sample */
	figure residual_bytes;  /* typical distance of a point from the curve */
	figure workers;         /* that carry the fit: the figures above are their medians */
	const char *why;
};

struct story_mark {
	figure at_s; /* may be behind the last sample: story_is_late() */
	char *text;  /* whole, foreign */
};

/* From one mark to the next, from the beginning to the first, from the last to the end. */
struct story_interval {
	figure from_s, to_s;
	figure seen_s;    /* between the samples that its figures are taken from */
	const char *text; /* of the mark that it begins with; "" at the beginning */
	/* What workers that were there all the time gained, each. */
	struct spread private_bytes, own_bytes, cow_bytes, shared_bytes, minor; /* own: story_own() */
	figure master_cow_bytes; /* what the master copied more than at the beginning */
	figure full_collections; /* of all followed workers */
};

/* The loss: cow-broken memory, of a worker on average or of the master. */
struct story_loss {
	figure first_bytes, last_bytes; /* at the beginning, at the end */
	figure first_least, last_least; /* the same at the least */
	figure most_bytes; /* ever: what a master copied is none any more when its workers are gone */
	figure half_s;     /* when half of what came in between had come */
	figure step_bytes; /* the most that came within one point of the axis, ... */
	figure step_from_s, step_to_s; /* ... which is this one */
	figure step_full;              /* full collections in it */
};

/* New memory of those that are there at the end: who only gets more, and for how long that can go on. */
struct story_growth {
	size_t workers, growing, levelling; /* that were watched for long enough; of them */
	bool master;                        /* it grows, too */
	/* Of all that grow: since when at the earliest, how much since, and how fast it goes. */
	figure since_s, gained, per_s;
	figure end_gained, end_bytes; /* a worker that levels off, on average: what it got, where it ends */
	/* What is left until the memory limit of the cgroup, or until the host has none: the less of the two. */
	figure room_bytes, limit_bytes;
	bool of_cgroup;
	bool estimated;
};

struct story_space {
	figure at_s;
	enum role role;
	int slot;
	struct address_space space;
};

struct story {
	char command[64];
	char host[65], kernel[65];
	int64_t page_size;
	struct kernel_facts properties; /* what the recorded kernel tells about pages */
	pid_t master_pid;               /* in the last sample; 0: gone */
	int64_t begin_ns, end_ns;       /* wall clock */
	const struct zone *zone;        /* in which its times are shown; NULL: UTC */
	figure elapsed_s;
	uint64_t samples;
	enum level level;         /* the lowest of any sample */
	enum exactness exactness; /* of the last */
	bool estimated;           /* the ledger of a worker was at any time */
	bool estimated_all;       /* one of theirs, the master's, or a forked helper's was */
	char missing[96];         /* what could not be read and what it needs; "" for nothing */
	figure load_s;        /* the load that it is the recording of took so long; unknown: it is of none */
	figure load_requests; /* and made so many requests; unknown: nobody said */
	figure workers_first, workers_last, workers_most;
	figure prefork_bytes; /* the ceiling: the largest inherited set of a worker, ever */
	figure prefork_least; /* the same at the least */
	figure footprint_first, footprint_last, footprint_most, saved_first, saved_last;

	struct story_instant *instants;
	size_t ninstants;
	struct story_process *processes; /* the master first, then by the time they were first seen */
	size_t nprocesses;
	uint64_t unfollowed; /* further processes, without a curve */

	struct story_loss loss; /* of a worker on average */
	struct story_loss master_loss;
	figure copied_first, copied_last; /* by everybody */
	figure copied_first_least, copied_last_least;
	struct erosion erosion;
	struct story_growth growth;
	struct story_faults faults; /* of the followed workers */
	figure worker_s;            /* intervals of all of them, for faults.known_s */
	struct story_faults master_faults;
	figure master_s;                         /* the same of the master */
	figure full_collections;                 /* that were seen, of all followed workers */
	struct spread bytes_per_full_collection; /* over the intervals with one, each by its number */
	/* The first one seen of each worker, with those in its interval, writes what nobody has written so far; and each
	 * later one, `later_full` of them. */
	struct spread first_full_bytes, later_full_bytes;
	figure later_full;
	figure ended_minor;  /* minor faults of children that ended and that the master waited for ... */
	figure ended_unseen; /* ... and of these those in no sample */
	figure cost_s;       /* cowtop's own CPU time */
	/* By the kernel, in making huge pages, of all processes: copied, and new; no faults. */
	figure collapsed_bytes, filled_bytes;

	struct story_mark *marks;
	size_t nmarks;
	struct story_interval *intervals; /* empty without marks */
	size_t nintervals;
	struct event *events;
	size_t nevents, events_early; /* the first events_early of them precede those left out */
	uint64_t event_counts[STORY_EVENT_TYPES];
	struct finding *findings; /* of the last sample */
	size_t nfindings;
	struct story_space *spaces;
	size_t nspaces;
	struct why *why;                  /* why workers copied pages; NULL: recorded without --why */
	struct stacks *stacks;            /* call stacks of that time; NULL: recorded without */
	struct stack_report stack_report; /* of them */
};

void story_release(struct story *s);

/* Sums, times included. */
static inline void story_faults_add(struct story_faults *to, const struct story_faults *more)
{
	to->known_s += more->known_s;
	to->minor += more->minor;
	to->cow += more->cow;
	to->new += more->new;
	to->file += more->file;
	to->major += more->major;
	to->doubt += more->doubt;
}

/* A level of a point, "cow_broken", with its label. */
#define STORY_LEVEL(p, member, estimated) measure_make((p)->member, (p)->least.member, estimated)

/* Private memory that the process got or copied itself. What is orphaned it has had from the beginning: it became
 * private because others copied it or went away. Below LEVEL_EXACT, where that is not known: all that is private. */
static inline figure story_own(const struct story_point *p)
{
	return known(p->orphaned) ? p->private - p->orphaned : p->private;
}

/* Counts per second, unknown when nothing is known. */
static inline figure story_per_s(const struct story_faults *f, figure count)
{
	return f->known_s > 0 ? count / f->known_s : UNKNOWN;
}

/* Faults that nothing explains. Pages and counters are read a moment apart: in a short time the parts
 * can be more than the whole. */
static inline figure story_other(const struct story_faults *f)
{
	return fmax(0, f->minor - f->cow - f->new - f->file);
}

/* Did the master copy so much that it has to be shown: a hundredth of what could be shared, and a tenth
 * of what a worker copied? */
static inline bool story_master_matters(const struct story *s)
{
	return s->master_loss.most_bytes >= 0.01 * s->prefork_bytes &&
	       s->master_loss.most_bytes >= 0.1 * fmax(s->loss.most_bytes, 0);
}

/* A mark that came when no sample was taken any more. */
static inline bool story_is_late(const struct story *s, const struct story_mark *m)
{
	return m->at_s > s->elapsed_s;
}

/* Wall clock. */
static inline int64_t story_time_ns(const struct story *s, figure at_s)
{
	return s->begin_ns + (int64_t)(at_s * SECOND);
}

#endif
