#include "pool/why_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/region.h"
#include "pool/live_inside.h"

/* The master's collector may run whenever one looks; then it is tried with the next look. */
#define INVENTORY_TRIES 20
/* Who has waited less often than that is judged by the time that has passed. */
#define SWITCHES_LEAST 20
/* More of the tracked pages copied than that at first sight, and of at least so many: only a collection does that. */
#define TAKEN 0.8
#define TAKEN_LEAST 100
/* Who is older when it is met has more behind it than its run-up. */
#define LATE_S 3
/* A cell is a size class in so much of the address space. */
#define CELL_SHIFT 20

struct seen_snapshot {
	fact switches;
	double seconds; /* of its life */
	fact full;
	bool clean;
};

struct watched {
	pid_t pid;
	uint64_t start_ticks;
	bool gone, young, off;
	fact inherited, copied, collapsed;
	uint16_t *broken; /* a page of the inventory each */
	struct seen_snapshot *snapshots;
	size_t n, cap;
	struct why_snapshot *shown; /* of its case */
	uint8_t *wrote;             /* ... NULL: its copies were not read */
};

struct why_watch {
	struct inventory inventory;
	bool known;
	unsigned int tries;
	const char *why; /* there is none */
	uint8_t *pages;  /* of the inventory: enum why_page */
	uint32_t *cells;
	size_t ncells;
	struct watched *workers;
	size_t n, cap;
};

struct why_watch *why_watch_new(void)
{
	struct why_watch *w = xcalloc(1, sizeof(*w));

	w->why = "nobody has looked yet";
	return w;
}

void why_watch_free(struct why_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++) {
		free(w->workers[i].broken);
		free(w->workers[i].snapshots);
		free(w->workers[i].shown);
		free(w->workers[i].wrote);
	}
	free(w->workers);
	free(w->pages);
	free(w->cells);
	inventory_release(&w->inventory);
	free(w);
}

static enum why_page page_of(enum heap_class class)
{
	return class == HEAP_TRACKED ? WHY_PAGE_TRACKED :
	       class == HEAP_COUNTED ? WHY_PAGE_COUNTED :
				       WHY_PAGE_OTHER;
}

/* Numbers of cells: a new row of them with each piece of the address space. */
static void number_cells(struct why_watch *w)
{
	const struct inventory *inv = &w->inventory;
	uint64_t piece = UINT64_MAX;
	uint32_t of[256];

	for (size_t r = 0; r < inv->nranges; r++) {
		const struct heap_range *range = &inv->ranges[r];
		size_t number = range->first;

		for (uint64_t at = range->start; at < range->end; at += inv->page_size, number++) {
			if (at >> CELL_SHIFT != piece)
				memset(of, 0xff, sizeof(of));
			piece = at >> CELL_SHIFT;
			if (of[inv->pools[number]] == UINT32_MAX)
				of[inv->pools[number]] = (uint32_t)w->ncells++;
			w->cells[number] = of[inv->pools[number]];
		}
	}
}

static void take_inventory(struct why_watch *w, struct live *live)
{
	struct inventory *inv = &w->inventory;

	if (w->known || w->tries == INVENTORY_TRIES)
		return;
	w->tries++;
	if (live_inventory(live, inv, &w->why))
		return;
	w->known = true;
	w->pages = xcalloc(inv->npages + 1, 1);
	w->cells = xcalloc(inv->npages + 1, sizeof(*w->cells));
	for (size_t i = 0; i < inv->npages; i++)
		w->pages[i] = (uint8_t)page_of(inv->classes[i]);
	number_cells(w);
}

static struct watched *find(struct why_watch *w, const struct proc_sample *p)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->workers[i].pid == p->pid && w->workers[i].start_ticks == p->start_ticks)
			return &w->workers[i];
	vec_room(&w->workers, w->n, &w->cap);
	w->workers[w->n] = (struct watched){ .pid = p->pid, .start_ticks = p->start_ticks };
	return &w->workers[w->n++];
}

