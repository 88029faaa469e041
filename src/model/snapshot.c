#include "model/snapshot.h"

#include <stdlib.h>

void snapshot_release(struct snapshot *s)
{
	free(s->procs);
	free(s->events);
	for (size_t i = 0; i < s->ngc_groups; i++)
		free(s->gc_groups[i].pids);
	free(s->gc_groups);
	free(s->findings);
	if (s->why)
		why_release(s->why);
	free(s->why);
	*s = (struct snapshot){ 0 };
}

void snapshot_borrow(struct snapshot *s, const struct sample *copy)
{
	s->facts = copy;
	for (size_t i = 0; i < s->nprocs; i++)
		s->procs[i].facts = &copy->procs[i];
}

const struct proc_snapshot *snapshot_master(const struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		if (s->procs[i].role == ROLE_MASTER)
			return &s->procs[i];
	}
	return NULL;
}

static size_t count_kin(const struct snapshot *s, const struct proc_snapshot *like)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nprocs; i++)
		n += is_kindred(&s->procs[i], like);
	return n;
}

const struct proc_snapshot *snapshot_kind(const struct snapshot *s)
{
	const struct proc_snapshot *largest = NULL;
	size_t most = 0, n;
	bool several = false;

	for (size_t i = 0; i < s->nprocs; i++)
		several |= s->procs[i].arbiter;
	for (size_t i = 0; several && i < s->nprocs; i++) {
		n = s->procs[i].role == ROLE_WORKER ? count_kin(s, &s->procs[i]) : 0;
		if (n > most) {
			most = n;
			largest = &s->procs[i];
		}
	}
	return largest;
}

figure faults_minor_per_s(const struct fault_figures *f)
{
	return known(f->span_minor_per_s) ? f->span_minor_per_s : f->minor_per_s;
}

figure faults_major_per_s(const struct fault_figures *f)
{
	return known(f->span_major_per_s) ? f->span_major_per_s : f->major_per_s;
}

figure gc_group_minor_per_s(const struct gc_group *g)
{
	return known(g->span_minor_per_s_mean) ? g->span_minor_per_s_mean : g->minor_per_s_mean;
}

/* Clocks are read one after the other. */
#define SAME_TIME 0.1

bool snapshot_faults_apart(const struct snapshot *s)
{
	const struct fault_figures *f = &s->pool.faults;

	return known(f->span_minor_per_s) &&
	       (s->pool.pages_age_s > 0 || fabs(f->span_s - s->elapsed_s) > SAME_TIME * s->elapsed_s);
}

const char *role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_MASTER] = "master",
		[ROLE_WORKER] = "worker",
		[ROLE_HELPER] = "helper",
	};

	return names[role];
}

const char *event_type_name(enum event_type type)
{
	static const char *const names[] = {
		[EVENT_WORKER_STARTED] = "worker_started",
		[EVENT_WORKER_EXITED] = "worker_exited",
		[EVENT_MASTER_EXITED] = "master_exited",
		[EVENT_GC_SETTINGS_CHANGED] = "gc_settings_changed",
		[EVENT_GC_COLLECTED] = "gc_collected",
		[EVENT_FAULT_BURST] = "fault_burst",
		[EVENT_COLLAPSED] = "collapsed",
		[EVENT_MEMORY_LOW] = "memory_low",
	};

	return names[type];
}

const char *finding_kind_name(enum finding_kind kind)
{
	static const char *const names[] = {
		[FINDING_NEVER_FROZEN] = "never_frozen",
		[FINDING_FROZEN_AFTER_FORK] = "frozen_after_fork",
		[FINDING_IMPORTED_AFTER_FREEZE] = "imported_after_freeze",
		[FINDING_THRESHOLDS_DIFFER] = "thresholds_differ",
		[FINDING_REENABLED] = "reenabled",
		[FINDING_FREEZE_LOOP] = "freeze_loop",
		[FINDING_NOT_SHARING] = "not_sharing",
		[FINDING_COLLAPSED] = "collapsed",
		[FINDING_NOT_BY_COLLECTOR] = "not_by_collector",
		[FINDING_INCREMENTAL] = "incremental_collector",
		[FINDING_LAZY_IMPORTS] = "lazy_imports",
		[FINDING_LOADED_AFTER_FORK] = "loaded_after_fork",
		[FINDING_GROWTH] = "growth",
		[FINDING_WORKERS_DIFFER] = "workers_differ",
	};

	return names[kind];
}

void figures_least(const struct figures *counted, figure new, figure file, bool estimated, figure page_size,
		   struct figures *ret)
{
	*ret = *counted;
	if (new > ret->pages.cow_broken)
		new = ret->pages.cow_broken;
	if (file > ret->pages.cow_broken - new)
		file = ret->pages.cow_broken - new;
	ret->pages.cow_broken -= new + file;
	ret->pages.new += new;
	ret->pages.cow_file += file;
	if (!estimated)
		ret->pages.orphaned += new + file;
	ret->cow_broken_bytes = ret->pages.cow_broken * page_size;
	if (new + file > 0)
		ret->cow_broken_ratio = copied_ratio(ret->pages.cow_broken, pages_inherited(&counted->pages));
}
