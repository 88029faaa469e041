#include <stdio.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "model/why_advice.h"
#include "model/why_shown.h"
#include "sink/advice.h"
#include "sink/html.h"
#include "sink/report_parts.h"
#include "sink/text_grid.h"

#define SAYS_FROM 100 /* columns: what there is to say of a cause */

/* "4 workers; each has copied 61.6 of 89.5 MiB inherited, 58.9 of it as the master's page" */
static void add_head(struct buf *out, const struct why *w)
{
	char a[16], b[16];

	buf_printf(out, "%zu worker%s", w->nworkers, w->nworkers == 1 ? "" : "s");
	if (!why_is_split(w))
		return;
	buf_printf(out, "; %s copied %s of %s MiB inherited", w->nmean == 1 ? "one has" : "each has",
		   units_format_mib(a, w->copied * w->page_size),
		   units_format_mib(b, w->inherited * w->page_size));
	if (known(w->identical))
		buf_printf(out, ", %s of it as the master's page",
			   units_format_mib(a, w->identical * w->page_size));
}

/* A row of the split as texts. */
struct split_row {
	char each[20], percent[16], between[40];
};

static struct split_row row_of(const struct why *w, enum why_cause cause)
{
	struct measure m = why_bytes(w, &w->causes[cause]);
	struct split_row ret = { .percent = "", .between = "" };
	char low[16], high[16];

	measure_mib(ret.each, m);
	if (m.label != LABEL_UPPER_BOUND && known(m.value) && w->copied > 0)
		snprintf(ret.percent, sizeof(ret.percent), "%.0f%%",
			 100 * w->causes[cause].pages / w->copied);
	if (m.low < m.high)
		snprintf(ret.between, sizeof(ret.between), "%s..%s", units_format_mib(low, m.low),
			 units_format_mib(high, m.high));
	return ret;
}

static void add_split(struct buf *out, const struct why *w, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "MiB", "%", "<BETWEEN" },
		.tail_head = "CAUSE",
		.tail_min = 33,
	};

	for (int i = 0; i < WHY_CAUSES; i++) {
		const char *says = columns >= SAYS_FROM ? why_words[i].says : "";
		struct split_row shown;
		struct grid_row *row;

		if (!why_has_row(w, (enum why_cause)i))
			continue;
		shown = row_of(w, (enum why_cause)i);
		row = grid_add(&g);
		snprintf(row->cell[0], sizeof(row->cell[0]), "%s", shown.each);
		snprintf(row->cell[1], sizeof(row->cell[1]), "%s", shown.percent);
		snprintf(row->cell[2], sizeof(row->cell[2]), "%.19s", shown.between);
		snprintf(row->before, sizeof(row->before), "%s%s", why_words[i].name, says[0] ? ": " : "");
		row->tail = says;
	}
	grid_print(&g, out, columns);
}

void report_text_why(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf head = { 0 };
	const struct why *w = s->why;

	if (!w)
		return;
	add_head(&head, w);
	buf_addc(out, '\n');
	report_line(out, "why", head.data, columns);
	if (why_is_split(w))
		add_split(out, w, columns);
	report_line(out, "rests on", w->reason, columns);
	text_advice(out, w, columns);
}

/* ---- the page */

static void add_bar(struct buf *out, const struct why *w, enum why_cause cause)
{
	double part = w->causes[cause].pages / w->copied;

	buf_printf(out,
		   "<td><svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">"
		   "<rect class=\"%s\" width=\"%d\" height=\"10\"/></svg></td>",
		   cause == WHY_COLLECTOR_ONLY ? "cow" : "other", part > 0 ? (int)(fmin(part, 1) * 1000) : 0);
}

static void add_table(struct buf *out, const struct why *w)
{
	static const char *const heads[] = { "<Cause", "MiB", "%", "Between", "<", "<", NULL };

	html_table(out, heads);
	for (int i = 0; i < WHY_CAUSES; i++) {
		struct split_row shown;

		if (!why_has_row(w, (enum why_cause)i))
			continue;
		shown = row_of(w, (enum why_cause)i);
		buf_adds(out, "<tr>");
		html_name(out, why_words[i].name);
		html_cell(out, shown.each);
		html_cell(out, shown.percent);
		html_cell(out, shown.between);
		add_bar(out, w, (enum why_cause)i);
		html_name(out, why_words[i].says);
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
}

/* What helps, each with the line to write, or what does not. */
static void add_advice(struct buf *out, const struct why *w, bool helps)
{
	bool any = false;

	for (size_t i = 0; i < w->nadvice; i++) {
		if (w->advice[i].helps != helps)
			continue;
		if (!any)
			buf_printf(out, "<h3>%s</h3>\n<ul class=\"findings\">\n",
				   helps ? "What helps" : "What does not");
		any = true;
		buf_adds(out, "<li>");
		html_text(out, w->advice[i].text);
		if (helps && w->advice[i].how) {
			buf_adds(out, "<br><code>");
			html_text(out, w->advice[i].how);
			buf_adds(out, "</code>");
		}
		buf_adds(out, "</li>\n");
	}
	if (any)
		buf_adds(out, "</ul>\n");
}

void report_why(struct buf *out, const struct story *s)
{
	cleanup(buf_release) struct buf head = { 0 };
	const struct why *w = s->why;

	if (!w)
		return;
	html_section(out, "Why pages were copied");
	buf_adds(out, "<p>");
	add_head(&head, w);
	html_text(out, head.data);
	buf_adds(out, ".</p>\n");
	if (why_is_split(w))
		add_table(out, w);
	buf_adds(out, "<p class=\"note\">Rests on: ");
	html_text(out, w->reason);
	buf_adds(out, ".</p>\n");
	add_advice(out, w, true);
	add_advice(out, w, false);
	html_section_end(out);
}
