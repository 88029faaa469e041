#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "tui/format.h"
#include "tui/pane_process.h"
#include "tui/spark.h"
#include "tui/thresholds.h"

/*
 * The address space as a picture: page after page from the lowest address on, so many pages to a
 * cell. What is not resident takes no room but for one cell, so that a process which reserves
 * terabytes is still a picture; each row says at its left where it begins.
 */
#define GUTTER 22 /* address, kind of region */
#define SHARE 5   /* at the right: how much of the row was copied */
#define NARROW 60 /* below this the gutter is the kind alone */
#define ZOOM_MAX 24
#define PER_CELL_MAX (1ULL << 24)

struct map {
	const struct address_space *space;
	int64_t page_size;
	int columns, gutter, share;
	uint64_t per_cell; /* pages */
};

/* Where the next page goes: cells are numbered row by row. */
struct place {
	uint64_t cell, filled; /* `filled`: pages that are in it */
};

static void put_pages(const struct map *map, struct place *at, uint64_t pages)
{
	at->filled += pages;
	at->cell += at->filled / map->per_cell;
	at->filled %= map->per_cell;
}

/* A hole is one blank cell; at the beginning of a row none is needed, nor one for a hole of a part of a
 * cell. */
static void put_hole(const struct map *map, struct place *at, uint64_t pages)
{
	if (at->filled && pages < map->per_cell - at->filled) {
		at->filled += pages;
		return;
	}
	at->cell += at->filled > 0;
	at->filled = 0;
	at->cell += at->cell % (uint64_t)map->columns > 0;
}

/* Pages between a stretch and the next one that are not resident. */
static uint64_t hole_behind(const struct address_space *a, size_t stretch)
{
	uint64_t end = a->stretches[stretch].start + a->stretches[stretch].pages;

	return stretch + 1 < a->nstretches && a->stretches[stretch + 1].start > end ?
		       a->stretches[stretch + 1].start - end :
		       0;
}

static int rows_of(const struct map *map)
{
	const struct address_space *a = map->space;
	struct place at = { 0 };
	uint64_t hole;
	size_t i;

	for (i = 0; i < a->nstretches; i++) {
		put_pages(map, &at, a->stretches[i].pages);
		hole = hole_behind(a, i);
		if (hole)
			put_hole(map, &at, hole);
	}
	at.cell += at.filled > 0;
	return (int)((at.cell + (uint64_t)map->columns - 1) / (uint64_t)map->columns);
}

/* The map for a page without its heads: so many pages to a cell that all rows are seen, and less by the
 * zoom. */
static struct map map_of(const struct ui_model *m, const struct ui *ui, const struct page *p)
{
	struct map map = {
		.space = m->space,
		.page_size = m->shown->facts->host.page_size,
		.gutter = p->columns < NARROW ? 7 : GUTTER,
		.per_cell = 1,
	};

	map.share = p->columns < NARROW ? 0 : SHARE;
	map.columns = p->columns - map.gutter - map.share;
	map.columns = map.columns > 1 ? map.columns : 1;
	while (map.per_cell < PER_CELL_MAX && rows_of(&map) > p->rows)
		map.per_cell <<= 1;
	map.per_cell >>= ui->zoom;
	map.per_cell += !map.per_cell;
	return map;
}

/* ---- drawing */

/* The drawing of a map, as far as it has come. */
struct pen {
	const struct map *map;
	struct page *page;
	struct place at;
	int row;                        /* on the screen; -1: not seen */
	size_t region;                  /* of the last row that was begun */
	uint32_t classes[PAGE_CLASSES]; /* pages of the cell */
	uint64_t copied, inherited;     /* pages of the row; file pages are not inherited */
};

/* Regions and stretches both ascend. */
static const struct region *region_of(struct pen *pen, uint64_t page)
{
	uint64_t address = page * (uint64_t)pen->map->page_size;
	const struct address_space *a = pen->map->space;

	while (pen->region < a->nregions && a->regions[pen->region].end <= address)
		pen->region++;
	return pen->region < a->nregions && a->regions[pen->region].start <= address ?
		       &a->regions[pen->region] :
		       NULL;
}

