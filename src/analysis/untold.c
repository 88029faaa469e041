#include "analysis/untold.h"

#include <string.h>

#define BIT(n) (1U << (n))

/* They compare collectors. */
#define OF_COLLECTORS \
	(BIT(FINDING_NEVER_FROZEN) | BIT(FINDING_FROZEN_AFTER_FORK) | BIT(FINDING_IMPORTED_AFTER_FREEZE) | \
	 BIT(FINDING_THRESHOLDS_DIFFER) | BIT(FINDING_REENABLED) | BIT(FINDING_INCREMENTAL) | \
	 BIT(FINDING_NOT_BY_COLLECTOR) | BIT(FINDING_LAZY_IMPORTS))
/* They look at what is of which class. */
#define OF_PAGES \
	(BIT(FINDING_NOT_BY_COLLECTOR) | BIT(FINDING_NOT_SHARING) | BIT(FINDING_COLLAPSED) | \
	 BIT(FINDING_LOADED_AFTER_FORK) | BIT(FINDING_GROWTH) | BIT(FINDING_WORKERS_DIFFER))

static bool has_gap(const struct proc_sample *p, const char *what)
{
	for (size_t i = 0; i < p->ngaps; i++) {
		if (!strcmp(p->gaps[i].what, what))
			return true;
	}
	return false;
}

/* Of which nobody could say what collector it has, or how that is set. */
static bool is_unread(const struct proc_snapshot *p)
{
	return p->role != ROLE_HELPER && (p->facts->level < LEVEL_ESTIMATE || has_gap(p->facts, "gc") ||
					  (p->facts->gc.runtime == RUNTIME_CPYTHON && !has_state(p)));
}

static bool is_any_unread(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nprocs; i++) {
		if (is_unread(&snap->procs[i]))
			return true;
	}
	return false;
}

/* Workers have collectors, and the master that they are compared with is gone. */
static bool lacks_master(const struct scene *s)
{
	for (size_t i = 0; !s->master && i < s->snap->nprocs; i++) {
		if (s->snap->procs[i].role == ROLE_WORKER && has_state(&s->snap->procs[i]))
			return true;
	}
	return false;
}

/* Was any worker watched for long enough? */
static bool is_growth_told(const struct scene *s)
{
	const struct proc_snapshot *p;

	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		if (p->role == ROLE_WORKER && growth_is_told(&finding_past(s, p)->kept->new))
			return true;
	}
	return false;
}

unsigned untold_findings(const struct scene *s)
{
	unsigned ret = 0;

	if (!s->snap->forked)
		return ~0U;
	if (is_any_unread(s->snap))
		ret |= OF_COLLECTORS | BIT(FINDING_FREEZE_LOOP);
	if (lacks_master(s))
		ret |= OF_COLLECTORS;
	if (!known(s->snap->pool.pages.new + pages_inherited(&s->snap->pool.pages)))
		ret |= OF_PAGES;
	if (!is_growth_told(s))
		ret |= BIT(FINDING_GROWTH);
	if (!known(s->snap->elapsed_s))
		ret |= BIT(FINDING_FREEZE_LOOP);
	return ret;
}

unsigned untold_events(const struct snapshot *snap)
{
	unsigned ret = 0;

	if (is_any_unread(snap))
		ret |= BIT(EVENT_GC_SETTINGS_CHANGED) | BIT(EVENT_GC_COLLECTED);
	if (!known(snap->pool.pages.collapsed))
		ret |= BIT(EVENT_COLLAPSED);
	return ret;
}
