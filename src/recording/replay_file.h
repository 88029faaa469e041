#ifndef COWTOP_RECORDING_REPLAY_FILE_H
#define COWTOP_RECORDING_REPLAY_FILE_H

/*
 * The bytes of a recording. What comes through a pipe is kept in an unlinked temporary file, so that
 * both can be read anywhere.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/err.h"

struct replay_file {
	int fd;        /* a file; -1: not open */
	int pipe;      /* where more of it comes from; -1: nowhere */
	uint64_t size; /* so far */
	bool over;     /* it came through a pipe that was closed */
	/* Bytes that were read ahead: records are small, and read one after the other. What was once
	 * written does not change. */
	char *ahead;
	uint64_t ahead_at;
	size_t nahead;
};

/* What replay_file_open() takes: a descriptor of the file or pipe, or -1. "-": standard input. */
int replay_file_input(const char *path, struct err *err);
/* `fd` is its own from then on, also when it fails; `path` is only for what is said. */
int replay_file_open(struct replay_file *f, int fd, const char *path, struct err *err);
/* Take in what came since, without waiting. 1: the file has grown; 0; -1: also when it has shrunk. */
int replay_file_grow(struct replay_file *f, struct err *err);
/* Wait until there are `size` bytes, or no more will come. */
int replay_file_await(struct replay_file *f, uint64_t size, struct err *err);
/* Up to `len` bytes; fewer only at the end. -1 with `err`. */
ssize_t replay_file_read(struct replay_file *f, uint64_t at, void *to, size_t len, struct err *err);
void replay_file_close(struct replay_file *f);

#endif
