#include "sink/report_parts.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/html.h"
#include "sink/text_grid.h"

#define MAP_COLUMNS 160
#define MAP_ROWS 48
#define REGIONS_SHOWN 12
#define CELL 6 /* how wide and high a cell is drawn */

static const char *class_colour(uint8_t class)
{
	static const char *const names[PAGE_CLASSES] = {
		[PAGE_CLASS_NONE] = "unknown",      [PAGE_CLASS_SHARED] = "shared",
		[PAGE_CLASS_ORPHANED] = "orphaned", [PAGE_CLASS_COW_BROKEN] = "cow",
		[PAGE_CLASS_COW_FILE] = "cow",      [PAGE_CLASS_NEW] = "new",
		[PAGE_CLASS_FILE] = "file",         [PAGE_CLASS_SWAPPED] = "swapped",
	};

	return class < PAGE_CLASSES ? names[class] : "unknown";
}

/* Pages of each class in the cells of the map, one stretch after the other without holes. */
struct cells {
	uint64_t per; /* pages in a cell */
	size_t n;
	uint32_t (*counts)[PAGE_CLASSES];
};

static void cells_fill(struct cells *c, const struct address_space *a)
{
	uint64_t total = 0, at = 0, left, take;
	size_t i;

	for (i = 0; i < a->nstretches; i++)
		total += a->stretches[i].pages;
	c->per = (total + MAP_COLUMNS * MAP_ROWS - 1) / (MAP_COLUMNS * MAP_ROWS);
	if (!c->per)
		c->per = 1;
	c->n = (size_t)((total + c->per - 1) / c->per);
	c->counts = xcalloc(c->n + 1, sizeof(*c->counts));
	for (i = 0; i < a->nstretches; i++) {
		for (left = a->stretches[i].pages; left; left -= take, at += take) {
			take = c->per - at % c->per < left ? c->per - at % c->per : left;
			if (a->stretches[i].class < PAGE_CLASSES)
				c->counts[at / c->per][a->stretches[i].class] += (uint32_t)take;
		}
	}
}

/* How a cell looks: the class of most of its pages that are no copies, and what part of it was copied. */
struct look {
	uint8_t class;
	uint8_t copied; /* of CELL; some is not none, and not all not all */
};

static struct look cell_look(const struct cells *c, size_t i)
{
	const uint32_t *pages = c->counts[i];
	uint64_t copied = (uint64_t)pages[PAGE_CLASS_COW_BROKEN] + pages[PAGE_CLASS_COW_FILE], all = 0;
	unsigned most = PAGE_CLASS_NONE, class;
	uint64_t part;

	for (class = PAGE_CLASS_SHARED; class < PAGE_CLASSES; class ++) {
		all += pages[class];
		if (class != PAGE_CLASS_COW_BROKEN && class != PAGE_CLASS_COW_FILE &&
		    pages[class] > pages[most])
			most = class;
	}
	if (!copied)
		return (struct look){ most, 0 };
	if (copied == all)
		return (struct look){ PAGE_CLASS_COW_BROKEN, 0 };
	part = (copied * CELL + all / 2) / all;
	return (struct look){ most, (uint8_t)(part < 1 ? 1 : part >= CELL ? CELL - 1 : part) };
}

static void add_box(struct buf *out, const char *class, size_t cell, size_t n, size_t above, size_t height)
{
	buf_printf(out, "<rect class=\"%s\" x=\"%zu\" y=\"%zu\" width=\"%zu\" height=\"%zu\"/>\n", class,
		   cell % MAP_COLUMNS * CELL, cell / MAP_COLUMNS * CELL + above, n * CELL, height);
}

/* Cells in a row of the map that look alike are one box, and one more on its foot for what was copied. */
static void add_cells(struct buf *out, const struct cells *c)
{
	size_t i, k, rows = (c->n + MAP_COLUMNS - 1) / MAP_COLUMNS;

	buf_printf(out,
		   "<div class=\"map\"><svg role=\"img\" aria-label=\"Page map\" "
		   "viewBox=\"0 0 %d %zu\" shape-rendering=\"crispEdges\">\n",
		   MAP_COLUMNS * CELL, rows * CELL);
	for (i = 0; i < c->n; i = k) {
		struct look look = cell_look(c, i), next;

		for (k = i + 1; k < c->n && k % MAP_COLUMNS; k++) {
			next = cell_look(c, k);
			if (next.class != look.class || next.copied != look.copied)
				break;
		}
		add_box(out, class_colour(look.class), i, k - i, 0, CELL);
		if (look.copied)
			add_box(out, "cow", i, k - i, (size_t)CELL - look.copied, look.copied);
	}
	buf_adds(out, "</svg></div>\n");
}

