#ifndef COWTOP_RECORDING_RECORDER_H
#define COWTOP_RECORDING_RECORDER_H

/*
 * Samples into the bytes of a recording (cowtop-record(5)). Only bytes: whoever calls writes them,
 * in the order in which they came, each call's bytes with one write, so that a kill at any moment
 * loses at most the sample being written.
 *
 *	struct recorder *r = recorder_new(&setup, &out);	// the head: write it
 *	recorder_sample(r, &sample, &out, &err);		// a record: write it
 *	recorder_written(r, lseek(fd, 0, SEEK_CUR));		// when that is a file
 *	recorder_end(r, now, &out);				// the end: write it
 *	recorder_free(r);
 *
 * Every function appends to `out`; the caller resets it after the write. A recording that lacks its
 * end is complete up to its last whole record. After a write that failed halfway nothing more may be
 * written. A new file (rotation) is a new recorder.
 */
#include "base/buf.h"
#include "base/err.h"
#include "model/region.h"
#include "model/sample.h"
#include "model/stacks.h"

struct recorder;

struct record_setup {
	int64_t time_ns;     /* wall clock of the beginning */
	int64_t interval_ns; /* base interval; 0: not known */
	int64_t page_size;   /* of the host */
	const char *creator; /* "cowtop 0.1.0" */
	const char *target;  /* what was asked for, foreign bytes; NULL: not known */
};

struct recorder *recorder_new(const struct record_setup *setup, struct buf *out);

/* STATUS_FAILED when the sample is beyond the format's limits (65536 processes): `out` is as before. */
int recorder_sample(struct recorder *r, const struct sample *s, struct buf *out, struct err *err);

/* Will the next sample be decodable alone? Address spaces belong behind such a sample. */
bool recorder_key_next(const struct recorder *r);
/* It shall be so. */
void recorder_want_key(struct recorder *r);

/* The address space of a process of the sample just recorded. */
int recorder_space(struct recorder *r, const struct address_space *a, struct buf *out, struct err *err);

/* Call stacks of the time since those before, up to now; STATUS_FAILED when they are beyond the format's
 * limits (codec/stacks.h). */
int recorder_stacks(struct recorder *r, const struct stacks *s, struct buf *out, struct err *err);

/* A mark of this recorder: one line of text, at most RECORD_MARK_MAX bytes, the rest is cut off. */
#define RECORD_MARK_MAX 1000
void recorder_mark(struct recorder *r, int64_t time_ns, const char *text, struct buf *out);

/*
 * The file ends at `end` after what was just written to it. Without this call the recorder takes the
 * file for its own; with it, another process may append marks between its records (record_mark()).
 */
void recorder_written(struct recorder *r, uint64_t end);

/* The index and the end. */
void recorder_end(struct recorder *r, int64_t time_ns, struct buf *out);
void recorder_free(struct recorder *r); /* NULL is fine */

/* A mark for a recording that another process writes, or that has ended: append it with one write
 * on a descriptor with O_APPEND. */
void record_mark(int64_t time_ns, const char *text, struct buf *out);

#endif
