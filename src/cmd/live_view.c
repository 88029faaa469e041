#include "cmd/live_view.h"

#include <signal.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "tui/key_code.h"
#include "tui/terminal.h"
#include "tui/view.h"

/* Keys taken before the screen is drawn again: a paste does not keep it from being drawn. */
#define KEYS_AT_ONCE 64
/* How often the screen is drawn when frames come faster. */
#define DRAW_NS (SECOND / 25)

/* The model has the stacks that are wanted now: those of a watch that was begun again are forgotten. */
static void settle_stacks(struct view *v)
{
	const struct live_stacks *s = v->stacks;
	struct ui_stacks *to = &v->model.stacks;

	*to = (struct ui_stacks){ .per_s = UNKNOWN, .cpu = UNKNOWN };
	if (!s || !v->ui.stacks || s->again != v->ui.stacks_again)
		return;
	to->report = s->known ? &s->report : NULL;
	to->per_s = s->per_s;
	to->cpu = s->cpu;
	to->problem = *s->err.msg ? s->err.msg : NULL;
}

/* To be called after every frame, key and change of size: the model keeps nothing of an old frame. */
static void settle(struct view *v)
{
	const struct address_space *s = &v->space;
	struct proc_key key = { s->pid, s->start_ticks };

	settle_stacks(v);
	ui_settle(&v->ui, &v->model);
	v->model.space = s->pid && proc_key_same(key, v->ui.selected) ? s : NULL;
	v->changed = true;
}

/* ---- frames */

/* An error's message as the views take it: clean, and cut between characters. */
static void set_line(char line[static 128], const char *message)
{
	cleanup(buf_release) struct buf clean = { .limit = 127 };

	text_clean(&clean, message, strlen(message));
	memcpy(line, clean.data ?: "", clean.len + 1);
}

static void keep_space(struct view *v, struct live_frame *f)
{
	address_space_release(&v->space);
	v->space = f->space;
	f->space = (struct address_space){ 0 };
	set_line(v->model.space_problem, f->has_space ? "" : f->err.msg);
}

void view_keep_stacks(struct view *v, struct live_frame *f)
{
	live_stacks_free(v->stacks);
	v->stacks = f->stacks;
	f->stacks = NULL;
	settle_stacks(v);
}

void view_show(struct view *v, struct live_frame *f)
{
	keep_space(v, f);
	view_keep_stacks(v, f);
	if (f->history)
		ui_model_jump(&v->model, f->history);
	f->history = NULL;
	ui_model_add(&v->model, &f->view.snap);
	settle(v);
	live_frame_free(v->frame);
	v->frame = f;
	v->frames++;
}

void view_fail(struct view *v, const struct err *err)
{
	v->err = *err;
	v->leave = true;
}

static void receive_frame(struct view *v)
{
	struct live_frame *f = sampler_take(v->sampler);

	if (f && f->kind != LIVE_FRAME_SPACE) {
		v->driver->receive(v, f);
		return;
	}
	if (f) {
		keep_space(v, f);
		view_keep_stacks(v, f);
		settle(v);
	}
	live_frame_free(f);
}

/* ---- keys and signals */

static void save(struct view *v)
{
	struct err err = { 0 };

	if (settings_save(&v->kept, &v->ui, &err) < 0)
		set_line(v->model.status, err.msg);
	else
		set_line(v->model.status, "settings saved");
}

static void suspend(struct view *v)
{
	terminal_pause();
	events_stop_here();
	v->changed = true;
}

static void bring_about(struct view *v, enum ui_effect effect)
{
	switch (effect) {
	case EFFECT_NONE:
		break;
	case EFFECT_SAVE:
		save(v);
		break;
	case EFFECT_REPAINT:
		terminal_repaint();
		break;
	case EFFECT_SUSPEND:
		suspend(v);
		break;
	case EFFECT_QUIT:
		v->leave = true;
		break;
	default:
		v->driver->act(v, effect);
	}
}

