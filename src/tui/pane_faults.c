#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "tui/spark.h"
#include "tui/trend.h"

#define AXIS 8 /* columns of the scale */

/* The place of a chart on the screen, and the value at its upper edge. */
struct chart {
	struct cells *cells;
	int top, rows, left, columns;
	figure most;
};

/* The next round number: a scale that can be read, and that does not change with every sample. */
static figure round_up(figure most)
{
	static const figure steps[] = { 1, 1.5, 2, 3, 5, 7, 10 };
	figure power = pow(10, floor(log10(fmax(most, 1))));
	size_t i = 0;

	while (steps[i] * power < most && i + 1 < sizeof(steps) / sizeof(*steps))
		i++;
	return steps[i] * power;
}

static void draw_axis(const struct chart *c, char *(*format)(char out[static 16], double value))
{
	char text[16];
	int row;

	for (row = 0; row < c->rows; row++)
		cells_print(c->cells, c->top + row, c->left - 1, 1, PAINT_DIM, c->cells->ascii ? "|" : "│");
	cells_print_right(c->cells, c->top, c->left - AXIS, AXIS - 1, PAINT_DIM, format(text, c->most));
	if (c->rows > 4)
		cells_print_right(c->cells, c->top + c->rows - c->rows / 2, c->left - AXIS, AXIS - 1,
				  PAINT_DIM, format(text, c->most / 2));
	cells_print_right(c->cells, c->top + c->rows - 1, c->left - AXIS, AXIS - 1, PAINT_DIM, "0");
}

/* From row `from` up to row `to`, counted from the bottom in rows and their fractions. */
static void draw_bar(const struct chart *c, int column, figure from, figure to, enum paint paint,
		     const char *glyph, bool last)
{
	int row = (int)lround(from), end = (int)floor(to), eighths;

	for (; row < end; row++)
		cells_print(c->cells, c->top + c->rows - 1 - row, c->left + column, 1, paint, glyph);
	eighths = (int)ceil((to - floor(to)) * 8);
	if (last && row == end && eighths && row < c->rows)
		cells_print(c->cells, c->top + c->rows - 1 - row, c->left + column, 1, paint,
			    level_glyph(c->cells, eighths));
}

static void draw_split(const struct ui_model *m, const struct ui *ui, struct chart *c)
{
	figure parts[SPLITS][TREND_MAX], whole[TREND_MAX];
	int i, s;

	for (s = 0; s < SPLITS; s++)
		trend_fill(m, ui->span, trend_split[s], parts[s], c->columns);
	trend_fill(m, ui->span, trend_minor, whole, c->columns);
	c->most = round_up(trend_most(whole, c->columns));
	draw_axis(c, units_format_count);
	for (i = 0; i < c->columns; i++) {
		figure sum = 0, next;

		for (s = 0; s < SPLITS && known(parts[s][i]); s++, sum = next) {
			next = fmin(sum + fmax(parts[s][i], 0) / c->most * c->rows, c->rows);
			draw_bar(c, i, sum, next < c->rows && s < SPLITS - 1 ? round(next) : next,
				 split_paint(s), split_glyph(c->cells, s), s == SPLITS - 1);
		}
	}
}

static void draw_cow(const struct ui_model *m, const struct ui *ui, struct chart *c)
{
	figure values[TREND_MAX];
	int i;

	trend_fill(m, ui->span, trend_copied, values, c->columns);
	c->most = round_up(trend_most(values, c->columns) / 1048576) * 1048576;
	draw_axis(c, units_format_mib);
	for (i = 0; i < c->columns; i++) {
		if (known(values[i]))
			draw_bar(c, i, 0, values[i] / c->most * c->rows, PAINT_COW,
				 split_glyph(c->cells, SPLIT_COW), true);
	}
}

static void draw_span(const struct ui *ui, struct page *p, int row, int at)
{
	double seconds = ui->interval_s * (double)(1 << ui->span);
	char text[64], number[16];
	int width;

	width = snprintf(text, sizeof(text), "a column is %s%s; + - change it",
			 seconds < 10 ? units_format_count(number, seconds) :
					units_format_age(number, seconds),
			 seconds < 10 ? "s" : "");
	if (at + 1 + width <= p->columns)
		cells_print_right(p->cells, row, p->left, p->columns, PAINT_DIM, text);
}

/* Two charts fill the page: there is nothing to scroll. */
static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	page_head(p);
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	int row = page_head(p), columns = p->columns - AXIS, rows = p->rows - 1, at;
	struct chart c;

	columns = columns < 1 ? 1 : columns > TREND_MAX ? TREND_MAX : columns;
	at = cells_print(p->cells, row, p->left, p->columns, PAINT_LABEL, "minor faults/s");
	split_legend(p->cells, row, p->left + at + 2, p->columns - at - 2);
	c = (struct chart){ p->cells, p->top, rows * 6 / 10, p->left + AXIS, columns, 0 };
	if (c.rows < 1)
		return;
	draw_split(m, ui, &c);

	row = c.top + c.rows;
	at = cells_print(p->cells, row, p->left, p->columns, PAINT_LABEL, "copied MiB");
	draw_span(ui, p, row, at);
	c.top = row + 1;
	c.rows = rows - c.rows;
	draw_cow(m, ui, &c);
}

const struct pane pane_faults = {
	.name = "faults",
	.share = 70,
	.in_round = true,
	.has_trends = true,
	.height = height,
	.draw = draw,
};
