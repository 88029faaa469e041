#include "model/field.h"

#include <string.h>

#define ROW(process, pool, unit, member, ledger, help) \
	{ \
		process, pool, unit, help, offsetof(struct figures, member), ledger, false, 0, RANGE_OF_UNIT \
	}
#define BOTH(key, unit, member, help) ROW(key, key, unit, member, false, help)
#define PROCESS(key, unit, member, help) ROW(key, NULL, unit, member, false, help)
#define POOL(key, unit, member, help) ROW(NULL, key, unit, member, false, help)
/* Those that rest on pages, whatever class these are of. */
#define AGED_IN(process, pool, unit, member, range, help) \
	{ \
		process, pool, unit, help, offsetof(struct figures, member), false, false, DOUBT_AGE, range \
	}
#define AGED(process, pool, unit, member, help) AGED_IN(process, pool, unit, member, RANGE_OF_UNIT, help)
/* Those that rest on what class a page is of. */
#define LEDGER(key, unit, member, help) ROW(key, key, unit, member, true, help)
#define LEDGER_IN(key, unit, member, range, help) \
	{ \
		key, key, unit, help, offsetof(struct figures, member), true, false, 0, range \
	}
#define LEDGER_POOL(key, unit, member, help) ROW(NULL, key, unit, member, true, help)
/* Not only of the workers', but of the master's and forked helpers', too. */
#define LEDGER_ALL(key, unit, member, help) \
	{ \
		NULL, key, unit, help, offsetof(struct figures, member), true, true, 0, RANGE_OF_UNIT \
	}
/* A size that a process has under "memory" and the pool at its top, and what it may be in doubt for. */
#define SIZE(key, member, doubts, help) \
	{ \
		"memory." key, key, UNIT_BYTES, help, offsetof(struct figures, memory.member), false, false, \
			(doubts) | DOUBT_AGE, RANGE_OF_UNIT \
	}
#define MEMORY(key, member, doubts, help) \
	{ \
		"memory." key, NULL, UNIT_BYTES, help, offsetof(struct figures, memory.member), false, \
			false, (doubts) | DOUBT_AGE, RANGE_OF_UNIT \
	}
#define DOUBT_SPLIT (DOUBT_PRIVATE | DOUBT_DIRTY)

/*
 * In the order of the JSON. In the pool, pages, faults and what is computed from them are sums over
 * the workers; the four sizes of SIZE() are sums over the master and everything forked from it,
 * which is what the footprint is about: saved_bytes = rss_bytes - footprint_bytes.
 */