/* Regions of one name and kind, taken together: an interpreter has hundreds without a name. */
struct kin {
	const struct region *first;
	size_t n;
	figure shared, copied, new, file; /* pages */
	figure broken;                    /* of the copied: inherited, no file's */
};

static int by_kin(const void *a, const void *b)
{
	const struct region *x = *(const struct region *const *)a;
	const struct region *y = *(const struct region *const *)b;

	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : strcmp(x->name, y->name);
}

static figure resident(const struct kin *k)
{
	return k->shared + k->copied + k->new + k->file;
}

static int by_size(const void *a, const void *b)
{
	figure x = resident(a), y = resident(b);

	return (x < y) - (x > y);
}

static void kin_add(struct kin *k, const struct region *r)
{
	const struct page_facts *p = &r->pages;

	k->n++;
	k->shared += figure_of(p->shared) + figure_of(p->orphaned);
	k->copied += figure_of(p->cow_broken) + figure_of(p->cow_file);
	k->broken += figure_of(p->cow_broken);
	k->new += figure_of(p->new);
	k->file += figure_of(p->file);
}

/* The largest first; returns how many there are in `kin`, which has room for all regions. */
static size_t kin_of(const struct address_space *a, struct kin *kin)
{
	cleanup_free const struct region **sorted = xcalloc(a->nregions + 1, sizeof(*sorted));
	size_t i, n = 0;

	for (i = 0; i < a->nregions; i++)
		sorted[i] = &a->regions[i];
	qsort(sorted, a->nregions, sizeof(*sorted), by_kin);
	for (i = 0; i < a->nregions; i++) {
		if (!i || by_kin(&sorted[i - 1], &sorted[i]))
			kin[n++] = (struct kin){ .first = sorted[i] };
		kin_add(&kin[n - 1], sorted[i]);
	}
	qsort(kin, n, sizeof(*kin), by_size);
	return n;
}

static void add_size(struct buf *out, figure pages, int64_t page_size)
{
	char text[16];

	html_cell(out, units_format_size(text, pages * (figure)page_size));
}

static void add_share(struct buf *out, figure share)
{
	char text[16];

	text_percent(text, share);
	html_cell(out, text);
}

static void add_regions(struct buf *out, const struct story *s, const struct address_space *a)
{
	static const char *const heads[] = { "<Regions", "<Kind", "How many", "Shared", "Copied",
					     "Copied %", "New",   "File",     NULL };
	cleanup_free struct kin *kin = xcalloc(a->nregions + 1, sizeof(*kin));
	size_t n = kin_of(a, kin), i;
	char text[16];

	html_table(out, heads);
	for (i = 0; i < n && i < REGIONS_SHOWN && !(resident(&kin[i]) <= 0); i++) {
		const struct kin *k = &kin[i];

		buf_adds(out, "<tr>");
		html_name(out, *k->first->name ? k->first->name : "(anonymous)");
		html_name(out, region_kind_name(k->first->kind));
		html_cell(out, units_format_count(text, (figure)k->n));
		add_size(out, k->shared, s->page_size);
		add_size(out, k->copied, s->page_size);
		add_share(out, k->broken / (k->broken + k->shared));
		add_size(out, k->new, s->page_size);
		add_size(out, k->file, s->page_size);
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
}

void report_maps(struct buf *out, const struct story *s)
{
	char label[32], clock[32], size[16];
	size_t i;

	if (!s->nspaces)
		return;
	html_section(out, "Pages");
	buf_adds(out,
		 "<p class=\"note\">Resident pages in the order of their addresses, without holes; a "
		 "cell has the colour of most of its pages, and from its foot up that of copies as far as "
		 "they are a part of it.</p>\n<ul class=\"legend\">");
	plot_legend(out, "", "shared", "shared");
	plot_legend(out, "", "orphaned", "inherited, mapped by nobody else any more");
	plot_legend(out, "", "cow", "copied");
	plot_legend(out, "", "new", "new");
	plot_legend(out, "", "file", "files");
	plot_legend(out, "", "other", "swapped");
	buf_adds(out, "</ul>\n");
	for (i = 0; i < s->nspaces; i++) {
		const struct story_space *at = &s->spaces[i];
		struct cells c = { 0 };

		cells_fill(&c, &at->space);
		buf_printf(out, "<h3>%s, pid %d, as recorded at %s, a cell is %s</h3>\n",
			   report_label(label, at->role, at->slot), at->space.pid,
			   report_clock(clock, s, at->at_s),
			   units_format_size(size, (figure)c.per * (figure)s->page_size));
		add_cells(out, &c);
		add_regions(out, s, &at->space);
		free(c.counts);
	}
	html_section_end(out);
}
