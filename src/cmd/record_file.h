#ifndef COWTOP_CMD_RECORD_FILE_H
#define COWTOP_CMD_RECORD_FILE_H

/*
 * A recording on its way to the disk, or down a pipe. Each record is one write(2) behind O_APPEND,
 * so a kill loses at most the sample being written, and another process may append marks. A write
 * that fails halfway is taken back; nothing is written after it. The kernel brings the bytes to the
 * disk within half a minute; fdatasync(2) is called at the end.
 *
 *	record_file_check(path, how, &err);	// before a pool is looked for
 *	record_file_begin(&f, path, how, &setup, &err);
 *	record_file_sample(&f, &sample, &err);
 *	...
 *	record_file_end(&f, now_ns, &err);
 *	record_file_close(&f);
 */
#include "recording/recorder.h"

enum record_over {
	OVER_NOTHING, /* the file must not be there yet */
	OVER_FILE,    /* a file of that name is replaced, when the first sample is written */
};

struct record_file {
	char *path; /* "-": standard output */
	int fd;
	bool regular; /* not a pipe */
	enum record_over over;
	char *part; /* what it is called until the first sample is in it; else NULL */
	struct recorder *recorder;
	struct buf out;
	int64_t began_ns; /* wall clock */
	uint64_t size;    /* so far, marks of others included */
	uint64_t last;    /* of `size`: written since and with the last sample */
	uint64_t largest; /* the most that `last` has been */
	uint64_t samples; /* whole ones */
	bool broken;      /* a write failed or was given up: nothing is written any more */
};

#define RECORD_FILE_NONE \
	{ \
		.fd = -1 \
	}

/* Can a recording be written there? What stands there stays as it is. */
int record_file_check(const char *path, enum record_over over, struct err *err);

/* Make the file and write its head. Until record_file_sample() has worked nothing is seen under
 * `path`, and record_file_close() leaves nothing behind. */
int record_file_begin(struct record_file *f, const char *path, enum record_over over,
		      const struct record_setup *setup, struct err *err);
int record_file_sample(struct record_file *f, const struct sample *s, struct err *err);
/* The page map of a process of the sample written last. A map that is too large is left out. */
int record_file_space(struct record_file *f, const struct address_space *space, struct err *err);
/* 1: the format cannot hold the span, it is left out. */
int record_file_stacks(struct record_file *f, const struct stacks *s, struct err *err);
int record_file_mark(struct record_file *f, int64_t time_ns, const char *text, struct err *err);
/* The end, and everything to the disk. */
int record_file_end(struct record_file *f, int64_t time_ns, struct err *err);
void record_file_close(struct record_file *f);

/* Does its path still name this file? */
bool record_file_is_named(const struct record_file *f);

/* Would so many more samples, as large as the largest so far, and the end fit into `most` bytes? */
bool record_file_has_room(const struct record_file *f, unsigned int samples, uint64_t most);

/*
 * All of `bytes` behind the end of `fd`, a file opened with O_APPEND; what a failed write has left
 * there is taken back. 0 or -errno.
 */
int record_append(int fd, const struct buf *bytes);
/* Is no other cowtop recording into this file? Locks it if so, for as long as `fd` is open. */
bool record_lock(int fd);

#endif
