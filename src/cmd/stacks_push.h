#ifndef COWTOP_CMD_STACKS_PUSH_H
#define COWTOP_CMD_STACKS_PUSH_H

/*
 * stacks --push: a profile for each span of time to a server that takes them as Pyroscope does, with
 * POST URL/ingest?name=cowtop{pool=...,host=...}&from=&until=&format=pprof. Plain HTTP. A server that does not answer
 * costs a span: STACKS_PUSH_TRIES attempts, then it is dropped, which is said, and that it goes on again.
 */
#include "base/clock.h"
#include "base/err.h"
#include "cmd/run.h"
#include "find/pool_name.h"
#include "watch/watch.h"

#define STACKS_PUSH_INTERVAL (15 * SECOND)
#define STACKS_PUSH_TRIES 3
#define STACKS_PUSH_LABELS 16

struct stacks_labels {
	const char *items[STACKS_PUSH_LABELS]; /* KEY=VALUE, borrowed */
	size_t n;
};

struct stacks_push {
	const char *url; /* NULL: none */
	int64_t interval_ns;
	struct stacks_labels labels;
	struct watch *watch;  /* borrowed */
	char pool[POOL_NAME]; /* what it is called, foreign */
	uint64_t sent, dropped;
	bool down; /* the last one was dropped */
	bool last; /* there is one attempt, a short one */
};

/* For options: an address of plain HTTP without a query, and a label; STATUS_USAGE. */
int stacks_push_url(void *member, const char *value, struct err *err);
int stacks_push_label(void *member, const char *value, struct err *err);
/* Once the pool and its watch are there. */
void stacks_push_begin(struct stacks_push *p, const struct run *run, struct watch *watch);
/* The span since the last call; for stacks_watch(). */
void stacks_push(void *push);
/* The last span, and a line of what was sent. STATUS_FAILED when nothing was. */
int stacks_push_end(struct stacks_push *p, struct err *err);

#endif