/* What a page is from now on, that was `before`. */
static uint16_t broken_at(uint16_t before, enum page_class class, uint16_t now)
{
	if (class == PAGE_CLASS_COW_BROKEN)
		return before == WHY_WHOLE ? now : before;
	if (class == PAGE_CLASS_SHARED || class == PAGE_CLASS_ORPHANED)
		return before == WHY_WHOLE ? WHY_WHOLE : WHY_AWAY;
	return WHY_AWAY;
}

static void follow_pages(const struct why_watch *w, struct live *live, struct watched *k, uint16_t now)
{
	const struct inventory *inv = &w->inventory;
	uint8_t classes[BLOCK_PAGES];
	uint64_t known = UINT64_MAX;

	for (size_t r = 0; r < inv->nranges; r++) {
		uint64_t first = inv->ranges[r].start / inv->page_size,
			 end = inv->ranges[r].end / inv->page_size;

		for (uint64_t page = first; page < end; page++) {
			uint16_t *broken = &k->broken[inv->ranges[r].first + (page - first)];

			if (page >> BLOCK_SHIFT != known &&
			    !live_classes(live, k->pid, page >> BLOCK_SHIFT, classes))
				return;
			known = page >> BLOCK_SHIFT;
			*broken = broken_at(*broken, classes[page % BLOCK_PAGES], now);
		}
	}
}

static fact full_of(const struct gc_state *s)
{
	return s ? s->collections[GC_GENERATIONS - 1] : ABSENT;
}

/* Of a process of the sample, before the walk. */
static fact full_before(const struct sample *s, pid_t pid)
{
	const struct proc_sample *p = sample_find(s, pid);

	return p ? full_of(gc_main(&p->gc)) : ABSENT;
}

static struct seen_snapshot look_beside(const struct why_look *look, const struct proc_sample *p)
{
	const struct gc_state *before = gc_main(&p->gc);
	cleanup(buf_release) struct buf text = { 0 };
	struct seen_snapshot s = { .full = ABSENT };
	struct gc_state now;

	s.seconds = (double)(look->sample->time_ns - p->start_ns) / SECOND;
	s.switches = procfs_switches(look->fs, p->pid, &text);
	if (!live_collector(look->live, p->pid, &now))
		return s;
	s.full = full_of(&now);
	s.clean = before && full_of(before) == s.full && s.full != ABSENT && before->collecting == 0 &&
		  now.collecting == 0;
	return s;
}

static bool all_taken(const struct why_watch *w, const struct watched *k)
{
	size_t tracked = 0, broken = 0;

	for (size_t i = 0; i < w->inventory.npages; i++) {
		if (w->pages[i] != WHY_PAGE_TRACKED || k->broken[i] == WHY_AWAY)
			continue;
		tracked++;
		broken += k->broken[i] == 0;
	}
	return tracked >= TAKEN_LEAST && (double)broken > TAKEN * (double)tracked;
}

static void add_snapshot(struct watched *k, const struct seen_snapshot *s)
{
	if (k->n == WHY_SNAPSHOTS) {
		k->snapshots[k->n - 1] = *s;
		return;
	}
	vec_room(&k->snapshots, k->n, &k->cap);
	k->snapshots[k->n++] = *s;
}

static void look_at(struct why_watch *w, const struct why_look *look, const struct proc_sample *p)
{
	struct watched *k = find(w, p);
	struct seen_snapshot s;

	k->gone = false;
	k->copied = p->pages.cow_broken;
	k->collapsed = p->collapsed;
	k->off = gc_main(&p->gc) && gc_is_on(gc_main(&p->gc)) == 0;
	k->inherited = p->pages.cow_broken == ABSENT ?
			       ABSENT :
			       p->pages.cow_broken + p->pages.shared + p->pages.orphaned;
	if (!w->known || p->level != LEVEL_EXACT)
		return;
	if (!k->broken) {
		k->broken = xreallocarray(NULL, w->inventory.npages + 1, sizeof(*k->broken));
		memset(k->broken, 0xff, (w->inventory.npages + 1) * sizeof(*k->broken));
	}
	s = look_beside(look, p);
	follow_pages(w, look->live, k, (uint16_t)(k->n < WHY_SNAPSHOTS ? k->n : k->n - 1));
	add_snapshot(k, &s);
	if (k->n == 1)
		k->young = s.full != ABSENT &&
			   s.full == full_before(look->sample, sample_leader(look->sample)) &&
			   !all_taken(w, k);
}

