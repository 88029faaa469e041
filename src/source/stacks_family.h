#ifndef COWTOP_SOURCE_STACKS_FAMILY_H
#define COWTOP_SOURCE_STACKS_FAMILY_H

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
#include "sys/proc.h"

struct stack_pages;

enum view_rank { VIEW_PARTIAL, VIEW_DIRECT, VIEW_WHOLE };

struct stack_view {
	uint32_t root;
	enum view_rank rank;
	bool old;          /* it was there at the last take */
	bool apportioned;  /* `copies` is a part of what the root counted, by samples */
	/* since the last take */
	uint64_t samples;
	uint64_t other;    /* pages allocated that were no copies */
	uint64_t lost;
	uint64_t copies;   /* while a take is made */
};

struct stack_member {
	pid_t pid, parent;
	uint64_t start_ticks; /* 0: gone before it could be read */
	char comm[16];
	bool master;
	bool execed;          /* another program now: no part of the pool */
	size_t threads;       /* alive */
	uint64_t minflt;      /* at the last take */
	bool minflt_known;
	struct stack_pages *pages; /* with software events; owned by the watch */
	uint32_t row;         /* while a take is made */
	bool shown;
};

struct stack_thread {
	pid_t tid;
	struct stack_member *member;
	bool ended;
	struct stack_view *views;
	size_t nviews, views_cap;
	struct stack_thread *next; /* of the same hash */
};

#define FAMILY_BUCKETS 4096

struct stack_tally {
	struct stack_thread *thread;
	uint32_t root, trace;
	uint64_t samples[PAGE_EVENTS];
};

struct stack_family {
	struct stack_member **members;
	size_t nmembers, members_cap;
	struct stack_thread **threads;
	size_t nthreads, threads_cap;
	struct stack_thread *buckets[FAMILY_BUCKETS];
	struct stack_tally *tallies; /* since the last take */
	size_t ntallies, tallies_cap;
	uint32_t *index;             /* hash of the tallies: number + 1 */
	size_t nindex;
};

void stack_family_release(struct stack_family *f); /* pages are not touched */

/* The process of this pid that is alive, or the last one; NULL. */
struct stack_member *stack_family_member(const struct stack_family *f, pid_t pid);
struct stack_member *stack_family_add(struct stack_family *f, pid_t pid, pid_t parent);
/* Likewise. */
struct stack_thread *stack_family_thread(const struct stack_family *f, pid_t tid);
struct stack_thread *stack_family_add_thread(struct stack_family *f, struct stack_member *m,
					     pid_t tid);
void stack_family_end_thread(struct stack_thread *t);
bool stack_member_gone(const struct stack_member *m);

/* The thread as this root shows it; made when there is none. */
struct stack_view *stack_view_of(struct stack_thread *t, uint32_t root);
/* The one that is reported; NULL: none. */
const struct stack_view *stack_view_best(const struct stack_thread *t);

void stack_family_count(struct stack_family *f, struct stack_thread *t, uint32_t root,
			uint32_t trace, enum page_event event, uint64_t samples);
/* Forget the tallies, and who has gone; `drop` is told of each such process first. */
void stack_family_forget(struct stack_family *f, void (*drop)(void *ctx, struct stack_member *m),
			 void *ctx);

#endif
