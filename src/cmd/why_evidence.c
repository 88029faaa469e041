#include "cmd/why_evidence.h"

#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/why_memory.h"
#include "pool/live_equal.h"

/* The workers of the kind that there are most of: others have loaded something else. */
static size_t workers_of(const struct snapshot *snap, pid_t *ret)
{
	const struct proc_snapshot *kind = snapshot_kind(snap);
	size_t n = 0;

	for (size_t i = 0; i < snap->nprocs; i++)
		if (snap->procs[i].role == ROLE_WORKER && (!kind || is_kindred(&snap->procs[i], kind)))
			ret[n++] = snap->procs[i].facts->pid;
	return n;
}

void why_read_live(struct why_read *r, struct live *live, const struct snapshot *snap,
		   const struct live_memory_limits *limits)
{
	cleanup_free pid_t *pids = xreallocarray(NULL, snap->nprocs + 1, sizeof(*pids));

	live_equal(live, pids, workers_of(snap, pids), limits, &r->equal);
	live_address_space(live, sample_leader(snap->facts), &r->space, NULL);
	r->any = true;
}

void why_read_release(struct why_read *r)
{
	address_space_release(&r->space);
	*r = (struct why_read){ 0 };
}

void why_advise_read(struct why *w, const struct snapshot *snap, const struct why_growth *growth,
		     const struct why_read *r)
{
	const struct why_memory *m = w->memory;
	struct why_evidence e = { .snap = snap, .growth = growth, .cores = sysconf(_SC_NPROCESSORS_ONLN) };

	if (m && m->nread)
		e.worker = &m->each;
	if (m && !m->why && m->allocators.nitems)
		e.master = &m->allocators;
	if (m && m->ruby.any)
		e.ruby = &m->ruby;
	if (m) {
		e.uses = &m->regions;
		e.nuses = m->nspaces;
	}
	if (r->any) {
		e.equal = &r->equal;
		e.space = &r->space;
	}
	why_advise(w, &e);
}
