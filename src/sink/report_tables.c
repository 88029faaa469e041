#include "sink/report_parts.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "sink/html.h"
#include "sink/when.h"

static void add_level(struct buf *out, struct measure bytes)
{
	char text[20];

	html_cell(out, measure_size(text, bytes));
}

static void add_count(struct buf *out, figure count)
{
	char text[16];

	html_cell(out, units_format_count(text, count));
}

static void add_change(struct buf *out, struct measure bytes)
{
	char text[24];

	html_cell(out, report_change(text, bytes));
}

static void add_intervals(struct buf *out, const struct story *s)
{
	const char *rate = report_has_minutes(s) ? "Private/min" : NULL;
	const char *const heads[] = { "<From",       "For",         "Workers",          "Private each",
				      "Copied each", "Shared each", "Full collections", "By the master",
				      rate,          NULL };
	char span[16];
	size_t i;

	if (!s->nintervals)
		return;
	html_section(out, "Between marks");
	buf_adds(out, "<p class=\"note\">What workers that were there all the time gained.</p>\n");
	html_table(out, heads);
	for (i = 0; i < s->nintervals; i++) {
		const struct story_interval *at = &s->intervals[i];

		buf_adds(out, "<tr>");
		html_name(out, *at->text ? at->text : "the beginning");
		html_cell(out, report_span(span, at->to_s - at->from_s));
		add_count(out, at->private_bytes.n);
		add_change(out, report_rests(s, at->private_bytes.mean));
		add_change(out, report_rests(s, at->cow_bytes.mean));
		add_change(out, report_rests(s, at->shared_bytes.mean));
		add_count(out, at->full_collections);
		add_change(out, measure_make(at->master_cow_bytes, UNKNOWN, s->estimated_all));
		if (rate)
			add_change(out, report_rests(s, report_per_min(at->private_bytes.mean, at->seen_s)));
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
	html_section_end(out);
}

static void add_settings(struct buf *out, const struct story_settings *g)
{
	char thresholds[64], text[128];
	fact on = g->enabled == ABSENT ? ABSENT : g->enabled && g->thresholds[0] != 0;

	if (g->runtime == RUNTIME_NONE) {
		html_name(out, "-");
		return;
	}
	if (runtime_untold(g->runtime)) {
		html_name(out, runtime_untold(g->runtime));
		return;
	}
	snprintf(text, sizeof(text), "%s %s%s %s%s", runtime_name(g->runtime), g->version,
		 on == ABSENT ? "" :
		 on           ? " on" :
				" off",
		 gc_format_thresholds(thresholds, g->thresholds), g->frozen == 1 ? " frozen" : "");
	html_name(out, text);
}

static void add_collapsed(struct buf *out, const struct story *s)
{
	cleanup(buf_release) struct buf line = { 0 };

	if (!report_collapsed(&line, s))
		return;
	buf_adds(out, "<p class=\"note\">Collapsed: ");
	html_text(out, line.data);
	buf_adds(out, ".</p>\n");
}

static void add_processes(struct buf *out, const struct story *s)
{
	const char *growth = report_has_minutes(s) ? "Growth/min" : "Gained";
	const char *const heads[] = { "<Process",   "Pid",        "Seen for",     "Shared",
				      "Private",    "Orphaned",   "Copied",       "Copied files",
				      "New",        growth,       "Minor faults", "Full gc",
				      "First, MiB", "Later, MiB", "<GC",          NULL };
	char label[32], text[16], mib[20];
	size_t i;

	html_section(out, "Processes");
	buf_adds(out, "<p class=\"note\">As they were seen last; private is orphaned, copied, "
		      "copied files and new; growth is what it got or copied itself, the "
		      "straight line through all of that time; first, later: copied at the first full "
		      "collection seen, and at each later one");
	if (report_is_marked(s)) {
		buf_adds(out, "; ");
		html_text(out, REPORT_MARKS);
	}
	buf_adds(out, ".</p>\n");
	add_collapsed(out, s);
	html_table(out, heads);
	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];

		buf_adds(out, "<tr>");
		html_name(out, report_label(label, p->role, p->slot));
		snprintf(text, sizeof(text), "%d", p->pid);
		html_cell(out, text);
		html_cell(out, report_span(text, p->last_s - p->first_s));
		add_level(out, STORY_LEVEL(&p->last, shared, p->estimated));
		add_level(out, STORY_LEVEL(&p->last, private, p->estimated));
		add_level(out, STORY_LEVEL(&p->last, orphaned, p->estimated));
		add_level(out, STORY_LEVEL(&p->last, cow_broken, p->estimated));
		add_level(out, STORY_LEVEL(&p->last, cow_file, p->estimated));
		add_level(out, STORY_LEVEL(&p->last, new, p->estimated));
		add_change(out, report_growth(s, p));
		add_count(out, p->faults.known_s > 0 ? p->faults.minor : UNKNOWN);
		add_count(out, p->full_collections);
		measure_mib(mib, measure_make(p->first_full_bytes, UNKNOWN, p->estimated));
		html_cell(out, mib);
		measure_mib(mib, measure_make(p->later_full_bytes, UNKNOWN, p->estimated));
		html_cell(out, mib);
		add_settings(out, &p->settings);
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
	if (s->unfollowed)
		buf_printf(out, "<p class=\"note\">and %llu more, which were not followed one by one</p>\n",
			   (unsigned long long)s->unfollowed);
	html_section_end(out);
}

static void add_event(struct buf *out, const struct story *s, const struct event *e)
{
	char text[32];

	buf_adds(out, "<tr>");
	buf_adds(out, "<td class=\"name\">");
	html_time(out, e->time_ns, report_clock(text, s, (figure)(e->time_ns - s->begin_ns) / SECOND));
	buf_adds(out, "</td>");
	snprintf(text, sizeof(text), "%d", e->pid);
	html_cell(out, e->pid ? text : "-");
	buf_adds(out, "<td class=\"text\">");
	html_text(out, e->text);
	buf_adds(out, "</td></tr>\n");
}

static void add_events(struct buf *out, const struct story *s)
{
	static const char *const heads[] = { "<Time", "Pid", "<What", NULL };
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < STORY_EVENT_TYPES; i++)
		sum += s->event_counts[i];
	if (!sum)
		return;
	html_section(out, "Events");
	buf_printf(out, "<p class=\"note\">%llu in all", (unsigned long long)sum);
	for (i = 0; i < STORY_EVENT_TYPES; i++) {
		if (s->event_counts[i])
			buf_printf(out, ", %llu %s", (unsigned long long)s->event_counts[i],
				   event_type_name((enum event_type)i));
	}
	buf_adds(out, "</p>\n");
	html_table(out, heads);
	for (i = 0; i < s->nevents; i++) {
		if (i == s->events_early && sum > s->nevents)
			buf_printf(out,
				   "<tr><td class=\"name\">&hellip;</td><td></td>"
				   "<td class=\"text\">%llu more</td></tr>\n",
				   (unsigned long long)(sum - s->nevents));
		add_event(out, s, &s->events[i]);
	}
	html_table_end(out);
	html_section_end(out);
}

void report_tables(struct buf *out, const struct story *s)
{
	add_intervals(out, s);
	add_processes(out, s);
	add_events(out, s);
}
