#include "cmd/live.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "cmd/live_events.h"
#include "cmd/live_sampler.h"
#include "cmd/live_settings.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "tui/act.h"
#include "tui/terminal.h"
#include "tui/view.h"

#define SECOND INT64_C(1000000000)
/* A tick that comes later than this, and than a twentieth of the interval, is late. */
#define LATE_NS (SECOND / 20)
/* Keys taken before the screen is drawn again: a paste does not keep it from being drawn. */
#define KEYS_AT_ONCE 64

struct view {
	const struct live_setup *set;
	struct settings_kept kept;
	struct ui ui;
	struct ui_model model;
	struct cells cells;
	struct events events;
	struct sampler *sampler;
	struct live_frame *frame;   /* what the model borrows from */
	struct address_space space; /* the last that came */
	struct ticks ticks;
	int64_t missed_ns;          /* when the first tick was due that found the sampler busy; 0: none */
	int64_t cpu_ns, wall_ns;    /* at the frame before */
	int64_t frames;
	bool more_keys;             /* some may wait where epoll does not see them: in ncurses */
	bool leave;
	struct err err;             /* why, when that is a failure */
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

bool live_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* ---- ticks */

static void start_ticks(struct view *v, int64_t interval_ns)
{
	int64_t end = v->ticks.end_ns;

	ticks_start(&v->ticks, interval_ns, end ? 0 : v->set->duration_ns, v->set->budget);
	if (end)
		v->ticks.end_ns = end;
	events_arm(&v->events, v->ticks.next_ns);
}

/* Ask for a sample, and say how late that is. */
static void tick(struct view *v)
{
	int64_t now = clock_ns(CLOCK_MONOTONIC), due = v->missed_ns ?: v->ticks.next_ns;
	int64_t late = now - due, slack = v->ticks.interval_ns / 20;

	if (now >= v->ticks.end_ns || (v->set->count && v->frames >= v->set->count)) {
		v->leave = true;
		return;
	}
	if (sampler_ask(v->sampler)) {
		v->missed_ns = 0;
		v->model.late_s = late > LATE_NS && late > slack ? (figure)late / SECOND : 0;
		v->model.late_ticks += v->model.late_s > 0;
	} else {
		v->missed_ns = due;
	}
	events_arm(&v->events, ticks_next(&v->ticks));
}

/* After everything that changes what is known or looked at: nothing of an old frame is left. */
static void settle(struct view *v)
{
	const struct address_space *s = &v->space;
	struct proc_key key = { s->pid, s->start_ticks };

	ui_settle(&v->ui, &v->model);
	v->model.space = s->pid && proc_key_same(key, v->ui.selected) ? s : NULL;
}

/* ---- frames */

/* An error's message as the views take it: clean, and cut between characters. */
static void set_line(char line[static 128], const char *message)
{
	cleanup(buf_release) struct buf clean = { .limit = 127 };

	text_clean(&clean, message, strlen(message));
	memcpy(line, clean.data ?: "", clean.len + 1);
}

static void take_space(struct view *v, struct live_frame *f)
{
	address_space_release(&v->space);
	v->space = f->space;
	f->space = (struct address_space){0};
	set_line(v->model.space_problem, f->has_space ? "" : f->err.msg);
}

static void measure_self(struct view *v)
{
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), wall = clock_ns(CLOCK_MONOTONIC);

	if (v->frames)
		v->model.own_cpu = (figure)(cpu - v->cpu_ns) / (figure)(wall - v->wall_ns);
	v->cpu_ns = cpu;
	v->wall_ns = wall;
}

static void take_sample(struct view *v, struct live_frame *f)
{
	take_space(v, f);
	measure_self(v);
	ui_model_take(&v->model, &f->snap);
	settle(v);
	live_frame_free(v->frame);
	v->frame = f;
	v->frames++;
	gate_check(v->set->gate, &f->snap);
}

/* The last screen stays, but for a run that waits for so many samples: they will not come. */
static void master_gone(struct view *v)
{
	v->model.master_gone = true;
	events_arm(&v->events, v->ticks.end_ns);
	v->leave = v->set->count || !v->frames;
	if (!v->frames)
		err_set(&v->err, STATUS_NO_TARGET, "process %d is gone before the first sample",
			(int)v->set->master);
}

