#include "model/tally.h"

#define ROW(key, unit, help) \
	{ \
		NULL, key, unit, help, 0, false, false, 0, RANGE_OF_UNIT \
	}
#define IS(kind, name, help) [FINDING_##kind] = ROW("findings." name, UNIT_FLAG, help)
#define HAPPENED(type, name, help) [TALLY_FINDINGS + EVENT_##type] = ROW("events." name, UNIT_COUNT, help)

/* clang-format off */
const struct field tally_fields[TALLY_ROWS] = {
	IS(NEVER_FROZEN, "never_frozen", "the collector is on, nothing is frozen, and copies may be its own: else not_by_collector"),
	IS(FROZEN_AFTER_FORK, "frozen_after_fork", "workers freeze, and the master does not"),
	IS(IMPORTED_AFTER_FREEZE, "imported_after_freeze", "the master made many objects after it froze"),
	IS(THRESHOLDS_DIFFER, "thresholds_differ", "the first threshold is 0 in the master, not in workers"),
	IS(REENABLED, "reenabled", "the collector is off in the master and on again in workers"),
	IS(FREEZE_LOOP, "freeze_loop", "a process freezes and unfreezes again and again"),
	IS(NOT_SHARING, "not_sharing", "the application was most likely loaded after the fork"),
	IS(COLLAPSED, "collapsed", "the kernel copied shared pages in making huge ones"),
	IS(NOT_BY_COLLECTOR, "not_by_collector", "workers copied much, and not by the collector"),
	IS(INCREMENTAL, "incremental_collector", "CPython 3.14.0 to 3.14.4 with nothing frozen"),
	IS(LAZY_IMPORTS, "lazy_imports", "the master has many names that are imported lazily and not loaded"),
	IS(LOADED_AFTER_FORK, "loaded_after_fork", "each worker has made about as much memory after the fork"),
	IS(GROWTH, "growth", "memory that was never shared only grows: a leak, or a cache that fills"),
	IS(WORKERS_DIFFER, "workers_differ", "one worker has much more memory of its own than the others"),

	HAPPENED(WORKER_STARTED, "worker_started", "workers that were forked in the run"),
	HAPPENED(WORKER_EXITED, "worker_exited", "workers that ended in the run"),
	HAPPENED(MASTER_EXITED, "master_exited", "ends of the master, before its workers"),
	HAPPENED(GC_SETTINGS_CHANGED, "gc_settings_changed", "changes of a collector: on, off, thresholds, freeze"),
	HAPPENED(GC_COLLECTED, "gc_collected", "full collections that were seen to end"),
	HAPPENED(FAULT_BURST, "fault_burst", "bursts of minor faults of a process"),
	HAPPENED(COLLAPSED, "collapsed", "times that the kernel made huge pages of a process's small ones"),
	HAPPENED(MEMORY_LOW, "memory_low", "times that little memory was left, of the host or the cgroup"),
};
/* clang-format on */

bool tally_has(const struct field *f)
{
	return f >= tally_fields && f < tally_fields + TALLY_ROWS;
}

const struct finding *tally_finding(const struct field *f, const struct snapshot *s)
{
	size_t kind = (size_t)(f - tally_fields);

	for (size_t i = 0; i < s->nfindings; i++) {
		if (s->findings[i].kind == kind)
			return &s->findings[i];
	}
	return NULL;
}

static struct measure event_measure(size_t type, const struct snapshot *s)
{
	figure n = s->events_so_far[type];

	/* What was seen was, whatever could not be looked for. */
	if (!(n > 0) && s->untold_events & 1U << type)
		n = UNKNOWN;
	return measure_make(n, n, false);
}

struct measure tally_measure(const struct field *f, const struct snapshot *s)
{
	size_t i = (size_t)(f - tally_fields);
	const struct finding *found;

	if (i >= TALLY_FINDINGS)
		return event_measure(i - TALLY_FINDINGS, s);
	found = tally_finding(f, s);
	if (!found && s->untold_findings & 1U << i)
		return measure_make(UNKNOWN, UNKNOWN, false);
	return measure_make(found != NULL, found != NULL, found && found->label == LABEL_ESTIMATE);
}
