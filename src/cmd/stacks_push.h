#ifndef COWTOP_CMD_STACKS_PUSH_H
#define COWTOP_CMD_STACKS_PUSH_H

/*
 * stacks --push: a profile for each span of time to a server that takes them as Pyroscope does, with
 * POST URL/ingest?name=cowtop{pool=...,host=...}&from=&until= and a form as its own agents send it. Plain HTTP. They
 * are sent by a thread (cmd/push_queue.h): the watch waits for no server. What is dropped is said when it begins, and
 * that it goes on again.
 */
#include "base/clock.h"
#include "base/err.h"
#include "cmd/push_queue.h"
#include "cmd/run.h"
#include "find/pool_name.h"
#include "watch/watch.h"

#define STACKS_PUSH_INTERVAL (15 * SECOND)
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
	struct push_queue *queue;
	struct push_state state; /* as it was told last */
	uint64_t oversized;      /* too large to be sent: dropped as well */
	bool down;               /* that profiles are dropped was told */
};

/* For options: an address of plain HTTP without a query, and a label; STATUS_USAGE. */
int stacks_push_url(void *member, const char *value, struct err *err);
int stacks_push_label(void *member, const char *value, struct err *err);
/* Once the pool and its watch are there. */
int stacks_push_begin(struct stacks_push *p, const struct run *run, struct watch *watch, struct err *err);
/* For stacks_watch(): the span since the last call; and, when push_queue_fd(queue) is readable, what to say of it. */
void stacks_push(void *push);
void stacks_push_look(void *push);
/* The last span, and a line of what was sent. STATUS_FAILED when nothing was. */
int stacks_push_end(struct stacks_push *p, struct err *err);
void stacks_push_release(struct stacks_push *p);

#endif
