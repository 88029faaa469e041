#include "model/metric.h"

#include "model/field.h"

#define FIGURE(name, source, member) \
	{ \
		"cowtop_" name, METRIC_GAUGE, source, offsetof(struct figures, member), NULL, NULL \
	}
#define OF_POOL(name, member) FIGURE("pool_" name, METRIC_POOL, member)
#define OF_PROCESS(name, member) FIGURE("process_" name, METRIC_PROCESS, member)
#define ROW(name, type, source, unit, help) \
	{ \
		"cowtop_" name, METRIC_##type, METRIC_##source, 0, unit, help \
	}

/* In the order in which they are written. */
/* clang-format off */
const struct metric metrics[] = {
	ROW("build", INFO, BUILD, NULL, "The cowtop that says this"),
	ROW("pool", INFO, POOL_INFO, NULL, "Runtime, unit of systemd, cgroup and container of a pool"),
	ROW("pool_up", GAUGE, UP, NULL, "1 where the last look at a pool could be taken, otherwise 0"),
	ROW("pool_level", GAUGE, LEVEL, NULL, "1 at the level that could be read: exact, estimate, rollup or none"),
	ROW("pool_exactness", GAUGE, EXACTNESS, NULL, "1 at how exact the copies are: exact, estimate or upper_bound"),
	ROW("finding", GAUGE, FINDING, NULL, "1 where there is a finding of the kind"),

	OF_POOL("workers", workers),
	OF_POOL("helpers", helpers),
	OF_POOL("resident_memory_bytes", memory.rss),
	OF_POOL("proportional_memory_bytes", memory.pss),
	OF_POOL("unique_memory_bytes", memory.uss),
	OF_POOL("swap_bytes", memory.swap),
	OF_POOL("footprint_bytes", footprint_bytes),
	OF_POOL("saved_bytes", saved_bytes),
	OF_POOL("prefork_bytes", prefork_bytes),
	OF_POOL("copied_bytes", copied_bytes),
	OF_POOL("copied_ratio", copied_ratio),
	OF_POOL("master_copied_bytes", master_cow_broken_bytes),
	OF_POOL("helper_copied_bytes", helper_cow_broken_bytes),
	OF_POOL("worker_copied_bytes", cow_broken_bytes),
	OF_POOL("worker_copied_ratio", cow_broken_ratio),
	ROW("pool_worker_cause_bytes", GAUGE, CAUSE, "bytes", "Of what a worker has copied, on average, by its cause"),

	ROW("pool_page_faults", COUNTER, FAULTS, NULL, "Page faults by type and role, of processes that ended as well"),
	ROW("pool_cow_bytes", COUNTER, COW, "bytes", "Pages that writes had the kernel copy"),
	ROW("pool_collapsed_bytes", COUNTER, COLLAPSED, "bytes", "Pages that the kernel copied in making huge pages"),
	ROW("pool_new_bytes", COUNTER, NEW, "bytes", "Anonymous memory that was not inherited, as it was first used"),
	ROW("pool_full_collections", COUNTER, FULL, NULL, "Full collections of the workers that ended"),
	ROW("pool_full_collection_cow_bytes", COUNTER, FULL_COW, "bytes",
	    "What workers copied in the intervals with a full collection"),
	ROW("pool_events", COUNTER, EVENTS, NULL, "Events by type"),

	ROW("process_memory_bytes", GAUGE, STATES, "bytes", "The resident set in parts that sum to it"),
	OF_PROCESS("resident_memory_bytes", memory.rss),
	OF_PROCESS("proportional_memory_bytes", memory.pss),
	OF_PROCESS("unique_memory_bytes", memory.uss),
	OF_PROCESS("swap_bytes", memory.swap),
	OF_PROCESS("copied_bytes", cow_broken_bytes),
	OF_PROCESS("copied_ratio", cow_broken_ratio),
	OF_PROCESS("age_seconds", age_s),
	FIGURE("gc_enabled", METRIC_PROCESS, gc.enabled),
	FIGURE("gc_frozen_objects", METRIC_PROCESS, gc.frozen),
	ROW("gc_threshold", GAUGE, THRESHOLDS, NULL, "gc.get_threshold() of the main interpreter, by generation"),
	ROW("gc_collections", COUNTER, COLLECTIONS, NULL, "Collections by generation and role"),

	OF_POOL("age_seconds", pages_age_s),
	ROW("pool_sample_timestamp_seconds", GAUGE, TIME, "seconds", "When the last sample was taken"),
	ROW("pool_sample_cpu_seconds", GAUGE, COST, "seconds", "CPU time of cowtop for the last sample"),
	ROW("pool_deferred_processes", GAUGE, DEFERRED, NULL, "Processes whose pages wait for the budget"),
	ROW("pool_cgroup_limit_bytes", GAUGE, CGROUP_LIMIT, "bytes", "Memory limit of the cgroup nearest to its limit"),
	ROW("pool_cgroup_used_bytes", GAUGE, CGROUP_USED, "bytes", "What is used of it"),
	ROW("host_memory_bytes", GAUGE, HOST_MEMORY, "bytes", "Memory of the host"),
	ROW("host_memory_available_bytes", GAUGE, HOST_AVAILABLE, "bytes", "What the kernel calls available of it"),

	ROW("export_cpu_seconds", COUNTER, EXPORT_CPU, "seconds", "CPU time of this exporter"),
	ROW("export_samples", COUNTER, EXPORT_SAMPLES, NULL, "Looks at all pools"),
	ROW("export_sample_duration_seconds", GAUGE, EXPORT_DURATION, "seconds", "How long the last look took"),
	ROW("export_pools", GAUGE, EXPORT_POOLS, NULL, "Pools that have series here"),
	ROW("export_grouped_pools", GAUGE, EXPORT_GROUPED, NULL, "Of them, those whose workers are one group"),
	ROW("export_left_out_pools", GAUGE, EXPORT_LEFT_OUT, NULL, "Pools without series, for want of room"),
	ROW("export_missing_targets", GAUGE, EXPORT_MISSING, NULL, "Targets that are waited for"),
};
/* clang-format on */
const size_t nmetrics = sizeof(metrics) / sizeof(*metrics);

static const struct field *figure_row(const struct metric *m)
{
	return m->source == METRIC_POOL || m->source == METRIC_PROCESS ? field_at(m->offset) : NULL;
}

const char *metric_unit(const struct metric *m)
{
	const struct field *f = figure_row(m);

	if (!f)
		return m->unit;
	switch (f->unit) {
	case UNIT_BYTES:
		return "bytes";
	case UNIT_SECONDS:
		return "seconds";
	case UNIT_RATIO:
		return "ratio";
	default:
		return NULL;
	}
}

const char *metric_help(const struct metric *m)
{
	return m->help ?: figure_row(m)->help;
}
