#include "sink/text_processes.h"

#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "model/family.h"
#include "model/field.h"
#include "model/title.h"
#include "sink/text_gc.h"
#include "sink/text_grid.h"

/* From here on the table has a column with the collector of each process. */
#define COLUMNS_GC 100

/* Does a row of the table need the explanation of its mark? */
static bool is_marked(const struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		if (*label_mark(PROCESS_MEASURE(&s->procs[i], private_bytes).label) ||
		    *label_mark(PROCESS_MEASURE(&s->procs[i], cow_broken_bytes).label))
			return true;
	}
	return false;
}

/* Of a process. */
enum { PID, ROLE, RSS, PSS, SHARED, PRIVATE, ORPH, COW, RATIO, FILECOW, NEW, MINFLT, MAJFLT, GC };

static void put_pages(char cell[static 20], const struct snapshot *s, struct measure pages)
{
	measure_mib(cell, measure_times(pages, (figure)s->facts->host.page_size));
}

static struct grid_row *add_row(struct grid *g, const struct snapshot *s, const struct proc_snapshot *p)
{
	const struct figures *f = &p->figures;
	struct grid_row *row = grid_add(g);

	snprintf(row->cell[PID], sizeof(row->cell[PID]), "%d", p->facts->pid);
	snprintf(row->cell[ROLE], sizeof(row->cell[ROLE]), "%s", role_name(p->role));
	measure_mib(row->cell[RSS], PROCESS_MEASURE(p, memory.rss));
	measure_mib(row->cell[PSS], PROCESS_MEASURE(p, memory.pss));
	measure_mib(row->cell[SHARED], PROCESS_MEASURE(p, shared_bytes));
	measure_mib(row->cell[PRIVATE], PROCESS_MEASURE(p, private_bytes));
	put_pages(row->cell[ORPH], s, PROCESS_MEASURE(p, pages.orphaned));
	measure_mib(row->cell[COW], PROCESS_MEASURE(p, cow_broken_bytes));
	text_marked_percent(row->cell[RATIO], PROCESS_MEASURE(p, cow_broken_ratio));
	put_pages(row->cell[FILECOW], s, PROCESS_MEASURE(p, pages.cow_file));
	put_pages(row->cell[NEW], s, PROCESS_MEASURE(p, pages.new));
	units_format_count(row->cell[MINFLT], faults_minor_per_s(&f->faults));
	units_format_count(row->cell[MAJFLT], faults_major_per_s(&f->faults));
	text_gc_cell(row->cell[GC], sizeof(row->cell[GC]), &p->facts->gc);
	return row;
}

/* Why a helper is in no sum, and gets a short line instead of a row; NULL for what counts. */
static const char *listed_kind(const struct proc_sample *p)
{
	if (p->state == 'Z' || p->state == 'X')
		return "zombie";
	if (p->same_mm_pid)
		return "vfork";
	return p->forked ? NULL : "exec";
}

/* Those that count, the master first and helpers last. */
static size_t list_processes(const struct snapshot *s, const struct proc_snapshot **ret)
{
	static const enum role order[] = { ROLE_MASTER, ROLE_WORKER, ROLE_HELPER };
	size_t i, o, n = 0;

	for (o = 0; o < sizeof(order) / sizeof(*order); o++) {
		for (i = 0; i < s->nprocs; i++) {
			if (s->procs[i].role == order[o] &&
			    (order[o] != ROLE_HELPER || !listed_kind(s->procs[i].facts)))
				ret[n++] = &s->procs[i];
		}
	}
	return n;
}

/* As a tree where there is one of more than two levels. */
static void order_rows(const struct snapshot *s, const struct proc_snapshot **list, size_t n,
		       struct family_row *ret)
{
	cleanup_free const struct proc_sample **facts = xcalloc(n + 1, sizeof(*facts));
	size_t i;

	for (i = 0; i < n; i++) {
		facts[i] = list[i]->facts;
		ret[i] = (struct family_row){ .at = i };
	}
	if (family_nested(s))
		family_order(s, facts, n, ret);
}

static void add_rows(struct grid *g, const struct snapshot *s)
{
	cleanup_free const struct proc_snapshot **list = xcalloc(s->nprocs + 1, sizeof(*list));
	size_t n = list_processes(s, list), i;
	cleanup_free struct family_row *rows = xcalloc(n + 1, sizeof(*rows));
	struct titles titles;

	titles_of(s, &titles);
	order_rows(s, list, n, rows);
	for (i = 0; i < n; i++) {
		const struct proc_snapshot *p = list[rows[i].at];
		struct title title = title_of(&titles, p->facts);
		struct grid_row *row = add_row(g, s, p);

		/* ASCII: nobody here knows what the reader can show. */
		family_branch(row->before, &rows[i], true);
		row->tail = title.at;
		row->tail_len = title.len;
	}
}

static void add_table(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "PID", "<ROLE", "RSS", "PSS", "SHARED", "PRIVATE", "ORPH", "COW", "COW%",
			   "FILECOW", "NEW", "MINFLT/s", "MAJFLT/s",
			   columns >= COLUMNS_GC && text_has_gc(s) ? "<GC" : NULL },
		/* The classes that make up what is private stay together. */
		.rank = { [MAJFLT] = 4, [PSS] = 3, [MINFLT] = 2, [GC] = 1 },
		.tail_head = "COMMAND",
		.tail_room = title_room(columns),
	};

	add_rows(&g, s);
	buf_printf(out, "\nin MiB; PRIVATE: ORPH + COW + FILECOW + NEW; COW%%: of the inherited pages\n%s",
		   is_marked(s) ? MARKS_MEAN "\n" : "");
	grid_print(&g, out, columns);
}

static void add_listed(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "PID", "<KIND", "RSS" },
		.tail_head = "COMMAND",
	};
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = s->procs[i].facts;
		struct grid_row *row;

		if (s->procs[i].role != ROLE_HELPER || !listed_kind(p))
			continue;
		row = grid_add(&g);
		snprintf(row->cell[0], sizeof(row->cell[0]), "%d", p->pid);
		snprintf(row->cell[1], sizeof(row->cell[1]), "%s", listed_kind(p));
		units_format_mib(row->cell[2], s->procs[i].figures.memory.rss);
		row->tail = title_whole(p);
	}
	if (!g.n)
		return;
	buf_adds(out, "\nhelpers without a share of the pool's pages, in no sum:\n");
	grid_print(&g, out, columns);
}

void text_processes(struct buf *out, const struct snapshot *s, size_t columns)
{
	add_table(out, s, columns);
	add_listed(out, s, columns);
}
