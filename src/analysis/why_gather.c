#include "analysis/why_gather.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/roles.h"
#include "analysis/why_advice.h"
#include "analysis/why_estimate.h"
#include "analysis/why_pool.h"
#include "analysis/why_track.h"
#include "analysis/why_transfer.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* Of all workers together; a recording is any bytes. */
#define PAGES_MAX (64U << 20)
/* Workers that are gone still tell of the others: the last ones. */
#define GONE_MAX 32
/* A cell is a size class in so much of the address space. */
#define CELL_SHIFT 20
#define SIZE_CLASSES 256
/* What judging a worker takes a page, about: to count, and to foretell. It may take one part in so many of the time, of
 * which so much can be saved up. */
#define COUNT_PAGE_NS 30
#define FORETELL_PAGE_NS 800
#define JUDGE_PART 100
#define JUDGE_SAVED_NS (100 * MILLISECOND)
/* Rows of a sample that tells all; more would not fit into a recording. */
#define ROWS_MAX (1U << 19)

struct why_gather {
	struct why_facts *facts; /* the inventory is the last that was told */
	fact number;             /* of it; ABSENT: none was */
	uint8_t *pages;
	uint32_t *cells;
	struct why_ground ground;
	double kinds[WHY_PAGE_TRACKED + 1]; /* pages of each */
	pid_t only;                         /* 0: all */
	struct why_track *tracks;
	size_t n, cap;
	bool ended;        /* the last sample tells what was written on copies */
	bool judged;       /* there was a sample before this one, ... */
	int64_t judged_ns; /* ... its CLOCK_MONOTONIC */
	int64_t may_ns;    /* how long judging may take */
	/* Whose turn it is. */
	size_t judge_from, tell_from;
};

struct why_gather *why_gather_new(void)
{
	struct why_gather *g = xcalloc(1, sizeof(*g));

	g->number = ABSENT;
	return g;
}

static void forget(struct why_gather *g)
{
	for (size_t i = 0; i < g->n; i++)
		why_track_release(&g->tracks[i]);
	free(g->tracks);
	free(g->pages);
	free(g->cells);
	why_facts_free(g->facts);
	*g = (struct why_gather){ .number = ABSENT, .only = g->only };
}

void why_gather_free(struct why_gather *g)
{
	if (g)
		forget(g);
	free(g);
}

void why_gather_only(struct why_gather *g, pid_t pid)
{
	g->only = pid;
}

/* ---- the inventory */

/* Numbers of cells: a new row of them with each piece of the address space. */
static size_t number_cells(const struct why_inventory *inv, const uint8_t *classes, uint32_t *cells)
{
	uint64_t piece = UINT64_MAX;
	uint32_t of[SIZE_CLASSES];
	size_t n = 0;

	for (size_t r = 0; r < inv->nranges; r++) {
		const struct why_range *range = &inv->ranges[r];
		size_t number = range->first;

		for (uint64_t at = range->start; at < range->end; at += inv->page_size, number++) {
			if (at >> CELL_SHIFT != piece)
				memset(of, 0xff, sizeof(of));
			piece = at >> CELL_SHIFT;
			if (of[classes[number]] == UINT32_MAX)
				of[classes[number]] = (uint32_t)n++;
			cells[number] = of[classes[number]];
		}
	}
	return n;
}

static void take_inventory(struct why_gather *g, const struct why_facts *f)
{
	const struct why_inventory *inv = f->inventory;
	cleanup_free uint8_t *classes = xcalloc(inv->npages + 1, 1);
	size_t at = 0;

	g->facts = why_facts_copy(f);
	g->number = f->number;
	g->pages = xcalloc(inv->npages + 1, 1);
	g->cells = xcalloc(inv->npages + 1, sizeof(*g->cells));
	for (size_t i = 0; i < inv->pages.n; i++) {
		const struct why_row *row = &inv->pages.items[i];

		for (uint32_t k = 0; k < row->n && at < inv->npages; k++, at++) {
			g->pages[at] = row->value & WHY_PAGE_MASK;
			classes[at] = (uint8_t)(row->value >> WHY_CLASS_SHIFT);
		}
	}
	for (at = 0; at < inv->npages; at++)
		g->kinds[g->pages[at]]++;
	g->ground = (struct why_ground){ inv->npages, g->pages, g->cells,
					 number_cells(inv, classes, g->cells) };
}

