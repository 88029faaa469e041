#include "analysis/memory_low.h"

#include <stdio.h>
#include "analysis/events.h"
#include "base/units.h"

#define LOW 0.05
#define RECOVERED 0.08

/* Is it to be told now? What is not known changes nothing. */
static bool falls_short(bool *told, figure left, figure of)
{
	bool first = !*told && left < LOW * of;

	if (first)
		*told = true;
	else if (left > RECOVERED * of)
		*told = false;
	return first;
}

static void add(struct snapshot *snap, const char *where, const char *remark, figure left, figure of)
{
	struct event *e = event_add(snap, 0, EVENT_MEMORY_LOW);
	char a[16], b[16];

	snprintf(e->text, sizeof(e->text), "memory low %s: %s of %s left%s", where,
		 units_format_size(a, fmax(left, 0)), units_format_size(b, of), remark);
}

void memory_low_events(struct memory_low *told, struct snapshot *snap)
{
	const struct host_sample *h = &snap->facts->host;
	figure left = figure_of(h->available_bytes), of = figure_of(h->memory_bytes);

	if (falls_short(&told->host, left, of))
		add(snap, "on the host", "", left, of);

	/* memory.current has the page cache in it, which the kernel gives back before it kills. */
	of = figure_of(h->cgroup_limit_bytes);
	left = of - figure_of(h->cgroup_used_bytes);
	if (falls_short(&told->cgroup, left, of))
		add(snap, "in the cgroup", ", page cache counted as used", left, of);
}