/* Whole percents; some is not none, and nearly all not all. */
static void share_format(char out[static 16], figure ratio)
{
	int percent = (int)lround(ratio * 100);

	if (ratio > 0 && percent < 1)
		percent = 1;
	if (ratio < 1 && percent > 99)
		percent = 99;
	snprintf(out, 16, "%d%%", percent);
}

/* The share that was copied of what the row has of inherited pages, as COW% is it of the process. */
static void end_row(struct pen *pen)
{
	struct page *p = pen->page;
	figure ratio = pen->inherited ? (figure)pen->copied / (figure)pen->inherited : UNKNOWN;
	char text[16];

	if (pen->map->share && pen->inherited) {
		share_format(text, ratio);
		cells_print_right(p->cells, pen->row, p->left + pen->map->gutter + pen->map->columns,
				  pen->map->share, ratio_paint(ratio), text);
	}
	pen->copied = pen->inherited = 0;
}

static void begin_row(struct pen *pen, uint64_t page)
{
	const struct region *r = region_of(pen, page);
	struct page *p = pen->page;
	char address[32];

	if (pen->at.cell)
		end_row(pen);
	pen->row = page_line(p);
	if (pen->map->gutter == GUTTER) {
		snprintf(address, sizeof(address), "%llx",
			 (unsigned long long)page * (unsigned long long)pen->map->page_size);
		cells_print_right(p->cells, pen->row, p->left, 14, PAINT_DIM, address);
	}
	cells_print(p->cells, pen->row, p->left + pen->map->gutter - 7, 6, PAINT_LABEL,
		    r ? region_kind_name(r->kind) : "");
}

/* The class that most of the pages are of that are no copies. */
static enum page_class most_of(const uint32_t pages[static PAGE_CLASSES])
{
	enum page_class best = PAGE_CLASS_NONE, class;

	for (class = PAGE_CLASS_SHARED; class < PAGE_CLASSES; class ++) {
		if (class != PAGE_CLASS_COW_BROKEN && class != PAGE_CLASS_COW_FILE &&
		    pages[class] > pages[best])
			best = class;
	}
	return best;
}

/* Of copies a part: a bar as high as it, or so many tenths; a page of many is seen, all of them look otherwise. */
static const char *part_glyph(const struct cells *c, figure part)
{
	static const char *const tenths[] = { "1", "1", "2", "3", "4", "5", "6", "7", "8", "9", "9" };
	int eighths = (int)lround(part * 8);

	if (c->ascii)
		return tenths[(int)lround(part * 10)];
	return level_glyph(c, eighths < 1 ? 1 : eighths > 7 ? 7 : eighths);
}

/*
 * A cell shows what part of its pages was copied, which is what one looks for; when none was, the class that most
 * of them are of.
 */
static void draw_cell(struct pen *pen, uint64_t cell)
{
	int column = pen->map->gutter + (int)(cell % (uint64_t)pen->map->columns);
	uint32_t broken = pen->classes[PAGE_CLASS_COW_BROKEN], file = pen->classes[PAGE_CLASS_COW_FILE];
	enum page_class class = broken >= file ? PAGE_CLASS_COW_BROKEN : PAGE_CLASS_COW_FILE;
	uint64_t resident = 0, copied = (uint64_t)broken + file;
	struct page *p = pen->page;
	const char *glyph;

	for (int i = 0; i < PAGE_CLASSES; i++)
		resident += pen->classes[i];
	pen->copied += broken;
	pen->inherited += (uint64_t)broken + pen->classes[PAGE_CLASS_SHARED] +
			  pen->classes[PAGE_CLASS_ORPHANED];
	if (!copied)
		class = most_of(pen->classes);
	glyph = copied && copied < resident ? part_glyph(p->cells, (figure)copied / (figure)resident) :
					      class_glyph(p->cells->ascii, class);
	cells_print(p->cells, pen->row, p->left + column, 1, class_paint(class), glyph);
	memset(pen->classes, 0, sizeof(pen->classes));
}

