#include <stdlib.h>
#include "analysis/analysis.h"
#include "analysis/why_gather.h"
#include "analysis/why_memory.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/stop.h"
#include "base/units.h"
#include "cmd/common_options.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/run.h"
#include "cmd/sample_view.h"
#include "cmd/ticks.h"
#include "cmd/why_evidence.h"
#include "cmd/why_kinds.h"
#include "cmd/why_memory.h"
#include "cmd/why_recorded.h"
#include "pool/why_watch.h"
#include "sink/why.h"

/* Looks are so far apart; where one takes long, that they take no more of a CPU than this, or than --budget says. */
#define INTERVAL (250 * MILLISECOND)
#define SHARE 0.1
/* Without --watch, where nobody can press Ctrl-C. */
#define TIME_UNATTENDED (10 * SECOND)
#define PROGRESS_AFTER SECOND
#define PROGRESS_EVERY (250 * MILLISECOND)
/* Who has ended the watch with Ctrl-C waits no longer for what is read at the end. */
#define GRACE (2 * SECOND)

struct settings {
	int64_t watch_ns;
	int64_t pid;   /* 0: all workers */
	double budget; /* share of one CPU; 0: not given, negative: no limit */
	bool json;
	struct option_wait wait;
};

/* A pool that is asked why. */
struct asking {
	struct settings set;
	struct run run;
	struct analysis *analysis;
	struct why_watch *watch;
	struct why_growth growth;
	struct why_read read;    /* at its end */
	struct sample_view last; /* of the last look */
	bool any;                /* there is one */
	struct progress progress;
	int64_t begin_ns, end_ns;  /* of the watch; end_ns 0: it goes on */
	int64_t shown_ns;          /* when the progress was shown last */
	unsigned int stops;        /* that had been asked for by its end */
	struct why_memory *memory; /* handed over to the answer */
	struct kinds *kinds;       /* handed over to the answer; NULL: nobody has looked */
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
/* clang-format off */
static const struct option_row why_options[] = {
	{ 0, "watch", "TIME", "watch the workers for TIME: 90, 1.5s, 10m, 2h",
	  OPTION_TIME, SETTING(watch_ns) },
	{ 0, "pid", "WORKER", "only the worker with this pid",
	  OPTION_NUMBER, SETTING(pid), .least = 1, .most = INT32_MAX },
	{ 0, "wait", "[TIME]", "wait for the first worker, for TIME at most",
	  OPTION_CUSTOM, SETTING(wait), .set = option_wait },
	{ 0, "budget", "PERCENT", "use no more of a CPU: look less often (10); none",
	  OPTION_CUSTOM, SETTING(budget), .set = option_budget },
	{ 0, "json", NULL, "one JSON document (cowtop.why/1)", OPTION_FLAG, SETTING(json) },
	{ 0 },
};
/* clang-format on */

static void asking_close(struct asking *a)
{
	why_memory_free(a->memory);
	kinds_free(a->kinds);
	why_watch_free(a->watch);
	why_growth_free(&a->growth);
	why_read_release(&a->read);
	sample_view_release(&a->last);
	analysis_free(a->analysis);
	run_close(&a->run);
}

/* 1; 0: the pool is gone, what was seen last stands; -1. */
static int look(struct asking *a, struct err *err)
{
	struct sample_view next = { 0 };
	int got;

	sample_init(&next.sample);
	got = live_sample(a->run.live, &next.sample, err);
	if (got <= 0) {
		sample_view_release(&next);
		return got;
	}
	sample_view_release(&a->last);
	a->last = next;
	why_watch_look(a->watch, a->run.live, &a->run.fs, &a->last.sample, (pid_t)a->set.pid);
	analysis_next(a->analysis, &a->last.sample, &a->last.snap);
	a->any = true;
	why_growth_look(&a->growth, &a->last.snap);
	return 1;
}

/* What there is to say of the watch itself. */
static void add_watched(const struct asking *a, struct buf *line)
{
	size_t collected, waiting;
	const char *why;

	why_gather_progress(analysis_why(a->analysis), &collected, &waiting);
	if (collected || waiting)
		buf_printf(line, ": %zu had a full collection, %zu did not yet", collected, waiting);
	else if (why_watch_inventory(a->watch, &why))
		buf_adds(line, ": no worker is young yet");
}

static void show_progress(struct asking *a)
{
	cleanup(buf_release) struct buf line = { 0 };
	int64_t now = clock_now(), spent = now - a->begin_ns;
	char age[16], whole[16];

	if (!a->progress.on || spent < PROGRESS_AFTER || now - a->shown_ns < PROGRESS_EVERY)
		return;
	a->shown_ns = now;
	if (a->end_ns) {
		buf_adds(&line, "reading what the memory of master and workers holds");
	} else {
		buf_printf(&line, "watching for %s", units_format_age(age, (double)spent / SECOND));
		if (a->set.watch_ns)
			buf_printf(&line, " of %s",
				   units_format_age(whole, (double)a->set.watch_ns / SECOND));
		add_watched(a, &line);
	}
	buf_adds(&line, "; Ctrl-C ends it");
	progress_show(&a->progress, &line);
}

/* Is there anybody of whom more can be learnt? Not when all have collected before they were met, and nobody said for
 * how long others are to be waited for. */
static bool is_worth_it(const struct asking *a)
{
	size_t collected, waiting;

	why_gather_progress(analysis_why(a->analysis), &collected, &waiting);
	return a->set.watch_ns || collected || waiting;
}

/* What is read at the end: is it to go on? */
static bool goes_on(void *data)
{
	struct asking *a = data;

	show_progress(a);
	return stop_asked() == a->stops && (!a->stops || clock_now() < a->end_ns + GRACE);
}

/* Wait until all that was done so far is within the budget, where one was given. False: it is to end. */
static bool pays(void *data)
{
	struct asking *a = data;
	int64_t used = clock_ns(CLOCK_PROCESS_CPUTIME_ID), due = a->begin_ns, now;

	if (a->set.budget > 0)
		due += (int64_t)((double)used / a->set.budget);
	while (goes_on(a) && (now = clock_now()) < due)
		if (ticks_pause(now + PROGRESS_EVERY < due ? now + PROGRESS_EVERY : due, NULL, 0) ==
		    PAUSE_STOPPED)
			break;
	return goes_on(a);
}

/* Which processes of the last sample are meant. */
static bool *chosen_workers(const struct asking *a)
{
	const struct snapshot *snap = &a->last.snap;
	bool *workers = xcalloc(snap->nprocs + 1, sizeof(*workers));

	for (size_t i = 0; i < snap->nprocs; i++)
		workers[i] = snap->procs[i].role == ROLE_WORKER &&
			     (!a->set.pid || snap->procs[i].facts->pid == a->set.pid);
	return workers;
}

static void read_inside(struct asking *a)
{
	cleanup_free bool *workers = chosen_workers(a);

	a->end_ns = clock_now();
	a->stops = stop_asked();
	why_watch_read(a->watch, a->run.live, &a->last.sample, goes_on, a);
	a->memory = why_memory_read(
		&(struct why_memory_how){ a->run.live, &a->last.snap, workers, goes_on, pays, a });
	if (pays(a))
		why_read_live(&a->read, a->run.live, &a->last.snap,
			      &(struct live_memory_limits){ .go_on = goes_on, .data = a });
	if (goes_on(a))
		a->kinds = kinds_of(a->run.live, &a->last.snap, (pid_t)a->set.pid, goes_on, a);
}

/* From one look to the next at the least, after one that has used so much CPU time. */
static int64_t interval_least(const struct asking *a, int64_t used_ns)
{
	double share = a->set.budget ?: SHARE;

	return share > 0 ? (int64_t)((double)used_ns / share) : 0;
}

static int watch(struct asking *a, struct err *err)
{
	int64_t end = a->set.watch_ns ?: isatty(STDERR_FILENO) ? 0 : TIME_UNATTENDED, before;
	struct ticks ticks = { 0 };
	enum tick tick = TICK_NOW;
	int got = 1;

	a->begin_ns = clock_now();
	progress_begin(&a->progress);
	ticks_start(&ticks, INTERVAL, end);
	while (got > 0 && tick == TICK_NOW) {
		before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		got = look(a, err);
		ticks.least_ns = interval_least(a, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before);
		if (got > 0 && !is_worth_it(a))
			break;
		show_progress(a);
		if (got > 0)
			tick = ticks_wait(&ticks);
	}
	if (got > 0)
		read_inside(a);
	progress_wipe(&a->progress);
	if (got < 0)
		return -1;
	if (!a->any)
		return err_set(err, STATUS_NO_TARGET, "process %d is gone before the first sample",
			       (int)a->run.target.master);
	if (!got)
		say("process %d is gone", (int)a->run.target.master);
	return 0;
}

static int answer(struct asking *a, struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };
	struct why *why;

