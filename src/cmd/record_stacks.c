#include "cmd/record_stacks.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "model/stacks_fold.h"

#define SPAN_MOST (60 * SECOND)

int record_stacks_open(struct record_stacks *s, const struct procfs *fs, const struct target *target,
		       uint32_t period, struct err *err)
{
	const struct watch_setup setup = { .period = period };

	s->taken_ns = clock_now();
	return watch_open(fs, target, &setup, &s->watch, err);
}

int record_stacks_write(struct record_stacks *s, bool end, uint64_t most, struct record_file *f,
			struct err *err)
{
	cleanup(stacks_release) struct stacks span = { 0 };
	int64_t now = clock_now();
	int got;

	if (!s->watch || (!end && now - s->taken_ns < SPAN_MOST))
		return 0;
	s->taken_ns = now;
	watch_take(s->watch, &span);
	stacks_trim(&span, most);
	got = record_file_stacks(f, &span, err);
	if (got > 0)
		say("%zu processes in a minute: a recording cannot hold their call stacks, they are "
		    "left out",
		    span.nprocesses);
	return got < 0 ? -1 : 0;
}

void record_stacks_tell(const struct record_stacks *s, struct buf *out)
{
	struct watch_progress p = { 0 };
	char count[16];

	if (!s->watch)
		return;
	watch_progress(s->watch, &p);
	buf_printf(out, "%s stack%s, ", units_format_count(count, (double)p.samples),
		   p.samples == 1 ? "" : "s");
	buf_printf(out, "%s lost", p.lost ? units_format_count(count, (double)p.lost) : "none");
}

void record_stacks_close(struct record_stacks *s)
{
	watch_close(s->watch);
	*s = (struct record_stacks){ 0 };
}
