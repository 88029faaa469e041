#ifndef COWTOP_MODEL_WHY_ADVICE_H
#define COWTOP_MODEL_WHY_ADVICE_H

/*
 * What would help a pool whose workers copy pages, or keep memory of their own, and by how much; and what would not.
 * analysis/why_advice.h makes it.
 */
#include "model/why.h"

enum why_advice_kind {
	ADVICE_FREEZE,        /* gc.freeze() before the fork */
	ADVICE_COLLECTOR_OFF, /* gc.disable(), or a first threshold of 0 */
	ADVICE_PRELOAD,       /* load before the fork what each worker loads for itself */
	ADVICE_COLLECT,       /* a collection before the fork: fewer holes that are filled behind it */
	ADVICE_PYTHONMALLOC,  /* leave CPython its own allocator */
	ADVICE_TRIM,          /* malloc_trim() */
	ADVICE_ARENAS,        /* MALLOC_ARENA_MAX */
	ADVICE_ALLOCATOR,     /* jemalloc or tcmalloc */
	ADVICE_HUGE_PAGES,    /* keep the kernel from making huge pages */
	ADVICE_WARM,          /* serve a request before the fork */
	ADVICE_RECYCLE,       /* end workers at an age */
	ADVICE_COMPACT,       /* Ruby: GC.start and GC.compact, Process.warmup */
	ADVICE_BULK,          /* keep bulk data out of objects */
	ADVICE_WORKERS,       /* how many more fit */
	ADVICE_KINDS,
};

struct why_advice {
	enum why_advice_kind kind;
	bool helps;                         /* else it is nothing, or too little, and the amount says so */
	struct why_amount per_worker, pool; /* in pages; without a middle: between the bounds */
	char text[384];                     /* a sentence, foreign bytes not cleaned */
	char rests_on[256];                 /* on what */
	const char *how; /* the line to write for this server; static, NULL: there is none */
	double fit,
		fit_after; /* ADVICE_WORKERS: so many more now, and when the first advice is taken; else NaN */
};

/* "freeze_before_fork" ... as in JSON */
const char *why_advice_name(enum why_advice_kind kind);
/* In words: "gc.freeze() before the fork" ... */
const char *why_advice_words(enum why_advice_kind kind);

#endif
