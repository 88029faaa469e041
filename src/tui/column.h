#ifndef COWTOP_TUI_COLUMN_H
#define COWTOP_TUI_COLUMN_H

/*
 * The one table of the columns of the process table. To add a column whose figure is in model/field.h: a
 * row in column.c, and one in the table of timeline_pack.c if the figure is not kept there, or the column
 * would be empty in the past (the tests compare each column of a past instant with what it was). Another
 * one needs its kind here and its code in column.c. The settings name columns by their `name`.
 */
#include "model/field.h"
#include "tui/cell.h"

enum table_column_kind {
	COLUMN_FIGURE, /* of model/field.h: its unit says how it is shown, sizes and pages in MiB */
	COLUMN_PID,
	COLUMN_ROLE,
	COLUMN_BAR, /* shared, orphaned, copied, new, file of the RSS */
	/* of the collector */
	COLUMN_GC, /* on, off */
	COLUMN_GC_THRESHOLDS,
	COLUMN_GC_FULL, /* collections of the oldest generation */
	COLUMN_GC_FROZEN,

	COLUMN_COMMAND,
};

/* What the colour of a figure says. */
enum column_colour {
	COLOUR_NONE,
	COLOUR_TREND, /* do copies get more? */
	COLOUR_RATIO, /* how much of what was inherited is copied? */
	COLOUR_MAJOR, /* is a disk waited for? */
};

struct table_column {
	const char *name; /* in the settings: "cow" */
	const char *head; /* on the screen: "COW" */
	enum table_column_kind kind;
	const char *key;  /* of a process in model/field.h; NULL: no COLUMN_FIGURE */
	int width;        /* least columns */
	int order;        /* which go first when there is no room: the highest; 0 never */
	const char *text; /* what the help says of it: no full stop */
	enum column_colour colour;
};

extern const struct table_column columns[];
extern const int ncolumns;

/* The index of a column by its name, or -1. */
int column_find(const char *name);

/* What rows are sorted by; UNKNOWN sorts last. COLUMN_COMMAND has none: compare the text. */
figure column_value(const struct table_column *col, const struct snapshot *s, const struct proc_snapshot *p);
/* The text of a cell (not of the bar and the command) into `out`, returned. */
char *column_text(char out[static 32], const struct table_column *col, const struct snapshot *s,
		  const struct proc_snapshot *p);

#endif
