#ifndef COWTOP_TUI_TABLE_H
#define COWTOP_TUI_TABLE_H

/*
 * Columns that go by their importance: those with the highest `order` are the first to be left out
 * when the screen is narrow, and what is left over widens those that can use it.
 */
#include "tui/page.h"

#define TABLE_MAX 24

struct head {
	const char *text;
	int width; /* least */
	int order; /* the lowest gets its room first */
	int most;  /* it may grow up to this; 0: not */
	bool left; /* flush left */
};

struct screen_table {
	const struct head *heads;            /* borrowed */
	int n;                               /* TABLE_MAX at most */
	int at[TABLE_MAX], width[TABLE_MAX]; /* at: -1 left out */
	struct cells *cells;
	int left, columns;
};

/* Lay the columns out over [left, left + columns); bit i of `hidden` leaves heads[i] out. */
void table_fit(struct screen_table *t, const struct head *heads, int n, uint64_t hidden, struct cells *cells,
	       int left, int columns);
/* The heads, from one end of the row to the other; `sorted` is an index, or -1: not by its columns. Where it is, a
 * click on a head is one (SPOT_HEAD). */
void table_heads(const struct screen_table *t, int row, int sorted);
/* One cell, flush as its head; nothing when the column is left out. */
void table_put(const struct screen_table *t, int i, int row, enum paint paint, const char *text);
/* Foreign bytes, `len` of them, in a cell from its column `from` on; from column `aside` of them on. */
void table_put_part(const struct screen_table *t, int i, int row, int from, enum paint paint,
		    const char *bytes, size_t len, int aside);
/* The same of a string, over the whole cell. */
void table_put_foreign(const struct screen_table *t, int i, int row, enum paint paint, const char *text,
		       int aside);

#endif
