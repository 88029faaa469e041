#ifndef COWTOP_TESTS_CELLS_DUMP_H
#define COWTOP_TESTS_CELLS_DUMP_H

/*
 * A screen as text, a line a row without blanks at its end; then, after a line of '=', the same shape with a
 * letter for each cell's paint: blank for plain, upper case reversed.
 */
#include "tui/cell.h"

static inline char paint_letter(enum paint paint)
{
	static const char letters[] = {
		[PAINT_PLAIN] = ' ',   [PAINT_DIM] = '.',      [PAINT_LABEL] = 'l',  [PAINT_TITLE] = 't',
		[PAINT_HEAD] = 'h',    [PAINT_SORTED] = 'v',   [PAINT_GOOD] = 'g',   [PAINT_WARN] = 'w',
		[PAINT_BAD] = 'b',     [PAINT_RISING] = 'r',   [PAINT_STILL] = 'p',  [PAINT_BORN] = 'i',
		[PAINT_GONE] = 'x',    [PAINT_TAGGED] = 'm',   [PAINT_MATCH] = 'u',  [PAINT_KEY] = 'k',
		[PAINT_ASK] = 'q',     [PAINT_ALERT] = 'a',    [PAINT_SHARED] = 's', [PAINT_ORPHANED] = 'o',
		[PAINT_COW] = 'c',     [PAINT_COW_FILE] = 'd', [PAINT_NEW] = 'n',    [PAINT_FILE] = 'f',
		[PAINT_SWAPPED] = 'z', [PAINT_OTHER] = 'e',
	};
	_Static_assert(sizeof(letters) == PAINTS, "each paint has a letter");

	return letters[paint];
}

static inline char letter_of(const struct cell *cell)
{
	char letter = paint_letter(cell->paint);

	if (!(cell->attr & ATTR_REVERSE))
		return letter;
	return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : '_';
}

static inline void trim_line(struct buf *out, size_t from)
{
	while (out->len > from && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_addc(out, '\n');
}

static inline void cells_dump(const struct cells *c, struct buf *out)
{
	int row, column;
	size_t from;

	for (row = 0; row < c->rows; row++) {
		from = out->len;
		for (column = 0; column < c->columns; column++)
			buf_adds(out, cells_at(c, row, column)->glyph);
		trim_line(out, from);
	}
	for (column = 0; column < c->columns; column++)
		buf_addc(out, '=');
	buf_addc(out, '\n');
	for (row = 0; row < c->rows; row++) {
		from = out->len;
		for (column = 0; column < c->columns; column++)
			buf_addc(out, letter_of(cells_at(c, row, column)));
		trim_line(out, from);
	}
}

#endif