/* Another inventory numbers other pages: what was seen by the old one is of no use. */
static void follow_inventory(struct why_gather *g, const struct why_facts *f)
{
	if (f->number == g->number && f->number != ABSENT)
		return;
	forget(g);
	if (f->number != ABSENT && f->inventory)
		take_inventory(g, f);
	else
		g->facts = why_facts_copy(f);
}

/* ---- workers */

static struct why_track *find(struct why_gather *g, const struct proc_sample *p)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->tracks[i].pid == p->pid && g->tracks[i].start_ticks == p->start_ticks)
			return &g->tracks[i];
	if ((g->n + 1) * (g->ground.npages + 1) > PAGES_MAX)
		return NULL;
	vec_room(&g->tracks, g->n, &g->cap);
	g->tracks[g->n] = (struct why_track){
		.pid = p->pid,
		.start_ticks = p->start_ticks,
		.taken = ABSENT,
	};
	return &g->tracks[g->n++];
}

static bool is_asked_for(const struct why_gather *g, const struct sample *s, const struct proc_sample *p)
{
	return p->why && role_of(p, s->master_pid) == ROLE_WORKER && (!g->only || p->pid == g->only);
}

/* The first ones go. */
static void drop_gone(struct why_gather *g)
{
	size_t gone = 0, n = 0;

	for (size_t i = 0; i < g->n; i++)
		gone += g->tracks[i].gone;
	for (size_t i = 0; i < g->n; i++) {
		if (gone > GONE_MAX && g->tracks[i].gone) {
			gone--;
			why_track_release(&g->tracks[i]);
		} else {
			g->tracks[n++] = g->tracks[i];
		}
	}
	g->n = n;
}

static fact full_collections(const struct sample *s, pid_t pid)
{
	const struct proc_sample *p = sample_find(s, pid);
	const struct gc_state *gc = p ? gc_main(&p->gc) : NULL;

	return gc ? gc->collections[GC_GENERATIONS - 1] : ABSENT;
}

void why_gather_take(struct why_gather *g, const struct sample *s)
{
	fact master_full;

	if (!s->why)
		return;
	follow_inventory(g, s->why);
	master_full = full_collections(s, sample_leader(s));
	g->ended = false;
	for (size_t i = 0; i < g->n; i++)
		g->tracks[i].gone = true;
	for (size_t i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = &s->procs[i];
		struct why_track *t = is_asked_for(g, s, p) ? find(g, p) : NULL;

		if (t)
			why_track_take(t, &g->ground, p, s->time_ns, master_full);
		g->ended |= t && t->wrote;
	}
	drop_gone(g);
}

void why_gather_progress(const struct why_gather *g, size_t *ret_collected, size_t *ret_waiting)
{
	*ret_collected = *ret_waiting = 0;
	for (size_t i = 0; i < g->n; i++) {
		const struct why_track *t = &g->tracks[i];

		if (!t->gone && t->n && t->young)
			*(why_track_collected(t) ? ret_collected : ret_waiting) += 1;
	}
}

/* ---- what it means */

static void estimate(struct why_gather *g, struct why_track *t)
{
	struct why_worker *k = &t->judged;
	struct why_case c;

	why_track_case(t, &g->ground, &c);
	*k = (struct why_worker){ 0 };
	why_estimate(&c, k);
	k->pid = t->pid;
	k->start_ticks = t->start_ticks;
	k->inherited = figure_of(t->inherited);
	if (t->n)
		k->snapshots = (size_t)t->taken;
	else if (t->lost)
		k->reason = "what was seen of it before is not there";
}

/* The young worker that has done most since its first full collection: whom the old ones are judged by; NULL: none. */
static struct why_track *best_example(struct why_gather *g)
{
	struct why_track *best = NULL;

	for (size_t i = 0; i < g->n; i++) {
		struct why_track *t = &g->tracks[i];

		if (t->judged.basis == WHY_YOUNG && (!best || t->judged.snapshots > best->judged.snapshots))
			best = t;
	}
	return best;
}

static void transfer(struct why_gather *g, struct why_track *t, struct why_track *example)
{
	struct why_case young, old;

	if (!example || t->judged.basis != WHY_BOUNDS)
		return;
	why_track_case(example, &g->ground, &young);
	why_track_case(t, &g->ground, &old);
	why_transfer(&old, &young, &t->judged);
}

