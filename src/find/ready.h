#ifndef COWTOP_FIND_READY_H
#define COWTOP_FIND_READY_H

/*
 * When a started pool is ready for its load: --ready CMD|URL|TIME. Of a pool that says nothing itself it is when it has
 * stood still.
 */
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

enum ready_kind {
	READY_QUIET,   /* it stands still */
	READY_TIME,    /* so long after it was started */
	READY_URL,     /* http://...: it answers with a status below 500 */
	READY_COMMAND, /* `sh -c` ends with 0 */
};

struct ready {
	enum ready_kind kind;
	const char *text; /* borrowed, as it was typed; NULL: READY_QUIET */
	int64_t after_ns; /* READY_TIME */
};

/* STATUS_USAGE: nothing, or an address that cannot be asked. */
int ready_parse(const char *text, struct ready *ret, struct err *err);
/*
 * Ask a URL or run a command, once, for at most `timeout_ns`. 1: ready; 0: not, and `ret_answer` (reset) has what the
 * answer was, a few words; -1: somebody asked cowtop to stop. Nothing of the command is left.
 */
int ready_ask(const struct ready *r, int64_t timeout_ns, struct buf *ret_answer);

#endif