/* clang-format off */
const struct field fields[] = {
	POOL("workers", UNIT_COUNT, workers, "processes forked from the master that serve"),
	POOL("helpers", UNIT_COUNT, helpers, "other descendants of the master"),
	PROCESS("threads", UNIT_COUNT, threads, "threads"),
	PROCESS("age_s", UNIT_SECONDS, age_s, "time since the process started"),

	SIZE("rss_bytes", rss, 0,
	     "resident set size; pool: of the master and everything forked from it"),
	SIZE("pss_bytes", pss, DOUBT_SHARES, "proportional set size: each page divided by its mappers"),
	SIZE("uss_bytes", uss, DOUBT_PRIVATE, "unique set size: private_clean + private_dirty"),
	SIZE("swap_bytes", swap, DOUBT_SWAPPED, "swapped out"),
	MEMORY("pss_anon_bytes", pss_anon, DOUBT_SHARES, "anonymous part of the PSS (Linux 5.3)"),
	MEMORY("pss_file_bytes", pss_file, DOUBT_SHARES, "page cache part of the PSS (Linux 5.3)"),
	MEMORY("pss_shmem_bytes", pss_shmem, DOUBT_SHARES, "shared memory part of the PSS (Linux 5.3)"),
	MEMORY("shared_clean_bytes", shared_clean, DOUBT_SPLIT, "mapped by several, unmodified"),
	MEMORY("shared_dirty_bytes", shared_dirty, DOUBT_SPLIT, "mapped by several, modified"),
	MEMORY("private_clean_bytes", private_clean, DOUBT_SPLIT, "mapped by this process only, unmodified"),
	MEMORY("private_dirty_bytes", private_dirty, DOUBT_SPLIT, "mapped by this process only, modified"),
	MEMORY("anonymous_bytes", anonymous, 0, "resident memory that belongs to no file"),
	MEMORY("swap_pss_bytes", swap_pss, DOUBT_SWAP, "proportional share of the swap"),
	MEMORY("anon_huge_bytes", anon_huge, DOUBT_HUGE, "anonymous memory in transparent huge pages"),
	PROCESS("memory.age_s", UNIT_SECONDS, memory_age_s,
		"how long before the sample smaps_rollup was read; 0: nothing here is older"),
	AGED(NULL, "footprint_bytes", UNIT_BYTES, footprint_bytes,
	     "distinct page frames of the master and everything forked from it, each counted once"),
	AGED_IN(NULL, "saved_bytes", UNIT_BYTES, saved_bytes, RANGE_SIGNED,
	     "what sharing saves: rss_bytes - footprint_bytes; null with hugetlb pages"),
	LEDGER_POOL("prefork_bytes", UNIT_BYTES, prefork_bytes,
	     "what a worker could share at most: the largest inherited set"),

	LEDGER("pages.shared", UNIT_PAGES, pages.shared,
	     "inherited, not copied, and another process still maps the frame"),
	LEDGER("pages.orphaned", UNIT_PAGES, pages.orphaned,
	     "inherited, not copied, but nobody else maps the frame any more"),
	LEDGER("pages.cow_broken", UNIT_PAGES, pages.cow_broken,
	     "inherited, and replaced by a copy that this process made"),
	LEDGER("pages.collapsed", UNIT_PAGES, pages.collapsed,
	     "of cow_broken: copied by the kernel, in making a huge page of small ones"),
	LEDGER("pages.cow_file", UNIT_PAGES, pages.cow_file, "own copies of file pages"),
	LEDGER("pages.new", UNIT_PAGES, pages.new, "anonymous memory that was not inherited"),
	AGED("pages.file", "pages.file", UNIT_PAGES, pages.file, "page cache and shared memory"),
	AGED("pages.swapped", "pages.swapped", UNIT_PAGES, pages.swapped, "not resident; in no sum"),
	AGED_IN("pages.unaccounted", "pages.unaccounted", UNIT_PAGES, pages.unaccounted, RANGE_SIGNED,
		"RSS and hugetlb pages that the six classes do not explain"),

	BOTH("pages.age_s", UNIT_SECONDS, pages_age_s,
	     "how long ago pages and memory were so: 0 unless --budget defers; pool: the oldest"),
	LEDGER("shared_bytes", UNIT_BYTES, shared_bytes,
	     "pages.shared; level rollup: all that is shared"),
	LEDGER("private_bytes", UNIT_BYTES, private_bytes,
	     "orphaned, cow_broken, cow_file and new; level rollup: all that is private"),
	LEDGER("cow_broken_bytes", UNIT_BYTES, cow_broken_bytes,
	       "inherited pages that were copied: pages.cow_broken"),
	LEDGER("cow_broken_ratio", UNIT_RATIO, cow_broken_ratio,
	     "copied part of what was inherited: cow_broken / (cow_broken + shared + orphaned)"),
	LEDGER_ALL("master_cow_broken_bytes", UNIT_BYTES, master_cow_broken_bytes,
	     "copied by the master; null without one"),
	LEDGER_ALL("helper_cow_broken_bytes", UNIT_BYTES, helper_cow_broken_bytes,
	     "copied by forked helpers"),
	LEDGER_ALL("copied_bytes", UNIT_BYTES, copied_bytes,
	     "copied by the workers, the master and forked helpers together"),
	LEDGER_ALL("copied_ratio", UNIT_RATIO, copied_ratio,
	     "copied part of what the workers, the master and forked helpers inherited"),

	BOTH("faults.minor", UNIT_COUNT, faults.minor, "minor faults since the start"),
	BOTH("faults.major", UNIT_COUNT, faults.major, "major faults since the start"),
	BOTH("faults.minor_per_s", UNIT_PER_SECOND, faults.minor_per_s, "minor faults"),
	BOTH("faults.major_per_s", UNIT_PER_SECOND, faults.major_per_s, "major faults"),
	LEDGER("faults.cow_per_s", UNIT_PER_SECOND, faults.cow_per_s,
	     "minor faults that copied an inherited or a file page"),
	LEDGER_ALL("copied_per_s", UNIT_PER_SECOND, copied_per_s, 
		   "faults.cow_per_s of the workers, the master and forked helpers together"),
	LEDGER("faults.new_per_s", UNIT_PER_SECOND, faults.new_per_s, "minor faults on new memory"),
	AGED("faults.file_per_s", "faults.file_per_s", UNIT_PER_SECOND, faults.file_per_s,
	     "minor faults on files"),
	LEDGER("faults.other_per_s", UNIT_PER_SECOND, faults.other_per_s,
	     "minor faults that the ledger does not explain: reuse, memory freed again"),
	LEDGER("faults.collapsed_per_s", UNIT_PER_SECOND, faults.collapsed_per_s,
	     "pages that the kernel copied in making huge pages: no faults, and in none of the others"),
	LEDGER("faults.filled_per_s", UNIT_PER_SECOND, faults.filled_per_s,
	     "new pages that the kernel filled holes with in making huge pages: no faults"),
	BOTH("faults.span_s", UNIT_SECONDS, faults.span_s,
	     "time that the rates of cow, new, file, other, collapsed and filled are of"),
	BOTH("faults.span_minor_per_s", UNIT_PER_SECOND, faults.span_minor_per_s,
	     "minor faults in that time: cow, new, file and other"),
	BOTH("faults.span_major_per_s", UNIT_PER_SECOND, faults.span_major_per_s, "major faults in that time"),
	LEDGER("faults.cow_fraction", UNIT_RATIO, faults.cow_fraction,
	     "copies / minor faults of that time; null without a minor fault"),
	LEDGER_IN("faults.correlation", UNIT_RATIO, faults.correlation, RANGE_CORRELATION,
		  "Pearson of cow_per_s with minor_per_s over the last 60 intervals; null below 3"),

	PROCESS("gc.enabled", UNIT_FLAG, gc.enabled, "gc.isenabled() of the main interpreter"),
	PROCESS("gc.any_frozen", UNIT_FLAG, gc.any_frozen, "gc.freeze() has left objects frozen"),
	PROCESS("gc.frozen", UNIT_COUNT, gc.frozen, "frozen objects"),
	PROCESS("gc.interpreters", UNIT_COUNT, gc.interpreters, "interpreters in the process"),
};
/* clang-format on */
const size_t nfields = sizeof(fields) / sizeof(*fields);

