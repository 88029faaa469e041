#include "analysis/why_track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/clock.h"

/* Who has waited less often than that is judged by the time that has passed. */
#define SWITCHES_LEAST 20
/* More of the tracked pages copied than that at first sight, and of at least so many: only a collection does that. */
#define TAKEN 0.8
#define TAKEN_LEAST 100
/* Who is older when it is met has more behind it than its run-up. */
#define LATE_S 3
/* There stays room for the collection and what is behind it. */
#define LOOKS_KEPT (WHY_LOOKS_MAX - 2)

_Static_assert(WHY_LOOKS_MAX < WHY_SNAPSHOTS, "each look has a number");

void why_track_release(struct why_track *t)
{
	free(t->broken);
	free(t->wrote);
	free(t->looks);
	free(t->shown);
	*t = (struct why_track){ 0 };
}

/* ---- looks */

/* The number of the first look with another count of full collections than the first one; t->n: none. */
static size_t first_full(const struct why_track *t)
{
	for (size_t i = 1; i < t->n; i++)
		if (t->looks[i].full != ABSENT && t->looks[0].full != ABSENT &&
		    t->looks[i].full > t->looks[0].full)
			return i;
	return t->n;
}

bool why_track_collected(const struct why_track *t)
{
	return first_full(t) < t->n;
}

/* Every other look but the first and the last becomes one with the look behind it, unless that is the worse one, which
 * `any` does not ask. */
static void thin(struct why_track *t, size_t npages, bool any)
{
	uint16_t numbers[WHY_LOOKS_MAX];
	size_t kept = 1, i;

	numbers[0] = 0;
	for (i = 1; i < t->n; i++) {
		bool merged = i % 2 && i + 1 < t->n && (any || t->looks[i + 1].clean || !t->looks[i].clean);

		numbers[i] = (uint16_t)kept;
		if (!merged)
			t->looks[kept++] = t->looks[i];
	}
	t->n = kept;
	for (i = 0; i < npages; i++)
		if (t->broken[i] < WHY_AWAY)
			t->broken[i] = numbers[t->broken[i]];
}

/* Returns its number. Behind the first full collection only the last look matters. */
static uint16_t add_look(struct why_track *t, const struct why_look *look, size_t npages)
{
	size_t full = first_full(t);

	if (full + 1 < t->n) {
		t->looks[t->n - 1] = *look;
		return (uint16_t)(t->n - 1);
	}
	if (t->n >= LOOKS_KEPT && full == t->n) {
		thin(t, npages, false);
		if (t->n >= LOOKS_KEPT)
			thin(t, npages, true);
	}
	vec_room(&t->looks, t->n, &t->cap);
	t->looks[t->n++] = *look;
	return (uint16_t)(t->n - 1);
}

/* ---- samples */

static void take_figures(struct why_track *t, const struct proc_sample *p)
{
	const struct page_facts *pages = &p->pages;
	const struct gc_state *gc = gc_main(&p->gc);

	t->gone = false;
	t->copied = pages->cow_broken;
	t->collapsed = p->collapsed;
	t->guessed |= p->level != LEVEL_EXACT;
	t->off = gc && gc_is_on(gc) == 0;
	t->inherited = pages->cow_broken == ABSENT ? ABSENT :
						     pages->cow_broken + pages->shared + pages->orphaned;
}

/* The collector is read before the pages (that is the sample's own) and behind them. */
static struct why_look look_of(const struct proc_sample *p, int64_t time_ns)
{
	const struct gc_state *before = gc_main(&p->gc);
	const struct why_worker_facts *after = p->why;

	return (struct why_look){
		.switches = after->switches,
		.age_ns = time_ns > p->start_ns ? time_ns - p->start_ns : 0,
		.full = after->full,
		.clean = before && after->full != ABSENT &&
			 before->collections[GC_GENERATIONS - 1] == after->full && before->collecting == 0 &&
			 after->collecting == 0,
	};
}

static void take_news(struct why_track *t, const struct why_rows *news, uint16_t number, size_t npages)
{
	size_t at = 0;

	for (size_t i = 0; i < news->n && at < npages; i++) {
		uint32_t value = news->items[i].value;
		size_t n = news->items[i].n < npages - at ? news->items[i].n : npages - at;

		for (size_t k = at; k < at + n && value != WHY_NEWS_NONE; k++) {
			if (value == WHY_NEWS_AWAY)
				t->broken[k] = WHY_AWAY;
			else if (t->broken[k] == WHY_WHOLE)
				t->broken[k] = number;
		}
		at += n;
	}
}

static bool all_taken(const struct why_track *t, const struct why_ground *g)
{
	size_t tracked = 0, broken = 0;

	for (size_t i = 0; i < g->npages; i++) {
		if (g->pages[i] != WHY_PAGE_TRACKED || t->broken[i] == WHY_AWAY)
			continue;
		tracked++;
		broken += t->broken[i] == 0;
	}
	return tracked >= TAKEN_LEAST && (double)broken > TAKEN * (double)tracked;
}

static void begin(struct why_track *t, const struct why_ground *g)
{
	if (!t->broken)
		t->broken = xcalloc(g->npages + 1, sizeof(*t->broken));
	memset(t->broken, 0xff, (g->npages + 1) * sizeof(*t->broken));
	t->n = 0;
	t->young = t->lost = false;
}

