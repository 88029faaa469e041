#include "sink/text_grid.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

/* A tail narrower than this tells nothing. */
#define TAIL_USEFUL 8

struct layout {
	size_t n, width[GRID_MAX], gap;
	size_t tail; /* columns of the tail; 0: none */
};

struct grid_row *grid_add(struct grid *g)
{
	struct grid_row *row;

	vec_room(&g->rows, g->n, &g->cap);
	row = &g->rows[g->n++];
	*row = (struct grid_row){0};
	return row;
}

void grid_release(struct grid *g)
{
	free(g->rows);
	g->rows = NULL;
	g->n = g->cap = 0;
}

/* By integers: printf's decimal point belongs to the locale. */
char *text_percent(char out[static 16], figure ratio)
{
	unsigned int tenths;

	if (!known(ratio)) {
		strcpy(out, "-");
		return out;
	}
	tenths = (unsigned int)fmin(round(fmax(ratio, 0) * 1000), 1e6);
	snprintf(out, 16, "%u.%u", tenths / 10, tenths % 10);
	return out;
}

char *text_marked_percent(char out[static 20], struct measure ratio)
{
	char text[16];

	snprintf(out, 20, "%s%s", label_mark(ratio.label), text_percent(text, ratio.value));
	return out;
}

void text_cut(struct buf *out, const char *foreign, size_t columns)
{
	cleanup(buf_release) struct buf clean = {0};

	text_clean(&clean, foreign, strlen(foreign));
	if (text_width(clean.data ? clean.data : "", clean.len) <= columns) {
		buf_add(out, clean.data, clean.len);
		return;
	}
	buf_add(out, clean.data, text_fit(clean.data, clean.len, columns ? columns - 1 : 0));
	buf_addc(out, '+');
}

static bool flush_left(const char *head)
{
	return *head == '<';
}

static const char *head_text(const char *head)
{
	return head + flush_left(head);
}

static struct layout lay_out(const struct grid *g, size_t columns)
{
	struct layout l = {.gap = 2};
	size_t i, r, total = 0, used;

	for (i = 0; i < GRID_MAX && g->heads[i]; i++) {
		l.width[i] = strlen(head_text(g->heads[i]));
		for (r = 0; r < g->n; r++) {
			if (strlen(g->rows[r].cell[i]) > l.width[i])
				l.width[i] = strlen(g->rows[r].cell[i]);
		}
		total += l.width[i];
	}
	l.n = i;
	if (total + 2 * (l.n - 1) + (g->tail_min ? g->tail_min + 2 : 0) > columns)
		l.gap = 1;

	used = total + l.gap * (l.n - 1) + 2;
	if (g->tail_head && used + TAIL_USEFUL <= columns)
		l.tail = columns - used;
	if (l.tail < g->tail_min)
		l.tail = g->tail_min;
	return l;
}

static void add_blanks(struct buf *out, size_t n)
{
	while (n--)
		buf_addc(out, ' ');
}

/* No blanks at the end of a line. */
static void print_cell(struct buf *out, const char *text, size_t width, bool left, bool last)
{
	size_t pad = width - strlen(text);

	if (!left)
		add_blanks(out, pad);
	buf_adds(out, text);
	if (left && !last)
		add_blanks(out, pad);
}

static void print_tail(struct buf *out, const char *tail, const struct layout *l)
{
	if (l->tail && tail) {
		add_blanks(out, 2);
		text_cut(out, tail, l->tail);
	}
	buf_addc(out, '\n');
}

void grid_print(const struct grid *g, struct buf *out, size_t columns)
{
	struct layout l = lay_out(g, columns);
	size_t i, r;

	for (i = 0; i < l.n; i++) {
		add_blanks(out, i ? l.gap : 0);
		print_cell(out, head_text(g->heads[i]), l.width[i], flush_left(g->heads[i]),
			   i + 1 == l.n && !l.tail);
	}
	print_tail(out, g->tail_head, &l);

	for (r = 0; r < g->n; r++) {
		for (i = 0; i < l.n; i++) {
			add_blanks(out, i ? l.gap : 0);
			print_cell(out, g->rows[r].cell[i], l.width[i], flush_left(g->heads[i]),
				   i + 1 == l.n && !l.tail);
		}
		print_tail(out, g->rows[r].tail, &l);
	}
}
