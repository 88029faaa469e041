#ifndef COWTOP_WATCH_WATCH_THREADS_H
#define COWTOP_WATCH_WATCH_THREADS_H

/*
 * Who is in the watched pool, and what was seen of each. A thread may be covered twice: it inherited
 * the events of whoever started it, and was found and attached to in the same moment. Each way is a
 * view of the thread, counted apart; only the best view of a thread is reported:
 *
 *   whole    inherited from a root that covered all CPUs when the thread began: nothing is missing
 *   direct   the thread is the root itself
 *   partial  inherited before the root covered all CPUs, or no record tells how
 */
#include "model/stacks.h"
#include "base/hash.h"
#include "sys/proc.h"

struct watch_pages;

enum view_rank { VIEW_PARTIAL, VIEW_DIRECT, VIEW_WHOLE };

struct watch_view {
	uint32_t root;
	enum view_rank rank;
	bool old;         /* it was there at the last take */
	bool apportioned; /* `copies` is a part of what the root counted, by samples */
	/* since the last take */
	uint64_t samples;
	uint64_t other; /* pages allocated that were no copies */
	uint64_t lost;
	uint64_t copies; /* while a take is made */
};

struct watch_member {
	pid_t pid, parent;
	uint64_t start_ticks; /* 0: gone before it could be read */
	char comm[16];
	bool master;
	bool execed;     /* another program now: no part of the pool */
	size_t threads;  /* alive */
	uint64_t minflt; /* at the last take */
	bool minflt_known;
	struct watch_pages *pages; /* with software events; owned by the watch */
	uint32_t row;              /* while a take is made */
	bool shown;
};

struct watch_thread {
	pid_t tid;
	struct watch_member *member;
	bool ended;
	struct watch_view *views;
	size_t nviews, views_cap;
	struct watch_thread *next; /* of the same hash */
};

#define WATCH_BUCKETS 4096

struct watch_tally {
	struct watch_thread *thread;
	uint32_t root, trace;
	uint64_t samples[PAGE_EVENTS];
};

struct watch_threads {
	struct watch_member **members;
	size_t nmembers, members_cap;
	struct watch_thread **threads;
	size_t nthreads, threads_cap;
	struct watch_thread *buckets[WATCH_BUCKETS];
	struct watch_tally *tallies; /* since the last take */
	size_t ntallies, tallies_cap;
	struct hash index; /* of the tallies */
};

void watch_threads_release(struct watch_threads *f); /* pages are not touched */

/* The process of this pid that is alive, or the last one; NULL. */
struct watch_member *watch_threads_member(const struct watch_threads *f, pid_t pid);
struct watch_member *watch_threads_add(struct watch_threads *f, pid_t pid, pid_t parent);
/* Likewise. */
struct watch_thread *watch_threads_thread(const struct watch_threads *f, pid_t tid);
struct watch_thread *watch_threads_add_thread(struct watch_threads *f, struct watch_member *m, pid_t tid);
void watch_threads_end_thread(struct watch_thread *t);
bool watch_member_gone(const struct watch_member *m);

/* The thread as this root shows it; made when there is none. */
struct watch_view *watch_view_of(struct watch_thread *t, uint32_t root);
/* The one that is reported; NULL: none. */
const struct watch_view *watch_view_best(const struct watch_thread *t);

void watch_threads_count(struct watch_threads *f, struct watch_thread *t, uint32_t root, uint32_t trace,
			 enum page_event event, uint64_t samples);
/* Forget the tallies, and who has gone; `drop` is told of each such process first. */
void watch_threads_forget(struct watch_threads *f, void (*drop)(void *ctx, struct watch_member *m),
			  void *ctx);

#endif
