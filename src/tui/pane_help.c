#include "tui/pane.h"

#include <stdio.h>
#include "tui/column.h"
#include "tui/keys.h"
#include "tui/spark.h"

#define WIDE 140 /* from here on, two columns */
#define NAMES 16 /* columns up to the text */

static void draw_keys(struct page *p, enum key_view view)
{
	enum key_group group = KEY_GROUPS;
	char names[48];
	size_t i;

	for (i = 0; i < nkeys; i++) {
		if (!key_applies(&keys[i], view))
			continue;
		if (group != KEY_GROUPS && keys[i].group != group)
			page_line(p);
		if (keys[i].group != group)
			page_say(p, PAINT_LABEL, key_group_name(keys[i].group));
		group = keys[i].group;
		page_entry(p, NAMES, PAINT_KEY, key_names(names, &keys[i]), PAINT_PLAIN,
			   keys[i].help);
	}
}

static void draw_classes(struct page *p)
{
	static const char *const means[PAGE_CLASSES] = {
		[PAGE_CLASS_SHARED] = "inherited, not copied, and still mapped by another",
		[PAGE_CLASS_ORPHANED] = "inherited, not copied, but nobody else has it any more",
		[PAGE_CLASS_COW_BROKEN] = "inherited, and replaced by its own copy",
		[PAGE_CLASS_COW_FILE] = "its own copy of a page of a file",
		[PAGE_CLASS_NEW] = "allocated by itself",
		[PAGE_CLASS_FILE] = "page cache and shared memory",
		[PAGE_CLASS_SWAPPED] = "not resident",
	};
	enum page_class class;
	char name[32];

	page_say(p, PAINT_LABEL, "Pages, in bars and maps");
	for (class = PAGE_CLASS_SHARED; class < PAGE_CLASSES; class++) {
		snprintf(name, sizeof(name), "%s %s", class_glyph(p->cells, class),
			 class_word(class));
		page_entry(p, NAMES, class_paint(class), name, PAINT_PLAIN, means[class]);
	}
}

static void draw_marks(struct page *p)
{
	static const struct {
		const char *mark;
		enum paint paint;
		const char *means;
	} marks[] = {
		{"+", PAINT_BORN, "a new worker"},
		{"-", PAINT_GONE, "a worker that went, as it was last seen"},
		{"*", PAINT_TAGGED, "tagged"},
		{"~", PAINT_PLAIN, "an estimate"},
		{"<", PAINT_PLAIN, "at most that: may hold new pages"},
		{"-", PAINT_DIM, "not known, which is not nothing"},
		{"COW", PAINT_RISING, "getting worse: a 100th of the inherited in 30 samples"},
		{"COW", PAINT_STILL, "standing still: copied before, nothing in 30 samples"},
	};
	size_t i;

	page_line(p);
	page_say(p, PAINT_LABEL, "Marks and colours");
	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		page_entry(p, NAMES, marks[i].paint, marks[i].mark, PAINT_PLAIN, marks[i].means);
}

static void draw_columns(struct page *p)
{
	int i;

	page_line(p);
	page_say(p, PAINT_LABEL, "Columns");
	for (i = 0; i < ncolumns; i++)
		page_entry(p, NAMES, PAINT_KEY, columns[i].head, PAINT_PLAIN,
			   column_help(&columns[i]));
}

/* The keys, and beside or below them what the screen means. */
void pane_help(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	struct page left = *p, right = *p;
	bool wide = p->columns >= WIDE;

	if (wide) {
		left.columns = p->columns / 2 - 2;
		right.left = p->columns / 2;
		right.columns = p->columns - right.left;
	}
	draw_keys(&left, ui_keys(m));
	if (!wide) {
		right.lines = left.lines;
		page_line(&right);
	}
	draw_classes(&right);
	draw_marks(&right);
	draw_columns(&right);
	p->lines = left.lines > right.lines ? left.lines : right.lines;
}
