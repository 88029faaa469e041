#include "analysis/findings.h"

#include <stdlib.h>
#include <string.h>
#include "analysis/collapse.h"
#include "analysis/untold.h"

/* In the order in which they are looked for: the first may make others needless. */
static const struct {
	void (*find)(const struct scene *s);
	bool collector; /* it compares the workers' collectors with the master's, where memory is shared */
} finders[] = {
	{ find_incremental, true },
	{ find_collector_share, true },
	{ find_frozen_after_fork, true },
	{ find_imported_after_freeze, true },
	{ find_copied_though_spared, true },
	{ find_reenabled, true },
	{ find_thresholds_differ, true },
	{ find_freeze_loop, false },
	{ find_lazy_imports, false },
	{ find_loaded_after_fork, false },
	{ find_growth, false },
	{ find_workers_differ, false },
};

/* Bytes first: lost, at risk, or what an hour will bring; then what is counted. */
static figure weight(const struct finding *f)
{
	if (!strcmp(f->unit, "bytes/min"))
		return f->value * 60;
	return strcmp(f->unit, "bytes") ? -1 : f->value;
}

static int by_weight(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (weight(x) != weight(y))
		return weight(x) > weight(y) ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

/* The collector of the master, where it was read. */
static const struct gc_facts *master_of(const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nprocs; i++) {
		if (snap->procs[i].role == ROLE_MASTER)
			return has_state(&snap->procs[i]) ? &snap->procs[i].facts->gc : NULL;
	}
	return NULL;
}

void findings_of(const struct history *now, struct snapshot *snap)
{
	struct scene s = { now, snap, master_of(snap), server_of(snap) };
	/* Where little is shared there is little for a collector to break. */
	bool alone = find_not_sharing(&s);
	size_t i;

	for (i = 0; i < sizeof(finders) / sizeof(*finders); i++) {
		if (!finders[i].collector || (s.master && !alone))
			finders[i].find(&s);
	}
	find_collapsed(snap);
	snap->untold_findings = untold_findings(&s);
	if (snap->nfindings)
		qsort(snap->findings, snap->nfindings, sizeof(*snap->findings), by_weight);
}
