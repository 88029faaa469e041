#ifndef COWTOP_CMD_DRAFT_H
#define COWTOP_CMD_DRAFT_H

/*
 * A file that appears whole or not at all: it is begun, beside its place and under another name,
 * before the work, so that what cannot be written is known before, and takes its place at the end.
 * What is no ordinary file (a pipe, /dev/stderr) or a link is written as it is. A recording is never
 * overwritten.
 *
 *	cleanup(draft_release) struct draft d = DRAFT_NONE;
 *	draft_open(&d, "out.svg", err);
 *	...
 *	draft_write(&d, &bytes, err);
 */
#include "base/buf.h"
#include "base/err.h"

struct draft {
	const char *path; /* borrowed; NULL: none */
	char *name;       /* of the unfinished file; NULL: written in place */
	int fd;           /* -1: not open, or standard output */
};

#define DRAFT_NONE { .fd = -1 }

/* "-" is standard output. */
int draft_open(struct draft *d, const char *path, struct err *err);
/* All of it, once. */
int draft_write(struct draft *d, const struct buf *bytes, struct err *err);
/* Of one that was not written nothing is left. */
void draft_release(struct draft *d);
/* All three, for what is there at once. */
int draft_file(const char *path, const struct buf *bytes, struct err *err);

#endif
