#ifndef COWTOP_CMD_LIVE_VIEW_H
#define COWTOP_CMD_LIVE_VIEW_H

/*
 * The view on the terminal, whatever it shows: keys, signals, screen. What is shown and when is the
 * business of its driver: live.c has that of a pool, live_player.c that of a recording.
 */
#include "cmd/live_events.h"
#include "cmd/live_sampler.h"
#include "cmd/live_settings.h"
#include "tui/control.h"
#include "tui/cell.h"

struct view;

struct view_driver {
	/* Ask for the first frame. */
	void (*start)(struct view *v);
	/* The timer went off: events_arm(). */
	void (*tick)(struct view *v);
	/* A frame has come, and is this function's: any kind but LIVE_FRAME_SPACE. */
	void (*receive)(struct view *v, struct live_frame *f);
	/* An effect that is about time. */
	void (*act)(struct view *v, enum ui_effect effect);
};

struct view {
	const struct view_driver *driver;
	void *data; /* the driver's */
	struct frame_maker maker;
	bool color, mouse; /* may there be colours; may the mouse be taken, if the settings do not say no */
	bool nested;       /* struct ui has it */
	const struct zone *zone; /* of times that are shown and typed; NULL: UTC */
	int64_t interval_ns;     /* 0: what the settings say */
	bool foreign_interval;   /* it is a recording's: not to be remembered */

	struct settings_kept kept;
	struct ui ui;
	struct ui_model model;
	struct cells cells;
	struct events events;
	struct sampler *sampler;
	struct live_frame *frame;   /* what the model borrows from */
	struct address_space space; /* the last that came */
	struct live_stacks *stacks; /* the last that came */
	int64_t frames;
	bool changed; /* the screen is to be drawn */
	bool hurry;   /* the next frame is due: draw now and then, not each of them */
	int64_t drawn_ns;
	bool more_keys; /* keys may wait where epoll does not see them: in ncurses */
	bool leave;
	bool stopped;     /* by a signal, or the terminal has gone */
	bool left_behind; /* afterwards: the thread is still at a frame, and all that `maker` uses is its own */
	struct err err;   /* why, when that is a failure */
};

/* Until somebody leaves. Only what stands in front of `kept` is the caller's to set. */
int view_run(struct view *v, struct err *err);

/* Show the sample of a frame, which is the view's from then on. */
void view_show(struct view *v, struct live_frame *f);
/* The call stacks of a frame that is not shown. */
void view_keep_stacks(struct view *v, struct live_frame *f);
/* End with this error. */
void view_fail(struct view *v, const struct err *err);

#endif
