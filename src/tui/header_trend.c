#include "tui/header_trend.h"

#include <stdio.h>
#include "base/units.h"
#include "model/field.h"
#include "tui/header_why.h"
#include "tui/line.h"
#include "tui/spark.h"
#include "tui/trend.h"

static void draw_trend(struct cells *c, int row, int column, int width, const char *label,
		       const figure *values, const enum paint *paints, int n, const char *words)
{
	cells_print(c, row, column, LINE_LABEL - 1, PAINT_LABEL, label);
	spark_draw(c, row, column + LINE_LABEL, values, paints, n);
	cells_print_right(c, row, column + LINE_LABEL + n, width - LINE_LABEL - n, PAINT_DIM, words);
}

/* Both lines begin and end at the same column: they are read together. A narrow screen has room for
 * a word or for the picture: it gets both, and less of each. */
#define WORDS_WIDE 60

static int trend_columns(int width)
{
	int n = width - LINE_LABEL - (width < WORDS_WIDE ? 14 : 38);

	return n < 0 ? 0 : n > TREND_MAX ? TREND_MAX : n;
}

void header_cow_trend(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int column,
		      int width)
{
	figure now = trend_copied(&m->shown->pool), values[TREND_MAX], before = UNKNOWN;
	enum paint paints[TREND_MAX];
	char words[64], a[20], b[16], t[16];
	int n = trend_columns(width), i;

	trend_fill(m, ui->span, trend_copied, values, n);
	for (i = n - 1; i >= 0; i--) {
		paints[i] = PAINT_COW;
		before = known(values[i]) ? values[i] : before;
	}
	measure_size(a, POOL_MEASURE(m->shown, copied_bytes));
	if (width < WORDS_WIDE)
		snprintf(words, sizeof(words), "%s", a);
	else
		snprintf(words, sizeof(words), "%s, %s%s in %s", a, now >= before ? "+" : "-",
			 units_format_size(b, fabs(now - before)),
			 units_format_age(t, trend_seconds(m, ui->span, n)));
	draw_trend(c, row, column, width, "COW", values, paints, n, known(now) ? words : "-");
}

/* For each column the paint of the most frequent kind of faults, a dim one where that is not known (yet), and for each kind its sum over all
 * columns. */
static void split_columns(const struct ui_model *m, int span, enum paint *paints, figure *sums, int n)
{
	figure part[TREND_MAX], most[TREND_MAX] = { 0 };
	int i, s;

	for (i = 0; i < n; i++)
		paints[i] = PAINT_DIM;
	for (s = 0; s < SPLITS; s++) {
		sums[s] = 0;
		trend_fill(m, span, trend_split[s], part, n);
		for (i = 0; i < n; i++) {
			if (!known(part[i]))
				continue;
			sums[s] += part[i];
			paints[i] = paints[i] == PAINT_DIM ? PAINT_OTHER : paints[i];
			paints[i] = part[i] > most[i] ? split_paint(s) : paints[i];
			most[i] = fmax(most[i], part[i]);
		}
	}
}

/* A column is as high as all minor faults; its colour says what most of them were for. Once it is known why pages were
 * copied, that. */
void header_split_trend(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int column,
			int width)
{
	figure whole[TREND_MAX], sums[SPLITS], all = 0;
	enum paint paints[TREND_MAX];
	char words[64] = "";
	int n = trend_columns(width), s, len = 0;

	if (header_why(m, c, row, column, width))
		return;
	trend_fill(m, ui->span, trend_minor, whole, n);
	split_columns(m, ui->span, paints, sums, n);
	for (s = 0; s < SPLITS; s++)
		all += sums[s];
	for (s = 0; s < (width < WORDS_WIDE ? 1 : SPLITS) && all > 0; s++)
		len += snprintf(words + len, sizeof(words) - (size_t)len, "%s%s %d%%", s ? " " : "",
				split_word(s), (int)lround(sums[s] / all * 100));
	draw_trend(c, row, column, width, "WHY", whole, paints, n, all > 0 ? words : "-");
}
