#ifndef COWTOP_TUI_SPARK_H
#define COWTOP_TUI_SPARK_H

/*
 * Small pictures: bars of page classes, lines of bars over time. In UTF-8 by blocks and shades, else
 * by letters; each can be read without colours.
 */
#include "model/region.h"
#include "model/snapshot.h"
#include "tui/cell.h"

/* How pages of a class look, everywhere. */
enum paint class_paint(enum page_class class);
const char *class_glyph(bool ascii, enum page_class class);
/* The word for people: "copied". */
const char *class_word(enum page_class class);

/* What faults were for, as rows of a chart are stacked: from the bottom up. */
enum split {
	SPLIT_COW,
	SPLIT_NEW,
	SPLIT_FILE,
	SPLIT_OTHER,
	SPLITS,
};

enum paint split_paint(enum split split);
const char *split_glyph(const struct cells *c, enum split split);
const char *split_word(enum split split);
figure split_of(const struct fault_figures *f, enum split split);

/* The pages of a process over `width` columns, each class as much as it has of the whole. */
void bar_draw(struct cells *c, int row, int column, int width, const struct page_figures *pages);

/* `eighths` of a column, 0 to 8, as one glyph. */
const char *level_glyph(const struct cells *c, int eighths);

/*
 * One column a value; one that is not known is left blank. From the lowest value to the highest, for
 * it is the shape that is looked at; but never less than a tenth of the highest, or noise would be.
 */
void spark_draw(struct cells *c, int row, int column, const figure *values, const enum paint *paints, int n);

/* Key to the classes: "░ shared  ▒ orphaned ..."; returns how many columns it took. */
int class_legend(struct cells *c, int row, int column, int width);
int split_legend(struct cells *c, int row, int column, int width);

#endif
