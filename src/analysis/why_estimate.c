#include "analysis/why_estimate.h"

#include <math.h>
#include "analysis/why_cells.h"
#include "base/alloc.h"
#include "base/cleanup.h"

/* The control's breaks in the window: fewer of them choose no model. */
#define CONTROL_LEAST 20
/* Models that foretell so nearly the same of it choose none either. */
#define MODELS_ALIKE 0.02
/* More tracked pages than FEW_PAGES, and less of them broken than that in the window, or in fewer cells. */
#define FEW_PAGES 1000
#define BREAKS_LEAST 30
#define CELLS_LEAST 6
/* Bounds from the models alone are too narrow by that part of the copies. */
#define WIDER 0.03
/* ... and a collection writes by that part of them more than heads: what it untracks, and what it frees. */
#define BESIDE 0.01
/* Where the kernel's huge pages made more of the copies, nothing can be foretold of the rest. */
#define COLLAPSE_MOST 0.05
/* Windows that are looked through for the control's own time. */
#define WINDOWS_LEAST 1e-4
#define WINDOWS_MOST 1e4

/* Numbers of snapshots. */
struct window {
	size_t h, t, e;
	double windows; /* from t to e, in windows */
};

/* Pages of one kind. */
struct group {
	size_t pages, at_t, at_e; /* without those of the start: all, and those broken by then */
	struct why_cell *cells;
	struct why_hazards hazards;
};

static void group_release(struct group *g)
{
	free(g->cells);
}

static bool is_broken(uint16_t when, size_t by)
{
	return when <= by && when < WHY_AWAY;
}

/* The first snapshot with another count of full collections than the one before; n: none. */
static size_t first_full(const struct why_case *c)
{
	for (size_t i = 1; i < c->nsnapshots; i++)
		if (c->snapshots[i].full != ABSENT && c->snapshots[0].full != ABSENT &&
		    c->snapshots[i].full > c->snapshots[0].full)
			return i;
	return c->nsnapshots;
}

/* The reason why there is none, or NULL. */
static const char *find_window(const struct why_case *c, size_t full, struct window *ret)
{
	const struct why_snapshot *s = c->snapshots;
	size_t t = full, h;

	ret->e = c->nsnapshots - 1;
	while (t-- > 0 && !s[t].clean)
		;
	if (t == SIZE_MAX || t == 0)
		return "its first full collection came before there was anything to judge by";
	for (h = t; h-- > 0;)
		if (s[h].clean && s[h].clock <= s[t].clock / 3)
			break;
	if (h == SIZE_MAX)
		h = 0; /* it was met later than that: the window is shorter */
	ret->h = h;
	ret->t = t;
	if (s[t].clock <= s[h].clock)
		return "it did nothing before its first full collection";
	ret->windows = (s[ret->e].clock - s[t].clock) / (s[t].clock - s[h].clock);
	return NULL;
}

static void gather(const struct why_case *c, const struct window *w, enum why_page kind, struct group *ret)
{
	*ret = (struct group){ .cells = xcalloc(c->ncells + 1, sizeof(*ret->cells)) };
	for (size_t i = 0; i < c->npages; i++) {
		uint16_t when = c->broken[i];

		if (c->pages[i] != kind || when == WHY_AWAY || when == 0)
			continue;
		ret->pages++;
		ret->at_t += is_broken(when, w->t);
		ret->at_e += is_broken(when, w->e);
		if (is_broken(when, w->h))
			continue;
		ret->cells[c->cells[i]].n++;
		ret->cells[c->cells[i]].k += is_broken(when, w->t);
	}
	why_hazards_fit(ret->cells, c->ncells, &ret->hazards);
}

/* Which mixture of the models: 1 by cell, 0 all alike. */
static double choose(const struct group *control, double windows)
{
	double alike = why_breaks_alike(&control->hazards, windows);
	double by_cell = why_breaks_by_cell(&control->hazards, windows);
	double seen = (double)(control->at_e - control->at_t);

	if (control->hazards.k < CONTROL_LEAST)
		return 0.5;
	if (fabs(alike - by_cell) < MODELS_ALIKE * control->hazards.n)
		return 1;
	return fmin(fmax((alike - seen) / (alike - by_cell), 0), 1);
}

static double mixed(const struct group *g, double omega, double windows)
{
	return omega * why_breaks_by_cell(&g->hazards, windows) +
	       (1 - omega) * why_breaks_alike(&g->hazards, windows);
}

