#ifndef COWTOP_MODEL_WHY_H
#define COWTOP_MODEL_WHY_H

/*
 * Why the workers of a pool have copied pages, and what freezing the collector's objects before the fork would have
 * given back: what `cowtop why` found out. In pages; NaN is not known.
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "model/fact.h"
#include "model/kinds.h"
#include "model/why_memory.h"

/* What the split of a worker rests on. */
enum why_basis {
	WHY_NONE,   /* nothing can be said: see the reason */
	WHY_BOUNDS, /* its collector has been at work before; or too little was seen of it: only bounds */
	WHY_YOUNG,  /* it was watched to its first full collection, and on */
	WHY_TRANSFER, /* its first full collection nobody has seen; another worker, that is young, tells what it took */
	WHY_RISK, /* it was watched, and there was no full collection yet: nothing is lost to one */
};

/* A figure with the bounds that it lies between. */
struct why_amount {
	double pages, low, high;
};

#define WHY_UNKNOWN ((struct why_amount){ NAN, NAN, NAN })

/* They sum to the pages that were copied. */
enum why_cause {
	WHY_COLLECTOR_ONLY,  /* by a collection, and by nothing else since: what freezing gives back */
	WHY_COLLECTOR_FIRST, /* by a collection; references would have followed */
	WHY_REFERENCES,      /* counts of references */
	WHY_DATA,            /* what was written into objects */
	WHY_ALLOCATOR,       /* the allocator's own words, blocks that were freed and given anew */
	WHY_STARTUP,         /* before the first look after its fork */
	WHY_COLLAPSE,        /* the kernel, which made huge pages */
	WHY_OTHERWISE,       /* not known which of them */
	WHY_CAUSES,
};

struct why_advice;

struct why_worker {
	pid_t pid;
	uint64_t start_ticks;
	enum why_basis basis;
	const char *reason; /* why it is no better one; a static string, or NULL */
	double inherited;   /* pages: those that it has copied, and that it still shares */
	double copied;
	double identical; /* of the copies, those that are the same as the page of the master */
	struct why_amount causes[WHY_CAUSES];
	bool guessed; /* without frame numbers: which pages it has copied is an estimate, and so is all that follows */
	bool off;         /* its collector is: there will be no full collection */
	double at_risk;   /* whole pages that the next full collection takes */
	double control;   /* pages of counted objects only, by which it is judged */
	size_t snapshots; /* that were taken of it */
	double first_at;  /* when the first full collection was: part of its time, from 0 to 1 */
};

struct why {
	enum why_basis basis;       /* of the most that can be said; WHY_TRANSFER: of some of them so */
	char reason[400];           /* what it rests on, or why it is no better one: a sentence */
	size_t nworkers;            /* of the pool */
	struct why_worker *workers; /* all that were watched */
	size_t n;
	/* Means of the workers of that basis; with WHY_TRANSFER, of the young ones too. */
	size_t nmean;
	bool off; /* of all of them */
	double inherited, copied, identical, at_risk, control;
	struct why_amount causes[WHY_CAUSES];
	/* What lies on the pages of the master; NaN: not known. */
	double tracked_pages, counted_pages, looked_pages, tracked_objects;
	double page_size;
	const char *how;           /* to freeze, in this server; static */
	struct why_memory *memory; /* owned; NULL: nobody has looked */
	struct why_advice *advice; /* what helps, the most first, then what does not (model/why_advice.h) */
	size_t nadvice;
	struct kinds *kinds; /* of objects on its pages, owned; NULL: nobody has looked */
};

extern const char *const why_cause_names[WHY_CAUSES]; /* as in JSON */
const char *why_basis_name(enum why_basis b);
/* What freezing before the fork gives back per worker, or would save from the first collection. False: nothing can be
 * said. */
bool why_freeze_gain(const struct why *w, struct why_amount *ret);
/* That as a sentence into `out`, returned. */
char *why_freeze_text(const struct why *w, char out[static 160]);
void why_release(struct why *w);

#endif