void why_watch_look(struct why_watch *w, const struct why_look *look)
{
	take_inventory(w, look->live);
	for (size_t i = 0; i < w->n; i++)
		w->workers[i].gone = true;
	for (size_t i = 0; i < look->sample->nprocs; i++)
		if (look->workers[i])
			look_at(w, look, &look->sample->procs[i]);
}

static void read_copies(const struct why_watch *w, struct live *live, struct watched *k)
{
	size_t n = w->inventory.npages;
	cleanup_free bool *wanted = xcalloc(n + 1, sizeof(*wanted));

	for (size_t i = 0; i < n; i++)
		wanted[i] = k->broken[i] < WHY_AWAY;
	free(k->wrote);
	k->wrote = xcalloc(n + 1, 1);
	if (live_changes(live, k->pid, &w->inventory, wanted, k->wrote))
		return;
	free(k->wrote);
	k->wrote = NULL;
}

void why_watch_read(struct why_watch *w, struct live *live)
{
	for (size_t i = 0; i < w->n; i++)
		if (!w->workers[i].gone && w->workers[i].n)
			read_copies(w, live, &w->workers[i]);
}

size_t why_watch_workers(const struct why_watch *w)
{
	return w->n;
}

/* Voluntary switches are what it was asked to do; time, where it hardly ever waits. */
static bool by_time(const struct watched *k)
{
	const struct seen_snapshot *last = &k->snapshots[k->n - 1];

	for (size_t i = 0; i < k->n; i++)
		if (k->snapshots[i].switches == ABSENT)
			return true;
	return last->switches - k->snapshots[0].switches < SWITCHES_LEAST;
}

void why_watch_case(struct why_watch *w, size_t i, struct why_seen *ret)
{
	struct watched *k = &w->workers[i];
	bool time = k->n && by_time(k);

	*ret = (struct why_seen){ k->pid, k->start_ticks, k->inherited, k->gone, { 0 } };
	ret->facts = (struct why_case){
		.npages = w->inventory.npages,
		.pages = w->pages,
		.cells = w->cells,
		.ncells = w->ncells,
		.broken = k->broken,
		.wrote = k->wrote,
		.nsnapshots = k->n,
		.young = k->young,
		.off = k->off,
		.late = k->n && k->snapshots[0].seconds > LATE_S,
		.copied = k->copied == ABSENT ? NAN : (double)k->copied,
		.collapsed = k->collapsed == ABSENT ? 0 : (double)k->collapsed,
	};
	k->shown = xreallocarray(k->shown, k->n + 1, sizeof(*k->shown));
	for (size_t s = 0; s < k->n; s++)
		k->shown[s] = (struct why_snapshot){
			.clock = time ? k->snapshots[s].seconds : (double)k->snapshots[s].switches,
			.full = k->snapshots[s].full,
			.clean = k->snapshots[s].clean,
		};
	ret->facts.snapshots = k->shown;
}

void why_watch_progress(const struct why_watch *w, size_t *ret_collected, size_t *ret_waiting)
{
	*ret_collected = *ret_waiting = 0;
	for (size_t i = 0; i < w->n; i++) {
		const struct watched *k = &w->workers[i];

		if (k->gone || !k->n || !k->young)
			continue;
		*(k->snapshots[k->n - 1].full > k->snapshots[0].full ? ret_collected : ret_waiting) += 1;
	}
}

const struct inventory *why_watch_inventory(const struct why_watch *w, const char **why)
{
	*why = w->known ? NULL : w->why;
	return w->known ? &w->inventory : NULL;
}
