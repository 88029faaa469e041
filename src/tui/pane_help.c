#include "tui/pane.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "tui/column.h"
#include "tui/key.h"
#include "tui/legend.h"
#include "tui/sheet.h"
#include "tui/spark.h"

#define WIDE 140 /* from here on, two columns */
#define NAMES 16 /* columns up to the text */
#define LONG_NAMES 26
#define NARROW 60

#define FIRST "q or Esc: close. Sizes in MiB, rates in pages a second; Left, Right: next part."

static void add_part(struct sheet *s, const char *name)
{
	if (s->n)
		sheet_blank(s);
	sheet_head(s, name);
}

/* The keys of the view, group by group. */
void pane_help_keys(const struct ui_model *m, const struct ui *ui, struct sheet *s)
{
	enum key_group group = KEY_GROUPS;
	const struct key *key;
	char names[48];

	for (key = ui->keys; key < ui->keys + ui->nkeys; key++) {
		if (!key_applies(key, key_view_of(m)))
			continue;
		if (key->group != group)
			add_part(s, key_group_name(key->group));
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

	add_part(s, "Pages, in bars and maps");
	for (class = PAGE_CLASS_SHARED; class < PAGE_CLASSES; class ++) {
		snprintf(name, sizeof(name), "%s %s", class_glyph(ui->ascii, class), class_word(class));
		sheet_entry(s, NAMES, class_paint(class), name, PAINT_PLAIN, means[class]);
	}
}

static void add_splits(const struct ui *ui, struct sheet *s)
{
	static const char *const means[SPLITS] = {
		[SPLIT_COW] = "a shared page was written, and copied",
		[SPLIT_NEW] = "memory that was not there before",
		[SPLIT_FILE] = "pages of files",
		[SPLIT_OTHER] = "what is left of the minor faults",
	};
	struct cells glyphs = { .ascii = ui->ascii };
	char name[32];
	int split;

	add_part(s, "What faults were for, in charts");
	for (split = SPLIT_COW; split < SPLITS; split++) {
		snprintf(name, sizeof(name), "%s %s", split_glyph(&glyphs, split), split_word(split));
		sheet_entry(s, NAMES, split_paint(split), name, PAINT_PLAIN, means[split]);
	}
}

static void add_marks(const struct ui *ui, struct sheet *s)
{
	const struct legend_mark *mark;

	add_part(s, "Marks and colours");
	for (mark = legend_marks; mark < legend_marks + nlegend_marks; mark++)
		sheet_entry(s, NAMES, (enum paint)mark->paint,
			    ui->ascii && mark->ascii ? mark->ascii : mark->mark, PAINT_PLAIN, mark->text);
}

static void add_columns(struct sheet *s)
{
	int i;

	add_part(s, "Columns");
	for (i = 0; i < ncolumns; i++)
		sheet_entry(s, NAMES, PAINT_KEY, columns[i].head, PAINT_PLAIN, columns[i].text);
}

/* A figure: on a narrow page its name has no column. */
static void add_figure(struct sheet *s, const struct legend *l, int width)
{
	cleanup(buf_release) struct buf text = { 0 };

	if (width >= NARROW) {
		sheet_entry(s, LONG_NAMES, PAINT_DIM, l->name, PAINT_PLAIN, l->text);
		return;
	}
	buf_printf(&text, "%s: %s", l->name, l->text);
	sheet_wrap(s, 2, PAINT_PLAIN, text.data);
}

/* The lines at the top, or what other panes have of their own. */
static void add_legend(struct sheet *s, bool of_panes, const char *head, int width)
{
	const struct legend *l;

	add_part(s, head);
	for (l = legend; l < legend + nlegend; l++) {
		if (legend_of_pane(l) != of_panes)
			continue;
		if (*l->name)
			add_figure(s, l, width);
		else
			sheet_entry(s, NAMES, PAINT_LABEL, l->place, PAINT_PLAIN, l->text);
	}
}

/* What the screen means. */
static void add_meanings(const struct ui *ui, struct sheet *s, int width)
{
	add_columns(s);
	add_legend(s, false, "Lines at the top", width);
	add_marks(ui, s);
	add_classes(ui, s);
	add_splits(ui, s);
	add_legend(s, true, "Other panes", width);
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
	add_meanings(ui, wide ? &h.meanings : &h.keys, wide ? h.right.columns : p->columns);
	return h;
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(help_release) struct help h = { 0 };
	int left, right;

	page_head(p);
	h = help_on(m, ui, p);
	left = sheet_lines(&h.keys, &h.left);
	right = sheet_lines(&h.meanings, &h.right);

	p->lines += left > right ? left : right;
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(help_release) struct help h = { 0 };

	cells_print(p->cells, page_head(p), p->left, p->columns, PAINT_DIM, FIRST);
	h = help_on(m, ui, p);
	sheet_draw(&h.keys, &h.left);
	sheet_draw(&h.meanings, &h.right);
	p->lines = h.left.lines > h.right.lines ? h.left.lines : h.right.lines;
}

/* To the next part, on whichever side it is. */
static int aside(const struct ui_model *m, const struct ui *ui, const struct page *p, int by)
{
	cleanup(help_release) struct help h = help_on(m, ui, p);
	int left = sheet_next_head(&h.keys, &h.left, p->scroll, by);
	int right = sheet_next_head(&h.meanings, &h.right, p->scroll, by);

	if (right >= 0 && (left < 0 || (by > 0 ? right < left : right > left)))
		left = right;
	return left >= 0 ? left : p->scroll;
}

const struct pane pane_help = {
	.name = "help",
	.share = 85,
	.height = height,
	.draw = draw,
	.aside = aside,
};
