#include "cmd/record_run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/analysis.h"
#include "analysis/interval.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cmd/output.h"
#include "cmd/record_progress.h"
#include "cmd/record_series.h"
#include "cmd/record_why.h"
#include "cmd/ticks.h"
#include "find/load.h"

/* Why a run ends; 0: not yet. */
enum ending {
	GOING_ON,
	END_OVER, /* so many samples, so much time, the load, a signal */
	END_GONE, /* the master is gone */
	END_FULL, /* --max-size */
};

/* Which sample of a run. */
enum turn { TURN_FIRST, TURN_NEXT, TURN_LAST };

struct recording_run {
	struct record_settings *set;
	struct run *run;
	struct analysis *analysis;
	struct record_why why;
	struct record_series series;
	struct record_progress progress;
	struct interval interval;
	struct ticks ticks;
	struct load *load;
	int64_t load_began; /* CLOCK_MONOTONIC; 0: not yet */
	fact load_ns;       /* as in struct sample, for the next one */
	bool idle;          /* no worker in the last sample */
	bool orphaned;      /* no master either: its workers live on */
	bool left;          /* `idle` or `orphaned`, and was not before */
	bool watching;      /* for the first worker */
};

/* Set by the handler: put a mark. */
static volatile sig_atomic_t mark_wanted;

static void want_mark(int sig)
{
	mark_wanted = 1;
}

void record_guard(void)
{
	struct sigaction action = { .sa_handler = want_mark };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGUSR1, &action, NULL);
	/* A file that may not grow is a failed write, not a death. */
	signal(SIGXFSZ, SIG_IGN);
}

/* ---- one sample */

/* The pool's next generation; not with a watch of stacks or a load, which are those of one master. */
static int follow(struct recording_run *r, bool gone, struct err *err)
{
	return r->set->common.load || r->set->stacks || r->set->part ? 0 : run_follow(r->run, gone, err);
}

/* A sample of the pool, or of its next generation: then *ret_whole is set. */
static int look(struct recording_run *r, bool *ret_whole, struct sample *ret, struct err *err)
{
	int next = r->left ? follow(r, r->orphaned, err) : 0, got;

	if (next < 0)
		return -1;
	*ret_whole |= next > 0;
	live_set_walk_skip(r->run->live, !*ret_whole);
	got = live_sample(r->run->live, ret, err);
	if (got != 0)
		return got;
	next = follow(r, true, err);
	if (next <= 0)
		return next;
	*ret_whole = true;
	return live_sample(r->run->live, ret, err);
}

/* Keep whether the last worker has gone (of an old generation, or until there is work again), or the master
 * before its workers. */
static void note_who_left(struct recording_run *r, const struct snapshot *snap)
{
	bool idle = snap->pool.workers == 0, orphaned = !snap->facts->master_pid;

	r->left = r->series.samples > 1 && ((idle && !r->idle) || (orphaned && !r->orphaned));
	r->idle = idle;
	r->orphaned = orphaned;
}

/*
 * Take a sample and write it. A walk that leaves nobody out, at both ends of a file and of a load, is
 * a key frame, and so has page maps; in between those who stand still are left out, as in the live
 * view. 1; 0: the master is gone; -1.
 */
static int record_sample(struct recording_run *r, enum turn turn, struct err *err)
{
	cleanup(sample_release) struct sample sample;
	cleanup(snapshot_release) struct snapshot snap = { 0 };
	bool rotate = record_series_rotates(&r->series, r->ticks.interval_ns);
	struct recorder *recorder = r->series.file.recorder;
	bool last = turn == TURN_LAST || r->series.samples + 1 == (uint64_t)r->set->common.count;
	bool whole = turn != TURN_NEXT || last || rotate || r->left || !recorder;
	int got;

	if (!whole && recorder_key_next(recorder))
		live_want_whole(r->run->live);
	sample_init(&sample);
	got = look(r, &whole, &sample, err);
	if (got <= 0)
		return got;
	if (whole && recorder)
		recorder_want_key(recorder);
	record_why_look(&r->why, r->run, last || rotate, &sample);
	sample.load_ns = r->load_ns;
	sample.load_requests = r->set->requests ? r->set->requests : ABSENT;
	analysis_next(r->analysis, &sample, &snap);
	if (!recorder || recorder_key_next(recorder))
		record_why_tell(&r->why, rotate || !recorder, r->analysis, &sample);
	if (record_series_write(&r->series, &snap, rotate, err) < 0)
		return -1;
	fail_if_check(&r->set->common.fail_if, &snap);
	on_event_tell(r->set->events, &snap);
	if (r->set->judge)
		gate_keep(r->set->judge, &snap);
	note_who_left(r, &snap);
	r->ticks.interval_ns = interval_next(&r->interval, &snap);
	r->ticks.least_ns = live_interval_least(r->run->live);
	record_progress_keep(&r->progress, &snap);
	return 1;
}