/* In how many windows the mixture has the control broken as it is; `windows` where it never does. */
static double own_time(const struct group *control, double omega, double windows)
{
	double seen = (double)(control->at_e - control->at_t);
	double low = WINDOWS_LEAST, high = WINDOWS_MOST;

	if (seen <= mixed(control, omega, low) || seen >= mixed(control, omega, high))
		return windows;
	for (int i = 0; i < 40; i++) {
		double middle = sqrt(low * high);

		if (mixed(control, omega, middle) < seen)
			low = middle;
		else
			high = middle;
	}
	return sqrt(low * high);
}

/* What references would have broken of the tracked pages since T. */
struct foretold {
	double pages, low, high;
};

static void take_bound(struct foretold *f, double pages)
{
	f->low = fmin(f->low, pages);
	f->high = fmax(f->high, pages);
}

static struct foretold foretell(const struct group *tracked, const struct group *control, double windows)
{
	double omega = choose(control, windows), by_control = own_time(control, omega, windows);
	double slack = tracked->hazards.k > 0 ? 2 / sqrt(tracked->hazards.k) : 1;
	struct foretold f = { .pages = mixed(tracked, omega, sqrt(windows * by_control)) };

	f.low = f.high = f.pages;
	if (omega <= 0.9)
		take_bound(&f, why_breaks_alike(&tracked->hazards, windows));
	take_bound(&f, why_breaks_by_cell(&tracked->hazards, windows));
	take_bound(&f, mixed(tracked, omega, windows));
	take_bound(&f, mixed(tracked, omega, by_control));
	take_bound(&f, mixed(tracked, omega, windows * (1 + slack)));
	take_bound(&f, mixed(tracked, omega, windows * fmax(1 - slack, 0)));
	return f;
}

static struct why_amount exactly(double pages)
{
	return (struct why_amount){ pages, pages, pages };
}

/* Copies of a kind that were made by this snapshot, those of the start (number 0) only if `start`. */
static double count(const struct why_case *c, enum why_page kind, size_t by, bool start)
{
	size_t n = 0;

	for (size_t i = 0; i < c->npages; i++)
		n += c->pages[i] == kind && is_broken(c->broken[i], by) && (start || c->broken[i] > 0);
	return (double)n;
}

static double count_start(const struct why_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->npages; i++)
		n += c->broken[i] == 0;
	return (double)n;
}

static double count_whole(const struct why_case *c, enum why_page kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->npages; i++)
		n += c->pages[i] == kind && c->broken[i] == WHY_WHOLE;
	return (double)n;
}

/* The rest of the copies are those of which nobody can tell the cause. What the kernel has collapsed is counted as what
 * lies on it as well: it is taken back there. */
static void set_rest(const struct why_case *c, struct why_worker *ret)
{
	struct why_amount *references = &ret->causes[WHY_REFERENCES];
	double rest = c->copied;

	for (size_t i = 0; i < WHY_CAUSES; i++)
		if (i != WHY_OTHERWISE && !isnan(ret->causes[i].pages))
			rest -= ret->causes[i].pages;
	if (rest < 0 && !isnan(references->pages)) {
		*references = exactly(fmax(references->pages + rest, 0));
		rest = 0;
	}
	ret->causes[WHY_OTHERWISE] = exactly(fmax(rest, 0));
}

/* Of the copies of tracked pages that a collection may have made the collector's share is not known. */
static void set_bounds(double low, double high, const char *reason, struct why_worker *ret)
{
	low = fmin(fmax(low, 0), high);
	ret->basis = WHY_BOUNDS;
	ret->reason = reason;
	ret->causes[WHY_COLLECTOR_ONLY] = (struct why_amount){ NAN, low, high };
	ret->causes[WHY_COLLECTOR_FIRST] = (struct why_amount){ NAN, 0, high - low };
}

/* It has collected before: a page that holds no tracked object it did not write, of the others nothing is sure. */
static void estimate_old(const struct why_case *c, struct why_worker *ret)
{
	size_t e = c->nsnapshots - 1;

	ret->causes[WHY_REFERENCES] = exactly(count(c, WHY_PAGE_COUNTED, e, true));
	set_bounds(
		0, count(c, WHY_PAGE_TRACKED, e, true),
		"its full collections began before one looked: only a worker that is watched from its fork on "
		"tells what they took",
		ret);
}