/* What was seen until now is not known. */
static void lose(struct why_track *t)
{
	free(t->broken);
	t->broken = NULL;
	t->n = 0;
	t->taken = ABSENT;
	t->lost = true;
}

static void take_look(struct why_track *t, const struct why_ground *g, const struct proc_sample *p,
		      int64_t time_ns, fact master_full)
{
	const struct why_look look = look_of(p, time_ns);
	uint16_t number;

	if (p->why->looks == 1)
		begin(t, g);
	number = add_look(t, &look, g->npages);
	take_news(t, &p->why->news, number, g->npages);
	if (p->why->looks == 1)
		t->young = look.full != ABSENT && look.full <= master_full && !all_taken(t, g);
}

static void take_history(struct why_track *t, const struct why_ground *g, const struct why_history *h)
{
	size_t at = 0;

	begin(t, g);
	t->young = h->young;
	for (size_t i = 0; i < h->nlooks && i < WHY_LOOKS_MAX; i++) {
		vec_room(&t->looks, t->n, &t->cap);
		t->looks[t->n++] = h->looks[i];
	}
	for (size_t i = 0; i < h->pages.n && at < g->npages; i++) {
		uint32_t value = h->pages.items[i].value;

		for (size_t k = 0; k < h->pages.items[i].n && at < g->npages; k++, at++)
			t->broken[at] = value == WHY_ROW_WHOLE        ? WHY_WHOLE :
					value == WHY_ROW_AWAY         ? WHY_AWAY :
					value - WHY_ROW_COPIED < t->n ? (uint16_t)(value - WHY_ROW_COPIED) :
									WHY_AWAY;
	}
}

static void take_wrote(struct why_track *t, const struct why_rows *wrote, size_t npages)
{
	size_t at = 0;

	free(t->wrote);
	t->wrote = NULL;
	if (!wrote->n)
		return;
	t->wrote = xcalloc(npages + 1, 1);
	for (size_t i = 0; i < wrote->n; i++)
		for (size_t k = 0; k < wrote->items[i].n && at < npages; k++, at++)
			t->wrote[at] = wrote->items[i].value ? (uint8_t)(wrote->items[i].value - 1) : 0;
}

void why_track_take(struct why_track *t, const struct why_ground *g, const struct proc_sample *p,
		    int64_t time_ns, fact master_full)
{
	const struct why_worker_facts *w = p->why;

	take_figures(t, p);
	if (!g->npages || w->looks < 1)
		return;
	if (w->looked && (w->looks == 1 || (t->broken && w->looks == t->taken + 1))) {
		take_look(t, g, p, time_ns, master_full);
	} else if (!t->broken || w->looks != t->taken) {
		if (!w->history) {
			lose(t);
			return;
		}
		take_history(t, g, w->history);
	}
	t->taken = w->looks;
	take_wrote(t, &w->wrote, g->npages);
}

struct why_history *why_track_tell(const struct why_track *t, const struct why_ground *g)
{
	struct why_history *h;

	if (!t->broken || !t->n)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->young = t->young;
	h->nlooks = t->n;
	h->looks = xcalloc(t->n, sizeof(*h->looks));
	memcpy(h->looks, t->looks, t->n * sizeof(*h->looks));
	for (size_t i = 0; i < g->npages; i++)
		why_rows_add(&h->pages, 1,
			     t->broken[i] == WHY_WHOLE ? WHY_ROW_WHOLE :
			     t->broken[i] == WHY_AWAY  ? WHY_ROW_AWAY :
							 t->broken[i] + (uint32_t)WHY_ROW_COPIED);
	return h;
}

/* ---- cases */

/* Voluntary switches are what it was asked to do; time, where it hardly ever waits. */
static bool by_time(const struct why_track *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->looks[i].switches == ABSENT)
			return true;
	return t->looks[t->n - 1].switches - t->looks[0].switches < SWITCHES_LEAST;
}

void why_track_case(struct why_track *t, const struct why_ground *g, struct why_case *ret)
{
	bool time = t->n && by_time(t);

	t->shown = xreallocarray(t->shown, t->n + 1, sizeof(*t->shown));
	for (size_t i = 0; i < t->n; i++)
		t->shown[i] = (struct why_snapshot){
			.clock = time ? (double)t->looks[i].age_ns / SECOND : (double)t->looks[i].switches,
			.full = t->looks[i].full,
			.clean = t->looks[i].clean,
		};
	*ret = (struct why_case){
		.npages = g->npages,
		.pages = g->pages,
		.cells = g->cells,
		.ncells = g->ncells,
		.broken = t->broken,
		.wrote = t->wrote,
		.snapshots = t->shown,
		.nsnapshots = t->n,
		.young = t->young,
		.off = t->off,
		.guessed = t->guessed,
		.late = t->n && (double)t->looks[0].age_ns / SECOND > LATE_S,
		.copied = t->copied == ABSENT ? NAN : (double)t->copied,
		.collapsed = t->collapsed == ABSENT ? 0 : (double)t->collapsed,
	};
}
