#include "sink/trial.h"

#include "base/cleanup.h"
#include "sink/markdown.h"
#include "sink/trial_parts.h"

/* Room for what stands below the rows. */
#define BELOW ((size_t)20000)

static void add_heads(struct buf *out, const struct trial *t)
{
	const char *heads[TRIAL_COLUMNS + 5] = { "<Variant" };
	size_t n = 1;

	for (size_t i = 0; i < TRIAL_COLUMNS; i++) {
		if (trial_columns[i].brief && trial_has_column(t, &trial_columns[i]))
			heads[n++] = trial_columns[i].head;
	}
	heads[n++] = trial_difference_head(t);
	heads[n] = "<Verdict";
	markdown_table(out, heads);
}

static void add_row(struct buf *out, const struct trial *t, const struct trial_variant *v)
{
	char value[TRIAL_VALUE], difference[TRIAL_DIFFERENCE];
	bool best = trial_is_best(t, v);

	markdown_name(out, v->name);
	for (size_t i = 0; i < TRIAL_COLUMNS; i++) {
		const char *key = trial_columns[i].key;

		if (trial_columns[i].brief && trial_has_column(t, &trial_columns[i]))
			markdown_cell(out, trial_value(value, trial_field(key), trial_figure(v, key)->mean));
	}
	markdown_cell(out, trial_difference(difference, t, v, " MiB"));
	buf_printf(out, "| %s%s%s ", best ? "**" : "", trial_verdict(t, v), best ? "**" : "");
	markdown_row_end(out);
}

static void add_rows(struct buf *out, const struct trial *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		cleanup(buf_release) struct buf row = { 0 };

		add_row(&row, t, &t->variants[i]);
		if (!markdown_add(out, &row, BELOW))
			break;
	}
	buf_addc(out, '\n');
	if (i < t->n)
		buf_printf(out, "%zu more variants have no room here.\n\n", t->n - i);
}

static void add_line(struct buf *out, const struct trial *t, const struct trial_variant *v, const char *shown)
{
	buf_adds(out, "- ");
	markdown_code(out, v->name);
	if (trial_is_void(t, v))
		buf_printf(out, " **%s**", trial_verdict(t, v));
	buf_adds(out, ": ");
	markdown_text(out, shown);
	buf_addc(out, '\n');
}

/* What is seen of each variant, those that are void or those that are not: as many as fit. */
static void add_shown(struct buf *out, const struct trial *t, bool void_ones)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];
		cleanup(buf_release) struct buf line = { 0 }, shown = { 0 };

		if (trial_is_void(t, v) != void_ones)
			continue;
		trial_shown(&shown, t, v);
		if (shown.len)
			add_line(&line, t, v, shown.data);
		if (!markdown_add(out, &line, void_ones ? BELOW / 2 : BELOW / 4))
			return;
	}
}

static void add_details(struct buf *out, const struct trial *t)
{
	size_t before = out->len;

	add_shown(out, t, true);
	buf_adds(out, out->len > before ? "\n" : "");
	buf_adds(out, "<details><summary>What was done, and what shows that it took</summary>\n\n");
	markdown_code(out, t->command);
	buf_adds(out, ": ");
	trial_task(out, t);
	markdown_code(out, t->load ? t->load : "");
	buf_adds(out, ".\n\n");
	add_shown(out, t, false);
	buf_adds(out, "\nMade by cowtop " COWTOP_VERSION ".\n\n</details>\n");
}

void trial_markdown(struct buf *out, const struct trial *t)
{
	if (t->text && *t->text) {
		buf_adds(out, "**");
		markdown_text(out, t->text);
		buf_adds(out, "**\n\n");
	}
	add_heads(out, t);
	add_rows(out, t);
	buf_adds(
		out,
		"Shared, copied and private: of a worker on average. The difference is that to the baseline");
	buf_adds(out, t->runs > 1 ? ", in brackets its 95 % interval." : ".");
	buf_adds(out,
		 trial_is_marked(t) ? " &#126; is an estimate, &#60; at most, &#62; at least.\n\n" : "\n\n");
	add_details(out, t);
}