/* ---- the run */

static void show_progress(struct recording_run *r)
{
	record_progress_show(&r->progress, clock_now(), r->series.samples, record_series_size(&r->series));
}

static int put_wanted_mark(struct recording_run *r, struct err *err)
{
	if (!mark_wanted)
		return 0;
	mark_wanted = 0;
	return record_series_mark(&r->series, "SIGUSR1", err);
}

enum wait { WAIT_TICK, WAIT_LOAD, WAIT_OVER };

/* How often a first worker is looked for, and how long after a sample that begins. */
#define WATCH_NS (SECOND / 20)
#define WATCH_AFTER_NS (SECOND / 10)

/* Until when to wait: the progress is shown every second, a first worker looked for more often. */
static int64_t wake_at(const struct recording_run *r, int64_t now, int64_t until)
{
	int64_t wake = r->progress.line.on && now + SECOND < until ? now + SECOND : until;

	wake = r->watching && now + WATCH_NS < wake ? now + WATCH_NS : wake;
	return on_event_due(r->set->events) < wake ? on_event_due(r->set->events) : wake;
}

/* Has a pool without workers got one? The sample that shows it is due now. */
static bool has_first_worker(struct recording_run *r, int64_t since)
{
	int64_t now = clock_now();

	if (!r->watching || now - since < WATCH_AFTER_NS || !live_changed(r->run->live))
		return false;
	r->ticks.next_ns = now;
	return true;
}

/*
 * Until the next tick, the end of the load, or that of the run; -1: a mark could not be written.
 * The end of the master is a tick: there is no sample any more.
 */
