#include <inttypes.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/html.h"
#include "sink/report_parts.h"
#include "sink/stacks_flame.h"
#include "sink/stacks_parts.h"
#include "sink/stacks_text.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"

/* In a page of text. */
#define STACKS_SHOWN 3
#define FRAMES_SHOWN 8
#define NAME_WIDTH 11

static const char flame_style[] =
	".flame{display:block;width:100%;min-width:760px;font:12px ui-monospace,\"DejaVu Sans Mono\",Menlo,"
	"Consolas,monospace}\n"
	".flame .f rect{stroke:var(--card);stroke-width:.6}.flame .f text{fill:#14171b;pointer-events:none}\n"
	".flame .f g:hover rect{stroke:var(--ink);stroke-width:1.2}.flame .sub{fill:var(--soft)}\n";

void report_text_stacks(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf amount = { 0 }, method = { 0 };

	if (!s->stacks)
		return;
	stacks_amount(&amount, &s->stack_report);
	stacks_method(&method, &s->stack_report);
	buf_printf(out, "\n%-*s", NAME_WIDTH, "stacks");
	text_wrap(out, amount.data, NAME_WIDTH, columns);
	buf_printf(out, "%*s", NAME_WIDTH, "");
	text_wrap(out, method.data, NAME_WIDTH, columns);
	stacks_text_roles(out, &s->stack_report, columns);
	stacks_text_top(out, &s->stack_report, STACKS_SHOWN, FRAMES_SHOWN, columns);
}

/* One of all copied pages; `role` STACK_ROLES: none. */
static void add_bar(struct buf *out, const struct stack_report *r, const char *name, int role, uint64_t pages)
{
	figure share = (figure)pages / (figure)r->pool.copied;
	char text[24];

	buf_adds(out, "<tr>");
	html_name(out, name);
	snprintf(text, sizeof(text), "%" PRIu64, pages);
	html_cell(out, text);
	html_cell(out, units_format_size(text, (figure)pages * (figure)r->facts->page_size));
	html_cell(out, text_percent(text, share));
	buf_printf(out,
		   "<td><svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">"
		   "<rect class=\"c%d\" width=\"%d\" height=\"10\"/></svg></td></tr>\n",
		   role, (int)(fmin(share, 1) * 1000));
}

/* In the order of their numbers: pages of several reports can be laid side by side. */
static void add_bars(struct buf *out, const struct stack_report *r)
{
	static const char *const heads[] = { "<Role", "Pages", "Size", "%", "<", NULL };

	html_table(out, heads);
	for (int role = 0; role < STACK_ROLES; role++) {
		if (r->pool.roles[role])
			add_bar(out, r, stacks_role_words((enum stack_role)role), role, r->pool.roles[role]);
	}
	if (r->pool.unattributed > 0)
		add_bar(out, r, "unattributed", STACK_ROLES, (uint64_t)r->pool.unattributed);
	html_table_end(out);
}

void report_stacks(struct buf *out, const struct story *s)
{
	cleanup(buf_release) struct buf amount = { 0 }, method = { 0 };
	const struct stack_report *r = &s->stack_report;

	if (!s->stacks)
		return;
	stacks_amount(&amount, r);
	stacks_method(&method, r);
	html_section(out, "Who broke the pages");
	buf_adds(out, "<p class=\"note\">");
	html_text(out, amount.data);
	buf_adds(out, "; ");
	html_text(out, method.data);
	buf_adds(out, ". In the picture the root is at the top, and a frame is as wide as the pages copied "
		      "under it.</p>\n");
	if (r->pool.copied > 0) {
		add_bars(out, r);
		buf_adds(out, "<div class=\"scroll\">\n");
		stacks_flame_picture(out, r, flame_style);
		buf_adds(out, "</div>\n");
	}
	html_section_end(out);
}
