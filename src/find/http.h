#ifndef COWTOP_FIND_HTTP_H
#define COWTOP_FIND_HTTP_H

/*
 * One request to http://HOST[:PORT][/PATH][?QUERY], plain HTTP only: a connection, a request, its status. What comes
 * behind the status is read and forgotten.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* What is sent; http_get() sends nothing. */
struct http_body {
	const char *type;
	const char *bytes;
	size_t len;
};

/* When http_post() gives up. Names are looked up by the C library, which takes its own time for that. */
struct http_limit {
	int64_t timeout_ns; /* from now on */
	int stop_fd;        /* it becomes readable */
};

/* Has it a host, and a port that is a number? */
bool http_is_url(const char *text);
/*
 * The status, at most `timeout_ns` later; or -1 and in `ret_why` the reason, a few words: nobody listens, no answer, an
 * answer that is none of HTTP, somebody asks cowtop to stop meanwhile. For the thread that runs (base/stop.h).
 */
int http_get(const char *url, int64_t timeout_ns, struct buf *ret_why);
/* Likewise, for any thread: signals are not looked for. */
int http_post(const char *url, const struct http_body *body, const struct http_limit *limit,
	      struct buf *ret_why);
/* `text` as a value in a query: what is no letter, digit or one of "-._~" as %XX. */
void http_escape(struct buf *out, const char *text);

#endif
