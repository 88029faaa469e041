#include "sink/compare.h"

#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/compare_parts.h"
#include "sink/html.h"
#include "sink/report_parts.h"

static void add_side(struct buf *out, const char *letter, const char *name, const struct story *s)
{
	char time[ZONE_TEXT], span[16], workers[16];

	buf_printf(out, "<p class=\"sub\"><strong>%s</strong> ", letter);
	html_text(out, name);
	buf_adds(out, ": ");
	html_text(out, *s->command ? s->command : "a pool");
	buf_printf(out, ", %s workers, %s, %llu sample%s from ", units_format_count(workers, s->workers_last),
		   report_span(span, s->elapsed_s), (unsigned long long)s->samples,
		   s->samples == 1 ? "" : "s");
	html_time(out, s->begin_ns, zone_date(time, s->zone, s->begin_ns));
	buf_printf(out, ", level %s</p>\n", level_name(s->level));
}

static void add_verdict(struct buf *out, const struct compare_row *r)
{
	const char *words = compare_words(r);

	if (!strcmp(words, "B better"))
		buf_adds(out, "<td class=\"name good\">");
	else if (!strcmp(words, "B worse"))
		buf_adds(out, "<td class=\"name bad\">");
	else
		buf_adds(out, "<td class=\"name\">");
	buf_printf(out, "%s</td>", words);
}

static void add_value(struct buf *out, const struct field *f, figure value)
{
	char text[24];

	html_cell(out, compare_value(text, f, value));
}

static void add_measure(struct buf *out, const struct field *f, struct measure m)
{
	char text[24], cell[32];

	snprintf(cell, sizeof(cell), "%s%s", label_mark(m.label), compare_value(text, f, m.value));
	html_cell(out, cell);
}

/* Of several runs what they differ by, and their number. */
static void add_spreads(struct buf *out, const struct field *f, const struct compare_side *s)
{
	char text[16];

	if (s->runs.n > 1) {
		add_value(out, f, s->runs.deviation);
		html_cell(out, units_format_count(text, s->runs.n));
		return;
	}
	add_value(out, f, s->workers.deviation);
	add_value(out, f, s->time.deviation);
}

