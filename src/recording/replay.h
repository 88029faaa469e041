#ifndef COWTOP_RECORDING_REPLAY_H
#define COWTOP_RECORDING_REPLAY_H

/*
 * Samples of a recording (cowtop-record(5)), as live_sample() would have given them. Needs no
 * privilege and no /proc. Reads with pread(2), a record at a time: memory does not grow with the
 * file. Forward, backward, to a time, to a number; a file that is still being written is followed.
 *
 *	struct replay *r;
 *	replay_open("night.ct", &r, &err);
 *	sample_init(&s);
 *	while (replay_next_over(r, &s, &err) == 1)
 *		...
 *	sample_release(&s);
 *	replay_warning(r, &text);	// what was damaged, if anything
 *	replay_close(r);
 *
 * Samples are numbered from 0. The position is the sample given last; before the first call it is in
 * front of sample 0. A damaged record is stepped over: the samples up to the next one that is
 * decodable alone are missing, their numbers are never given.
 */
#include "base/buf.h"
#include "base/err.h"
#include "model/region.h"
#include "model/sample.h"

struct replay;
struct stacks;

struct replay_mark {
	int64_t time_ns;
	char *text; /* foreign bytes; never NULL */
};

/* Call stacks (model/stacks.h) are recorded span by span, without gaps: one ends where the next begins. */
struct replay_span {
	int64_t begin_ns, end_ns; /* wall clock, to the millisecond */
	uint64_t at;              /* in the file */
};

struct replay_info {
	uint32_t version;                /* of the format */
	int64_t page_size;               /* of the host recorded */
	int64_t interval_ns;             /* base interval; 0: not known */
	const char *creator;             /* "cowtop 0.1.0"; "" when unknown; foreign bytes */
	const char *target;              /* what was asked to record; "" when unknown; foreign bytes */
	uint64_t samples;                /* how many the file holds (so far), damaged ones included */
	int64_t first_ns, last_ns;       /* wall clock of the first and the last; 0 without a sample */
	uint64_t bytes;                  /* size of the file (so far) */
	bool ended;                      /* it has its end: nothing more comes, unless marks */
	const struct replay_mark *marks; /* in file order */
	size_t nmarks;
	const struct replay_span *spans; /* of call stacks, in file order */
	size_t nspans;                   /* 0: recorded without --stacks */
};

/*
 * "-" and pipes: what arrives is kept in an unlinked temporary file, so that every function works.
 * Waits for the head of a pipe only. STATUS_NO_TARGET when there is no such file, STATUS_DENIED,
 * STATUS_FAILED when it is not a recording, is empty, or needs a newer cowtop. */
int replay_open(const char *path, struct replay **ret, struct err *err);
/* The same in two steps, for who gives rights up in between: a descriptor or -1, and what is read of it. The second
 * takes it over, also when it fails. */
int replay_input(const char *path, struct err *err);
int replay_open_input(int fd, const char *path, struct replay **ret, struct err *err);
/* Is this a file that begins like a recording? Also one that cannot be looked at now (EIO, ENOMEM, EMFILE): who opens it says
 * why. A pipe is not looked at. */
bool replay_is_recording(const char *path);
void replay_close(struct replay *r); /* NULL is fine */
/* Valid until the next call that takes a struct replay which is not const. */
const struct replay_info *replay_info(const struct replay *r);

/* The sample after the position. 1; 0: there is none (so far; `ret` and the position stay); -1 when the file
 * cannot be read. `ret` is an initialised sample, or one that was given before, whose memory is used again;
 * it is released by the caller. */
int replay_next_over(struct replay *r, struct sample *ret, struct err *err);
/* The same for those who read all of it: the sample is not copied, it is valid until the next call that takes
 * a struct replay which is not const. */
int replay_next_view(struct replay *r, const struct sample **ret, struct err *err);
/* Sample `number`, or the nearest readable one behind it (0: there is none). `ret` is written over without
 * being released before, and released by the caller. */
int replay_at(struct replay *r, uint64_t number, struct sample *ret, struct err *err);
/* The sample in front of the first one whose wall clock is after `time_ns`, which may have been set back
 * in between; at least the first. */
int replay_at_time(struct replay *r, int64_t time_ns, struct sample *ret, struct err *err);
/* In front of sample `number`, so that replay_next_over() gives it: 0 rewinds. */
void replay_rewind(struct replay *r, uint64_t number);
/* Number of the sample at the position; UINT64_MAX before the first. */
uint64_t replay_number(const struct replay *r);
/* The number of that sample, without decoding it. */
int replay_find_time(struct replay *r, int64_t time_ns, uint64_t *ret, struct err *err);

/* Regions and page map of a process as recorded with the key frame at or before the position. 1; 0 when
 * the recording has none (it was made without page maps); -1. `ret`, whose time is the key frame's, is
 * released by the caller. */
int replay_address_space(struct replay *r, pid_t pid, struct address_space *ret, struct err *err);

/* Call stacks of all spans that have a part between two instants, merged (model/stacks_fold.h); whole spans:
 * ret->time_ns and span_ns say which. 1; 0: there is none, or those that there are, are damaged; -1. INT64_MIN and
 * INT64_MAX: the whole recording. `ret` is released by the caller. */
int replay_stacks_between(struct replay *r, int64_t from_ns, int64_t to_ns, struct stacks *ret,
			  struct err *err);

/* Take in what was appended since. 1: there are more samples or marks; 0: not so; -1. Never waits. */
int replay_poll(struct replay *r, struct err *err);
/* Nothing more will come: it has its end, or the pipe was closed. */
bool replay_is_over(const struct replay *r);
/* The pipe to wait on with poll(2), or -1 for a file, which is to be asked now and then. */
int replay_fd(const struct replay *r);

/* One line about what could not be read so far: how much, where; nothing is appended if all is well. */
void replay_warning(const struct replay *r, struct buf *out);

#endif