static void take_frame(struct view *v)
{
	struct live_frame *f = sampler_take(v->sampler);

	if (!f)
		return;
	if (f->kind == FRAME_SAMPLE) {
		take_sample(v, f);
		return;
	}
	if (f->kind == FRAME_SPACE) {
		take_space(v, f);
		settle(v);
	}
	if (f->kind == FRAME_GONE)
		master_gone(v);
	if (f->kind == FRAME_FAILED) {
		v->err = f->err;
		v->leave = true;
	}
	live_frame_free(f);
}

/* ---- keys and signals */

static void save(struct view *v)
{
	struct err err = {0};

	if (settings_save(&v->kept, &v->ui, &err) < 0)
		set_line(v->model.status, err.msg);
	else
		set_line(v->model.status, "settings saved");
}

static void suspend(struct view *v)
{
	terminal_pause();
	events_stop_here();
}

static void bring_about(struct view *v, enum ui_effect effect)
{
	switch (effect) {
	case EFFECT_NONE:
		break;
	case EFFECT_SAMPLE:
		sampler_ask(v->sampler);
		break;
	case EFFECT_INTERVAL:
		start_ticks(v, (int64_t)(v->ui.interval_s * SECOND));
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
	}
}

static void take_keys(struct view *v)
{
	int code, n;

	for (n = 0; n < KEYS_AT_ONCE && !v->leave && (code = terminal_key()); n++) {
		v->model.status[0] = '\0';
		bring_about(v, ui_key(&v->ui, &v->model, code));
		settle(v);
	}
	v->more_keys = n == KEYS_AT_ONCE;
}

static void take_signals(struct view *v)
{
	int sig;

	while ((sig = events_signal(&v->events))) {
		if (sig == SIGTSTP)
			suspend(v);
		else if (sig == SIGCONT)
			terminal_pause(); /* the shell has had the terminal: as after a suspend */
		else if (sig != SIGWINCH)
			v->leave = true;
	}
}

/* ---- the screen */

static void draw(struct view *v)
{
	terminal_size(&v->ui.rows, &v->ui.columns);
	settle(v);
	sampler_watch(v->sampler, ui_wants_space(&v->ui) ? v->ui.selected.pid : 0);
	view_draw(&v->model, &v->ui, &v->cells);
	terminal_draw(&v->cells, v->ui.mono);
}

static void loop(struct view *v)
{
	unsigned int wake = WAKE_FRAME;

	while (!v->leave) {
		/* A tick changes nothing that is seen; the frame that it asks for does. */
		if (wake & ~(unsigned int)WAKE_TICK)
			draw(v);
		wake = events_wait(&v->events, !v->more_keys) | (v->more_keys ? WAKE_KEYS : 0);
		if (wake & WAKE_SIGNAL)
			take_signals(v);
		if (wake & WAKE_FRAME)
			take_frame(v);
		if (wake & WAKE_TICK)
			tick(v);
		if (wake & WAKE_KEYS)
			take_keys(v);
		v->leave |= (wake & WAKE_HANGUP) != 0;
	}
}

static void view_close(struct view *v)
{
	/* The terminal first: the thread may still be at a sample. */
	terminal_close();
	sampler_stop(v->sampler);
	events_close(&v->events);
	ui_model_release(&v->model);
	live_frame_free(v->frame);
	address_space_release(&v->space);
	cells_release(&v->cells);
}

static int view_open(struct view *v, struct err *err)
{
	v->ui.ascii = v->cells.ascii = !terminal_utf8();
	v->ui.mono = !v->set->color;
	if (events_open(&v->events, err) < 0 || sampler_start(v->set->live, &v->sampler, err) < 0 ||
	    events_watch(&v->events, sampler_fd(v->sampler), err) < 0)
		return -1;
	start_ticks(v, (int64_t)(v->ui.interval_s * SECOND));
	return 0;
}

/* What was changed is remembered; that it could not be is no failed run. */
static void remember(struct view *v)
{
	struct err err = {0};

	if (settings_keep(&v->kept, &v->ui, &err) < 0)
		say("%s", err.msg);
}

int live_run(const struct live_setup *set, struct err *err)
{
	cleanup(view_close) struct view v = { .set = set, .events = { -1, -1, -1 } };

	ui_init(&v.ui);
	ui_model_init(&v.model);
	settings_apply(&v.kept, &v.ui, set->interval_ns);
	if (terminal_open(err) < 0 || view_open(&v, err) < 0)
		return -1;
	live_set_gate(set->live, true);
	loop(&v);
	terminal_close();
	remember(&v);
	if (v.err.msg[0]) {
		*err = v.err;
		return -1;
	}
	if (v.model.master_gone)
		say("process %d is gone after %lld samples", (int)set->master, (long long)v.frames);
	return 0;
}
