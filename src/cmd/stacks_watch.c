#include "cmd/stacks_watch.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/ticks.h"
#include "find/load.h"

struct watching {
	struct watch *watch;
	struct load *load; /* NULL: none */
	struct progress progress;
	int64_t begin_ns, until_ns;
	const struct stacks_watch *how;
	int64_t each_ns; /* when that is due; INT64_MAX: never */
};

static void load_stopp(struct load **l)
{
	load_stop(*l);
}

static void show_progress(struct watching *w)
{
	cleanup(buf_release) struct buf line = { 0 };
	struct watch_progress p = { 0 };
	char spent[16], whole[16], samples[16];

	if (!w->progress.on)
		return;
	watch_progress(w->watch, &p);
	units_format_age(spent, (double)(clock_now() - w->begin_ns) / SECOND);
	buf_printf(&line, "watching %zu process%s: %s", p.processes, p.processes == 1 ? "" : "es", spent);
	if (w->until_ns != INT64_MAX)
		buf_printf(&line, " of %s",
			   units_format_age(whole, (double)(w->until_ns - w->begin_ns) / SECOND));
	buf_printf(&line, ", %s stacks", units_format_count(samples, (double)p.samples));
	if (p.lost)
		buf_printf(&line, ", %s lost", units_format_count(samples, (double)p.lost));
	buf_adds(&line, "; Ctrl-C ends it");
	progress_show(&w->progress, &line);
}

enum end { END_TIME, END_SIGNAL, END_LOAD, END_GONE };

static enum end wait_for_end(struct watching *w)
{
	struct pollfd ends[] = {
		{ .fd = watch_fd(w->watch), .events = POLLIN },
		{ .fd = w->load ? load_fd(w->load) : -1, .events = POLLIN },
		{ .fd = w->how->news ? w->how->news_fd : -1, .events = POLLIN },
	};
	int64_t now, wake;

	while ((now = clock_now()) < w->until_ns) {
		show_progress(w);
		if (now >= w->each_ns) {
			w->how->each(w->how->data);
			do
				w->each_ns += w->how->each_ns;
			while (w->each_ns <= now);
		}
		wake = w->until_ns < w->each_ns ? w->until_ns : w->each_ns;
		if (w->progress.on && wake - now > SECOND)
			wake = now + SECOND;
		ends[2].revents = 0;
		if (ticks_pause(wake, ends, 3) == PAUSE_STOPPED)
			return END_SIGNAL;
		if (ends[2].revents)
			w->how->news(w->how->data);
		if (watch_is_over(w->watch))
			return END_GONE;
		if (w->load && load_is_over(w->load))
			return END_LOAD;
	}
	return END_TIME;
}

int stacks_watch(struct watch *watch, const struct run *run, const struct stacks_watch *how, struct err *err)
{
	cleanup(load_stopp) struct load *load = NULL;
	struct watching w = {
		.watch = watch,
		.begin_ns = clock_now(),
		.until_ns = INT64_MAX,
		.how = how,
		.each_ns = INT64_MAX,
	};
	struct load *over;
	enum end end;

	if (how->duration_ns)
		w.until_ns = w.begin_ns + how->duration_ns;
	if (how->each_ns)
		w.each_ns = w.begin_ns + how->each_ns;
	if (how->load && load_start(how->load, -1, &load, err) < 0)
		return -1;
	w.load = load;
	progress_begin(&w.progress);
	end = wait_for_end(&w);
	progress_wipe(&w.progress);
	if (end == END_LOAD) {
		over = load;
		load = NULL;
		return load_end(over, err);
	}
	if (load && end == END_SIGNAL)
		return err_set(err, STATUS_FAILED, "interrupted during the load: %.400s", how->load);
	if (load && end == END_GONE)
		return err_set(err, STATUS_FAILED, "the pool went away under the load");
	if (end == END_GONE)
		say("process %d is gone", (int)run->target.master);
	return 0;
}
