#ifndef COWTOP_CMD_TIME_RANGE_H
#define COWTOP_CMD_TIME_RANGE_H

/*
 * The part of a recording between two times (-b, -e), and waiting for what comes through a pipe: what
 * cmd/recording.h is made of.
 */
#include "base/err.h"
#include "base/when.h"
#include "recording/replay.h"

struct time_range {
	int64_t from_ns, to_ns; /* both ends included; INT64_MIN, INT64_MAX: open */
	uint64_t first;         /* number of its first sample, or in front of it */
	int64_t first_ns;       /* its instant; 0: no sample of the part was seen yet */
};

/* Where the part is; `r` is then in front of it. Reads a pipe to its end when the part depends on where that is.
 * STATUS_USAGE: nothing can be in it. Says so when a time of day or a date lies before `path` begins. */
int time_range_find(struct replay *r, const char *path, const struct when_span *span, struct time_range *ret,
		    struct err *err);

/* Where the sample that was read is: in front of the part (below 0), in it (0), behind it. Once the part has
 * begun it goes on to its end, also when the clock was set back meanwhile. */
int time_range_side(struct time_range *p, uint64_t number, int64_t time_ns);

/* Why nothing of `path` was read in the span: STATUS_FAILED, with the time that the recording does have. */
int time_range_none(const char *path, const struct when_span *span, const struct replay_info *info,
		    struct err *err);

/* Until something has come through the pipe, or it has ended. 1; 0: nothing comes any more, or it is a
 * file; -1. */
int time_range_wait(struct replay *r, struct err *err);
/* Read a pipe to its end. */
int time_range_wait_all(struct replay *r, struct err *err);

#endif
