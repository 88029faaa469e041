#include "analysis/why_estimate.h"

#include <math.h>
#include "analysis/why_group.h"
#include "base/alloc.h"
#include "base/cleanup.h"

/* ... and where frame numbers are not known by as much more. */
#define GUESSED 0.05
/* How far the clock may be wrong, and what the models foretell of the control, both as a part of it. */
#define CLOCK_ERROR 0.3
#define MODEL_ERROR 0.05
/* The slope of a model is taken from times so many times longer and shorter. */
#define STEP 1.2
/* Where the kernel's huge pages made more of the copies, nothing can be foretold of the rest. */
#define COLLAPSE_MOST 0.05
/* What references would have broken of the tracked pages since T. */
struct foretold {
	double pages, low, high;
};

static void take_bound(struct foretold *f, double pages)
{
	f->low = fmin(f->low, pages);
	f->high = fmax(f->high, pages);
}

/* How much the control's own time is to be believed, the clock the rest: as sharply as its breaks tell it. Where next to
 * all of it is broken, or what is whole never will be, any time goes with them. */
static double trust(const struct why_group *control, double omega, double windows)
{
	double more = why_models_mixed(control, omega, windows * STEP, WHY_OF_LEFT);
	double less = why_models_mixed(control, omega, windows / STEP, WHY_OF_LEFT);
	double told = CLOCK_ERROR * (more - less) / (2 * log(STEP));
	double error = MODEL_ERROR * why_models_mixed(control, omega, windows, WHY_OF_LEFT);
	double noise = (double)(control->at_e - control->at_t) + error * error;

	return told > 0 ? told * told / (told * told + noise) : 0;
}

static struct foretold foretell(const struct why_group *tracked, const struct why_group *control,
				double windows)
{
	double omega = why_models_choose(control, windows);
	double by_control = why_control_tells(control) ?
				    why_models_time(control, omega, (double)(control->at_e - control->at_t),
						    WHY_OF_LEFT, windows) :
				    windows;
	double time = windows * pow(by_control / windows, trust(control, omega, windows));
	double slack = tracked->hazards.k > 0 ? 2 / sqrt(tracked->hazards.k) : 1;
	const double times[] = { windows, by_control, windows * (1 + slack), windows * fmax(1 - slack, 0) };
	double weight = why_weight(tracked);
	struct foretold f = {
		.pages = weight * why_models_mixed(tracked, omega, time, WHY_OF_LEFT),
	};

	f.low = weight < 1 ? 0 : f.pages;
	f.high = f.pages;
	if (omega <= 0.9)
		take_bound(&f, why_breaks_alike(&tracked->hazards, windows, WHY_OF_LEFT));
	take_bound(&f, why_breaks_by_cell(&tracked->hazards, windows, WHY_OF_LEFT));
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		take_bound(&f, why_models_mixed(tracked, omega, times[i], WHY_OF_LEFT));
	return f;
}

static struct why_amount exactly(double pages)
{
	return (struct why_amount){ pages, pages, pages };
}

/* Copies of a kind that were made by this snapshot, those of the start (number 0) only if `start`; without those that
 * show what else has written them. */
static double count(const struct why_case *c, enum why_page kind, size_t by, bool start)
{
	size_t n = 0;

	for (size_t i = 0; i < c->npages; i++)
		n += c->pages[i] == kind && why_broken_by(c->broken[i], by) && (start || c->broken[i] > 0) &&
		     !why_is_written(c, i);
	return (double)n;
}

/* What is written into objects, and by the allocator, shows. */
static void count_written(const struct why_case *c, bool start, struct why_worker *ret)
{
	size_t data = 0, allocator = 0, same = 0;

	if (!c->wrote)
		return;
	for (size_t i = 0; i < c->npages; i++) {
		if (c->broken[i] >= WHY_AWAY)
			continue;
		same += c->wrote[i] == 0;
		if (!why_is_written(c, i) || (!start && c->broken[i] == 0))
			continue;
		*(c->wrote[i] & WROTE_DATA ? &data : &allocator) += 1;
	}
	ret->causes[WHY_DATA] = exactly((double)data);
	ret->causes[WHY_ALLOCATOR] = exactly((double)allocator);
	ret->identical = (double)same;
}

/* Tracked pages that a collection may have taken, and where no reference is seen to be kept. */
static double count_open(const struct why_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->npages; i++)
		n += c->pages[i] == WHY_PAGE_TRACKED && c->broken[i] < WHY_AWAY && !why_is_sure(c, i);
	return (double)n;
}

static double count_start(const struct why_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->npages; i++)
		n += c->broken[i] == 0;
	return (double)n;
}

