#ifndef COWTOP_CMD_RECORD_STACKS_H
#define COWTOP_CMD_RECORD_STACKS_H

/*
 * The call stacks of `cowtop record --stacks`: a watch beside the samples, whose stacks are written span
 * by span. A span ends with each key frame, after a minute at the latest, and with the recording; the
 * next one begins where it ended, in the next file too, so that nothing is between them.
 *
 *	record_stacks_open(&s, &run->fs, &run->target, period, &err);	// before a file is made
 *	record_stacks_write(&s, key, most, &file, &err);		// behind each sample
 *	record_stacks_write(&s, true, most, &file, &err);		// before the end
 *	record_stacks_close(&s);
 */
#include "cmd/record_file.h"
#include "watch/watch.h"

struct record_stacks {
	struct watch *watch; /* NULL: not asked for, nothing is done */
	int64_t taken_ns;    /* CLOCK_MONOTONIC, when the last span ended */
};

/* STATUS_DENIED with what to grant. `period`: one copy in so many, 0 is the default. */
int record_stacks_open(struct record_stacks *s, const struct procfs *fs, const struct target *target,
		       uint32_t period, struct err *err);
/* Behind a sample: the span up to now when it is time for it, or `end` says so. At most about `most`
 * bytes: the rarest stacks are put together (model/stacks_fold.h). */
int record_stacks_write(struct record_stacks *s, bool end, uint64_t most, struct record_file *f,
			struct err *err);
/* "4711 stacks, none lost"; nothing without a watch. */
void record_stacks_tell(const struct record_stacks *s, struct buf *out);
void record_stacks_close(struct record_stacks *s);

#endif
