#include "cmd/why_kinds.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "pool/live_kinds.h"

struct kinds *kinds_of(struct live *live, const struct snapshot *snap, pid_t only, bool (*go_on)(void *data),
		       void *data)
{
	cleanup_free pid_t *pids = xcalloc(snap->nprocs + 1, sizeof(*pids));
	struct kinds *k = xcalloc(1, sizeof(*k));
	size_t n = 0;

	for (size_t i = 0; i < snap->nprocs; i++)
		if (snap->procs[i].role == ROLE_WORKER && (!only || snap->procs[i].facts->pid == only))
			pids[n++] = snap->procs[i].facts->pid;
	live_kinds(live, &(struct live_kinds_how){ pids, n, go_on, data }, k);
	return k;
}