/* Of a worker that is met late it is not known, and in the other causes. */
static void set_start(const struct why_case *c, struct why_worker *ret)
{
	if (!c->late)
		ret->causes[WHY_STARTUP] = exactly(count_start(c));
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
		0, count_open(c),
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
	set_start(c, ret);
	ret->causes[WHY_REFERENCES] = exactly(count(c, WHY_PAGE_COUNTED, e, c->late) +
					      count(c, WHY_PAGE_TRACKED, e, c->late));
	ret->at_risk = count_whole(c, WHY_PAGE_TRACKED);
}

/* Errors where too little was seen were a fifth of the copies at most. */
#define SLACK 0.2
/* Between bounds that are wider than that part of the copies a figure says too much. */
#define WIDEST 0.3

static void split(const struct why_case *c, const struct why_window *w, const struct why_group *tracked,
		  const struct why_group *control, struct why_worker *ret)
{
	struct foretold later = foretell(tracked, control, w->windows);
	double first = (double)(tracked->at_e - tracked->at_t), most = first - (double)tracked->sure;
	const char *reason = why_too_little(tracked);
	double slack = c->copied * (reason ? SLACK : WHY_WIDER);
	struct why_amount *only = &ret->causes[WHY_COLLECTOR_ONLY];

	*only = (struct why_amount){
		.pages = fmin(fmax(first - later.pages, 0), most),
		.low = fmin(fmax(first - later.high - slack, 0), most),
		.high = fmin(fmin(fmax(first - later.low, 0), most) + slack, c->copied),
	};
	if (!reason && only->high - only->low > WIDEST * c->copied)
		reason =
			"what it used before its first full collection leaves too much open of what came later";
	first -= (double)tracked->written;
	set_start(c, ret);
	ret->causes[WHY_REFERENCES] = exactly(count(c, WHY_PAGE_COUNTED, w->e, c->late) +
					      count(c, WHY_PAGE_TRACKED, w->t, c->late));
	if (reason) {
		set_bounds(only->low, only->high, reason, ret);
		return;
	}
	ret->basis = WHY_YOUNG;
	ret->causes[WHY_COLLECTOR_FIRST] = (struct why_amount){ first - only->pages,
								fmax(first - only->high, 0),
								first - only->low };
}

static void estimate_young(const struct why_case *c, size_t full, struct why_worker *ret)
{
	cleanup(why_group_release) struct why_group tracked = { 0 }, control = { 0 };
	struct why_window w = { 0 };
	const char *reason = why_window_find(c, full, &w);

	ret->first_at = NAN;
	if (reason) {
		size_t e = c->nsnapshots - 1;

		set_start(c, ret);
		ret->causes[WHY_REFERENCES] = exactly(count(c, WHY_PAGE_COUNTED, e, c->late));
		set_bounds(0, count(c, WHY_PAGE_TRACKED, e, c->late), reason, ret);
		return;
	}
	why_group_gather(c, &w, WHY_PAGE_TRACKED, &tracked);
	why_group_gather(c, &w, WHY_PAGE_COUNTED, &control);
	ret->first_at = c->snapshots[w.t].clock / c->snapshots[w.e].clock;
	split(c, &w, &tracked, &control, ret);
}

static void say_nothing(const char *reason, struct why_worker *ret)
{
	ret->basis = WHY_NONE;
	ret->reason = reason;
}

/* Without frame numbers a page that only this process has left may be one that others have copied. */
static void blur(const struct why_case *c, struct why_worker *ret)
{
	for (size_t i = 0; i < WHY_CAUSES; i++) {
		struct why_amount *a = &ret->causes[i];

		if (!(a->high > 0))
			continue;
		a->low = fmax(a->low - GUESSED * c->copied, 0);
		a->high = fmin(a->high + GUESSED * c->copied, c->copied);
	}
}

void why_estimate(const struct why_case *c, struct why_worker *ret)
{
	size_t full;

	for (size_t i = 0; i < WHY_CAUSES; i++)
		ret->causes[i] = WHY_UNKNOWN;
	ret->copied = c->copied;
	ret->off = c->off;
	ret->guessed = c->guessed;
	ret->snapshots = c->nsnapshots;
	ret->at_risk = ret->control = ret->first_at = ret->identical = NAN;
	ret->reason = NULL;
	if (!c->nsnapshots) {
		say_nothing("the frames of its pages may not be read: run cowtop as root, see cowtop doctor",
			    ret);
		return;
	}
	ret->causes[WHY_COLLAPSE] = exactly(c->collapsed);
	full = why_first_full(c);
	count_written(c, !c->young || c->late, ret);
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
	if (c->guessed)
		blur(c, ret);
}
