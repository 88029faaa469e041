#include "analysis/interval.h"

#include "base/clock.h"

#define QUICK 8
#define LEAST_NS (100 * MILLISECOND)
#define COST_TIMES 10
#define CREDIT_MOST 60

void interval_init(struct interval *t, int64_t base_ns, bool adaptive)
{
	*t = (struct interval){
		.adaptive = adaptive,
		.base_ns = base_ns,
		.interval_ns = base_ns,
		.credit = CREDIT_MOST,
	};
}

static bool has_event(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nevents; i++)
		if (snap->events[i].type != EVENT_MEMORY_LOW)
			return true;
	return false;
}

static bool bursts(struct interval *t, const struct snapshot *snap)
{
	figure copies = snap->pool.faults.cow_per_s * snap->elapsed_s;

	/* those of pages that were read before have been told */
	if (snap->pool.pages_age_s > 0)
		t->copies.burst = false;
	else
		fault_burst_add(&t->copies, copies, snap->elapsed_s);
	return t->copies.burst || has_event(snap);
}

/* The shortest interval that this sample's cost allows; no longer than the base. */
static int64_t quickest(const struct interval *t, const struct snapshot *snap)
{
	int64_t ns = t->base_ns / QUICK, cost = snap->facts->cost_ns;

	if (ns < LEAST_NS)
		ns = LEAST_NS;
	if (cost > ns / COST_TIMES)
		ns = cost * COST_TIMES;
	return ns < t->base_ns ? ns : t->base_ns;
}

/* One early sample is earned in a base interval, and spent by so much of one as was not waited. */
static void settle(struct interval *t)
{
	figure waited = (figure)t->interval_ns / (figure)t->base_ns;

	t->credit += waited - (1 - waited);
	if (t->credit > CREDIT_MOST)
		t->credit = CREDIT_MOST;
}

int64_t interval_next(struct interval *t, const struct snapshot *snap)
{
	int64_t least = quickest(t, snap), next = t->interval_ns * 2;

	if (!t->adaptive)
		return t->base_ns;
	if (bursts(t, snap))
		next = least;
	if (next < least)
		next = least;
	if (next > t->base_ns || t->credit < 1)
		next = t->base_ns;
	t->interval_ns = next;
	settle(t);
	return next;
}
