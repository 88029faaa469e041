#include "cmd/stacks_watch.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "find/load.h"

#define SECOND INT64_C(1000000000)
#define CLEAR_LINE "\r\033[K"

struct progress {
	bool on, shown;
	int64_t begin_ns, until_ns;
};

static void load_stopp(struct load **l)
{
	load_stop(*l);
}

/* One line on a terminal, rewritten in place. */
static void show(struct progress *progress, struct watch *w)
{
	cleanup(buf_release) struct buf line = {0};
	struct watch_progress p = {0};
	char spent[16], whole[16], samples[16];
	int64_t begin = progress->begin_ns, until = progress->until_ns;

	progress->shown = true;
	watch_progress(w, &p);
	buf_adds(&line, CLEAR_LINE);
	units_format_age(spent, (double)(ticks_now() - begin) / 1e9);
	buf_printf(&line, "watching %zu process%s: %s", p.processes, p.processes == 1 ? "" : "es",
		   spent);
	if (until != INT64_MAX)
		buf_printf(&line, " of %s", units_format_age(whole, (double)(until - begin) / 1e9));
	buf_printf(&line, ", %s stacks", units_format_count(samples, (double)p.samples));
	if (p.lost)
		buf_printf(&line, ", %s lost", units_format_count(samples, (double)p.lost));
	buf_adds(&line, "; Ctrl-C ends it");
	(void)output_all(STDERR_FILENO, line.data, line.len);
}

static void wipe(const struct progress *progress)
{
	if (progress->shown)
		(void)output_all(STDERR_FILENO, CLEAR_LINE, strlen(CLEAR_LINE));
}

enum end { END_ERROR = -1, END_TIME, END_SIGNAL, END_LOAD, END_GONE };

static enum end wait(struct watch *w, struct load *load, struct progress *progress,
		     struct err *err)
{
	struct pollfd ends[] = {
		{ .fd = watch_fd(w), .events = POLLIN },
		{ .fd = load ? load_fd(load) : -1, .events = POLLIN },
	};
	int64_t now, wake;
	int got;

	while ((now = ticks_now()) < progress->until_ns) {
		wake = progress->until_ns;
		if (progress->on && wake - now > SECOND)
			wake = now + SECOND;
		if (ticks_pause(wake, ends, 2) == PAUSE_STOPPED)
			return END_SIGNAL;
		got = watch_drain(w, err);
		if (got <= 0)
			return got < 0 ? END_ERROR : END_GONE;
		if (load && load_is_over(load))
			return END_LOAD;
		if (progress->on)
			show(progress, w);
	}
	return END_TIME;
}

int stacks_watch(struct watch *w, const struct run *run, const struct stacks_watch *how,
		 struct err *err)
{
	cleanup(load_stopp) struct load *load = NULL;
	struct load *over;
	struct progress progress = {
		.on = isatty(STDERR_FILENO),
		.begin_ns = ticks_now(),
		.until_ns = INT64_MAX,
	};
	enum end end;

	if (how->duration_ns)
		progress.until_ns = progress.begin_ns + how->duration_ns;
	if (how->load && load_start(how->load, &load, err) < 0)
		return -1;
	end = wait(w, load, &progress, err);
	wipe(&progress);
	if (end == END_LOAD) {
		over = load;
		load = NULL;
		return load_end(over, err);
	}
	if (load && end == END_SIGNAL)
		return err_set(err, STATUS_FAILED, "interrupted during the load: %.400s",
			       how->load);
	if (load && end == END_GONE)
		return err_set(err, STATUS_FAILED, "the pool went away under the load");
	if (end == END_GONE)
		say("process %d is gone", (int)run->target.master);
	return end == END_ERROR ? -1 : 0;
}