static void read_keys(struct view *v)
{
	int code, n;

	for (n = 0; n < KEYS_AT_ONCE && !v->leave && (code = terminal_key()); n++) {
		v->model.status[0] = '\0';
		if (code == KEY_CODE_CLICK)
			v->ui.clicked = terminal_clicked(&v->cells);
		bring_about(v, ui_key(&v->ui, &v->model, code));
		settle(v);
	}
	v->more_keys = n == KEYS_AT_ONCE;
}

static void read_signals(struct view *v)
{
	int sig;

	v->changed = true;
	while ((sig = events_signal(&v->events))) {
		if (sig == SIGTSTP)
			suspend(v);
		else if (sig == SIGCONT)
			terminal_pause(); /* the shell has had the terminal: as after a suspend */
		else if (sig != SIGWINCH)
			v->leave = v->stopped = true;
	}
}

/* ---- the screen */

static void draw(struct view *v)
{
	struct stacks_wish stacks;
	int64_t now = clock_now();

	/* The next frame is due and comes at once: it will be drawn. */
	if (v->hurry && now - v->drawn_ns < DRAW_NS)
		return;
	v->drawn_ns = now;
	v->changed = false;
	terminal_size(&v->ui.rows, &v->ui.columns);
	settle(v);
	v->changed = false;
	sampler_watch(v->sampler, ui_wants_space(&v->ui) ? v->ui.selected.pid : 0);
	stacks = (struct stacks_wish){ v->ui.stacks, v->ui.stacks_again };
	sampler_stacks(v->sampler, &stacks);
	sampler_why(v->sampler, v->ui.why);
	view_draw(&v->model, &v->ui, &v->cells);
	terminal_draw(&v->cells, v->ui.mono);
}

static void loop(struct view *v)
{
	unsigned int wake;

	v->changed = true;
	while (!v->leave) {
		if (v->changed)
			draw(v);
		wake = events_wait(&v->events, !v->more_keys) | (v->more_keys ? WAKE_KEYS : 0);
		if (wake & WAKE_SIGNAL)
			read_signals(v);
		if (wake & WAKE_FRAME)
			receive_frame(v);
		if (wake & WAKE_TICK)
			v->driver->tick(v);
		if (wake & WAKE_KEYS)
			read_keys(v);
		v->stopped |= (wake & WAKE_HANGUP) != 0;
		v->leave |= v->stopped;
	}
}

static void view_close(struct view *v)
{
	/* The terminal first: the thread may still be at a sample. */
	terminal_close();
	v->left_behind = !sampler_stop(v->sampler);
	events_close(&v->events);
	ui_model_release(&v->model);
	live_frame_free(v->frame);
	address_space_release(&v->space);
	live_stacks_free(v->stacks);
	cells_release(&v->cells);
}

static int view_open(struct view *v, struct err *err)
{
	v->ui.ascii = v->cells.ascii = !terminal_utf8();
	v->ui.mono = !v->color;
	v->ui.zone = v->zone;
	if (events_open(&v->events, err) < 0 || sampler_start(&v->maker, &v->sampler, err) < 0)
		return -1;
	return events_watch(&v->events, sampler_fd(v->sampler), err);
}

/* Save settings that were changed; that they cannot be saved is no failed run. */
static void remember(struct view *v)
{
	struct err err = { 0 };

	if (settings_keep(&v->kept, &v->ui, &err) < 0)
		say("%s", err.msg);
}

static int run(struct view *v, struct err *err)
{
	if (terminal_open(v->mouse && !v->kept.file.no_mouse, err) < 0 || view_open(v, err) < 0)
		return -1;
	v->driver->start(v);
	loop(v);
	terminal_close();
	remember(v);
	if (!v->err.msg[0])
		return 0;
	*err = v->err;
	return -1;
}

int view_run(struct view *v, struct err *err)
{
	int e;

	v->events = (struct events){ -1, -1, -1 };
	ui_init(&v->ui);
	v->ui.nested = v->nested;
	ui_model_init(&v->model);
	v->kept.foreign_interval = v->foreign_interval;
	settings_apply(&v->kept, &v->ui, v->interval_ns);
	e = run(v, err);
	view_close(v);
	return e;
}
