#include "tui/pane.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "tui/column.h"
#include "tui/key.h"
#include "tui/sheet.h"
#include "tui/spark.h"

#define WIDE 140 /* from here on, two columns */
#define NAMES 16 /* columns up to the text */

/* The keys of the view, group by group. */
void pane_help_keys(const struct ui_model *m, const struct ui *ui, struct sheet *s)
{
	enum key_group group = KEY_GROUPS;
	const struct key *key;
	char names[48];

	for (key = ui->keys; key < ui->keys + ui->nkeys; key++) {
		if (!key_applies(key, key_view_of(m)))
			continue;
		if (group != KEY_GROUPS && key->group != group)
			sheet_blank(s);
		if (key->group != group)
			sheet_say(s, PAINT_LABEL, key_group_name(key->group));
		group = key->group;
		sheet_entry(s, NAMES, PAINT_KEY, key_names(names, key), PAINT_PLAIN, key->help);
	}
}

static void add_classes(const struct ui *ui, struct sheet *s)
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

	sheet_say(s, PAINT_LABEL, "Pages, in bars and maps");
	for (class = PAGE_CLASS_SHARED; class < PAGE_CLASSES; class ++) {
		snprintf(name, sizeof(name), "%s %s", class_glyph(ui->ascii, class), class_word(class));
		sheet_entry(s, NAMES, class_paint(class), name, PAINT_PLAIN, means[class]);
	}
}

static void add_marks(struct sheet *s)
{
	static const struct {
		const char *mark;
		enum paint paint;
		const char *means;
	} marks[] = {
		{ "+", PAINT_BORN, "a new worker" },
		{ "-", PAINT_GONE, "a worker that went, as it was last seen" },
		{ "*", PAINT_TAGGED, "tagged" },
		{ "~", PAINT_PLAIN, "an estimate" },
		{ "<", PAINT_PLAIN, "at most that: may hold new pages" },
		{ "-", PAINT_DIM, "not known, which is not nothing" },
		{ "COW", PAINT_RISING, "getting worse: a 100th of the inherited in 30 samples" },
		{ "COW", PAINT_STILL, "standing still: copied before, nothing in 30 samples" },
	};
	size_t i;

	sheet_blank(s);
	sheet_say(s, PAINT_LABEL, "Marks and colours");
	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		sheet_entry(s, NAMES, marks[i].paint, marks[i].mark, PAINT_PLAIN, marks[i].means);
}

static void add_columns(struct sheet *s)
{
	int i;

	sheet_blank(s);
	sheet_say(s, PAINT_LABEL, "Columns");
	for (i = 0; i < ncolumns; i++)
		sheet_entry(s, NAMES, PAINT_KEY, columns[i].head, PAINT_PLAIN, column_help(&columns[i]));
}

/* What the screen means. */
static void add_meanings(const struct ui *ui, struct sheet *s)
{
	add_classes(ui, s);
	add_marks(s);
	add_columns(s);
}

/* The keys, and beside them what the screen means; on a page that is not wide, below them. */
struct help {
	struct page left, right;
	struct sheet keys, meanings;
};

static void help_release(struct help *h)
{
	sheet_release(&h->keys);
	sheet_release(&h->meanings);
}

static struct help help_on(const struct ui_model *m, const struct ui *ui, const struct page *p)
{
	struct help h = { .left = *p, .right = *p };
	bool wide = p->columns >= WIDE;

	if (wide) {
		h.left.columns = p->columns / 2 - 2;
		h.right.left = p->columns / 2;
		h.right.columns = p->columns - h.right.left;
	}
	pane_help_keys(m, ui, &h.keys);
	if (!wide)
		sheet_blank(&h.keys);
	add_meanings(ui, wide ? &h.meanings : &h.keys);
	return h;
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(help_release) struct help h = help_on(m, ui, p);
	int left = sheet_lines(&h.keys, &h.left), right = sheet_lines(&h.meanings, &h.right);

	p->lines += left > right ? left : right;
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(help_release) struct help h = help_on(m, ui, p);

	sheet_draw(&h.keys, &h.left);
	sheet_draw(&h.meanings, &h.right);
	p->lines = h.left.lines > h.right.lines ? h.left.lines : h.right.lines;
}

const struct pane pane_help = {
	.name = "help",
	.share = 85,
	.height = height,
	.draw = draw,
};
