#ifndef COWTOP_CMD_LIVE_SAMPLER_H
#define COWTOP_CMD_LIVE_SAMPLER_H

/*
 * Sampling beside the screen. A walk over a large pool takes longer than a key may wait, so one
 * thread owns the live source and the analysis, and hands finished frames over; whoever draws never
 * touches /proc. It samples when it is asked to: the pace stays with the event loop.
 *
 *	sampler_start(live, &s, &err);
 *	sampler_ask(s);
 *	poll(sampler_fd(s)), then
 *	struct live_frame *f = sampler_take(s);
 *	...
 *	live_frame_free(f);
 *	sampler_stop(s);	// the source is the caller's again
 */
#include "base/err.h"
#include "model/region.h"
#include "model/snapshot.h"
#include "source/live.h"

enum frame_kind {
	FRAME_SAMPLE,
	FRAME_SPACE,  /* no sample: only the address space that was asked for in between */
	FRAME_GONE,   /* the master has gone; nothing comes after it */
	FRAME_FAILED, /* `err` says why; nothing comes after it */
};

struct live_frame {
	enum frame_kind kind;
	struct sample sample;
	struct snapshot snap; /* borrows from `sample` */
	struct address_space space;
	bool has_space;       /* of the watched process; when not, `err` says why */
	struct err err;
};

void live_frame_free(struct live_frame *f); /* NULL is fine */

struct sampler;

/* `live` is the thread's until sampler_stop(). Block the signals first: the thread inherits that. */
int sampler_start(struct live *live, struct sampler **ret, struct err *err);
/* Readable when there is a frame to take. */
int sampler_fd(const struct sampler *s);
/* Sample now. False: the frame before is not finished, or not taken yet; nothing is queued. */
bool sampler_ask(struct sampler *s);
/* Whose address space frames bring along from now on, at once if it is another one; 0: nobody's. */
void sampler_watch(struct sampler *s, pid_t pid);
/* The finished frame, now the caller's, or NULL. */
struct live_frame *sampler_take(struct sampler *s);
/* Wait for the thread to finish what it is at, and end it. NULL is fine. */
void sampler_stop(struct sampler *s);

#endif
