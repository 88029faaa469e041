#include "tui/cell.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf8.h"

#define SIDE_MAX 1000

static int clamp_side(int n)
{
	return n < 1 ? 1 : n > SIDE_MAX ? SIDE_MAX : n;
}

void cells_resize(struct cells *c, int rows, int columns)
{
	size_t n, i;

	c->rows = clamp_side(rows);
	c->columns = clamp_side(columns);
	c->cursor_row = c->cursor_column = -1;
	c->nspots = 0;
	n = (size_t)c->rows * (size_t)c->columns;
	c->cells = xreallocarray(c->cells, n, sizeof(*c->cells));
	for (i = 0; i < n; i++)
		c->cells[i] = (struct cell){ .glyph = " " };
}

void cells_release(struct cells *c)
{
	free(c->cells);
	free(c->spots);
	*c = (struct cells){ 0 };
}

void cells_spot(struct cells *c, const struct spot *spot)
{
	vec_room(&c->spots, c->nspots, &c->spots_cap);
	c->spots[c->nspots++] = *spot;
}

const struct spot *cells_spot_at(const struct cells *c, int row, int column)
{
	size_t i;

	for (i = c->nspots; i-- > 0;) {
		const struct spot *z = &c->spots[i];

		if (z->row == row && column >= z->column && column - z->column < z->width)
			return z;
	}
	return NULL;
}

struct cell *cells_at(const struct cells *c, int row, int column)
{
	if (row < 0 || row >= c->rows || column < 0 || column >= c->columns)
		return NULL;
	return &c->cells[(size_t)row * (size_t)c->columns + (size_t)column];
}

/* Half of a wide character that is overwritten leaves a blank where the other half was. */
static void part_wide(struct cells *c, int row, int column)
{
	struct cell *cell = cells_at(c, row, column), *before, *after;

	before = cells_at(c, row, column - 1);
	if (!*cell->glyph && before)
		strcpy(before->glyph, " ");
	after = cells_at(c, row, column + 1);
	if (after && !*after->glyph)
		strcpy(after->glyph, " ");
}

static void put(struct cells *c, int row, int column, enum paint paint, const char *glyph, size_t len)
{
	struct cell *cell = cells_at(c, row, column);

	if (!cell)
		return;
	part_wide(c, row, column);
	*cell = (struct cell){ .paint = (uint8_t)paint };
	memcpy(cell->glyph, glyph, len);
}

/* A combining mark joins the character before it, as long as there is room. */
static void join(struct cells *c, int row, int column, const char *mark, size_t len)
{
	struct cell *cell = cells_at(c, row, column);
	size_t has;

	if (cell && !*cell->glyph)
		cell = cells_at(c, row, column - 1);
	if (!cell)
		return;
	has = strlen(cell->glyph);
	if (has + len < GLYPH_MAX)
		memcpy(cell->glyph + has, mark, len);
}

static int print_bytes(struct cells *c, int row, int column, int width, enum paint paint, const char *s,
		       size_t len)
{
	int at = 0, columns, left = c->columns - column;
	size_t i, n;
	uint32_t code;

	if (column < 0 || row < 0 || row >= c->rows)
		return 0;
	width = width < left ? width : left;
	for (i = 0; i < len; i += n) {
		n = utf8_decode(s + i, len - i, &code);
		n = n ? n : 1;
		columns = (int)text_width(s + i, n);
		if (at + columns > width)
			break;
		if (c->ascii && (unsigned char)s[i] >= 0x80)
			for (; columns; columns--)
				put(c, row, column + at++, paint, "?", 1);
		else if (!columns && at)
			join(c, row, column + at - 1, s + i, n);
		else if (columns)
			put(c, row, column + at, paint, s + i, n);
		if (columns == 2) {
			put(c, row, column + at + 1, paint, " ", 1);
			*cells_at(c, row, column + at + 1)->glyph = '\0';
		}
		at += columns;
	}
	return at;
}

int cells_print(struct cells *c, int row, int column, int width, enum paint paint, const char *s)
{
	return print_bytes(c, row, column, width, paint, s, strlen(s));
}

int cells_print_right(struct cells *c, int row, int column, int width, enum paint paint, const char *s)
{
	int pad = width - (int)text_width(s, strlen(s));

	pad = pad > 0 ? pad : 0;
	return pad + cells_print(c, row, column + pad, width - pad, paint, s);
}

int cells_foreign(struct cells *c, int row, int column, int width, enum paint paint, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };
	int used;

	if (width <= 0 || !*foreign)
		return 0;
	text_clean(&clean, foreign, strlen(foreign));
	if (!clean.len || text_width(clean.data, clean.len) <= (size_t)width)
		return clean.len ? print_bytes(c, row, column, width, paint, clean.data, clean.len) : 0;
	used = print_bytes(c, row, column, width - 1, paint, clean.data, clean.len);
	return used + cells_print(c, row, column + used, 1, paint, "+");
}

void cells_fill(struct cells *c, int row, int column, int width, enum paint paint, const char *glyph)
{
	for (; width > 0; width--, column++)
		cells_print(c, row, column, 1, paint, glyph);
}

void cells_repaint(struct cells *c, int row, int column, int width, enum paint paint)
{
	struct cell *cell;

	for (; width > 0; width--, column++) {
		cell = cells_at(c, row, column);
		if (cell)
			cell->paint = (uint8_t)paint;
	}
}

void cells_attr(struct cells *c, int row, int column, int width, enum attr attr)
{
	struct cell *cell;

	for (; width > 0; width--, column++) {
		cell = cells_at(c, row, column);
		if (cell)
			cell->attr |= (uint8_t)attr;
	}
}
