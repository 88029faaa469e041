#include "sink/trial.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "sink/compare_parts.h"
#include "sink/report_parts.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"
#include "sink/trial_words.h"

/* What a name takes at most, so that the tables fit into 80 columns. */
#define NAME_COLUMNS 24

static const struct field *field_of(const char *key)
{
	return compare_find(key);
}

static const struct trial_figure *trial_of(const struct trial_variant *v, const char *key)
{
	return &v->figures[field_of(key) - compare_fields];
}

/* Cut to columns, and to what a cell holds. */
static void fill_name(char cell[static 32], const char *name)
{
	cleanup(buf_release) struct buf text = { 0 };
	size_t columns = NAME_COLUMNS;

	do {
		buf_reset(&text);
		text_cut(&text, name, columns);
	} while (text.len > 31 && --columns);
	snprintf(cell, 32, "%s", text.len ? text.data : "");
}

/* Sizes in MiB without saying so. */
static void fill(char cell[static 20], const struct field *f, struct measure m)
{
	char text[24];

	if (!known(m.value)) {
		strcpy(cell, "-");
		return;
	}
	if (f->unit == UNIT_BYTES)
		compare_mib(text, f, m.value);
	else
		compare_value(text, f, m.value);
	snprintf(cell, 20, "%s%.18s", label_mark(m.label), text);
}

static void fill_figure(char cell[static 20], const struct trial_variant *v, const char *key)
{
	fill(cell, field_of(key), trial_of(v, key)->mean);
}

/* ---- a worker */

static bool any_knows(const struct trial *t, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (known(trial_of(&t->variants[i], key)->mean.value))
			return true;
	return false;
}

static void add_workers(struct buf *out, const struct trial *t, size_t columns)
{
	bool requests = any_knows(t, "gained_bytes_per_request"),
	     collections = any_knows(t, "first_full_collection_bytes");
	cleanup(buf_release) struct buf head = { 0 };
	cleanup(grid_release) struct grid g = {
		.heads = { "<VARIANT", "APPLIED", "SHARED", "COPIED", "NEW", "PRIVATE",
			   requests ? "A REQUEST" : "GAINED", collections ? "FIRST GC" : NULL },
	};

	for (size_t i = 0; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];
		struct grid_row *row = grid_add(&g);

		fill_name(row->cell[0], v->name);
		snprintf(row->cell[1], sizeof(row->cell[1]), "%s", i ? trial_applied_word(v) : "-");
		fill_figure(row->cell[2], v, "shared_bytes");
		fill_figure(row->cell[3], v, "cow_broken_bytes");
		fill_figure(row->cell[4], v, "new_bytes");
		fill_figure(row->cell[5], v, "private_bytes");
		fill_figure(row->cell[6], v, requests ? "gained_bytes_per_request" : "gained_bytes");
		if (collections)
			fill_figure(row->cell[7], v, "first_full_collection_bytes");
	}
	buf_printf(&head, "a worker at the end, in MiB; what %s%s:",
		   requests ? "the workers got or copied for a request" : "it got or copied in all",
		   collections ? "; what a worker's first full collection copied" : "");
	text_wrap(out, head.data, 0, columns);
	grid_print(&g, out, columns);
}

/* ---- the pool */

static void fill_change(char change[static 20], char wide[static 20], const struct trial_variant *v,
			const struct compare_row *r)
{
	char text[16];

	strcpy(change, "-");
	strcpy(wide, "-");
	if (!v->compared || !known(r->difference))
		return;
	compare_mib(text, r->field, fabs(r->difference));
	snprintf(change, 20, "%s%s%s", label_mark(compare_label(r)),
		 compare_is_zero(text) ? "" :
		 r->difference < 0     ? "-" :
					 "+",
		 text);
	if (known(r->low))
		snprintf(wide, 20, "%s", compare_mib(text, r->field, (r->high - r->low) / 2));
}

static void add_pools(struct buf *out, const struct trial *t, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "<VARIANT", "POOL", "SAVED", "LOAD", "CHANGE", "CI95", "<VERDICT" },
	};
	size_t decides = trial_deciding(t);

	for (size_t i = 0; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];
		struct grid_row *row = grid_add(&g);

		fill_name(row->cell[0], v->name);
		fill_figure(row->cell[1], v, "footprint_bytes");
		fill_figure(row->cell[2], v, "saved_bytes");
		fill_figure(row->cell[3], v, "load_s");
		fill_change(row->cell[4], row->cell[5], v, &v->against.rows[decides]);
		snprintf(row->cell[6], sizeof(row->cell[6]), "%s", i ? trial_verdict_words(v) : "-");
	}
	buf_addc(out, '\n');
	text_wrap(out, trial_change_words(t), 0, columns);
	grid_print(&g, out, columns);
}

/* ---- around them */

static void add_head(struct buf *out, const struct trial *t, size_t columns)
{
	buf_adds(out, "command: ");
	text_wrap(out, t->command, 9, columns);
	if (t->load) {
		buf_adds(out, "load: ");
		text_wrap(out, t->load, 6, columns);
	}
	buf_printf(out, "%zu run%s of each, in turn\n\n", t->runs, t->runs == 1 ? "" : "s");
}

static bool is_marked(const struct trial *t)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t row = 0; row < COMPARE_ROWS; row++)
			if (*label_mark(t->variants[i].figures[row].mean.label))
				return true;
	return false;
}

/* What was seen of each variant, and why one failed. */
static void add_evidence(struct buf *out, const struct trial *t, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };

	buf_addc(out, '\n');
	for (size_t i = 1; i < t->n; i++) {
		buf_reset(&line);
		trial_evidence_words(&line, t, &t->variants[i]);
		buf_adds(out, "  ");
		text_wrap(out, line.data, 4, columns);
	}
}

void trial_text(struct buf *out, const struct trial *t, size_t columns)
{
	if (columns < 80)
		columns = 80;
	add_head(out, t, columns);
	add_workers(out, t, columns);
	add_pools(out, t, columns);
	if (is_marked(t))
		text_wrap(out, REPORT_MARKS, 0, columns);
	add_evidence(out, t, columns);
	buf_addc(out, '\n');
	text_wrap(out, t->text, 0, columns);
}
