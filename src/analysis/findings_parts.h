#ifndef COWTOP_ANALYSIS_FINDINGS_PARTS_H
#define COWTOP_ANALYSIS_FINDINGS_PARTS_H

/*
 * What the findings_*.c files have in common. Each gives functions that look at one snapshot and what is
 * remembered, and add a finding where it applies; the table in findings.c has them all.
 */
#include "analysis/findings.h"
#include "analysis/server.h"

#define MIB 1048576.0

/* Copies below this, each worker, are not worth a word, nor below this part of what was inherited. */
#define COPIED_LEAST (4 * MIB)
#define COPIED_PART 0.1
/* Where to look for what wrote, when it was not the collector. */
#define TELLS_WHICH "cowtop stacks, or the key s, tells which"

/* What a finding is looked for in. */
struct scene {
	const struct history *now;
	struct snapshot *snap;
	const struct gc_facts *master; /* whose collector was read; NULL: none */
	const struct server *server;
};

/* The workers that a finding is about. */
struct found {
	size_t n, of;
	const struct proc_snapshot *any;
	bool estimated;
	figure copied, copied_least, shared, inherited; /* bytes of all of them */
	figure collapsed; /* of those copies, the kernel's in huge pages that it made; 0 where not known */
	/* Of those copies, as far as they were watched: see struct gc_share. */
	fact full, measured;
	figure before, at, early, all;
	fact firsts, in_firsts;
	figure at_first;
	/* Full collections of their own before they were seen, at least; known: their number is. */
	fact made_before;
};

typedef bool (*applies)(const struct scene *s, const struct proc_snapshot *worker);

/* A CPython process of the pool whose state was read. */
bool has_state(const struct proc_snapshot *p);
/* Those workers with a state that `test` holds for. */
struct found find_workers(const struct scene *s, applies test);

/* What is remembered of it. */
const struct past *finding_past(const struct scene *s, const struct proc_snapshot *p);

struct finding *finding_add(struct snapshot *snap, enum finding_kind kind, const struct found *w);
/* Text behind what is there, as far as there is room. */
void finding_say(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A size in bytes behind what is there, with the words of its label: "at most 2.0 MiB". */
void finding_say_size(struct finding *f, struct measure m);
/* The figure behind it. */
void finding_value(struct finding *f, struct measure m, const char *unit);

/* What was counted; what is at most so much; copies of these workers; new memory of the pool, in bytes. */
struct measure measure_counted(figure value);
struct measure measure_at_most(figure value);
struct measure measure_copied(const struct found *w);
struct measure measure_made(const struct snapshot *snap);

/* "1 of 4 workers". */
char *format_workers(char out[static 48], const struct found *w);

/* findings_gc.c, findings_share.c: how the collector is set, and what it did. */
void find_frozen_after_fork(const struct scene *s);
void find_imported_after_freeze(const struct scene *s);
void find_reenabled(const struct scene *s);
void find_thresholds_differ(const struct scene *s);
void find_freeze_loop(const struct scene *s);
void find_incremental(const struct scene *s);
void find_lazy_imports(const struct scene *s);
/* What is on and not frozen: never_frozen, not_by_collector. */
void find_collector_share(const struct scene *s);
/* findings_foretold.c: what freezing gives back, where it is foretold (model/why.h). */
enum foretold {
	FORETOLD_UNKNOWN, /* nobody asked, or it cannot be told */
	FORETOLD_SAID,    /* as a finding never_frozen */
	FORETOLD_NOTHING, /* so little that it is not worth a word */
};
enum foretold find_foretold(const struct scene *s, const struct found *w);
/* "; freezing before the fork gives back about 16.3 MiB (14.2 to 18.4) in each", where that is known. */
void finding_say_gain(struct finding *f, const struct scene *s);
/* findings_spared.c: what is frozen, or off, and copied much all the same: not_by_collector as well. */
void find_copied_though_spared(const struct scene *s);
bool is_unprotected(const struct gc_facts *g);
bool can_freeze(const struct gc_facts *g);

/* findings_memory.c: memory that workers made themselves. */
bool find_not_sharing(const struct scene *s); /* nothing else matters where little is shared */
void find_loaded_after_fork(const struct scene *s);
void find_workers_differ(const struct scene *s);
void find_growth(const struct scene *s); /* findings_growth.c */

#endif
