#include "pool/why_watch.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/region.h"
#include "model/why_case.h"
#include "pool/live_inside.h"

/* The master's collector may run whenever one looks; then it is tried with the next look. */
#define INVENTORY_TRIES 20
/* Of all workers together. */
#define STATES_MAX (64U << 20)
/* Rows of a sample: more than that would not fit into a recording. Who does not come to his turn is looked at again. */
#define ROWS_MAX (1U << 19)

#define NO_CLASS 0xff

/* What a page of the inventory is to a worker. */
enum state {
	STATE_AWAY,
	STATE_WHOLE,
	STATE_COPIED,
	STATES,
};

struct watched {
	pid_t pid;
	uint64_t start_ticks;
	bool seen;        /* in this sample */
	uint8_t *states;  /* of each page of the inventory */
	uint8_t *classes; /* as what it counted (enum page_class) at the last look, or NO_CLASS */
	fact looks;
};

struct why_watch {
	struct inventory inventory;
	bool known, told;
	fact number; /* of the inventory */
	pid_t master;
	uint64_t master_start;
	unsigned int tries;
	const char *why; /* there is none */
	struct watched *workers;
	size_t n, cap;
	size_t rows; /* of this sample, so far */
};

struct why_watch *why_watch_new(void)
{
	struct why_watch *w = xcalloc(1, sizeof(*w));

	w->why = "there is no worker yet";
	return w;
}

static void watched_release(struct watched *k)
{
	free(k->states);
	free(k->classes);
}

static void forget_workers(struct why_watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		watched_release(&w->workers[i]);
	w->n = 0;
}

void why_watch_free(struct why_watch *w)
{
	if (!w)
		return;
	forget_workers(w);
	free(w->workers);
	inventory_release(&w->inventory);
	free(w);
}

/* ---- the inventory */

static enum why_page page_of(enum heap_class class)
{
	return class == HEAP_TRACKED ? WHY_PAGE_TRACKED :
	       class == HEAP_COUNTED ? WHY_PAGE_COUNTED :
				       WHY_PAGE_OTHER;
}

/* Another process leads the pool than the one whose inventory it is: begin anew. */
static void follow_master(struct why_watch *w, const struct sample *s)
{
	const struct proc_sample *p = sample_find(s, sample_leader(s));

	if (!p || (p->pid == w->master && p->start_ticks == w->master_start))
		return;
	w->master = p->pid;
	w->master_start = p->start_ticks;
	w->known = w->told = false;
	w->tries = 0;
	inventory_release(&w->inventory);
	w->inventory = (struct inventory){ 0 };
	forget_workers(w);
}

static void take_inventory(struct why_watch *w, struct live *live)
{
	if (w->known || w->tries == INVENTORY_TRIES)
		return;
	w->tries++;
	if (live_inventory(live, &w->inventory, &w->why))
		return;
	w->known = true;
	w->number++;
}

static struct why_inventory *tell_inventory(const struct inventory *inv)
{
	struct why_inventory *i = xcalloc(1, sizeof(*i));

	i->page_size = inv->page_size;
	i->npages = (uint32_t)inv->npages;
	i->objects = (fact)inv->objects;
	i->nranges = inv->nranges;
	i->ranges = xcalloc(inv->nranges + 1, sizeof(*i->ranges));
	for (size_t k = 0; k < inv->nranges; k++)
		i->ranges[k] = (struct why_range){ inv->ranges[k].start, inv->ranges[k].end,
						   (uint32_t)inv->ranges[k].first };
	for (size_t k = 0; k < inv->npages; k++)
		why_rows_add(&i->pages, 1,
			     (uint32_t)page_of(inv->classes[k]) | (uint32_t)inv->pools[k] << WHY_CLASS_SHIFT);
	return i;
}

static void tell_facts(struct why_watch *w, struct sample *s)
{
	why_facts_free(s->why);
	s->why = why_facts_new();
	if (!w->known) {
		snprintf(s->why->reason, sizeof(s->why->reason), "%s", w->why);
		return;
	}
	s->why->number = w->number;
	if (!w->told)
		s->why->inventory = tell_inventory(&w->inventory);
	w->told = true;
}

const struct inventory *why_watch_inventory(const struct why_watch *w, const char **why)
{
	*why = w->known ? NULL : w->why;
	return w->known ? &w->inventory : NULL;
}

