#ifndef COWTOP_TUI_CELL_H
#define COWTOP_TUI_CELL_H

/*
 * A screen as data: a grid of cells, each a glyph and what it means (a paint). Views print into it;
 * the terminal, or a test, shows it. Nothing that is printed leaves the grid or the width it was
 * given; a wide character takes two cells or is left out.
 *
 *	struct cells c = {0};
 *	cells_resize(&c, 24, 80);	// blank
 *	cells_print(&c, row, column, width, PAINT_LABEL, "POOL");
 *	...
 *	cells_release(&c);
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

/* What a cell means. The terminal decides on colour and weight (tui/paint.h). */
enum paint {
	PAINT_PLAIN,
	PAINT_DIM,   /* names of figures, rules, what is known anyway */
	PAINT_LABEL, /* POOL, FLT, ... */
	PAINT_TITLE,
	PAINT_HEAD,   /* heads of columns */
	PAINT_SORTED, /* head of the column that is sorted by */
	PAINT_GOOD,
	PAINT_WARN,
	PAINT_BAD,
	PAINT_RISING, /* getting worse */
	PAINT_STILL,  /* bad perhaps, but no longer getting worse */
	PAINT_BORN,   /* a new process */
	PAINT_GONE,   /* one that is no more */
	PAINT_TAGGED,
	PAINT_MATCH,  /* found by the search */
	PAINT_KEY,    /* a key in the help */
	PAINT_ASK,    /* the line being typed */
	PAINT_ALERT,  /* paused, in the past, master gone */
	PAINT_SHARED, /* classes of pages */
	PAINT_ORPHANED,
	PAINT_COW,
	PAINT_COW_FILE,
	PAINT_NEW,
	PAINT_FILE,
	PAINT_SWAPPED,
	PAINT_OTHER, /* faults that nothing explains */
	PAINTS,
};

enum attr {
	ATTR_REVERSE = 1, /* the selected row */
};

#define GLYPH_MAX 16

struct cell {
	char glyph[GLYPH_MAX]; /* a character with its marks; "": right half of a wide one */
	uint8_t paint;         /* enum paint */
	uint8_t attr;          /* enum attr bits */
};

/* What is behind cells: what a click there means. */
enum spot_kind {
	SPOT_NONE,
	SPOT_KEY,  /* the key `number` (tui/key_code.h) */
	SPOT_HEAD, /* the head of column `number` of the table that is shown */
	SPOT_ROW,  /* the row of process `number` that began at `start`, in clock ticks */
};

struct spot {
	int row, column, width;
	enum spot_kind kind;
	int number;
	uint64_t start;
};

struct cells {
	int rows, columns;
	bool ascii;         /* every character that is not ASCII is printed as '?' */
	struct cell *cells; /* rows * columns */
	/* Where the terminal puts its cursor, in a line that is typed; row -1: nowhere. */
	int cursor_row, cursor_column;
	struct spot *spots;
	size_t nspots, spots_cap;
};

/* The grid gets this size, is blank and has no spots; sizes are clamped to 1..1000. */
void cells_resize(struct cells *c, int rows, int columns);
void cells_release(struct cells *c);

/* Something is there that can be clicked. */
void cells_spot(struct cells *c, const struct spot *spot);
/* What was put there last, or NULL. */
const struct spot *cells_spot_at(const struct cells *c, int row, int column);

/* The cell there, or NULL outside. */
struct cell *cells_at(const struct cells *c, int row, int column);

/* Clean UTF-8 from there on, at most `width` columns; returns how many were printed. */
int cells_print(struct cells *c, int row, int column, int width, enum paint paint, const char *s);
/* The same, flush right within `width`; what is too long is printed from its beginning. */
int cells_print_right(struct cells *c, int row, int column, int width, enum paint paint, const char *s);
/* Bytes of a target: cleaned, and where too long cut with a '+' at the end. */
int cells_foreign(struct cells *c, int row, int column, int width, enum paint paint, const char *foreign);
/* `width` times the same character. */
void cells_fill(struct cells *c, int row, int column, int width, enum paint paint, const char *glyph);
/* Other paint, or an attribute, over what is there. */
void cells_repaint(struct cells *c, int row, int column, int width, enum paint paint);
void cells_attr(struct cells *c, int row, int column, int width, enum attr attr);

#endif
