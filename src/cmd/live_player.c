#include "cmd/live_player.h"

#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/live_view.h"
#include "cmd/output.h"
#include "cmd/replay_frames.h"
#include "cmd/ticks.h"
#include "cmd/time_range.h"

/* How often a file that is still being written is looked at, when its end is shown and when not. */
#define FOLLOW_NS (SECOND / 4)
#define LOOK_NS SECOND
/* A frame so late is shown without making up for it: the terminal was away. */
#define LATE_NS (2 * SECOND)

/*
 * The pace of a recording. While it plays, the thread is one sample ahead: that sample waits until its
 * time has come. One sample is asked for at a time; a jump that was wished for meanwhile is asked for
 * next, and a frame that comes before the jump's is dropped.
 */
struct player {
	const char *path;
	const struct when_span *span;
	struct replay_frames frames; /* the thread's */
	struct playback play;
	struct live_frame *ahead; /* made, and not shown yet */
	bool asked;               /* something was asked for, and has not come */
	unsigned int steps;       /* samples to be shown at once */
	enum { NO_JUMP, JUMP_WISHED, JUMP_ASKED } jump;
	struct wish wish; /* where to, when there is one */
};

static void ask(struct view *v, enum wish_kind kind)
{
	struct player *p = v->data;
	struct wish wish = { .kind = kind };

	p->asked = p->asked || sampler_ask(v->sampler, &wish);
}

static void drop_ahead(struct player *p)
{
	live_frame_free(p->ahead);
	p->ahead = NULL;
}

/* To be called while no frame is asked for. */
static void ask_jump(struct view *v)
{
	struct player *p = v->data;

	drop_ahead(p);
	if (sampler_ask(v->sampler, &p->wish)) {
		p->asked = true;
		p->jump = JUMP_ASKED;
	}
}

/* ---- frames */

/* The next sample: at once, when its time has come, or when the recording has one. */
static void go_on(struct view *v)
{
	struct player *p = v->data;
	bool wanted = p->play.playing || p->steps;
	int64_t look = p->play.over ? INT64_MAX : clock_now() + (wanted ? FOLLOW_NS : LOOK_NS);

	v->hurry = false;
	if (p->play.at_end || !wanted)
		events_arm(&v->events, look);
	else if (p->ahead)
		events_arm(&v->events, playback_due(&p->play, p->ahead->view.sample.mono_ns));
	else
		ask(v, WISH_NEXT);
}

static void show(struct view *v, struct live_frame *f)
{
	struct player *p = v->data;
	const struct sample *s = &f->view.sample;
	int64_t now = clock_now(), late = now - playback_due(&p->play, s->mono_ns);
	const struct instant *before;
	bool in_time = f->wish == WISH_NEXT && !p->steps && late >= 0 && late < LATE_NS;

	if (!in_time)
		playback_anchor(&p->play, s->mono_ns, now);
	p->steps -= p->steps && f->wish == WISH_NEXT;
	p->play.number = f->view.number;
	p->play.time_ns = s->time_ns;
	p->play.at_end = p->play.number >= p->play.last;
	p->play.playing = p->play.playing && !(p->play.at_end && p->play.over);
	view_show(v, f);
	before = timeline_at(v->model.timeline, timeline_last(v->model.timeline) - 1);
	p->play.before_ns = before ? before->time_ns : 0;
	go_on(v);
}

/* The screen is drawn now and then while frames are late. */
static void show_when_due(struct view *v, struct live_frame *f)
{
	struct player *p = v->data;
	int64_t now = clock_now();

	if (!p->steps && (!p->play.playing || playback_due(&p->play, f->view.sample.mono_ns) > now)) {
		p->ahead = f;
		go_on(v);
		return;
	}
	show(v, f);
	v->hurry = p->asked;
}

static void no_sample(struct view *v)
{
	struct player *p = v->data;
	struct err err = { 0 };

	if (!v->frames && p->play.over) {
		time_range_none(p->path, p->span, recording_info(p->frames.recording), &err);
		view_fail(v, &err);
	}
	p->play.at_end = true;
	p->play.playing = p->play.playing && !p->play.over;
	/* The first sample is shown whenever it comes. */
	p->steps = !v->frames;
	go_on(v);
}

static void keep_state(struct view *v, struct live_frame *f)
{
	struct player *p = v->data;
	struct recording_state *t = &f->recording;

	v->changed = true;
	p->play.over = t->over;
	p->play.damaged = t->damaged;
	p->play.first = t->first;
	p->play.last = t->last;
	p->play.first_ns = t->first_ns;
	p->play.last_ns = t->last_ns;
	p->play.at_end = p->play.number >= t->last;
	if (t->nmarks)
		playback_set_marks(&p->play, t->marks, t->nmarks);
	t->marks = NULL;
	t->nmarks = 0;
}

static void receive(struct view *v, struct live_frame *f)
{
	struct player *p = v->data;

	p->asked = false;
	if (f->kind == LIVE_FRAME_FAILED) {
		view_fail(v, &f->err);
		live_frame_free(f);
		return;
	}
	keep_state(v, f);
	if (p->jump == JUMP_WISHED) {
		live_frame_free(f);
		ask_jump(v);
		return;
	}
	p->jump = NO_JUMP;
	if (f->kind == LIVE_FRAME_SAMPLE && f->wish == WISH_NEXT) {
		show_when_due(v, f);
	} else if (f->kind == LIVE_FRAME_SAMPLE) {
		show(v, f);
	} else if (f->wish == WISH_NONE) {
		live_frame_free(f);
		go_on(v);
	} else {
		live_frame_free(f);
		no_sample(v);
	}
}