static int wait_tick(struct recording_run *r, struct err *err)
{
	struct pollfd ends[] = {
		{ .fd = r->load ? load_fd(r->load) : -1, .events = POLLIN },
		{ .fd = live_end_fd(r->run->live), .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	int64_t until = ticks_next(&r->ticks), since = clock_now();

	r->watching = r->idle && !r->set->fixed && !(r->set->common.budget > 0);
	for (;;) {
		show_progress(r);
		ends[2].fd = on_event_fd(r->set->events);
		if (ticks_pause(wake_at(r, clock_now(), until), ends, 3) == PAUSE_STOPPED)
			return WAIT_OVER;
		on_event_step(r->set->events);
		if (put_wanted_mark(r, err) < 0)
			return -1;
		if (r->load && load_is_over(r->load))
			return WAIT_LOAD;
		if (ends[1].revents && live_ended(r->run->live))
			return WAIT_TICK;
		if (clock_now() >= until)
			return r->ticks.next_ns >= r->ticks.end_ns ? WAIT_OVER : WAIT_TICK;
		if (has_first_worker(r, since))
			return WAIT_TICK;
	}
}

static int begin_load(struct recording_run *r, struct err *err)
{
	if (!r->set->common.load)
		return 0;
	if (record_series_mark_sample(&r->series, "before", err) < 0)
		return -1;
	r->load_ns = ABSENT;
	r->load_began = clock_now();
	return load_start(r->set->common.load, r->set->part ? r->set->part->load_output : -1, &r->load, err);
}

static int end_load(struct recording_run *r, struct err *err)
{
	struct load *load = r->load;
	int got;

	r->load = NULL;
	if (load_end(load, err) < 0)
		return -1;
	r->load_ns = clock_now() - r->load_began;
	got = record_sample(r, TURN_LAST, err);
	if (got > 0)
		got = record_series_mark_sample(&r->series, "after", err) < 0 ? -1 : 1;
	if (got == 0)
		return err_set(err, STATUS_FAILED, "the pool went away under the load");
	return got < 0 ? -1 : END_OVER;
}

/* The time is over, or a signal came: a last sample. */
static int finish(struct recording_run *r, struct err *err)
{
	int got;

	if (r->load)
		return err_set(err, STATUS_FAILED, "interrupted during the load: %.400s",
			       r->set->common.load);
	got = record_sample(r, TURN_LAST, err);
	return got > 0 ? END_OVER : got < 0 ? -1 : END_GONE;
}

/* After a sample: the end, or the next tick. */
static int step(struct recording_run *r, struct err *err)
{
	int got;

	if (r->series.file.broken || r->series.samples == (uint64_t)r->set->common.count)
		return END_OVER;
	if (!r->set->rotate_ns && record_series_is_full(&r->series, 1))
		return END_FULL;
	switch (wait_tick(r, err)) {
	case WAIT_OVER:
		return finish(r, err);
	case WAIT_LOAD:
		return end_load(r, err);
	case WAIT_TICK:
		break;
	default:
		return -1;
	}
	got = record_sample(r, TURN_NEXT, err);
	if (got == 0 && r->load)
		return err_set(err, STATUS_FAILED, "the pool went away under the load");
	return got > 0 ? GOING_ON : got < 0 ? -1 : END_GONE;
}

static int record_all(struct recording_run *r, struct err *err)
{
	int got;

	/* An experiment is over soon, and its pages are what it is about. */
	common_limit(&r->set->common, r->set->common.load ? 0 : COMMON_BUDGET, r->run->live);
	ticks_start(&r->ticks, r->interval.base_ns, r->set->common.duration_ns);
	got = record_sample(r, TURN_FIRST, err);
	if (got == 0)
		return err_set(err, STATUS_NO_TARGET, "process %d is gone before the first sample",
			       (int)r->run->target.master);
	if (got < 0 || begin_load(r, err) < 0)
		return -1;
	do
		got = step(r, err);
	while (got == GOING_ON);
	return got;
}

/* One line about what was recorded, and where. */
static void tell(const struct recording_run *r, int ending)
{
	const struct record_series *s = &r->series;
	cleanup(buf_release) struct buf stacks = { 0 };
	const char *to = r->set->output, *lost = "";
	char size[16], why[64] = "", files[64] = "";

	if (ending == END_GONE)
		snprintf(why, sizeof(why), "process %d is gone: ", (int)r->run->target.master);
	if (ending == END_FULL)
		snprintf(why, sizeof(why), "--max-size is reached: ");
	if (s->files)
		snprintf(files, sizeof(files), "%llu files, the last of them ",
			 (unsigned long long)s->files + 1);
	record_stacks_tell(&s->stacks, &stacks);
	if (strcmp(to, "-") == 0)
		to = "standard output";
	else if (!record_file_is_named(&s->file))
		lost = ", which was renamed or deleted meanwhile";
	say("%s%llu sample%s, %s%s%s in %s%s%s", why, (unsigned long long)s->samples,
	    s->samples == 1 ? "" : "s", stacks.len ? stacks.data : "", stacks.len ? ", " : "",
	    units_format_size(size, (double)record_series_size(s)), files, to, lost);
}

static void recording_run_close(struct recording_run *r)
{
	progress_wipe(&r->progress.line);
	load_stop(r->load);
	record_series_close(&r->series);
	record_why_close(&r->why);
	analysis_free(r->analysis);
}

int record_run(struct record_settings *set, struct run *run, const char *asked, struct err *err)
{
	cleanup(recording_run_close) struct recording_run r = {
		.set = set,
		.run = run,
		.analysis = analysis_new(),
		.load_ns = set->common.load ? 0 : ABSENT,
		.series = { .asked = asked, .file = RECORD_FILE_NONE },
	};
	struct err closing = { 0 };
	int ending;

	if (record_series_open(&r.series, set, run, err) < 0)
		return -1;
	if (set->common.why)
		record_why_open(&r.why);
	/* a recording holds facts: only rules ask what they mean */
	analysis_leave_why(r.analysis, !set->common.fail_if.n);
	record_progress_begin(&r.progress, set->part ? set->part->head : "", clock_now());
	interval_init(&r.interval, set->common.interval_ns ?: COMMON_INTERVAL, !set->fixed);
	r.series.interval_ns = r.interval.base_ns;
	ending = record_all(&r, err);
	progress_wipe(&r.progress.line);
	if (record_series_end(&r.series, ending == END_OVER, &closing) < 0 && ending >= 0) {
		*err = closing;
		return -1;
	}
	if (ending < 0)
		return -1;
	if (set->part && ending == END_GONE)
		return err_set(err, STATUS_FAILED, "process %d is gone before the time is over",
			       (int)run->target.master);
	if (!set->part)
		tell(&r, ending);
	return 0;
}
