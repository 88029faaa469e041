#include "analysis/why_transfer.h"

#include <math.h>
#include "analysis/why_group.h"
#include "base/cleanup.h"

/* What is told so was wrong by less than that part of the copies in nine of ten. */
#define SLACK 0.1

/* More windows than any worker lives for: all breaks that can. */
#define LONG 1e4

/* What the young one says. */
struct example {
	struct why_window window;
	struct why_group tracked, control;
};

static void example_release(struct example *e)
{
	why_group_release(&e->tracked);
	why_group_release(&e->control);
}

static bool learn(const struct why_case *young, struct example *ret)
{
	size_t full = why_first_full(young);

	if (!young->young || full == young->nsnapshots || why_window_find(young, full, &ret->window))
		return false;
	why_group_gather(young, &ret->window, WHY_PAGE_TRACKED, &ret->tracked);
	why_group_gather(young, &ret->window, WHY_PAGE_COUNTED, &ret->control);
	return !why_too_little(&ret->tracked);
}

/* Pages of a kind that both have inherited, without those of the start. */
struct pages {
	double early;         /* the young one had them broken when the window began: everybody has */
	double copied;        /* by the old one */
	double written, sure; /* of those: why_is_written(), why_is_sure() */
};

static struct pages compare(const struct why_case *old, const struct why_case *young, size_t h,
			    enum why_page kind)
{
	struct pages ret = { 0 };

	for (size_t i = 0; i < old->npages; i++) {
		uint16_t when = young->broken[i];

		if (old->pages[i] != kind || when == 0 || when == WHY_AWAY || old->broken[i] == WHY_AWAY)
			continue;
		ret.early += why_broken_by(when, h);
		if (old->broken[i] == WHY_WHOLE)
			continue;
		ret.copied++;
		ret.written += why_is_written(old, i);
		ret.sure += why_is_sure(old, i);
	}
	return ret;
}

/* How many of its tracked pages references would have broken by now. */
static double broken_anyway(const struct example *e, double omega, const struct pages *control,
			    const struct pages *tracked)
{
	double breaks = control->copied - control->early;
	double windows = why_models_time(&e->control, omega, breaks, WHY_OF_ALL, breaks > 0 ? LONG : 0);

	return tracked->early + why_models_mixed(&e->tracked, omega, windows, WHY_OF_ALL);
}

static struct why_amount between(double pages, double low, double high, double most)
{
	return (struct why_amount){ fmin(fmax(pages, 0), most), fmin(fmax(low, 0), most),
				    fmin(fmax(high, 0), most) };
}

bool why_transfer(const struct why_case *old, const struct why_case *young, struct why_worker *ret)
{
	cleanup(example_release) struct example e = { 0 };
	struct why_amount *only = &ret->causes[WHY_COLLECTOR_ONLY],
			  *first = &ret->causes[WHY_COLLECTOR_FIRST];
	struct pages tracked, control;
	double omega, anyway, alike, by_cell, most, open, slack = SLACK * old->copied;

	if (!old->nsnapshots || old->young || !learn(young, &e))
		return false;
	control = compare(old, young, e.window.h, WHY_PAGE_COUNTED);
	tracked = compare(old, young, e.window.h, WHY_PAGE_TRACKED);
	omega = why_models_choose(&e.control, e.window.windows);
	anyway = broken_anyway(&e, omega, &control, &tracked);
	alike = broken_anyway(&e, fmax(omega - 0.5, 0), &control, &tracked);
	by_cell = broken_anyway(&e, fmin(omega + 0.5, 1), &control, &tracked);
	most = tracked.copied - tracked.sure;
	*only = between(tracked.copied - anyway, tracked.copied - fmax(anyway, fmax(alike, by_cell)) - slack,
			tracked.copied - fmin(anyway, fmin(alike, by_cell)) + slack, most);
	only->high = fmax(fmin(tracked.copied - fmin(anyway, fmin(alike, by_cell)) + slack,
			       most + WHY_WIDER * old->copied),
			  only->pages);
	/* what would have followed, of all that lies on pages with tracked objects */
	open = tracked.copied - tracked.written;
	*first = between(open - only->pages, open - only->high, open - only->low, open);
	ret->causes[WHY_OTHERWISE].pages -= open;
	ret->causes[WHY_OTHERWISE] = between(ret->causes[WHY_OTHERWISE].pages,
					     ret->causes[WHY_OTHERWISE].pages,
					     ret->causes[WHY_OTHERWISE].pages, old->copied);
	ret->basis = WHY_TRANSFER;
	ret->reason = NULL;
	return true;
}