double field_least(const struct field *f)
{
	if (f->range == RANGE_OF_UNIT)
		return 0;
	return f->range == RANGE_CORRELATION ? -1 : -INFINITY;
}

double field_most(const struct field *f)
{
	bool part = f->unit == UNIT_RATIO || f->unit == UNIT_FLAG;

	return part ? 1 : INFINITY;
}

const struct field *field_at(size_t offset)
{
	size_t i = 0;

	while (fields[i].offset != offset)
		i++;
	return &fields[i];
}

static struct measure measure_of(const struct field *f, const struct figures *counted,
				 const struct figures *least, bool estimated, unsigned doubts)
{
	return measure_make(field_get(f, counted), least_now(field_get(f, least), doubts),
			    (f->ledger && estimated) || f->doubts & doubts);
}

struct measure field_of_process(const struct field *f, const struct proc_snapshot *p)
{
	return measure_of(f, &p->figures, process_least(p), p->estimated, p->doubts);
}

struct measure field_of_pool(const struct field *f, const struct snapshot *s)
{
	return measure_of(f, &s->pool, &s->least, f->all ? s->estimated_all : s->estimated, s->doubts);
}

const struct field *field_find_process(const char *key)
{
	size_t i;

	/* Of equal literals the linker keeps one: mostly it is the very same text, and each cell asks. */
	for (i = 0; i < nfields; i++) {
		if (fields[i].process_key == key && key)
			return &fields[i];
	}
	for (i = 0; i < nfields; i++) {
		if (fields[i].process_key && !strcmp(fields[i].process_key, key))
			return &fields[i];
	}
	return NULL;
}

const char *unit_name(enum unit unit)
{
	static const char *const names[] = {
		[UNIT_BYTES] = "bytes",   [UNIT_PAGES] = "pages", [UNIT_COUNT] = "number",
		[UNIT_PER_SECOND] = "/s", [UNIT_RATIO] = "ratio", [UNIT_SECONDS] = "seconds",
		[UNIT_FLAG] = "flag",
	};

	return names[unit];
}