	analysis_add_why(a->analysis, &a->last.snap);
	why = a->last.snap.why;
	why_memory_join(why, a->memory);
	a->memory = NULL;
	why->kinds = a->kinds;
	a->kinds = NULL;
	if (a->set.pid && !why->n)
		return err_set(err, STATUS_NO_TARGET, "pid %d: no worker of this pool", (int)a->set.pid);
	why_advise_read(why, &a->last.snap, &a->growth, &a->read);
	if (a->set.json)
		json_why(&out, why, &a->last.snap);
	else
		text_why(&out, why, &a->last.snap, output_columns());
	return output_write(&out, err);
}

static int look_back(const struct verb *verb, struct asking *a, const char *path, struct err *err)
{
	if (a->set.watch_ns || a->set.wait.on || a->set.budget != 0)
		return usage_error(
			verb, err,
			"a recording was made already: --watch, --wait and --budget do not go with it");
	return why_recorded(path, a->analysis, &a->last, err) < 0 ? -1 : answer(a, err);
}

static int why_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(asking_close) struct asking a = { .run = RUN_NONE };
	struct operands rest;
	int r = options_parse(verb, argc, argv, &a.set, &rest, err);

	if (r != 0)
		return r;
	a.analysis = analysis_new();
	analysis_leave_why(a.analysis, true);
	why_gather_only(analysis_why(a.analysis), (pid_t)a.set.pid);
	if (why_is_recorded(&rest))
		return look_back(verb, &a, rest.target, err);
	sample_init(&a.last.sample);
	if (run_check_target(verb, &rest, err) < 0 ||
	    run_open(&a.run, &rest,
		     &(struct run_how){ .series = true, .wait = a.set.wait.on, .wait_ns = a.set.wait.ns },
		     err) < 0)
		return -1;
	a.watch = why_watch_new();
	return watch(&a, err) < 0 ? -1 : answer(&a, err);
}