/* ---- workers */

static struct watched *find(struct why_watch *w, const struct proc_sample *p)
{
	struct watched *k;

	for (size_t i = 0; i < w->n; i++)
		if (w->workers[i].pid == p->pid && w->workers[i].start_ticks == p->start_ticks)
			return &w->workers[i];
	if ((w->n + 1) * w->inventory.npages > STATES_MAX)
		return NULL;
	vec_room(&w->workers, w->n, &w->cap);
	w->workers[w->n] = (struct watched){ .pid = p->pid, .start_ticks = p->start_ticks };
	k = &w->workers[w->n++];
	k->states = xcalloc(w->inventory.npages + 1, 1);
	memset(k->states, STATE_WHOLE, w->inventory.npages);
	k->classes = xcalloc(w->inventory.npages + 1, 1);
	memset(k->classes, NO_CLASS, w->inventory.npages);
	return k;
}

static void drop_gone(struct why_watch *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->workers[i].seen)
			w->workers[n++] = w->workers[i];
		else
			watched_release(&w->workers[i]);
	}
	w->n = n;
}

/* What a page becomes that was something, by what it counts as now; those that are not named are away. */
static const uint8_t becomes[STATES][PAGE_CLASSES] = {
	[STATE_WHOLE] = {
		[PAGE_CLASS_SHARED] = STATE_WHOLE,
		[PAGE_CLASS_ORPHANED] = STATE_WHOLE,
		[PAGE_CLASS_COW_BROKEN] = STATE_COPIED,
	},
	[STATE_COPIED] = {
		[PAGE_CLASS_COW_BROKEN] = STATE_COPIED,
	},
};

/* How many pages from `from` on are of the class that they had. Most are: eight at a time. */
static size_t same_classes(const uint8_t *classes, const uint8_t *before, size_t from, size_t n)
{
	size_t i = from;
	uint64_t a, b;

	for (; i + 8 <= n; i += 8) {
		memcpy(&a, classes + i, 8);
		memcpy(&b, before + i, 8);
		if (a != b)
			return i - from + (size_t)__builtin_ctzll(htole64(a ^ b)) / 8;
	}
	while (i < n && classes[i] == before[i])
		i++;
	return i - from;
}

/* Of pages of these classes. One whose class is that of the look before is what it was then. */
static void compare(const uint8_t *classes, const struct watched *k, size_t at, size_t n,
		    struct why_rows *ret)
{
	for (size_t i = 0; i < n; i++) {
		size_t same = same_classes(classes, &k->classes[at], i, n);
		uint8_t before, now;

		why_rows_add(ret, (uint32_t)same, WHY_NEWS_NONE);
		i += same;
		if (i == n)
			return;
		before = k->states[at + i];
		now = becomes[before][classes[i]];
		why_rows_add(ret, 1,
			     now == before       ? WHY_NEWS_NONE :
			     now == STATE_COPIED ? WHY_NEWS_COPIED :
						   WHY_NEWS_AWAY);
		k->classes[at + i] = classes[i];
	}
}

/* What is new on its pages; false: they were not walked. */
static bool find_news(const struct why_watch *w, struct live *live, const struct watched *k,
		      struct why_rows *ret)
{
	const struct inventory *inv = &w->inventory;
	uint8_t classes[BLOCK_PAGES];
	uint64_t known = UINT64_MAX;

	for (size_t r = 0; r < inv->nranges; r++) {
		uint64_t page = inv->ranges[r].start / inv->page_size,
			 end = inv->ranges[r].end / inv->page_size, n;

		for (size_t at = inv->ranges[r].first; page < end; page += n, at += n) {
			if (page >> BLOCK_SHIFT != known &&
			    !live_classes(live, k->pid, page >> BLOCK_SHIFT, classes))
				return false;
			known = page >> BLOCK_SHIFT;
			n = BLOCK_PAGES - page % BLOCK_PAGES;
			n = n < end - page ? n : end - page;
			compare(&classes[page % BLOCK_PAGES], k, at, n, ret);
		}
	}
	return true;
}

static void keep(struct watched *k, const struct why_rows *news)
{
	size_t at = 0;

	for (size_t i = 0; i < news->n; at += news->items[i++].n)
		if (news->items[i].value != WHY_NEWS_NONE)
			memset(k->states + at,
			       news->items[i].value == WHY_NEWS_COPIED ? STATE_COPIED : STATE_AWAY,
			       news->items[i].n);
}

