#include "tui/spark.h"

#include <string.h>

static const struct look {
	enum paint paint;
	const char *glyph, *ascii, *word;
} classes[PAGE_CLASSES] = {
	[PAGE_CLASS_NONE] = {PAINT_PLAIN, " ", " ", "none"},
	[PAGE_CLASS_SHARED] = {PAINT_SHARED, "░", ".", "shared"},
	[PAGE_CLASS_ORPHANED] = {PAINT_ORPHANED, "▒", "o", "orphaned"},
	[PAGE_CLASS_COW_BROKEN] = {PAINT_COW, "█", "#", "copied"},
	[PAGE_CLASS_COW_FILE] = {PAINT_COW_FILE, "▓", "%", "copied file"},
	[PAGE_CLASS_NEW] = {PAINT_NEW, "▞", "+", "new"},
	[PAGE_CLASS_FILE] = {PAINT_FILE, "·", ":", "file"},
	[PAGE_CLASS_SWAPPED] = {PAINT_SWAPPED, "z", "z", "swapped"},
}, splits[SPLITS] = {
	[SPLIT_COW] = {PAINT_COW, "█", "#", "cow"},
	[SPLIT_NEW] = {PAINT_NEW, "▞", "+", "new"},
	[SPLIT_FILE] = {PAINT_FILE, "·", ":", "file"},
	[SPLIT_OTHER] = {PAINT_OTHER, "░", ".", "other"},
};

enum paint class_paint(enum page_class class)
{
	return classes[class].paint;
}

const char *class_glyph(bool ascii, enum page_class class)
{
	return ascii ? classes[class].ascii : classes[class].glyph;
}

const char *class_word(enum page_class class)
{
	return classes[class].word;
}

enum paint split_paint(enum split split)
{
	return splits[split].paint;
}

const char *split_glyph(const struct cells *c, enum split split)
{
	return c->ascii ? splits[split].ascii : splits[split].glyph;
}

const char *split_word(enum split split)
{
	return splits[split].word;
}

figure split_of(const struct fault_figures *f, enum split split)
{
	switch (split) {
	case SPLIT_COW:
		return f->cow_per_s;
	case SPLIT_NEW:
		return f->new_per_s;
	case SPLIT_FILE:
		return f->file_per_s;
	default:
		return f->other_per_s;
	}
}

void bar_draw(struct cells *c, int row, int column, int width, const struct page_figures *pages)
{
	const struct {
		enum page_class class;
		figure pages;
	} parts[] = {
		{ PAGE_CLASS_SHARED, pages->shared },
		{ PAGE_CLASS_ORPHANED, pages->orphaned },
		{ PAGE_CLASS_COW_BROKEN, pages->cow_broken },
		{ PAGE_CLASS_COW_FILE, pages->cow_file },
		{ PAGE_CLASS_NEW, pages->new },
		{ PAGE_CLASS_FILE, pages->file },
	};
	figure whole = 0, sum = 0;
	int from = 0, to;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		whole += parts[i].pages;
	if (!known(whole) || whole <= 0) {
		cells_print(c, row, column, width, PAINT_DIM, "-");
		return;
	}
	/* The ends of the parts are rounded, not their lengths: so the lengths add up to the width. */
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++, from = to) {
		sum += parts[i].pages;
		to = (int)lround(sum / whole * width);
		cells_fill(c, row, column + from, to - from, class_paint(parts[i].class),
			   class_glyph(c->ascii, parts[i].class));
	}
}

const char *level_glyph(const struct cells *c, int eighths)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { " ", "_", "_", ".", ".", "-", "=", "*", "#" };

	return c->ascii ? ascii[eighths] : blocks[eighths];
}

void spark_draw(struct cells *c, int row, int column, const figure *values, const enum paint *paints, int n)
{
	figure most = 0, least = INFINITY;
	int i, eighths;

	for (i = 0; i < n; i++) {
		most = fmax(most, values[i]);
		least = fmin(least, values[i]);
	}
	least = fmax(fmin(least, 0.9 * most), 0);
	for (i = 0; i < n; i++) {
		if (!known(values[i]))
			continue;
		eighths = most > 0 ? (int)lround((values[i] - least) / (most - least) * 7) : 0;
		cells_print(c, row, column + i, 1, paints[i], level_glyph(c, eighths < 0 ? 1 : eighths + 1));
	}
}

static int legend(struct cells *c, int row, int column, int width, const struct look *looks, int n)
{
	int at = 0, i, need;

	for (i = 0; i < n; i++) {
		need = 2 + (int)strlen(looks[i].word);
		if (at + need > width)
			break;
		cells_print(c, row, column + at, 1, looks[i].paint,
			    c->ascii ? looks[i].ascii : looks[i].glyph);
		cells_print(c, row, column + at + 2, need - 2, PAINT_DIM, looks[i].word);
		at += need + 2;
	}
	return at > 2 ? at - 2 : 0;
}

int class_legend(struct cells *c, int row, int column, int width)
{
	return legend(c, row, column, width, classes + 1, PAGE_CLASSES - 1);
}

int split_legend(struct cells *c, int row, int column, int width)
{
	return legend(c, row, column, width, splits, SPLITS);
}
