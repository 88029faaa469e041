#include "sink/judged_markdown.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/ci_figures.h"
#include "sink/markdown.h"

/* Bytes that are left for what stands behind the checks. */
#define ROOM_FOR_FIGURES ((size_t)16 << 10)

static void add_verdict(struct buf *out, const struct judged *j)
{
	size_t failed = judged_count(j, JUDGED_FAILED), errors = judged_count(j, JUDGED_ERROR);
	size_t passed = judged_count(j, JUDGED_PASSED);

	buf_printf(out, "### cowtop: %s\n\n", failed ? "failed" : errors ? "could not be judged" : "passed");
	buf_printf(out, "%zu failed, %zu could not be judged, %zu passed", failed, errors, passed);
	if (judged_count(j, JUDGED_SKIPPED))
		buf_printf(out, ", %zu skipped", judged_count(j, JUDGED_SKIPPED));
	buf_adds(out, "\n");
}

static void add_check(struct buf *out, const struct judged_line *line, bool several)
{
	static const char *const words[] = {
		[JUDGED_PASSED] = "passed",
		[JUDGED_SKIPPED] = "skipped",
		[JUDGED_ERROR] = "**error**",
		[JUDGED_FAILED] = "**failed**",
	};

	buf_printf(out, "| %s ", words[line->check->verdict]);
	if (several)
		markdown_name(out, line->pool->name);
	markdown_name(out, line->check->name);
	markdown_cell(out, line->check->text);
	markdown_row_end(out);
}

static void add_checks(struct buf *out, const struct judged *j)
{
	cleanup_free struct judged_line *lines = NULL;
	size_t n = judged_worst_first(j, &lines), i;
	bool several = j->n > 1;

	if (!n)
		return;
	buf_addc(out, '\n');
	if (several)
		markdown_table(out,
			       (const char *const[]){ "<Result", "<Pool", "<Rule", "<What came out", NULL });
	else
		markdown_table(out, (const char *const[]){ "<Result", "<Rule", "<What came out", NULL });
	for (i = 0; i < n; i++) {
		cleanup(buf_release) struct buf row = { 0 };

		add_check(&row, &lines[i], several);
		if (!markdown_add(out, &row, ROOM_FOR_FIGURES))
			break;
	}
	if (i < n)
		buf_printf(out, "\nand %zu more.\n", n - i);
}

static char *value_text(char out[static 32], const struct field *f, struct measure m)
{
	char text[20];

	if (!known(m.value))
		snprintf(out, 32, "-");
	else if (f->unit == UNIT_BYTES)
		snprintf(out, 32, "%s", measure_size(text, m));
	else if (f->unit == UNIT_RATIO)
		snprintf(out, 32, "%s%.1f %%", label_mark(m.label), 100 * m.value);
	else
		snprintf(out, 32, "%s", measure_count(text, m));
	return out;
}

/* Does any pool know it? */
static bool is_known(const struct judged *j, size_t row)
{
	for (size_t i = 0; i < j->nseries; i++) {
		if (known(j->series[i].standing.means[row].value))
			return true;
	}
	return false;
}

static void add_figure_row(struct buf *out, const struct judged *j, size_t row)
{
	char text[32];

	markdown_cell(out, compare_fields[row].help);
	for (size_t i = 0; i < j->nseries; i++)
		markdown_cell(out, value_text(text, &compare_fields[row], j->series[i].standing.means[row]));
	markdown_row_end(out);
}

/* Of so many pools there is room beside one another. */
#define COLUMNS 8

/* A column for each; labels are foreign. */
static void add_heads(struct buf *out, const struct judged *j)
{
	struct buf labels[COLUMNS] = { 0 };
	const char *heads[COLUMNS + 2] = { "<Figure" };

	for (size_t i = 0; i < j->nseries; i++) {
		if (j->series[i].label)
			markdown_text(&labels[i], j->series[i].label);
		heads[i + 1] = labels[i].len ? labels[i].data : "Value";
	}
	buf_addc(out, '\n');
	markdown_table(out, heads);
	for (size_t i = 0; i < COLUMNS; i++)
		buf_release(&labels[i]);
}

static void add_figures(struct buf *out, const struct judged *j)
{
	struct judged some = { .series = j->series, .nseries = j->nseries < COLUMNS ? j->nseries : COLUMNS };
	bool begun = false;

	for (size_t row = 0; row < COMPARE_ROWS; row++) {
		if (!ci_has(&compare_fields[row]) || !is_known(&some, row))
			continue;
		if (!begun)
			add_heads(out, &some);
		begun = true;
		add_figure_row(out, &some, row);
	}
	if (begun)
		buf_adds(out, "\n`~` about, `<` at most, `>` at least\n");
}

void judged_markdown(struct buf *out, const struct judged *j)
{
	add_verdict(out, j);
	add_checks(out, j);
	add_figures(out, j);
}