const struct verb verb_why = {
	.name = "why",
	.summary = "what copied the workers' pages, and what would give them back",
	.synopsis = "[OPTIONS] [TARGET]\n"
		    "[OPTIONS] RECORDING\n"
		    "[OPTIONS] -- COMMAND ARGS...",
	.about = "Says why the workers of a pool of CPython have copied pages: for the collector\n"
		 "alone, which is what gc.freeze() before the fork would give back, for the\n"
		 "collector first where references would have followed, or for references. It\n"
		 "watches workers that had no full collection yet to their first one, and on: the\n"
		 "longer, the better. Of those that had one before there are only bounds. It only\n"
		 "looks: nothing is stopped, signalled or written.\n"
		 "\n"
		 "Of any pool, whatever runs in it, it says which memory was copied, how much of\n"
		 "that is the same as in the master, and what the allocators of master and workers\n"
		 "hold, in use and freed.\n"
		 "\n"
		 "Without --watch until Ctrl-C, or for 10 seconds when stderr is no terminal; one\n"
		 "look where all workers have had a full collection before, and where none of\n"
		 "CPython can be waited for. Of a file that cowtop record --why has made it says\n"
		 "what can be said by what is in it.",
	.exits = "0 done, 1 failed, 2 usage, 4 no permission, 5 no such target,\n"
		 "6 not a forked pool",
	.options = why_options,
	.keeps = PRIV_EXACT,
	.run = why_run,
};