static void judge_all(struct why_gather *g)
{
	struct why_track *example;

	for (size_t i = 0; i < g->n; i++)
		estimate(g, &g->tracks[i]);
	example = best_example(g);
	for (size_t i = 0; i < g->n; i++)
		transfer(g, &g->tracks[i], example);
}

static int64_t cost_of(const struct why_gather *g, const struct why_track *t, bool example)
{
	bool foretold = t->young ? why_track_collected(t) : example;

	return (int64_t)g->ground.npages * (foretold ? FORETELL_PAGE_NS : COUNT_PAGE_NS);
}

/* As many of them as there is time for, one after the other; one at the least that has not been judged yet. */
static void judge_some(struct why_gather *g)
{
	for (size_t i = 0; i < g->n; i++) {
		struct why_track *t = &g->tracks[g->judge_from % g->n], *example = best_example(g);
		int64_t cost_ns = cost_of(g, t, example != NULL);

		if (cost_ns > g->may_ns && (i || t->judged.pid))
			break;
		g->may_ns -= cost_ns;
		g->judge_from = (g->judge_from + 1) % g->n;
		estimate(g, t);
		transfer(g, t, example);
	}
}

static void earn(struct why_gather *g, const struct sample *s)
{
	int64_t most = JUDGE_SAVED_NS, dearest = (int64_t)g->ground.npages * FORETELL_PAGE_NS;
	int64_t passed = s->mono_ns > g->judged_ns ? s->mono_ns - g->judged_ns : 0;

	most = most > dearest ? most : dearest;
	g->may_ns = g->judged ? g->may_ns + passed / JUDGE_PART : most;
	g->may_ns = g->may_ns < most ? g->may_ns : most;
	g->judged = true;
	g->judged_ns = s->mono_ns;
}

struct why *why_gather_judge(struct why_gather *g, const struct snapshot *snap, bool anew)
{
	const bool any = g->number != ABSENT;
	const char *reason = NULL;
	struct why *why;

	if (!snap->facts->why || !g->facts)
		return NULL;
	earn(g, snap->facts);
	if (anew || g->ended)
		judge_all(g);
	else
		judge_some(g);
	why = xcalloc(1, sizeof(*why));
	why->page_size = figure_of(snap->facts->host.page_size);
	why->nworkers = (size_t)(known(snap->pool.workers) ? snap->pool.workers : 0);
	why->looked_pages = any ? (double)g->ground.npages : NAN;
	why->tracked_pages = any ? g->kinds[WHY_PAGE_TRACKED] : NAN;
	why->counted_pages = any ? g->kinds[WHY_PAGE_COUNTED] : NAN;
	why->tracked_objects = any ? figure_of(g->facts->inventory->objects) : NAN;
	why->workers = xcalloc(g->n + 1, sizeof(*why->workers));
	for (size_t i = 0; i < g->n; i++)
		if (g->tracks[i].judged.pid)
			why->workers[why->n++] = g->tracks[i].judged;
	if (!any)
		reason = *g->facts->reason ? g->facts->reason :
					     "what lies on the master's pages is not there";
	why_sum_up(why, reason);
	why_advise(why, &(struct why_evidence){ .snap = snap });
	return why;
}

/* ---- for those who begin to read */

void why_gather_tell(struct why_gather *g, struct sample *s)
{
	size_t rows, i;

	if (!s->why || g->number == ABSENT || s->why->number != g->number)
		return;
	if (!s->why->inventory) {
		struct why_facts *copy = why_facts_copy(g->facts);

		s->why->inventory = copy->inventory;
		copy->inventory = NULL;
		why_facts_free(copy);
	}
	rows = s->why->inventory->pages.n;
	for (i = 0; i < g->n && rows < ROWS_MAX; i++) {
		const struct why_track *t = &g->tracks[(g->tell_from + i) % g->n];
		struct proc_sample *p = NULL;

		for (size_t k = 0; k < s->nprocs; k++)
			if (s->procs[k].pid == t->pid && s->procs[k].start_ticks == t->start_ticks)
				p = &s->procs[k];
		if (!p || !p->why || p->why->history)
			continue;
		p->why->history = why_track_tell(t, &g->ground);
		rows += p->why->history ? p->why->history->pages.n : 0;
	}
	g->tell_from = g->n ? (g->tell_from + i) % g->n : 0;
}
