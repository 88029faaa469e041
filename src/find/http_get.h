#ifndef COWTOP_FIND_HTTP_GET_H
#define COWTOP_FIND_HTTP_GET_H

/*
 * Does a server answer at http://HOST[:PORT][/PATH]? One GET; what comes behind the status is read and forgotten.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

/* Has it a host, and a port that is a number? */
bool http_is_url(const char *text);
/*
 * The status, at most `timeout_ns` later; or -1 and in `ret_why` the reason, a few words: nobody listens, no answer, an
 * answer that is none of HTTP, somebody asks cowtop to stop.
 */
int http_get(const char *url, int64_t timeout_ns, struct buf *ret_why);

#endif
