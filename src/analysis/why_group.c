#include "analysis/why_group.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"

/* The control's breaks in the window: fewer of them choose no model. */
#define CONTROL_LEAST 20
/* Models that foretell so nearly the same of it choose none either. */
#define MODELS_ALIKE 0.02
/* More tracked pages than FEW_PAGES, and less of them broken than that in the window, or in fewer cells. */
#define FEW_PAGES 1000
#define BREAKS_LEAST 30
#define CELLS_LEAST 6
/* Windows that are looked through for the control's own time. */
#define WINDOWS_LEAST 1e-4
#define WINDOWS_MOST 1e4

void why_group_release(struct why_group *g)
{
	free(g->cells);
}

static bool shows(const struct why_case *c, size_t i, unsigned int bits)
{
	return c->wrote && !(c->wrote[i] & WROTE_UNREAD) && c->wrote[i] & bits;
}

bool why_is_written(const struct why_case *c, size_t i)
{
	return shows(c, i, WROTE_DATA | WROTE_ALLOCATOR);
}

bool why_is_sure(const struct why_case *c, size_t i)
{
	return shows(c, i, WROTE_DATA | WROTE_ALLOCATOR | WROTE_COUNT);
}

/* The first snapshot with another count of full collections than the one before; n: none. */
size_t why_first_full(const struct why_case *c)
{
	for (size_t i = 1; i < c->nsnapshots; i++)
		if (c->snapshots[i].full != ABSENT && c->snapshots[0].full != ABSENT &&
		    c->snapshots[i].full > c->snapshots[0].full)
			return i;
	return c->nsnapshots;
}

/* The reason why there is none, or NULL. */
const char *why_window_find(const struct why_case *c, size_t full, struct why_window *ret)
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

void why_group_gather(const struct why_case *c, const struct why_window *w, enum why_page kind,
		      struct why_group *ret)
{
	*ret = (struct why_group){ .cells = xcalloc(c->ncells + 1, sizeof(*ret->cells)) };
	for (size_t i = 0; i < c->npages; i++) {
		uint16_t when = c->broken[i];

		if (c->pages[i] != kind || when == WHY_AWAY || when == 0)
			continue;
		ret->pages++;
		ret->at_t += why_broken_by(when, w->t);
		ret->at_e += why_broken_by(when, w->e);
		if (why_broken_by(when, w->e) && !why_broken_by(when, w->t)) {
			ret->written += why_is_written(c, i);
			ret->sure += why_is_sure(c, i);
		}
		if (why_broken_by(when, w->h))
			continue;
		ret->cells[c->cells[i]].n++;
		ret->cells[c->cells[i]].k += why_broken_by(when, w->t);
	}
	why_hazards_fit(ret->cells, c->ncells, &ret->hazards);
}

bool why_control_tells(const struct why_group *control)
{
	return control->hazards.k >= CONTROL_LEAST;
}

/* Which mixture of the models: 1 by cell, 0 all alike. */
double why_models_choose(const struct why_group *control, double windows)
{
	double alike = why_breaks_alike(&control->hazards, windows, WHY_OF_LEFT);
	double by_cell = why_breaks_by_cell(&control->hazards, windows, WHY_OF_LEFT);
	double seen = (double)(control->at_e - control->at_t);

	if (!why_control_tells(control))
		return 0.5;
	if (fabs(alike - by_cell) < MODELS_ALIKE * control->hazards.n)
		return 1;
	return fmin(fmax((alike - seen) / (alike - by_cell), 0), 1);
}

double why_models_mixed(const struct why_group *g, double omega, double windows, enum why_whole of)
{
	return omega * why_breaks_by_cell(&g->hazards, windows, of) +
	       (1 - omega) * why_breaks_alike(&g->hazards, windows, of);
}

double why_models_time(const struct why_group *control, double omega, double breaks, enum why_whole of,
		       double otherwise)
{
	double low = WINDOWS_LEAST, high = WINDOWS_MOST;

	if (breaks <= why_models_mixed(control, omega, low, of) ||
	    breaks >= why_models_mixed(control, omega, high, of))
		return otherwise;
	for (int i = 0; i < 40; i++) {
		double middle = sqrt(low * high);

		if (why_models_mixed(control, omega, middle, of) < breaks)
			low = middle;
		else
			high = middle;
	}
	return sqrt(low * high);
}

double why_weight(const struct why_group *tracked)
{
	return fmin(tracked->hazards.k / BREAKS_LEAST, 1);
}

const char *why_too_little(const struct why_group *tracked)
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
