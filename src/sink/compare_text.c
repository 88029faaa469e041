#include "sink/compare.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "sink/compare_parts.h"
#include "sink/report_parts.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"

static void add_side(struct buf *out, const char *letter, const char *name, const struct story *s,
		     size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	char time[ZONE_TEXT], span[16], workers[16];

	buf_printf(&line, "%s: %s, %s workers, %s, %llu sample%s from %s, level %s", name,
		   *s->command ? s->command : "a pool", units_format_count(workers, s->workers_last),
		   report_span(span, s->elapsed_s), (unsigned long long)s->samples,
		   s->samples == 1 ? "" : "s", zone_date(time, s->zone, s->begin_ns), level_name(s->level));
	buf_printf(out, "%s  ", letter);
	text_wrap(out, line.data, 3, columns);
}

/* Sizes in MiB without saying so: the head of the table does. */
static void fill(char cell[static 20], const struct field *f, figure value, bool sign)
{
	char text[24], mib[16];

	if (f->unit != UNIT_BYTES) {
		snprintf(cell, 20, "%.19s",
			 sign ? compare_signed(text, f, value) : compare_value(text, f, value));
		return;
	}
	compare_mib(mib, f, fabs(value));
	if (compare_is_zero(mib))
		snprintf(cell, 20, "%s", mib);
	else
		snprintf(cell, 20, "%s%s", value < 0 ? "-" : sign ? "+" : "", mib);
}

static void fill_measure(char cell[static 20], const struct field *f, struct measure m, bool sign)
{
	char text[20];

	fill(text, f, m.value, sign);
	snprintf(cell, 20, "%s%.18s", label_mark(m.label), text);
}

/* Of several runs between them; else over workers, or over time where there are no workers. */
static figure deviation(const struct compare_side *s)
{
	if (s->runs.n > 1)
		return s->runs.deviation;
	return s->workers.n ? s->workers.deviation : s->time.deviation;
}

/* The first rows are levels. */
static void add_legend(struct buf *out, const struct comparison *c, size_t columns)
{
	const struct compare_side *a = &c->rows[0].a, *b = &c->rows[0].b;
	cleanup(buf_release) struct buf line = { 0 }, task = { 0 };
	char of_a[16], of_b[16];

	buf_addc(out, '\n');
	compare_task(&task, c);
	if (task.len)
		text_wrap(out, task.data, 0, columns);
	buf_adds(&line, "a worker on average, in MiB; ");
	compare_spreads(&line, c);
	text_wrap(out, line.data, 0, columns);
	if (c->by == BY_LOAD)
		buf_adds(out, "levels: after the load; the rest: of all\n");
	else
		buf_printf(out, "levels: mean of the last fifth, %s of A, %s of B; the rest: of all\n",
			   report_span(of_a, a->to_s - a->from_s), report_span(of_b, b->to_s - b->from_s));
	if (compare_is_marked(c))
		text_wrap(out, REPORT_MARKS, 0, columns);
}

void compare_text(struct buf *out, const struct comparison *c, const char *a, const char *b, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "<", "A", "SD", "B", "SD", "B - A", "CI95", "<VERDICT" },
	};
	cleanup(buf_release) struct buf kernels = { 0 }, headline = { 0 }, advice = { 0 }, proof = { 0 };
	char text[200];
	size_t i;

	if (columns < 80)
		columns = 80;
	compare_headline(&headline, c);
	text_wrap(out, headline.data, 0, columns);
	compare_proof(&proof, c);
	if (proof.len)
		text_wrap(out, proof.data, 0, columns);
	buf_addc(out, '\n');
	add_side(out, "A", a, c->a, columns);
	add_side(out, "B", b, c->b, columns);
	if (*compare_levels(text, c))
		text_wrap(out, text, 0, columns);
	compare_kernels(&kernels, c);
	if (kernels.len)
		text_wrap(out, kernels.data, 0, columns);
	for (i = 0; i < COMPARE_ROWS; i++) {
		const struct compare_row *r = &c->rows[i];
		struct grid_row *row;

		if (!compare_is_shown(c, r))
			continue;
		row = grid_add(&g);
		snprintf(row->cell[0], sizeof(row->cell[0]), "%s", compare_name(r->field));
		fill_measure(row->cell[1], r->field, r->a.doubt, false);
		fill(row->cell[2], r->field, deviation(&r->a), false);
		fill_measure(row->cell[3], r->field, r->b.doubt, false);
		fill(row->cell[4], r->field, deviation(&r->b), false);
		fill_measure(row->cell[5], r->field, compare_measure(r->field, c), true);
		fill(row->cell[6], r->field, (r->high - r->low) / 2, false);
		snprintf(row->cell[7], sizeof(row->cell[7]), "%s", compare_words(r));
	}
	add_legend(out, c, columns);
	grid_print(&g, out, columns);
	buf_addc(out, '\n');
	text_wrap(out, compare_summary(text, c), 0, columns);
	compare_advice(&advice, c);
	if (advice.len)
		text_wrap(out, advice.data, 0, columns);
}
