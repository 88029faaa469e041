#ifndef COWTOP_CMD_PUSH_QUEUE_H
#define COWTOP_CMD_PUSH_QUEUE_H

/*
 * What is sent to a server while the run goes on: a queue, and a thread that sends what is in it, one after the other,
 * with http_post(). Adding never waits. PUSH_QUEUE_MOST wait at most, PUSH_QUEUE_BYTES together: beyond that the
 * oldest that waits is dropped. An answer of 2xx is a success; none, or 408, 429 and 5xx, are tried PUSH_QUEUE_TRIES
 * times; anything else is dropped at once.
 *
 *	push_queue_start(&q, &err);
 *	push_queue_add(q, url, &body);
 *	poll(push_queue_fd(q)); push_queue_look(q, &state);	// what became of them
 *	push_queue_end(q, patience, &state);
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "find/http.h"

#define PUSH_QUEUE_MOST 8
#define PUSH_QUEUE_BYTES ((size_t)64 << 20)
#define PUSH_QUEUE_TRIES 3

struct push_queue;

struct push_state {
	uint64_t sent, dropped; /* since the start */
	bool down;              /* the last one that was tried was dropped */
	char why[200];          /* the last one was dropped; foreign */
};

int push_queue_start(struct push_queue **ret, struct err *err);
/* Readable when there is something new for push_queue_look(). */
int push_queue_fd(const struct push_queue *q);
void push_queue_look(struct push_queue *q, struct push_state *ret);
/* All is copied. */
void push_queue_add(struct push_queue *q, const char *url, const struct http_body *body);
/*
 * Wait until all are sent, each tried once from now on, for `patience_ns` at most or until a signal asks to stop; what
 * is left then is dropped. NULL is fine. A thread that is still looking up a name is left to itself, with its memory:
 * the process ends soon.
 */
void push_queue_end(struct push_queue *q, int64_t patience_ns, struct push_state *ret);

#endif
