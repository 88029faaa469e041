#ifndef COWTOP_TUI_SHEET_H
#define COWTOP_TUI_SHEET_H

/*
 * What a pane of words has to say, paragraph by paragraph: written once, then counted and drawn at whatever
 * width there is. Texts are copied. A paragraph that is no text is one line with a function that draws it.
 *
 *	cleanup(sheet_release) struct sheet s = {0};
 *
 *	sheet_head(&s, "Columns");
 *	sheet_entry(&s, 16, PAINT_KEY, "COW", PAINT_PLAIN, "copied pages");
 *	lines = sheet_lines(&s, &page);	// or
 *	sheet_draw(&s, &page);
 */
#include <stddef.h>
#include "tui/page.h"

/* A line of a sheet on `row`, -1 when it is not seen: `of` and `i` are what sheet_add() was given. */
typedef void sheet_fn(struct page *p, int row, const void *of, int i);

struct sheet {
	struct paragraph *paragraphs;
	size_t n, cap;
};

void sheet_release(struct sheet *s);

/* The head of a part: keys go from one to the next. */
void sheet_head(struct sheet *s, const char *text);
/* The line of the first head behind `line` or, `by` negative, of the last one before it; -1: there is none. */
int sheet_next_head(const struct sheet *s, const struct page *p, int line, int by);

/* One line, cut where it is too long. */
void sheet_say(struct sheet *s, enum paint paint, const char *text);
void sheet_blank(struct sheet *s);
/* page_wrap() and page_entry() of tui/page.h. */
void sheet_wrap(struct sheet *s, int indent, enum paint paint, const char *foreign);
void sheet_entry(struct sheet *s, int indent, enum paint name_paint, const char *name, enum paint paint,
		 const char *foreign);
/* One line that `draw` draws; `of` is borrowed. */
void sheet_add(struct sheet *s, sheet_fn *draw, const void *of, int i);

/* Lines at the width of the page. */
int sheet_lines(const struct sheet *s, const struct page *p);
void sheet_draw(const struct sheet *s, struct page *p);

#endif