static void add_table(struct buf *out, const struct comparison *c)
{
	static const char *const heads[] = { "<A worker's",  "A",           "SD over workers",
					     "SD over time", "B",           "SD over workers",
					     "SD over time", "B &minus; A", "95 % interval",
					     "<Verdict",     NULL };
	static const char *const of_runs[] = { "<A worker's", "A",           "SD over runs",
					       "Runs",        "B",           "SD over runs",
					       "Runs",        "B &minus; A", "95 % interval",
					       "<Verdict",    NULL };
	char low[24], high[24], text[64];
	size_t i;

	buf_adds(out, "<div class=\"sides\">"); /* narrow: A, B - A, verdict */
	html_table(out, c->runs_a > 1 ? of_runs : heads);
	for (i = 0; i < COMPARE_ROWS; i++) {
		const struct compare_row *r = &c->rows[i];

		if (!compare_is_shown(c, r))
			continue;
		buf_adds(out, "<tr>");
		html_name(out, compare_name(r->field));
		add_measure(out, r->field, r->a.doubt);
		add_spreads(out, r->field, &r->a);
		add_measure(out, r->field, r->b.doubt);
		add_spreads(out, r->field, &r->b);
		snprintf(text, sizeof(text), "%s%s", label_mark(compare_measure(r->field, c).label),
			 compare_signed(low, r->field, r->difference));
		html_cell(out, text);
		snprintf(text, sizeof(text), "%s to %s", compare_signed(low, r->field, r->low),
			 compare_signed(high, r->field, r->high));
		html_cell(out, known(r->low) ? text : "-");
		add_verdict(out, r);
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
	buf_adds(out, "</div>\n");
}

/* A figure of a worker on average, of one side, over its own time. */
static size_t take(const struct story *s, size_t offset, figure *x, figure *y, figure *highest)
{
	size_t i;

	for (i = 0; i < s->ninstants; i++) {
		x[i] = s->instants[i].at_s;
		y[i] = *(const figure *)((const char *)&s->instants[i].mean + offset);
		*highest = fmax(*highest, y[i]);
	}
	return s->ninstants;
}

/* Both sides from their beginnings: the time at the edge is how long, not when. */
static void add_plot(struct buf *out, const struct comparison *c, const char *title, size_t offset)
{
	cleanup_free figure *x = xcalloc(2 * STORY_POINTS, sizeof(*x));
	cleanup_free figure *y = xcalloc(2 * STORY_POINTS, sizeof(*y));
	figure highest = 0;
	size_t na = take(c->a, offset, x, y, &highest);
	size_t nb = take(c->b, offset, x + STORY_POINTS, y + STORY_POINTS, &highest);
	struct plot p = {
		.out = out,
		.elapsed_s = fmax(c->a->elapsed_s, c->b->elapsed_s),
		.top = plot_top(highest, true),
		.bytes = true,
	};

	if (!(highest > 0))
		return;
	html_section(out, title);
	buf_adds(out, "<p class=\"note\">Of a worker on average; hours and minutes since the "
		      "beginning of each recording.</p>\n<ul class=\"legend\">");
	plot_legend(out, "dash", "soft", "A");
	plot_legend(out, "", "cow", "B");
	buf_adds(out, "</ul>\n");
	plot_begin(&p, title, 190);
	plot_grid(&p);
	plot_line(&p, "a", x, y, na);
	plot_line(&p, "b", x + STORY_POINTS, y + STORY_POINTS, nb);
	plot_axes(&p, true);
	plot_end(&p);
	html_section_end(out);
}

void compare_html(struct buf *out, const struct comparison *c, const char *a, const char *b)
{
	cleanup(buf_release) struct buf kernels = { 0 }, headline = { 0 }, task = { 0 }, advice = { 0 };
	cleanup(buf_release) struct buf proof = { 0 };
	char summary[200], levels[120];

	html_begin(out, "Two recordings side by side");
	buf_adds(out, "<header>\n<h1>Two recordings side by side</h1>\n");
	add_side(out, "A", a, c->a);
	add_side(out, "B", b, c->b);
	if (*compare_levels(levels, c))
		buf_printf(out, "<p class=\"sub\">%s</p>\n", levels);
	compare_kernels(&kernels, c);
	compare_headline(&headline, c);
	compare_task(&task, c);
	if (kernels.len)
		buf_printf(out, "<p class=\"sub\">%s</p>\n", kernels.data);
	buf_adds(out, "</header>\n");
	html_section(out, "Verdict");
	buf_adds(out, "<p><strong>");
	html_text(out, headline.data);
	buf_printf(out, "</strong></p>\n<p>%s</p>\n", compare_summary(summary, c));
	compare_proof(&proof, c);
	if (proof.len) {
		buf_adds(out, "<p>");
		html_text(out, proof.data);
		buf_adds(out, ".</p>\n");
	}
	compare_advice(&advice, c);
	if (advice.len)
		buf_printf(out, "<p>%s.</p>\n", advice.data);
	if (task.len) {
		buf_adds(out, "<p>");
		html_text(out, task.data);
		buf_adds(out, ".</p>\n");
	}
	add_table(out, c);
	buf_adds(
		out,
		"<p class=\"note\">Levels are those after a load, else the mean over the last fifth of a "
		"recording, the rest is that of all of it. SD: standard deviation. A difference is noise when zero lies in its interval "
		"(Welch, ");
	buf_adds(out, c->runs_a > 1 ? "from the spread between runs; a verdict takes one of 99 %)" :
				      "from the larger of the spreads over workers and over time)");
	buf_adds(out, "; the same is what is too small to matter.");
	if (c->runs_a == 1)
		buf_adds(out, " What differs from run to run is only seen by recording several times.");
	if (compare_is_marked(c)) {
		buf_adds(out, " ");
		html_text(out, REPORT_MARKS);
		buf_adds(out, "; the interval holds what is in doubt.");
	}
	buf_adds(out, "</p>\n");
	html_section_end(out);
	add_plot(out, c, "Copied", offsetof(struct story_point, cow_broken));
	add_plot(out, c, "Shared", offsetof(struct story_point, shared));
	add_plot(out, c, "Private", offsetof(struct story_point, private));
	buf_adds(out, "<footer>Made by cowtop " COWTOP_VERSION ".</footer>\n");
	html_end(out);
}
