#ifndef COWTOP_CMD_ATOMIC_FILE_H
#define COWTOP_CMD_ATOMIC_FILE_H

/*
 * A file that appears whole or not at all: it is begun, beside its place and under another name,
 * before the work, so that what cannot be written is known before, and takes its place at the end.
 * What is no ordinary file (a pipe, /dev/stderr) or a link is written as it is, unless a stranger may have put it
 * there (cmd/stranger.h). A recording is never overwritten. It is made with the user's own rights (sys/priv.h).
 *
 *	cleanup(atomic_file_release) struct atomic_file f = ATOMIC_FILE_NONE;
 *	atomic_file_open(&f, "out.svg", err);
 *	...
 *	atomic_file_write(&f, &bytes, err);
 */
#include "base/buf.h"
#include "base/err.h"

struct atomic_file {
	const char *path; /* borrowed; NULL: none */
	char *name;       /* of the unfinished file; NULL: written in place */
	int fd;           /* -1: not open, or standard output */
};

#define ATOMIC_FILE_NONE \
	{ \
		.fd = -1 \
	}

/* "-" is standard output. */
int atomic_file_open(struct atomic_file *f, const char *path, struct err *err);
/* Some more of it, before the rest: of what does not fit into memory. */
int atomic_file_add(struct atomic_file *f, const struct buf *bytes, struct err *err);
/* All of the file, or the rest of it, once. */
int atomic_file_write(struct atomic_file *f, const struct buf *bytes, struct err *err);
/* Of a file that was not written nothing is left. */
void atomic_file_release(struct atomic_file *f);

#endif
