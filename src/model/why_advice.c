#include "model/why_advice.h"

static const struct {
	const char *name, *words;
} kinds[ADVICE_KINDS] = {
	[ADVICE_FREEZE] = { "freeze_before_fork", "gc.freeze() before the fork" },
	[ADVICE_COLLECTOR_OFF] = { "collector_off", "the collector off in the workers" },
	[ADVICE_PRELOAD] = { "preload", "loading before the fork" },
	[ADVICE_COLLECT] = { "collect_before_fork", "gc.collect() before the fork" },
	[ADVICE_PYTHONMALLOC] = { "unset_pythonmalloc", "PYTHONMALLOC unset" },
	[ADVICE_TRIM] = { "malloc_trim", "malloc_trim()" },
	[ADVICE_ARENAS] = { "malloc_arena_max", "fewer arenas of malloc" },
	[ADVICE_ALLOCATOR] = { "other_allocator", "jemalloc or tcmalloc" },
	[ADVICE_HUGE_PAGES] = { "huge_pages_off", "no huge pages in the pool" },
	[ADVICE_WARM] = { "warm_before_fork", "a request before the fork" },
	[ADVICE_RECYCLE] = { "recycle", "ending workers at an age" },
	[ADVICE_COMPACT] = { "compact_before_fork", "GC.compact before the fork" },
	[ADVICE_BULK] = { "out_of_objects", "bulk data outside of objects" },
	[ADVICE_WORKERS] = { "more_workers", "more workers" },
};

const char *why_advice_name(enum why_advice_kind kind)
{
	return kinds[kind].name;
}

const char *why_advice_words(enum why_advice_kind kind)
{
	return kinds[kind].words;
}
