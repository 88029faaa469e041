#include <stdio.h>
#include <string.h>
#include "sink/compare_parts.h"
#include "sink/html.h"
#include "sink/trial_html_parts.h"
#include "sink/trial_parts.h"
#include "sink/trial_words.h"

/* 1: this figure is better than the baseline's, -1: worse, 0: nothing is said. */
static int better(const struct compare_row *r)
{
	if (!r || (r->verdict != COMPARE_LOWER && r->verdict != COMPARE_HIGHER))
		return 0;
	return compare_better(r->field) * (r->verdict == COMPARE_HIGHER ? 1 : -1);
}

static const char *class_of(int better)
{
	return better > 0 ? " class=\"good\"" : better < 0 ? " class=\"bad\"" : "";
}

/* The mean, its interval under the pointer; below it by how much it differs, where that is more than noise. */
static void add_figure(struct buf *out, const struct trial_variant *v, const char *key)
{
	const struct trial_figure *mean = trial_figure(v, key);
	const struct field *f = trial_field(key);
	const struct compare_row *r = trial_row(v, f);
	char value[TRIAL_VALUE], interval[TRIAL_INTERVAL];

	buf_printf(out, "<td%s", class_of(better(r)));
	if (*trial_interval(interval, f, mean->low, mean->high))
		buf_printf(out, " title=\"95 %% interval: %s\"", interval);
	buf_addc(out, '>');
	html_text(out, trial_mib(value, f, mean->mean));
	if (better(r) && r->a.mean > 0)
		buf_printf(out, "<small>%+ld %%</small>", lround(100 * r->difference / r->a.mean));
	buf_adds(out, "</td>");
}

static void add_heads(struct buf *out, const struct trial *t)
{
	const char *heads[TRIAL_COLUMNS + 6] = { "<Variant", "<Applied", "<Verdict" };
	size_t n = 3;

	for (size_t i = 0; i < TRIAL_COLUMNS; i++) {
		if (trial_has_column(t, &trial_columns[i]))
			heads[n++] = trial_columns[i].head;
	}
	heads[n++] = "Runs";
	html_table(out, heads);
}

static void add_verdict(struct buf *out, const struct trial *t, const struct trial_variant *v)
{
	const char *words = trial_verdict(t, v), *best = trial_is_best(t, v) ? ", the best" : "";
	char difference[TRIAL_DIFFERENCE];

	if (trial_is_void(t, v))
		buf_printf(out, "<td class=\"name\"><em class=\"void\">%s</em>", words);
	else
		buf_printf(out, "<td class=\"name %s\">%s%s", trial_class(t, v), words, best);
	if (trial_row(v, &compare_fields[trial_deciding(t)])) {
		buf_adds(out, "<small>");
		html_text(out, trial_difference(difference, t, v, ""));
		buf_adds(out, "</small>");
	}
	buf_adds(out, "</td>");
}

static void add_row(struct buf *out, const struct trial *t, size_t i)
{
	const struct trial_variant *v = &t->variants[i];

	buf_printf(out, "<tr class=\"%s\"><td class=\"name\">", trial_class(t, v));
	trial_key(out, i);
	buf_addc(out, ' ');
	html_text(out, v->name);
	buf_printf(out, "</td><td class=\"name\">%s</td>",
		   trial_is_baseline(t, v) ? "-" : trial_applied_word(v));
	add_verdict(out, t, v);
	for (size_t k = 0; k < TRIAL_COLUMNS; k++) {
		if (trial_has_column(t, &trial_columns[k]))
			add_figure(out, v, trial_columns[k].key);
	}
	if (v->runs < t->runs)
		buf_printf(out, "<td>%zu of %zu</td></tr>\n", v->runs, t->runs);
	else
		buf_printf(out, "<td>%zu</td></tr>\n", v->runs);
}

void trial_table(struct buf *out, const struct trial *t)
{
	html_section(out, "All variants");
	buf_adds(
		out,
		"<p class=\"note\">Of a worker on average; the pool, what sharing saves and the load as a whole; sizes in MiB. Each figure "
		"is the mean of the runs");
	buf_adds(out, t->runs > 1 ? ", its 95 % interval under the pointer" : "");
	buf_adds(out, "; a percentage is a difference to the baseline that is more than noise.");
	if (trial_is_marked(t))
		buf_adds(out, " ~ is an estimate, &lt; at most, &gt; at least.");
	buf_adds(out, "</p>\n");
	buf_adds(out, "<div class=\"variants\">");
	add_heads(out, t);
	for (size_t i = 0; i < t->n; i++)
		add_row(out, t, i);
	html_table_end(out);
	buf_adds(out, "</div>\n");
	html_section_end(out);
}

/* ---- every figure of a variant beside the baseline's */

static void add_compared(struct buf *out, const struct compare_row *r, const struct comparison *c)
{
	char value[TRIAL_VALUE], text[24], interval[TRIAL_INTERVAL];
	const char *words = compare_words(r);
	int good = better(r);

	buf_adds(out, "<tr>");
	html_name(out, compare_name(r->field));
	html_cell(out, trial_value(value, r->field, r->a.doubt));
	html_cell(out, trial_value(value, r->field, r->b.doubt));
	snprintf(value, sizeof(value), "%s%s", label_mark(compare_measure(r->field, c).label),
		 compare_signed(text, r->field, r->difference));
	html_cell(out, value);
	html_cell(out, *trial_interval(interval, r->field, r->low, r->high) ? interval : "-");
	/* whose it is the column says */
	buf_printf(out, "<td class=\"name%s\">%s</td></tr>\n",
		   good > 0 ? " good" :
		   good < 0 ? " bad" :
			      "",
		   words + (strncmp(words, "B ", 2) ? 0 : 2));
}

static void add_details(struct buf *out, const struct trial *t, size_t i)
{
	static const char *const heads[] = { "<A worker's",   "Baseline", "Variant", "Difference",
					     "95 % interval", "<Verdict", NULL };
	const struct comparison *c = &t->variants[i].against;

	buf_adds(out, "<details><summary>");
	trial_key(out, i);
	buf_addc(out, ' ');
	html_text(out, t->variants[i].name);
	buf_adds(out, "</summary>\n");
	html_table(out, heads);
	for (size_t k = 0; k < COMPARE_ROWS; k++) {
		if (compare_is_shown(c, &c->rows[k]))
			add_compared(out, &c->rows[k], c);
	}
	html_table_end(out);
	buf_adds(out, "</details>\n");
}

void trial_details(struct buf *out, const struct trial *t)
{
	size_t n = 0;

	for (size_t i = 1; i < t->n; i++)
		n += t->variants[i].compared;
	if (!n)
		return;
	html_section(out, "Each figure against the baseline");
	buf_adds(out, "<p class=\"note\">As cowtop diff compares two pools.</p>\n");
	for (size_t i = 1; i < t->n; i++) {
		if (t->variants[i].compared)
			add_details(out, t, i);
	}
	html_section_end(out);
}
