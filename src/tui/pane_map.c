#include "tui/pane.h"

#include <stdio.h>
#include "base/units.h"
#include "tui/format.h"
#include "tui/spark.h"

/*
 * The address space as a picture: page after page from the lowest address on, so many pages to a
 * cell. What is not resident takes no room but for one cell, so that a process which reserves
 * terabytes is still a picture; each row says at its left where it begins.
 */
#define GUTTER 22 /* address, kind of region */
#define NARROW 60 /* below this the gutter is the kind alone */

struct map {
	uint64_t per_cell;       /* pages */
	int columns, gutter;
	struct page *page;
	const struct address_space *space;
	size_t region;           /* the last one looked at */
	int row, at;             /* of the next cell; at 0: the row has not begun */
	uint64_t filled;         /* pages in the cell so far */
	uint32_t classes[PAGE_CLASSES];
	int64_t page_size;
};

/* Regions and stretches both ascend. */
static const struct region *region_of(struct map *map, uint64_t page)
{
	uint64_t address = page * (uint64_t)map->page_size;
	const struct address_space *a = map->space;

	while (map->region < a->nregions && a->regions[map->region].end <= address)
		map->region++;
	return map->region < a->nregions && a->regions[map->region].start <= address ?
		       &a->regions[map->region] : NULL;
}

static void begin_row(struct map *map, uint64_t page)
{
	const struct region *r = region_of(map, page);
	struct page *p = map->page;
	char address[32];

	map->row = page_line(p);
	if (map->gutter == GUTTER) {
		snprintf(address, sizeof(address), "%llx",
			 (unsigned long long)page * (unsigned long long)map->page_size);
		cells_print_right(p->cells, map->row, p->left, 14, PAINT_DIM, address);
	}
	cells_print(p->cells, map->row, p->left + map->gutter - 7, 6, PAINT_LABEL,
		    r ? region_kind_name(r->kind) : "");
}

/*
 * A cell shows the class that most of its pages are of; but copies are what one looks for, so a
 * quarter of them is enough.
 */
static enum page_class class_of(const struct map *map)
{
	enum page_class best = PAGE_CLASS_NONE, class;

	if (map->classes[PAGE_CLASS_COW_BROKEN] * 4ULL >= map->filled)
		return PAGE_CLASS_COW_BROKEN;
	for (class = PAGE_CLASS_SHARED; class < PAGE_CLASSES; class++) {
		if (map->classes[class] > map->classes[best])
			best = class;
	}
	return best;
}

static void end_cell(struct map *map)
{
	enum page_class class;
	int i;

	if (!map->filled)
		return;
	class = class_of(map);
	cells_print(map->page->cells, map->row, map->page->left + map->gutter + map->at, 1,
		    class_paint(class), class_glyph(map->page->cells, class));
	for (i = 0; i < PAGE_CLASSES; i++)
		map->classes[i] = 0;
	map->filled = 0;
	map->at = (map->at + 1) % map->columns;
}

static void put_stretch(struct map *map, const struct page_stretch *s)
{
	uint64_t page = s->start, end = s->start + s->pages, take;

	while (page < end) {
		if (!map->at && !map->filled)
			begin_row(map, page);
		take = map->per_cell - map->filled;
		take = take < end - page ? take : end - page;
		map->classes[s->class] += (uint32_t)take;
		map->filled += take;
		page += take;
		if (map->filled == map->per_cell)
			end_cell(map);
	}
}

/* One blank cell between what does not touch; at the beginning of a row none is needed. */
static void put_hole(struct map *map, uint64_t pages)
{
	if (pages < map->per_cell - map->filled && map->filled) {
		map->filled += pages;
		return;
	}
	end_cell(map);
	if (map->at)
		map->at = (map->at + 1) % map->columns;
}

static void draw(struct map *map)
{
	const struct address_space *a = map->space;
	uint64_t end;
	size_t i;

	for (i = 0; i < a->nstretches; i++) {
		put_stretch(map, &a->stretches[i]);
		end = a->stretches[i].start + a->stretches[i].pages;
		if (i + 1 < a->nstretches && a->stretches[i + 1].start > end)
			put_hole(map, a->stretches[i + 1].start - end);
	}
	end_cell(map);
}

/* The smallest power of two with which everything is on the screen. */
static uint64_t fit_per_cell(const struct map *map, int rows)
{
	struct cells nowhere = {0};
	uint64_t per_cell;

	for (per_cell = 1; per_cell < 1ULL << 24; per_cell <<= 1) {
		struct page page = {.cells = &nowhere};
		struct map try = *map;

		try.page = &page;
		try.per_cell = per_cell;
		draw(&try);
		if (page.lines <= rows)
			break;
	}
	return per_cell;
}

static void draw_scale(const struct map *map, const struct page *p, int row)
{
	char size[16], text[64];

	snprintf(text, sizeof(text), "a cell is %s; + - zoom",
		 units_format_size(size, (double)map->per_cell * (double)map->page_size));
	cells_print_right(p->cells, row, p->left, p->columns, PAINT_DIM, text);
}

void pane_map(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	struct map map = {.page = p, .page_size = m->shown->facts->host.page_size};
	int legend, scale;

	if (!pane_subject(m, ui, p, "page map"))
		return;
	map.space = pane_space(m, ui, p);
	if (!map.space)
		return;
	map.gutter = p->columns < NARROW ? 7 : GUTTER;
	map.columns = p->columns - map.gutter > 1 ? p->columns - map.gutter : 1;
	legend = page_head(p);
	class_legend(p->cells, legend, p->left, p->columns);
	scale = p->rows > 4 ? page_head(p) : -1;
	map.per_cell = fit_per_cell(&map, p->rows) >> ui->zoom;
	map.per_cell = map.per_cell ? map.per_cell : 1;
	draw_scale(&map, p, scale);
	draw(&map);
	if (!map.space->nstretches)
		page_say(p, PAINT_DIM, "nothing is resident");
}
