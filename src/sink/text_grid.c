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
	bool out[GRID_MAX]; /* left out */
	size_t last;        /* the last one that is not */
	size_t tail;        /* columns of the tail; 0: none */
};

struct grid_row *grid_add(struct grid *g)
{
	struct grid_row *row;

	vec_room(&g->rows, g->n, &g->cap);
	row = &g->rows[g->n++];
	*row = (struct grid_row){ 0 };
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

/* `len` bytes cleaned and, where they are wider than `columns`, cut with a '+' at the end. */
static void cut_bytes(struct buf *out, const char *foreign, size_t len, size_t columns)
{
	cleanup(buf_release) struct buf clean = { 0 };

	text_clean(&clean, foreign, len);
	if (text_width(clean.data ? clean.data : "", clean.len) <= columns) {
		buf_add(out, clean.data, clean.len);
		return;
	}
	buf_add(out, clean.data, text_fit(clean.data, clean.len, columns ? columns - 1 : 0));
	buf_addc(out, '+');
}

void text_cut(struct buf *out, const char *foreign, size_t columns)
{
	cut_bytes(out, foreign, strlen(foreign), columns);
}

static bool flush_left(const char *head)
{
	return *head == '<';
}

static const char *head_text(const char *head)
{
	return head + flush_left(head);
}

static void measure(const struct grid *g, struct layout *l)
{
	size_t i, r;

	for (i = 0; i < GRID_MAX && g->heads[i]; i++) {
		l->width[i] = strlen(head_text(g->heads[i]));
		for (r = 0; r < g->n; r++) {
			if (strlen(g->rows[r].cell[i]) > l->width[i])
				l->width[i] = strlen(g->rows[r].cell[i]);
		}
	}
	l->n = i;
}

/* Of the columns that are not left out, with so many blanks between them. */
static size_t used(struct layout *l, size_t gap)
{
	size_t i, sum = 0, shown = 0;

	for (i = 0; i < l->n; i++) {
		if (l->out[i])
			continue;
		sum += l->width[i];
		l->last = i;
		shown++;
	}
	return sum + gap * (shown - 1);
}

/* Those of the highest rank there is; false when none may be. */
static bool leave_out(const struct grid *g, struct layout *l)
{
	unsigned char most = 0;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!l->out[i] && g->rank[i] > most)
			most = g->rank[i];
	}
	for (i = 0; most && i < l->n; i++)
		l->out[i] |= g->rank[i] == most;
	return most;
}

/* Leave columns out until there is room for so many of the tail. */
static struct layout choose(const struct grid *g, size_t tail, size_t columns)
{
	struct layout l = { .gap = 2 };

	measure(g, &l);
	while (used(&l, 1) + tail > columns && leave_out(g, &l))
		;
	return l;
}

static struct layout lay_out(const struct grid *g, size_t columns)
{
	size_t least = g->tail_min ? g->tail_min + 2 : 0, wide;
	size_t tail = g->tail_room ? g->tail_room + 2 : least;
	struct layout l = choose(g, tail, columns);

	/* Where even so there is no room for it, nothing is left out. */
	if (g->tail_room && used(&l, 1) + 2 + TAIL_USEFUL > columns) {
		tail = least;
		l = choose(g, tail, columns);
	}
	if (used(&l, 2) + tail > columns)
		l.gap = 1;
	wide = used(&l, l.gap) + 2;
	if (g->tail_head && wide + TAIL_USEFUL <= columns)
		l.tail = columns - wide;
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

static void print_tail(struct buf *out, const char *before, const char *tail, size_t len,
		       const struct layout *l)
{
	size_t taken = text_width(before, strlen(before));

	if (l->tail && tail) {
		add_blanks(out, 2);
		if (taken < l->tail)
			buf_adds(out, before);
		cut_bytes(out, tail, len ? len : strlen(tail), taken < l->tail ? l->tail - taken : l->tail);
	}
	buf_addc(out, '\n');
}

/* The head when there is no row. */
static void print_line(struct buf *out, const struct grid *g, const struct layout *l,
		       const struct grid_row *row)
{
	bool first = true;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->out[i])
			continue;
		add_blanks(out, first ? 0 : l->gap);
		first = false;
		print_cell(out, row ? row->cell[i] : head_text(g->heads[i]), l->width[i],
			   flush_left(g->heads[i]), i == l->last && !l->tail);
	}
	if (row)
		print_tail(out, row->before, row->tail, row->tail_len, l);
	else
		print_tail(out, "", g->tail_head, 0, l);
}

void grid_print(const struct grid *g, struct buf *out, size_t columns)
{
	struct layout l = lay_out(g, columns);
	size_t r;

	print_line(out, g, &l, NULL);
	for (r = 0; r < g->n; r++)
		print_line(out, g, &l, &g->rows[r]);
}
