#include "sink/stacks.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "sink/html.h"
#include "sink/stacks_flame.h"
#include "sink/stacks_parts.h"
#include "sink/stacks_svg_parts.h"
#include "sink/text_grid.h"

/* In the units of the picture, which is as wide as its place. The script knows WIDTH and MARGIN. */
#define WIDTH 1180.0
#define MARGIN 10
#define ROW 18
#define LETTER 7.23
#define KEY_TOP 82
#define NARROWEST 0.1 /* of a frame that is drawn */

struct drawing {
	struct buf *out;
	const struct stack_report *r;
	const struct flame *flame;
	int top; /* of the frames */
	size_t left_out;
};

static double wide(const struct drawing *d, uint64_t pages)
{
	return d->flame->pages ? WIDTH * (double)pages / (double)d->flame->pages : 0;
}

static int row_top(const struct drawing *d, size_t row)
{
	return d->top + ROW * (int)row;
}

/* Thousandths by integers: printf's decimal point belongs to the locale. */
static void add_number(struct buf *out, const char *name, double value)
{
	int64_t v = llround(value * 1000);

	buf_printf(out, " %s=\"%" PRId64 ".%03d\"", name, v / 1000, (int)(v % 1000));
}

static void add_box(const struct drawing *d, double x, double width, int y, enum stack_role role)
{
	buf_printf(d->out, "<rect class=\"c%u\"", (unsigned int)role);
	add_number(d->out, "x", MARGIN + x);
	buf_printf(d->out, " y=\"%d\"", y);
	add_number(d->out, "width", width);
	buf_printf(d->out, " height=\"%d\"/><text", ROW - 1);
	add_number(d->out, "x", MARGIN + x + 3);
	buf_printf(d->out, " y=\"%d\">", y + 13);
}

/* As much of a clean label as fits, then the end of the frame. */
static void add_label(const struct drawing *d, const char *label, double width)
{
	size_t room = width > 6 ? (size_t)((width - 6) / LETTER) : 0, len = strlen(label);
	cleanup(buf_release) struct buf part = { 0 };

	if (room >= 3) {
		if (text_width(label, len) <= room) {
			buf_adds(&part, label);
		} else {
			buf_add(&part, label, text_fit(label, len, room - 1));
			buf_adds(&part, "\xe2\x80\xa6");
		}
		html_text(d->out, part.data);
	}
	buf_adds(d->out, "</text></g>\n");
}

static void add_title(const struct drawing *d, const char *label, uint64_t pages, enum stack_role role)
{
	char size[16], share[16];

	buf_adds(d->out, "<title>");
	html_text(d->out, label);
	buf_printf(d->out, "\n%" PRIu64 " page%s, %s, %s%%", pages, pages == 1 ? "" : "s",
		   units_format_size(size, (double)pages * (double)d->r->facts->page_size),
		   text_percent(share, (double)pages / (double)d->flame->pages));
	if (role < STACK_ROLES)
		buf_printf(d->out, ", %s", stacks_role_words(role));
	buf_adds(d->out, "</title>");
}

static void add_frames(struct drawing *d)
{
	static const char all[] = "all";

	if (!d->flame->pages)
		return;
	buf_adds(d->out, "<g>");
	add_title(d, all, d->flame->pages, STACK_ROLES);
	add_box(d, 0, WIDTH, d->top, STACK_ROLES);
	add_label(d, all, WIDTH);
	for (size_t i = 0; i < d->flame->n; i++) {
		const struct flame_node *node = &d->flame->nodes[i];
		double width = wide(d, node->pages);
		enum stack_role role = flame_role(node);

		if (width < NARROWEST) {
			d->left_out++;
			continue;
		}
		buf_adds(d->out, "<g>");
		add_title(d, node->label, node->pages, role);
		add_box(d, wide(d, node->start), width, row_top(d, node->depth + 1), role);
		add_label(d, node->label, width);
	}
}

/* One item of the key; returns where the next begins. `y` goes down when the line is full. */
static double add_key(const struct drawing *d, double x, int *y, const char *name, double share,
		      enum stack_role role)
{
	char percent[16], text[64];
	double width;

	snprintf(text, sizeof(text), "%s %s%%", name, text_percent(percent, share));
	width = 18 + LETTER * (double)strlen(text) + 16;
	if (x + width > WIDTH) {
		x = 0;
		*y += ROW;
	}
	buf_printf(d->out, "<rect class=\"c%u\"", (unsigned int)role);
	add_number(d->out, "x", MARGIN + x);
	buf_printf(d->out, " y=\"%d\" width=\"12\" height=\"12\" rx=\"2\"/><text", *y - 10);
	add_number(d->out, "x", MARGIN + x + 18);
	buf_printf(d->out, " y=\"%d\">%s</text>\n", *y, text);
	return x + width;
}

