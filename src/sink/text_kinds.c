#include "sink/kinds.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"

/* Rows of kinds, names of modules. */
#define KINDS 8
#define MODULES 6
/* Less than that of a module is not worth to be named. */
#define MODULE_LEAST (64 << 10)

/* "307 000" */
static void number(char out[static 20], const char *mark, double value)
{
	char digits[20];
	size_t n, at = strlen(mark);

	memcpy(out, mark, at);
	if (value > 1e12)
		value = 1e12;
	n = (size_t)snprintf(digits, sizeof(digits), "%.0f", value);
	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			out[at++] = ' ';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

static const char *mark_of(const struct kinds *k)
{
	return k->sampled ? "~" : "";
}

static void add_row(struct grid *g, const struct kind *k, const char *mark, const char *name)
{
	struct grid_row *row = grid_add(g);

	number(row->cell[0], mark, k->copied_count);
	snprintf(row->cell[1], sizeof(row->cell[1]), "%s%.1f", mark, k->copied_bytes / (1 << 20));
	snprintf(row->cell[2], sizeof(row->cell[2]), "%s%.1f", mark, k->shared_bytes / (1 << 20));
	snprintf(row->cell[3], sizeof(row->cell[3]), "%s", k->tracked ? "yes" : "");
	row->tail = name;
}

static void take(struct kind *from, const struct kind *k)
{
	from->copied_count -= k->copied_count;
	from->copied_bytes -= k->copied_bytes;
	from->shared_bytes -= k->shared_bytes;
}

static void add_kinds(struct buf *out, const struct kinds *k, size_t columns)
{
	cleanup(grid_release) struct grid g = { .heads = { "OBJECTS", "MiB COPIED", "MiB SHARED", "TRACKED" },
						.rank = { 0, 0, 1, 2 },
						.tail_head = "KIND",
						.tail_min = 8,
						.tail_room = 24 };
	char others[40];
	struct kind rest;

	kinds_sum(k, &rest);
	for (size_t i = 0; i < k->n && i < KINDS; i++) {
		add_row(&g, &k->items[i], mark_of(k), k->items[i].name);
		take(&rest, &k->items[i]);
	}
	if (k->n > KINDS) {
		snprintf(others, sizeof(others), "%zu other kind%s", k->n - KINDS,
			 k->n - KINDS == 1 ? "" : "s");
		add_row(&g, &rest, mark_of(k), others);
	}
	grid_print(&g, out, columns);
}

static void add_modules(struct buf *out, const struct kinds *k, size_t columns)
{
	static const char head[] = "of modules: ";
	cleanup(buf_release) struct buf line = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < k->nmodules && n < MODULES; i++) {
		const struct kind_module *m = &k->modules[i];

		if (m->copied_bytes < MODULE_LEAST)
			break;
		buf_printf(&line, "%s%s %s%.1f", n++ ? ", " : "", m->name, mark_of(k),
			   m->copied_bytes / (1 << 20));
	}
	if (!n)
		return;
	buf_adds(&line, " MiB copied: their classes, instances, functions");
	buf_adds(out, head);
	text_wrap(out, line.data, sizeof(head) - 1, columns);
}

void text_kinds(struct buf *out, const struct kinds *k, size_t columns)
{
	if (!k || k->why || !k->workers || !k->n)
		return;
	buf_printf(out, "objects on copied pages%s:\n",
		   k->cut ? ", at least: not all could be read" : ", and on pages still shared");
	add_kinds(out, k, columns);
	add_modules(out, k, columns);
}
