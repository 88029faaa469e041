#include "analysis/collapse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "analysis/events.h"
#include "analysis/figures.h"
#include "base/alloc.h"
#include "base/units.h"
#include "model/field.h"

/* Less is not worth a finding: an eighth of a huge page of 2 MiB. */
#define COLLAPSED_LEAST 262144.0

static void add_event(const struct past *p, struct snapshot *snap)
{
	struct counters interval = counters_between(&p->before->counters, &p->counters);
	figure page_size = (figure)snap->facts->host.page_size;
	char label[32], size[16], filled[40] = "";
	struct event *e;

	if (!(interval.collapsed > 0))
		return;
	e = event_add(snap, p->pid, EVENT_COLLAPSED);
	e->cow_bytes = interval.collapsed * page_size;
	e->estimated = p->estimated;
	if (interval.filled > 0)
		snprintf(filled, sizeof(filled), ", %s new in holes",
			 units_format_size(size, interval.filled * page_size));
	snprintf(e->text, sizeof(e->text),
		 "the kernel collapsed pages of %s into huge pages: %s%s "
		 "copied without a fault%s",
		 past_label(label, p), label_words(event_copies(e).label),
		 units_format_size(size, e->cow_bytes), filled);
}

void events_of_collapse(const struct history *now, struct snapshot *snap)
{
	const struct past *p;

	for (p = now->items; p < now->items + now->n; p++) {
		if (p->before && p->in_pool)
			add_event(p, snap);
	}
}

/* Who has collapsed pages. */
struct collapsed {
	size_t workers, of;
	bool master;
	struct measure bytes;
	figure certain; /* of them that may not be huge pages of its own, made after the fork, in bytes */
	pid_t pid;      /* the last of them */
};

static struct collapsed collapsed_of(const struct snapshot *snap)
{
	struct collapsed r = { .bytes = measure_make(0, UNKNOWN, false) };
	const struct proc_snapshot *p;

	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		struct measure pages = PROCESS_MEASURE(p, pages.collapsed);

		r.of += p->role == ROLE_WORKER;
		if (p->role == ROLE_HELPER || !(pages.value > 0))
			continue;
		r.workers += p->role == ROLE_WORKER;
		r.master |= p->role == ROLE_MASTER;
		r.bytes = measure_plus(r.bytes, measure_times(pages, (figure)snap->facts->host.page_size));
		r.certain += fmax(0, pages.value - perhaps_new(p->facts)) *
			     (figure)snap->facts->host.page_size;
		r.pid = p->facts->pid;
	}
	return r;
}

/* "the master and 2 of 4 workers" */
static void who(char out[static 64], const struct collapsed *c)
{
	int len = 0;

	if (c->master)
		len = snprintf(out, 64, "the master%s", c->workers ? " and " : "");
	if (c->workers)
		snprintf(out + len, 64 - (size_t)len, "%zu of %zu worker%s", c->workers, c->of,
			 c->of == 1 ? "" : "s");
}

void find_collapsed(struct snapshot *snap)
{
	struct collapsed c = collapsed_of(snap);
	char processes[64] = "", size[16];
	struct finding *f;

	if (!(c.certain >= COLLAPSED_LEAST))
		return;
	snap->findings = xreallocarray(snap->findings, snap->nfindings + 1, sizeof(*snap->findings));
	f = &snap->findings[snap->nfindings++];
	*f = (struct finding){ .kind = FINDING_COLLAPSED, .unit = "bytes" };
	finding_measure(f, c.bytes);
	if (c.workers + c.master == 1)
		f->pid = c.pid;
	who(processes, &c);
	snprintf(f->text, sizeof(f->text),
		 "huge pages: the kernel, no code, copied %s%s in %s; "
		 "PR_SET_THP_DISABLE in the master before the fork, or khugepaged/max_ptes_shared 0, "
		 "prevents that",
		 label_words(c.bytes.label), units_format_size(size, c.bytes.value), processes);
}