/* The roles that there are, with their shares; returns where the frames begin. */
static int add_keys(const struct drawing *d)
{
	const struct stack_tally *pool = &d->r->pool;
	double x = 0, all = (double)d->flame->pages;
	int y = KEY_TOP;

	buf_adds(d->out, "<g class=\"key\">\n");
	for (int role = 0; role < STACK_ROLES; role++) {
		if (pool->roles[role])
			x = add_key(d, x, &y, stacks_role_words((enum stack_role)role),
				    (double)pool->roles[role] / all, (enum stack_role)role);
	}
	if (pool->unattributed > 0)
		add_key(d, x, &y, "unattributed", (double)pool->unattributed / all, STACK_ROLES);
	buf_adds(d->out, "</g>\n");
	return y + 14;
}

/* A line of text at the left, cleaned and cut to `columns`. */
static void add_line(struct buf *out, const char *class, int y, const char *foreign, size_t columns)
{
	cleanup(buf_release) struct buf part = { 0 };

	text_cut(&part, foreign, columns);
	buf_printf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, MARGIN, y);
	html_text(out, part.data ? part.data : "");
	buf_adds(out, "</text>\n");
}

static void add_head(struct buf *out, const struct stack_report *r, int height)
{
	cleanup(buf_release) struct buf title = { 0 }, amount = { 0 }, method = { 0 };

	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		   "width=\"100%%\" height=\"%d\" preserveAspectRatio=\"xMidYMin\">\n<title>",
		   (int)WIDTH + 2 * MARGIN, height, height);
	stacks_headline(&title, r);
	html_text(out, title.data);
	buf_adds(out, "</title>\n<style>\n");
	buf_adds(out, svg_style);
	buf_adds(out, svg_roles);
	buf_adds(out, "</style>\n");
	add_line(out, "title", 24, title.data, 80);
	stacks_amount(&amount, r);
	add_line(out, "sub", 43, amount.data, 160);
	stacks_method(&method, r);
	add_line(out, "sub", 60, method.data, 160);
}

/* All frames, and what of them cannot be seen. */
static void add_picture(struct drawing *d)
{
	buf_adds(d->out, "<g class=\"f\">\n");
	add_frames(d);
	buf_adds(d->out, "</g>\n");
	if (d->left_out)
		buf_printf(d->out,
			   "<text class=\"sub\" x=\"%d\" y=\"%d\">%zu frames are too narrow to "
			   "be drawn</text>\n",
			   MARGIN, row_top(d, d->flame->depth + 1) + 13, d->left_out);
}

/* What only the script makes useful, and the script. */
static void add_controls(struct buf *out)
{
	buf_printf(out,
		   "<foreignObject x=\"%d\" y=\"6\" width=\"300\" height=\"28\">"
		   "<input xmlns=\"http://www.w3.org/1999/xhtml\" type=\"search\" "
		   "placeholder=\"search (regular expression)\" aria-label=\"search\"/>"
		   "</foreignObject>\n",
		   (int)WIDTH + MARGIN - 300);
	buf_printf(out,
		   "<text id=\"whole\" class=\"act\" x=\"%d\" y=\"24\">whole</text>\n"
		   "<text id=\"found\" class=\"sub\" x=\"%d\" y=\"24\" "
		   "text-anchor=\"end\"></text>\n",
		   (int)WIDTH + MARGIN - 500, (int)WIDTH + MARGIN - 310);
	buf_adds(out, "<script><![CDATA[\n");
	buf_adds(out, svg_script);
	buf_adds(out, "]]></script>\n");
}

void stacks_flamegraph(struct buf *out, const struct stack_report *r)
{
	cleanup(flame_release) struct flame flame = { 0 };
	cleanup(buf_release) struct buf keys = { 0 };
	struct drawing d = { .out = &keys, .r = r, .flame = &flame };

	flame_make(r, &flame);
	d.top = add_keys(&d);
	add_head(out, r, row_top(&d, flame.depth + 2));
	buf_add(out, keys.data, keys.len);
	d.out = out;
	add_picture(&d);
	add_controls(out);
	buf_adds(out, "</svg>\n");
}

void stacks_flame_picture(struct buf *out, const struct stack_report *r, const char *style)
{
	cleanup(flame_release) struct flame flame = { 0 };
	struct drawing d = { .out = out, .r = r, .flame = &flame };

	flame_make(r, &flame);
	buf_printf(out,
		   "<svg class=\"flame\" viewBox=\"0 0 %d %d\" role=\"img\" "
		   "aria-label=\"flame graph of copied pages\">\n",
		   (int)WIDTH + 2 * MARGIN, row_top(&d, flame.depth + 2));
	buf_printf(out, "<style>\n%s%s</style>\n", style, svg_roles);
	add_picture(&d);
	buf_adds(out, "</svg>\n");
}
