#ifndef COWTOP_SYS_HTTP_ACCEPT_H
#define COWTOP_SYS_HTTP_ACCEPT_H

/* What a header of a request says of a name ("gzip", "text/plain"), RFC 9110, 12.5. */

/*
 * The weight of `name` in `header`, a list such as "a/b;version=1;q=0.5, *": 0 to 1, of the most specific entry that
 * is of it; 0 where there is none. NULL: as if it were "*". Of several of one kind the greatest.
 */
double http_weight(const char *header, const char *name);

#endif
