#include "cmd/live.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "analysis/analysis.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "cmd/live_view.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "pool/why_watch.h"
#include "tui/terminal.h"

/* A tick that comes later than this, and than a twentieth of the interval, is late. */
#define LATE_NS (SECOND / 20)

/* The pace of a pool: a sample whenever its time has come. */
struct pool_pace {
	const struct live_setup *set;
	struct analysis *analysis; /* the thread's */
	struct ticks ticks;
	int64_t missed_ns;       /* when the first tick was due that found the sampler busy; 0: none */
	int64_t cpu_ns, wall_ns; /* at the frame before */
	bool gone;               /* the master */
	struct watcher watcher;  /* the thread's */
	struct why_watch *why;   /* the thread's; NULL: nobody asked so far */
};

static const struct wish next_sample = { .kind = WISH_NEXT };

/* TERM=dumb is a wish, the others may be a surprise. */
bool live_possible(void)
{
	const char *name = getenv("TERM");
	struct err why = { 0 };

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	if (terminal_check(&why) == 0)
		return true;
	if (!name || strcmp(name, "dumb") != 0)
		say("%s: a plain table instead of the live view", why.msg);
	return false;
}

/* ---- the thread */

static void make(void *data, const struct wish *wish, struct live_frame *f)
{
	struct pool_pace *p = data;
	int got;

	sample_init(&f->view.sample);
	got = live_sample(p->set->live, &f->view.sample, &f->err);
	f->kind = got > 0 ? LIVE_FRAME_SAMPLE : got < 0 ? LIVE_FRAME_FAILED : LIVE_FRAME_GONE;
	if (got <= 0)
		return;
	if ((wish->why || p->set->why) && !p->why)
		p->why = why_watch_new();
	if (p->why)
		why_watch_look(p->why, p->set->live, p->set->fs, &f->view.sample, 0);
	analysis_next(p->analysis, &f->view.sample, &f->view.snap);
	f->least_ns = live_interval_least(p->set->live);
}

static int make_space(void *data, pid_t pid, struct address_space *ret, struct err *err)
{
	struct pool_pace *p = data;

	return live_address_space(p->set->live, pid, ret, err);
}

static struct live_stacks *make_stacks(void *data, const struct stacks_wish *wish)
{
	return watcher_take(&((struct pool_pace *)data)->watcher, wish);
}

/* ---- ticks */

static void start_ticks(struct view *v, int64_t interval_ns)
{
	struct pool_pace *p = v->data;
	int64_t end = p->ticks.end_ns;

	ticks_start(&p->ticks, interval_ns, end ? 0 : p->set->duration_ns);
	if (end)
		p->ticks.end_ns = end;
	events_arm(&v->events, p->ticks.next_ns);
}

static void start(struct view *v)
{
	start_ticks(v, (int64_t)(v->ui.interval_s * SECOND));
}

/* Ask for a sample, and keep how late it is asked for. */
static void tick(struct view *v)
{
	struct pool_pace *p = v->data;
	int64_t now = clock_now(), due = p->missed_ns ?: p->ticks.next_ns;
	int64_t late = now - due, slack = p->ticks.interval_ns / 20;

	if (now >= p->ticks.end_ns || (p->set->count && v->frames >= p->set->count)) {
		v->leave = true;
		return;
	}
	if (sampler_ask(v->sampler, &next_sample)) {
		p->missed_ns = 0;
		v->model.late_s = late > LATE_NS && late > slack ? (figure)late / SECOND : 0;
		v->model.late_ticks += v->model.late_s > 0;
	} else {
		p->missed_ns = due;
	}
	events_arm(&v->events, ticks_next(&p->ticks));
}

/* ---- frames */

static void measure_self(struct view *v)
{
	struct pool_pace *p = v->data;
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), wall = clock_now();

	if (v->frames)
		v->model.own_cpu = (figure)(cpu - p->cpu_ns) / (figure)(wall - p->wall_ns);
	p->cpu_ns = cpu;
	p->wall_ns = wall;
}

/* The last screen stays, unless the run is to end after so many samples: they will not come. */
static void master_gone(struct view *v)
{
	struct pool_pace *p = v->data;
	struct err err = { 0 };

	p->gone = v->model.master_gone = v->changed = true;
	events_arm(&v->events, p->ticks.end_ns);
	v->leave = p->set->count != 0;
	if (v->frames)
		return;
	err_set(&err, STATUS_NO_TARGET, "process %d is gone before the first sample",
		(int)p->set->target->master);
	view_fail(v, &err);
}

static void receive(struct view *v, struct live_frame *f)
{
	struct pool_pace *p = v->data;

	if (f->kind == LIVE_FRAME_SAMPLE) {
		measure_self(v);
		p->ticks.least_ns = f->least_ns;
		v->model.wanted_s = (figure)p->ticks.interval_ns / SECOND;
		v->model.stretched_s = f->least_ns > p->ticks.interval_ns ? (figure)f->least_ns / SECOND : 0;
		view_show(v, f);
		fail_if_check(p->set->fail_if, &f->view.snap);
		return;
	}
	if (f->kind == LIVE_FRAME_GONE) {
		view_keep_stacks(v, f);
		master_gone(v);
	}
	if (f->kind == LIVE_FRAME_FAILED)
		view_fail(v, &f->err);
	live_frame_free(f);
}

static void act(struct view *v, enum ui_effect effect)
{
	if (effect == EFFECT_SAMPLE)
		sampler_ask(v->sampler, &next_sample);
	else if (effect == EFFECT_INTERVAL)
		start_ticks(v, (int64_t)(v->ui.interval_s * SECOND));
}

static const struct view_driver pool_pace = { start, tick, receive, act };

static void pool_free(struct pool_pace *p)
{
	watcher_release(&p->watcher);
	why_watch_free(p->why);
	analysis_free(p->analysis);
	free(p);
}

static struct pool_pace *pool_new(const struct live_setup *set)
{
	struct pool_pace *p = xcalloc(1, sizeof(*p));

	p->set = set;
	p->analysis = analysis_new();
	p->watcher = (struct watcher){ .fs = set->fs, .target = set->target };
	return p;
}

int live_run(const struct live_setup *set, struct live_end *ret, struct err *err)
{
	struct pool_pace *p = pool_new(set);
	struct view v = {
		.driver = &pool_pace,
		.data = p,
		.maker = { p, make, make_space, make_stacks },
		.color = set->color,
		.mouse = set->mouse,
		.zone = set->zone,
		.nested = set->nested,
		.interval_ns = set->interval_ns,
	};
	int e;

	live_set_walk_skip(set->live, true);
	e = view_run(&v, err);
	if (e == 0 && p->gone)
		say("process %d is gone after %lld samples", (int)set->target->master, (long long)v.frames);
	*ret = (struct live_end){ v.left_behind, v.stopped };
	if (!v.left_behind)
		pool_free(p);
	return e;
}