static void draw_stretch(struct pen *pen, const struct page_stretch *s)
{
	uint64_t page = s->start, end = s->start + s->pages, n, cell;

	for (; page < end; page += n) {
		cell = pen->at.cell;
		if (!pen->at.filled && cell % (uint64_t)pen->map->columns == 0)
			begin_row(pen, page);
		n = pen->map->per_cell - pen->at.filled;
		n = n < end - page ? n : end - page;
		pen->classes[s->class] += (uint32_t)n;
		put_pages(pen->map, &pen->at, n);
		if (pen->at.cell != cell)
			draw_cell(pen, cell);
	}
}

static void draw_hole(struct pen *pen, uint64_t pages)
{
	struct place before = pen->at;

	put_hole(pen->map, &pen->at, pages);
	if (before.filled && pen->at.cell != before.cell)
		draw_cell(pen, before.cell);
}

static void draw_map(const struct map *map, struct page *p)
{
	struct pen pen = { .map = map, .page = p };
	const struct address_space *a = map->space;
	uint64_t hole;
	size_t i;

	for (i = 0; i < a->nstretches; i++) {
		draw_stretch(&pen, &a->stretches[i]);
		hole = hole_behind(a, i);
		if (hole)
			draw_hole(&pen, hole);
	}
	if (pen.at.filled)
		draw_cell(&pen, pen.at.cell);
	end_row(&pen);
}

static void draw_scale(const struct map *map, const struct page *p, int row)
{
	char size[16], text[64];
	int width, at;

	width = snprintf(text, sizeof(text), "a cell is %s; + - zoom",
			 units_format_size(size, (double)map->per_cell * (double)map->page_size));
	cells_print_right(p->cells, row, p->left, p->columns, PAINT_DIM, text);
	if (!map->share)
		return;
	at = cells_print(p->cells, row, p->left, p->columns - width - 1, PAINT_COW,
			 p->cells->ascii ? "1-9" : "▂▄▆");
	cells_print(p->cells, row, p->left + at + 1, p->columns - width - at - 2, PAINT_DIM,
		    p->cells->ascii ? "tenths of a cell copied; right: COW% of a row" :
				      "part of a cell copied; right: COW% of a row");
}

/* Legend and scale: the rows of both. */
static void page_heads(struct page *p, int *ret_legend, int *ret_scale)
{
	*ret_legend = page_head(p);
	*ret_scale = p->rows > 4 ? page_head(p) : -1;
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	struct pane_process s = pane_process_find(m, ui);
	int legend, scale;
	struct map map;

	if (!pane_process_height(&s, p))
		return;
	page_heads(p, &legend, &scale);
	map = map_of(m, ui, p);
	p->lines += s.space->nstretches ? rows_of(&map) : 1;
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	struct pane_process s = pane_process_find(m, ui);
	int legend, scale;
	struct map map;

	if (!pane_process_draw(&s, p, "page map"))
		return;
	page_heads(p, &legend, &scale);
	map = map_of(m, ui, p);
	class_legend(p->cells, legend, p->left, p->columns);
	draw_scale(&map, p, scale);
	draw_map(&map, p);
	if (!s.space->nstretches)
		page_say(p, PAINT_DIM, "nothing is resident");
}

static void zoom(struct ui *ui, int by)
{
	ui->zoom += by;
	ui->zoom = ui->zoom < 0 ? 0 : ui->zoom > ZOOM_MAX ? ZOOM_MAX : ui->zoom;
}

const struct pane pane_map = {
	.name = "map",
	.share = 70,
	.in_round = true,
	.of_process = true,
	.wants_space = true,
	.height = height,
	.draw = draw,
	.zoom = zoom,
};