/* Its first full collection is still to come. */
static void estimate_risk(const struct why_case *c, struct why_worker *ret)
{
	size_t e = c->nsnapshots - 1;

	ret->basis = WHY_RISK;
	ret->causes[WHY_COLLECTOR_ONLY] = ret->causes[WHY_COLLECTOR_FIRST] = exactly(0);
	ret->causes[WHY_STARTUP] = exactly(count_start(c));
	ret->causes[WHY_REFERENCES] = exactly(count(c, WHY_PAGE_COUNTED, e, false) +
					      count(c, WHY_PAGE_TRACKED, e, false));
	ret->at_risk = count_whole(c, WHY_PAGE_TRACKED);
}

static const char *too_little(const struct group *tracked)
{
	if (tracked->pages <= FEW_PAGES)
		return NULL;
	if (tracked->hazards.k < BREAKS_LEAST)
		return "hardly any of its containers was used before its first full collection: what will be used is "
		       "not known from that";
	if (why_cells_hit(&tracked->hazards) < CELLS_LEAST)
		return "what it used before its first full collection lies in few places: it may be anywhere later";
	return NULL;
}

/* Errors where too little was seen were a fifth of the copies at most. */
#define SLACK 0.2

static void split(const struct why_case *c, const struct window *w, const struct group *tracked,
		  const struct group *control, struct why_worker *ret)
{
	struct foretold later = foretell(tracked, control, w->windows);
	double first = (double)(tracked->at_e - tracked->at_t);
	const char *reason = too_little(tracked);
	double slack = c->copied * (reason ? SLACK : WIDER);
	struct why_amount *only = &ret->causes[WHY_COLLECTOR_ONLY];

	*only = (struct why_amount){
		.pages = fmax(first - later.pages, 0),
		.low = fmax(first - later.high - slack, 0),
		.high = fmin(fmax(first - later.low, 0) + slack, first + BESIDE * c->copied),
	};
	ret->causes[WHY_STARTUP] = exactly(count_start(c));
	ret->causes[WHY_REFERENCES] = exactly(count(c, WHY_PAGE_COUNTED, w->e, false) +
					      (double)tracked->at_t);
	if (reason) {
		set_bounds(only->low, first, reason, ret);
		return;
	}
	ret->basis = WHY_YOUNG;
	ret->causes[WHY_COLLECTOR_FIRST] = (struct why_amount){ first - only->pages,
								fmax(first - only->high, 0),
								first - only->low };
}

static void estimate_young(const struct why_case *c, size_t full, struct why_worker *ret)
{
	cleanup(group_release) struct group tracked = { 0 }, control = { 0 };
	struct window w = { 0 };
	const char *reason = find_window(c, full, &w);

	ret->first_at = NAN;
	if (reason) {
		size_t e = c->nsnapshots - 1;

		ret->causes[WHY_STARTUP] = exactly(count_start(c));
		ret->causes[WHY_REFERENCES] = exactly(count(c, WHY_PAGE_COUNTED, e, false));
		set_bounds(0, count(c, WHY_PAGE_TRACKED, e, false), reason, ret);
		return;
	}
	gather(c, &w, WHY_PAGE_TRACKED, &tracked);
	gather(c, &w, WHY_PAGE_COUNTED, &control);
	ret->first_at = c->snapshots[w.t].clock / c->snapshots[w.e].clock;
	split(c, &w, &tracked, &control, ret);
}

static void say_nothing(const char *reason, struct why_worker *ret)
{
	ret->basis = WHY_NONE;
	ret->reason = reason;
}

void why_estimate(const struct why_case *c, struct why_worker *ret)
{
	size_t full;

	for (size_t i = 0; i < WHY_CAUSES; i++)
		ret->causes[i] = WHY_UNKNOWN;
	ret->copied = c->copied;
	ret->snapshots = c->nsnapshots;
	ret->at_risk = ret->control = ret->first_at = NAN;
	ret->reason = NULL;
	if (!c->nsnapshots) {
		say_nothing("its pages could not be looked at", ret);
		return;
	}
	ret->causes[WHY_COLLAPSE] = exactly(c->collapsed);
	full = first_full(c);
	ret->control = count(c, WHY_PAGE_COUNTED, c->nsnapshots - 1, false) +
		       count_whole(c, WHY_PAGE_COUNTED);
	if (c->collapsed > COLLAPSE_MOST * c->copied)
		say_nothing("the kernel has copied pages to make huge ones of them: see cowtop doctor", ret);
	else if (c->snapshots[0].full == ABSENT)
		say_nothing("its collector could not be read", ret);
	else if (!c->young)
		estimate_old(c, ret);
	else if (full == c->nsnapshots)
		estimate_risk(c, ret);
	else
		estimate_young(c, full, ret);
	set_rest(c, ret);
}
