#ifndef COWTOP_CMD_RECORDING_H
#define COWTOP_CMD_RECORDING_H

/*
 * A recording, or the part of it between two instants, as a run would have seen it: samples with the
 * figures that follow from those before. Of samples before the part nothing is known, as in a run that began there.
 *
 *	struct recording *r;
 *	struct sample_view m;
 *	recording_open("night.ct", &span, &r, &err);
 *	while (recording_next(r, &m, &err) == 1) {
 *		...
 *		sample_view_release(&m);
 *	}
 *	recording_close(r);
 *
 * After a jump the figures are those that a run would have which began RECORDING_RUN_UP samples
 * earlier: rates, trends and correlations are right, what is counted since the beginning counts from
 * there. That bounds the time that a jump takes.
 */
#include "cmd/sample_view.h"
#include "base/when.h"
#include "model/region.h"
#include "model/snapshot.h"
#include "recording/replay.h"

#define RECORDING_RUN_UP 120

struct recording;

/* A file that is open and of which nothing has been read; what else needs privilege is opened beside it. */
struct recording_input {
	const char *path; /* borrowed; as replay_open() takes it */
	int fd;           /* -1: none */
};

#define RECORDING_INPUT_NONE \
	{ \
		.fd = -1 \
	}

/* Is there one, as replay_is_recording() says? */
bool recording_is_at(const char *path);
int recording_input_open(struct recording_input *in, const char *path, struct err *err);
void recording_input_release(struct recording_input *in);

/* Before a recording is read: gives up every privilege, and what else a reader does not need (sys/confine.h). */
int recording_alone(struct err *err);
/*
 * The same, and then begins to read; where pools are looked at as well (priv_looks() in sys/priv.h)
 * the caller does, when nothing is left to be looked at. Reads a pipe to its end when the part depends on
 * where that is. STATUS_USAGE when the part cannot hold anything.
 */
int recording_begin(struct recording_input *in, const struct when_span *span, struct recording **ret,
		    struct err *err);
/* Both. */
int recording_open(const char *path, const struct when_span *span, struct recording **ret, struct err *err);
/* Says a line about what was damaged. NULL is fine. */
void recording_close(struct recording *r);
static inline void recording_closep(struct recording **r)
{
	recording_close(*r);
}

/* From now on recording_next() gives one sample in each interval and passes the others. */
void recording_thin(struct recording *r, int64_t interval_ns);
/* The next sample. 1; 0: there is none (so far: recording_is_over()); -1. */
int recording_next(struct recording *r, struct sample_view *ret, struct err *err);
/* The same, but waits for what comes through a pipe. A file is read to its end as it is now. */
int recording_await(struct recording *r, struct sample_view *ret, struct err *err);

/* Read a pipe to its end. */
int recording_await_all(struct recording *r, struct err *err);

/* recording_await() for those who read all of the part and ask for no figures: the sample is not copied, it is
 * valid until the next call. */
int recording_facts(struct recording *r, const struct sample **ret, struct err *err);
/* From the first sample of the part on once more, marks too. */
void recording_rewind(struct recording *r);
/* Number of the sample given last. */
uint64_t recording_number(const struct recording *r);
/* Facts once more: of sample `number`, or of the last one not after an instant, at least the first. 1; 0: it cannot
 * be read; -1. `ret` is released by the caller. */
int recording_facts_of(struct recording *r, uint64_t number, struct sample *ret, struct err *err);
int recording_facts_at(struct recording *r, int64_t time_ns, struct sample *ret, struct err *err);
/* The next mark of the part that is before an instant; NULL: there is none (so far). */
const struct replay_mark *recording_mark(struct recording *r, int64_t until_ns);

/* Called with each snapshot that a jump goes through on its way, for a history. */
typedef void snapshot_fn(void *data, const struct snapshot *snap);

/* To a sample, to the last one not after an instant, or, with INT64_MAX, to the last one there is; beyond
 * the part is its first or last. A sample that is damaged is passed. 1; 0: there is none; -1. */
int recording_jump(struct recording *r, uint64_t number, snapshot_fn *before, void *data,
		   struct sample_view *ret, struct err *err);
int recording_jump_time(struct recording *r, int64_t time_ns, snapshot_fn *before, void *data,
			struct sample_view *ret, struct err *err);
/* To the first one not before an instant. */
int recording_jump_after(struct recording *r, int64_t time_ns, snapshot_fn *before, void *data,
			 struct sample_view *ret, struct err *err);

/* Take in what was appended. 1: there is more; 0; -1. Never waits. */
int recording_poll(struct recording *r, struct err *err);
/* Nothing more will come. */
bool recording_is_over(const struct recording *r);

/* The part: numbers of its first and last sample, their instants. False: there is none so far. */
struct recording_part {
	uint64_t first, last;
	int64_t first_ns, last_ns;
};
bool recording_part(struct recording *r, struct recording_part *ret);

/* As replay_info() and replay_address_space() in recording/replay.h. */
const struct replay_info *recording_info(const struct recording *r);
int recording_space(struct recording *r, pid_t pid, struct address_space *ret, struct err *err);
/* All of the part, merged; see replay_stacks_between(). */
int recording_stacks(struct recording *r, struct stacks *ret, struct err *err);
/* The spans that have something between two instants. */
int recording_stacks_between(struct recording *r, int64_t from_ns, int64_t to_ns, struct stacks *ret,
			     struct err *err);
void recording_warning(const struct recording *r, struct buf *out);

#endif