static void tick(struct view *v)
{
	struct player *p = v->data;
	bool wanted = p->play.playing || p->steps;
	struct live_frame *f = p->ahead;

	if (wanted && f) {
		p->ahead = NULL;
		show_when_due(v, f);
	} else {
		ask(v, wanted ? WISH_NEXT : WISH_NONE);
	}
}

static void start(struct view *v)
{
	struct player *p = v->data;

	v->model.playback = &p->play;
	p->steps = 1;
	ask(v, WISH_NEXT);
}

/* ---- keys */

static void jump(struct view *v, struct wish wish)
{
	struct player *p = v->data;

	p->steps = 0;
	p->wish = wish;
	p->jump = JUMP_WISHED;
	if (!p->asked)
		ask_jump(v);
}

static void note(struct view *v, const char *text)
{
	snprintf(v->ui.message, sizeof(v->ui.message), "%s", text);
}

static void play_or_pause(struct view *v)
{
	struct player *p = v->data;

	if (playback_state(&p->play) == PLAYBACK_AT_END) {
		note(v, "this is the end: r goes back to the beginning");
		return;
	}
	p->play.playing = !p->play.playing;
	if (v->frame)
		playback_anchor(&p->play, v->frame->view.sample.mono_ns, clock_now());
	if (!p->asked)
		go_on(v);
}

static void next(struct view *v)
{
	struct player *p = v->data;

	p->play.playing = false;
	if (p->play.at_end) {
		note(v, p->play.over ? "this is the end" : "this is the end so far");
		return;
	}
	p->steps++;
	if (p->ahead)
		tick(v);
	else
		ask(v, WISH_NEXT);
}

static void before(struct view *v)
{
	struct player *p = v->data;
	bool going = p->jump != NO_JUMP && p->wish.kind == WISH_NUMBER;
	uint64_t from = going ? p->wish.number : p->play.number;

	p->play.playing = false;
	if (from > p->play.first)
		jump(v, (struct wish){ WISH_NUMBER, .number = from - 1 });
	else
		note(v, "this is the beginning");
}

static void to_end(struct view *v)
{
	struct player *p = v->data;

	p->play.playing = true;
	jump(v, (struct wish){ WISH_TIME, .time_ns = INT64_MAX });
}

static void to_mark(struct view *v, int by)
{
	struct player *p = v->data;
	const struct playback_mark *mark = playback_mark(&p->play, by);

	if (mark)
		jump(v, (struct wish){ WISH_MARK, .time_ns = mark->time_ns });
	else
		note(v, by > 0 ? "there is no mark behind this" : "there is no mark before this");
}

/* The screen shows seconds without their fractions: a time that is typed so is the end of its second. What lies
 * outside leads to the first or the last sample. */
static void to_time(struct view *v)
{
	struct player *p = v->data;
	char text[ZONE_SPAN];
	struct when when;
	int64_t ns;

	if (when_parse(v->ui.line, &when, NULL) < 0 ||
	    when_at(&when, v->zone, p->play.first_ns, p->play.last_ns, &ns, NULL) < 0) {
		snprintf(v->ui.message, sizeof(v->ui.message), "no time: %s", v->ui.line);
		return;
	}
	if (when.grain >= SECOND)
		ns += SECOND - 1;
	if (ns < p->play.first_ns || ns - SECOND >= p->play.last_ns)
		snprintf(v->ui.message, sizeof(v->ui.message), "the recording has %s",
			 zone_span(text, v->zone, p->play.first_ns, p->play.last_ns));
	jump(v, (struct wish){ WISH_TIME, .time_ns = ns });
}

static void change_speed(struct view *v, int by)
{
	struct player *p = v->data;

	if (!playback_faster(&p->play, by, clock_now()))
		note(v, by > 0 ? "it goes no faster" : "it goes no slower");
	else if (p->ahead)
		go_on(v);
}

static void act(struct view *v, enum ui_effect effect)
{
	struct player *p = v->data;

	switch (effect) {
	case EFFECT_PLAY:
		play_or_pause(v);
		break;
	case EFFECT_PLAY_NEXT:
		next(v);
		break;
	case EFFECT_PLAY_BEFORE:
		before(v);
		break;
	case EFFECT_PLAY_FIRST:
		jump(v, (struct wish){ WISH_NUMBER, .number = p->play.first });
		break;
	case EFFECT_PLAY_LAST:
		to_end(v);
		break;
	case EFFECT_PLAY_FASTER:
	case EFFECT_PLAY_SLOWER:
		change_speed(v, effect == EFFECT_PLAY_FASTER ? 1 : -1);
		break;
	case EFFECT_PLAY_MARK:
	case EFFECT_PLAY_MARK_BEFORE:
		to_mark(v, effect == EFFECT_PLAY_MARK ? 1 : -1);
		break;
	case EFFECT_PLAY_TIME:
		to_time(v);
		break;
	default:
		break;
	}
}

static const struct view_driver recorded_pace = { start, tick, receive, act };

static void player_release(struct player *p)
{
	drop_ahead(p);
	replay_frames_release(&p->frames);
	playback_release(&p->play);
}

int player_run(struct recording *r, const char *path, bool color, bool mouse, const struct when_span *span,
	       struct err *err)
{
	cleanup(player_release) struct player p = { .path = path,
						    .span = span,
						    .frames = { .recording = r } };
	struct view v = {
		.driver = &recorded_pace,
		.data = &p,
		.maker = { &p.frames, replay_frames_make, replay_frames_space, replay_frames_stacks },
		.color = color,
		.mouse = mouse,
		.zone = span->zone,
		.interval_ns = recording_info(r)->interval_ns,
		.foreign_interval = true,
	};
	int e = view_run(&v, err);

	if (v.left_behind)
		output_leave(e < 0 ? err : NULL);
	return e;
}
