#ifndef COWTOP_ANALYSIS_WHY_ADVICE_PARTS_H
#define COWTOP_ANALYSIS_WHY_ADVICE_PARTS_H

/* What the why_advice*.c files have in common. */
#include "analysis/server.h"
#include "analysis/why_advice.h"

/* A pool that is advised. */
struct advising {
	struct why *w;
	const struct why_evidence *e;
	const struct server *server;
	const struct gc_facts *gc; /* of the master, or who leads in its place */
	/* Means of its workers, in pages. */
	double copied, new, collapsed, cost; /* cost: what nobody else has */
	struct why_advice items[ADVICE_KINDS];
	size_t n;
};

/* Are so many pages a worker, of `of`, worth a change? */
bool advice_is_enough(const struct advising *a, double pages, double of);
/*
 * One more of this kind, with these amounts a worker, and for the pool as many times that as there are workers. It
 * helps where it is enough of `of` pages; its text is empty.
 */
struct why_advice *advice_add(struct advising *a, enum why_advice_kind kind, struct why_amount per_worker,
			      double of);
/* The same where it helps; NULL, and there is none, where it does not. */
struct why_advice *advice_add_helpful(struct advising *a, enum why_advice_kind kind,
				      struct why_amount per_worker, double of);
/* Text behind what is there, as far as there is room. */
void advice_say(struct why_advice *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with what it gives a worker: "about 16.3 MiB a worker (14.2 to 18.4)". */
void advice_say_amount(const struct advising *a, struct why_advice *d);
void advice_rests_on(struct why_advice *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
double advice_mib(const struct advising *a, double pages);

/* The value of a setting that the master was started with, or NULL. */
const char *advice_setting(const struct advising *a, const char *name);
/* What one of its allocators holds, or NULL. */
const struct allocator_facts *advice_allocator(const struct allocator_inventory *i, enum allocator_kind kind);
/* Is the allocator in the place of glibc's another one? */
bool advice_has_other_malloc(const struct advising *a);

/* The number that a text begins with; 0 where it begins with none. */
int advice_number(const char *text);

/* Each looks for the kinds in its name. why_advice_collector.c: */
void advise_freeze(struct advising *a); /* and the collector off */
void advise_collect(struct advising *a);
void advise_pythonmalloc(struct advising *a);
void advise_warm(struct advising *a);
void advise_bulk(struct advising *a);
void advise_compact(struct advising *a);
/* why_advice_memory.c: */
void advise_preload(struct advising *a);
void advise_malloc(struct advising *a); /* trim, arenas, other allocators */
void advise_huge_pages(struct advising *a);
void advise_recycle(struct advising *a);
/* Last, when the others are in order. */
void advise_workers(struct advising *a);

#endif
