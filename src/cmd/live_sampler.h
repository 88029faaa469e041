#ifndef COWTOP_CMD_LIVE_SAMPLER_H
#define COWTOP_CMD_LIVE_SAMPLER_H

/*
 * Making frames beside the screen. A walk over a large pool, or a jump in a recording, takes longer
 * than a key may wait, so one thread owns where they come from (struct frame_maker) and hands finished
 * frames over; whoever draws never touches /proc or the recording. It makes one when it is asked to:
 * the pace stays with the event loop.
 *
 *	sampler_start(&maker, &s, &err);
 *	sampler_ask(s, &wish);
 *	poll(sampler_fd(s)), then
 *	struct live_frame *f = sampler_take(s);
 *	...
 *	live_frame_free(f);
 *	if (sampler_stop(s))	// what the maker uses is the caller's again
 */
#include "base/err.h"
#include "cmd/live_stacks.h"
#include "cmd/sample_view.h"
#include "model/region.h"
#include "tui/playback.h"
#include "tui/pool_list.h"
#include "tui/timeline.h"

/* Which sample is wanted. A pool has only the next one. */
struct wish {
	enum wish_kind {
		WISH_NEXT,
		WISH_NUMBER, /* `number` of a recording's samples, or the nearest one before it */
		WISH_TIME,   /* the last one not after `time_ns` */
		WISH_MARK,   /* the first one not before `time_ns` */
		WISH_NONE,   /* none: only what has become of the recording */
	} kind;
	uint64_t number;
	int64_t time_ns;
	bool why; /* say why pages were copied as well: the sampler's to set, by sampler_why() */
};

enum live_kind {
	LIVE_FRAME_SAMPLE,
	LIVE_FRAME_SPACE,  /* no sample: an address space or call stacks, asked for in between */
	LIVE_FRAME_NONE,   /* no sample: the recording has none there (so far) */
	LIVE_FRAME_GONE,   /* the master has gone; nothing comes after it */
	LIVE_FRAME_FAILED, /* `err` says why; nothing comes after it */
};

/* What a recording was like when a frame was made from it. */
struct recording_state {
	bool over, damaged;
	uint64_t first, last; /* the part that is played */
	int64_t first_ns, last_ns;
	struct playback_mark *marks; /* when there are new ones: all of them */
	size_t nmarks;
};

struct live_frame {
	enum live_kind kind;
	enum wish_kind wish;
	struct sample_view view;
	struct timeline
		*history; /* after a jump: the samples before, in place of those that are remembered */
	struct recording_state recording;
	struct address_space space;
	bool has_space;             /* of the watched process; when not, `err` says why */
	struct live_stacks *stacks; /* NULL: they were not wanted */
	struct pool_list *pools;    /* of the machine, instead of a sample (cmd/pools_live.c); or NULL */
	int64_t least_ns;           /* from this sample to the next at the least; 0: as often as wanted */
	struct err err;
};

void live_frame_free(struct live_frame *f); /* NULL is fine */

/* Where frames come from. All are called in the thread. */
struct frame_maker {
	void *data;
	/* Fill in a zeroed frame, its kind first: LIVE_FRAME_SAMPLE, _NONE, _GONE or _FAILED. */
	void (*make)(void *data, const struct wish *wish, struct live_frame *f);
	/* -1: there is none, `err` says why. */
	int (*space)(void *data, pid_t pid, struct address_space *ret, struct err *err);
	/* Called with every frame; NULL: they are not wanted. */
	struct live_stacks *(*stacks)(void *data, const struct stacks_wish *wish);
};

struct sampler;

/* Block the signals first: the thread inherits that. */
int sampler_start(const struct frame_maker *maker, struct sampler **ret, struct err *err);
/* Readable when there is a frame to take. */
int sampler_fd(const struct sampler *s);
/* Make one now, or when an address space that is finished has been taken. False: the sample before is
 * not finished, or not taken yet; nothing is queued. */
bool sampler_ask(struct sampler *s, const struct wish *wish);
/* Whose address space frames bring along from now on, at once if it is another one; 0: nobody's. */
void sampler_watch(struct sampler *s, pid_t pid);
/* Whether frames bring call stacks along from now on; what changes comes at once. */
void sampler_stacks(struct sampler *s, const struct stacks_wish *wish);
/* Whether samples say why pages were copied, from the next one on. */
void sampler_why(struct sampler *s, bool on);
/* The finished frame, now the caller's, or NULL. */
struct live_frame *sampler_take(struct sampler *s);
/*
 * End the thread, and wait a quarter of a second for it to finish what it is at. NULL is fine. False: it does not,
 * and everything that the maker uses stays its own until the process ends, which must be soon.
 */
bool sampler_stop(struct sampler *s);

#endif
