#include "sink/report_growth.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/report_parts.h"

bool report_grows(const struct story *s)
{
	return s->growth.growing || s->growth.master;
}

char *report_pace(char out[static 48], const struct story *s)
{
	const struct story_growth *g = &s->growth;
	char change[24], span[16];

	if (report_has_minutes(s))
		snprintf(out, 48, "%s/min",
			 report_change(change, measure_make(g->per_s * 60, UNKNOWN, g->estimated)));
	else
		snprintf(out, 48, "%s in %s",
			 report_change(change, measure_make(g->gained, UNKNOWN, g->estimated)),
			 report_span(span, s->elapsed_s - g->since_s));
	return out;
}

figure report_full_s(const struct story *s)
{
	return report_grows(s) && s->growth.per_s > 0 ? s->growth.room_bytes / s->growth.per_s : UNKNOWN;
}

/* "worker 2", "3 of 4 workers", "the master", "4 of 4 workers and the master". */
static void add_who(struct buf *out, const struct story *s)
{
	const struct story_growth *g = &s->growth;
	size_t i;

	if (g->growing == 1)
		for (i = 0; i < s->nprocesses; i++)
			if (s->processes[i].role == ROLE_WORKER && s->processes[i].new.grows &&
			    s->processes[i].at_end)
				buf_printf(out, "worker %d, ", s->processes[i].slot);
	if (g->growing)
		buf_printf(out, "%zu of %zu worker%s", g->growing, g->workers, g->workers == 1 ? "" : "s");
	if (g->growing == 1)
		buf_adds(out, ",");
	if (g->master)
		buf_printf(out, "%sthe master", g->growing ? " and " : "");
}

/* "at this pace the host's memory of 23.5 GiB lasts about 1h43m" */
static void add_room(struct buf *out, const struct story *s)
{
	const struct story_growth *g = &s->growth;
	char limit[16], span[16];

	if (known(report_full_s(s)))
		buf_printf(out, "; at this pace %s of %s %s about %s",
			   g->of_cgroup ? "the memory limit" : "the host's memory",
			   units_format_size(limit, g->limit_bytes), g->of_cgroup ? "is reached in" : "lasts",
			   report_span(span, report_full_s(s)));
}

void report_leak_note(struct buf *out, const struct story *s)
{
	char clock[32];

	if (!report_grows(s))
		return;
	buf_adds(out, "new memory of ");
	add_who(out, s);
	buf_printf(out, " since %s", report_clock(clock, s, s->growth.since_s));
	add_room(out, s);
}

void report_leak(struct buf *out, const struct story *s)
{
	const struct story_growth *g = &s->growth;
	char pace[48], clock[32], size[24];

	if (!report_grows(s))
		return;
	add_who(out, s);
	buf_printf(out, " get%s more and more memory of %s own: %s", g->growing + g->master > 1 ? "" : "s",
		   g->growing + g->master > 1 ? "their" : "its", report_pace(pace, s));
	buf_printf(out, " since %s", report_clock(clock, s, g->since_s));
	if (report_has_minutes(s))
		buf_printf(out, ", %s so far",
			   measure_size(size, measure_make(g->gained, UNKNOWN, g->estimated)));
	buf_adds(out, ", and it does not level off: a leak, or a cache that still fills");
	add_room(out, s);
}

void report_warm(struct buf *out, const struct story *s)
{
	const struct story_growth *g = &s->growth;
	char gained[24], end[16];

	if (!g->levelling)
		return;
	buf_printf(out,
		   "%zu of %zu worker%s got %s of new memory%s and level%s off, at about %s: no leak so far",
		   g->levelling, g->workers, g->workers == 1 ? "" : "s",
		   measure_size(gained, measure_make(g->end_gained, UNKNOWN, g->estimated)),
		   g->levelling == 1 ? "" : " each", g->levelling == 1 ? "s" : "",
		   units_format_size(end, g->end_bytes));
}

void report_text_growth(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf leak = { 0 }, warm = { 0 };

	report_leak(&leak, s);
	report_warm(&warm, s);
	if (leak.len)
		report_line(out, "leak", leak.data, columns);
	if (warm.len)
		report_line(out, "warm-up", warm.data, columns);
}