static void look_beside(struct live *live, const struct procfs *fs, pid_t pid, struct why_worker_facts *ret)
{
	cleanup(buf_release) struct buf text = { 0 };
	struct gc_state now;

	ret->switches = procfs_switches(fs, pid, &text);
	if (!live_collector(live, pid, &now))
		return;
	ret->full = now.collections[GC_GENERATIONS - 1];
	ret->collecting = now.collecting;
}

/* The last row says nothing where nothing is new. */
static void drop_end(struct why_rows *r)
{
	r->n -= r->n && !r->items[r->n - 1].value;
}

/* Its pages are as old as the sample, and something can have happened to it since the look before. */
static bool is_worth_it(const struct live *live, const struct watched *k, const struct proc_sample *p)
{
	return p->level >= LEVEL_ESTIMATE && p->pages_age_ns == 0 && (!k->looks || live_walked(live, p->pid));
}

static void look_at(struct why_watch *w, struct live *live, const struct procfs *fs, struct proc_sample *p)
{
	struct watched *k = w->known ? find(w, p) : NULL;
	struct why_rows news = { 0 };

	why_worker_facts_free(p->why);
	p->why = why_worker_facts_new();
	if (!k)
		return;
	k->seen = true;
	if (is_worth_it(live, k, p)) {
		look_beside(live, fs, p->pid, p->why);
		if (find_news(w, live, k, &news) && w->rows + news.n <= ROWS_MAX) {
			keep(k, &news);
			k->looks++;
			w->rows += news.n;
			drop_end(&news);
			p->why->looked = true;
			p->why->news = news;
			news = (struct why_rows){ 0 };
		} else {
			memset(k->classes, NO_CLASS, w->inventory.npages);
		}
	}
	p->why->looks = k->looks;
	why_rows_release(&news);
}

void why_watch_look(struct why_watch *w, struct live *live, const struct procfs *fs, struct sample *sample,
		    pid_t only)
{
	pid_t leader = sample_leader(sample);
	bool any = false;

	follow_master(w, sample);
	for (size_t i = 0; i < w->n; i++)
		w->workers[i].seen = false;
	w->rows = 0;
	for (size_t i = 0; i < sample->nprocs; i++) {
		struct proc_sample *p = &sample->procs[i];

		if (!holds_pages(p) || p->pid == leader || (only && p->pid != only))
			continue;
		if (!any)
			take_inventory(w, live);
		any = true;
		look_at(w, live, fs, p);
	}
	drop_gone(w);
	tell_facts(w, sample);
}

/* ---- the end */

static void read_copies(const struct why_watch *w, struct live *live, const struct watched *k,
			struct why_rows *ret)
{
	size_t n = w->inventory.npages;
	cleanup_free bool *wanted = xcalloc(n + 1, sizeof(*wanted));
	cleanup_free uint8_t *wrote = xcalloc(n + 1, 1);

	for (size_t i = 0; i < n; i++)
		wanted[i] = k->states[i] == STATE_COPIED;
	if (!live_changes(live, k->pid, &w->inventory, wanted, wrote))
		return;
	for (size_t i = 0; i < n; i++)
		why_rows_add(ret, 1, wanted[i] ? wrote[i] + 1U : 0);
}

static void forget_copies(struct sample *sample)
{
	for (size_t i = 0; i < sample->nprocs; i++)
		if (sample->procs[i].why)
			why_rows_release(&sample->procs[i].why->wrote);
}

void why_watch_read(struct why_watch *w, struct live *live, struct sample *sample, bool (*go_on)(void *data),
		    void *data)
{
	for (size_t i = 0; i < sample->nprocs && w->known; i++) {
		struct proc_sample *p = &sample->procs[i];
		const struct watched *k = p->why && p->why->looks > 0 ? find(w, p) : NULL;
		struct why_rows wrote = { 0 };

		if (!k)
			continue;
		if (go_on && !go_on(data)) {
			forget_copies(sample);
			return;
		}
		read_copies(w, live, k, &wrote);
		if (w->rows + wrote.n <= ROWS_MAX) {
			w->rows += wrote.n;
			p->why->wrote = wrote;
			wrote = (struct why_rows){ 0 };
		}
		why_rows_release(&wrote);
	}
}
