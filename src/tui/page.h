#ifndef COWTOP_TUI_PAGE_H
#define COWTOP_TUI_PAGE_H

/*
 * The part of the screen that a pane fills: heads that stay, and lines of which those from `scroll`
 * on are seen. A pane prints all its lines; page_line() gives the row of the next one, -1 for one
 * that is not seen, where nothing is printed.
 *
 * A page is counted by the same two functions, without cells: page_head() for each head, and `lines`
 * grows by what page_wrap_lines() and page_entry_lines() say.
 */
#include "tui/cell.h"

struct page {
	struct cells *cells;
	int top, rows; /* rows left for lines */
	int left, columns;
	int scroll;
	int lines; /* so far */
};

/* The row of the next head, which is one row less for lines; -1 when there is none left. */
static inline int page_head(struct page *p)
{
	if (p->rows <= 0)
		return -1;
	p->rows--;
	return p->top++;
}

static inline int page_line(struct page *p)
{
	int at = p->lines++ - p->scroll;

	return at >= 0 && at < p->rows ? p->top + at : -1;
}

/* `foreign`, clean or not, over as many lines as it takes, broken at blanks; `indent` columns from the
 * left. */
void page_wrap(struct page *p, int indent, enum paint paint, const char *foreign);
/* How many lines that takes. */
int page_wrap_lines(const struct page *p, int indent, const char *foreign);

/* A name in the `indent` columns at the left of a text that is wrapped: a line at least. */
void page_entry(struct page *p, int indent, enum paint name_paint, const char *name, enum paint paint,
		const char *foreign);
int page_entry_lines(const struct page *p, int indent, const char *foreign);

/* A line for when there is nothing else to say. */
void page_say(struct page *p, enum paint paint, const char *text);

#endif
