#ifndef COWTOP_SYS_HTTP_H
#define COWTOP_SYS_HTTP_H

/*
 * Pages over HTTP, through libmicrohttpd (http_library.h), in a thread of its own: what is published is given to
 * whoever asks until the next is. Nothing is read of a request but its method, path and two headers.
 *
 *	fd = http_listen("127.0.0.1:9835", err);
 *	http_new(&h, err);
 *	http_publish(h, pages, n);
 *	http_start(h, fd, err);
 *	http_publish(h, pages, n);	// again and again
 *	http_sweep(h);			// every few seconds
 *	http_stop(h);
 *
 * A connection is for one answer and lasts HTTP_LONGEST at the most; there are HTTP_CONNECTIONS, further ones wait in
 * the kernel until one of them ends. GET and HEAD, or 405; a path that was not published is 404.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define HTTP_CONNECTIONS 128
#define HTTP_LONGEST (30 * SECOND)
/* Without a byte in either direction. */
#define HTTP_IDLE_S 5

struct http_page {
	const char *path; /* "/metrics" */
	const char *type; /* Content-Type; of several of one path the one that is wanted most, or the first */
	struct buf plain;
	struct buf packed; /* the same as gzip; empty: there is none */
};

struct http;

/* A socket for ADDR:PORT, [ADDR]:PORT, or :PORT and PORT, which are of 127.0.0.1; or -1. */
int http_listen(const char *where, struct err *err);
/* The socket that who started this process listens at already, by sd_listen_fds(3): the first of LISTEN_FDS, where
 * LISTEN_PID is this process. -1: there is none; or it is no listening stream socket, then `err` is filled. */
int http_inherited(struct err *err);
/* STATUS_FAILED: this build or this machine has no libmicrohttpd. */
int http_new(struct http **ret, struct err *err);
/* What was published is answered at `fd` from now on, which it takes over. The thread has no capability in effect. */
int http_start(struct http *h, int fd, struct err *err);
/* Copies them. */
void http_publish(struct http *h, const struct http_page *pages, size_t n);
/* Ends what has lasted too long. */
void http_sweep(struct http *h);
void http_stop(struct http *h); /* NULL is fine */

#endif
