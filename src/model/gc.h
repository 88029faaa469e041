#ifndef COWTOP_MODEL_GC_H
#define COWTOP_MODEL_GC_H

/*
 * What is known of a process's garbage collector, read from outside: facts, as part of a sample.
 * Anything that could not be read, or whose layout failed its check, is ABSENT, never a guess; the
 * reason stands in the process's gaps under "gc".
 */
#include "model/fact.h"

enum runtime {
	RUNTIME_NONE, /* no runtime with a collector was recognised */
	RUNTIME_CPYTHON,
	RUNTIME_RUBY,
	RUNTIME_PHP,
	RUNTIME_PERL,
	RUNTIME_NODE,
	RUNTIME_JAVA,
};

#define GC_GENERATIONS 3

/* A full collection that has ended, as CPython 3.15 and later keep the latest of them. */
struct gc_full {
	fact start_ns, stop_ns; /* CLOCK_MONOTONIC, as mono_ns of a sample */
	fact candidates;        /* objects that it looked at; ABSENT: it is the oldest one kept */
};
#define GC_FULL 3

/* One interpreter's collector (CPython 3.9 and later have one per interpreter). */
struct gc_state {
	fact id;      /* of the interpreter; 0 is the main one */
	fact enabled; /* 0 or 1 */
	fact thresholds[GC_GENERATIONS];
	fact counts[GC_GENERATIONS];
	fact collections[GC_GENERATIONS], collected[GC_GENERATIONS], uncollectable[GC_GENERATIONS];
	fact any_frozen; /* 0 or 1: has gc.freeze() left anything frozen? one read */
	fact frozen;     /* how many objects; ABSENT until counted (a walk) */
	fact collecting; /* 0 or 1 */
	/* 0: each collection is a full one, whatever generation it is counted for (free-threaded CPython); 1; ABSENT: an
	 * older recording, which has none of those */
	fact generational;
	fact lazy_imports; /* names imported lazily that nobody has used yet (3.15) */
	/* The latest ones, the latest first: full[0] is number collections[2]. A fork has its base's at first. ABSENT
	 * where there are no more, and before 3.15; in another time namespace, where their clock is another one. */
	struct gc_full full[GC_FULL];
};

/* A setting of the runtime or allocator, from the environment or the command line it started with. */
struct gc_setting {
	char name[48];  /* PYTHONMALLOC, RUBY_GC_..., MALLOC_ARENA_MAX, LD_PRELOAD, ... */
	char value[96]; /* foreign bytes */
};

struct gc_facts {
	enum runtime runtime;
	char version[24];              /* "3.11.2"; "" when unknown */
	char build[24];                /* "release" "debug" "free-threaded"; "" when unknown */
	struct gc_state *interpreters; /* the main one first; NULL: no state could be read */
	size_t ninterpreters;
	struct gc_setting *settings;
	size_t nsettings;
};

/* A zeroed struct is valid: no runtime, no state. */
void gc_state_init(struct gc_state *s);  /* everything ABSENT */
void gc_full_forget(struct gc_state *s); /* `full` ABSENT */
void gc_facts_release(struct gc_facts *g);
void gc_facts_copy(struct gc_facts *to, const struct gc_facts *from); /* `to` is overwritten */
const char *runtime_name(enum runtime r); /* "cpython" "ruby" ...; NULL for none */
/* A sentence about a runtime whose collector is not looked into, without its full stop; NULL: it is, or none. */
const char *runtime_untold(enum runtime r);

/* The main interpreter's state, or NULL. */
static inline const struct gc_state *gc_main(const struct gc_facts *g)
{
	return g->ninterpreters ? &g->interpreters[0] : NULL;
}

/* The same; of one that has none nothing is known. */
const struct gc_state *gc_told(const struct gc_facts *g);

/* How many full collections it has made; ABSENT: not known. */
fact gc_full_count(const struct gc_state *s);

/* Does it collect by itself? 0 when disabled or when its first threshold is 0; ABSENT: not known. */
fact gc_is_on(const struct gc_state *s);

/* "700,10,10" into `out`, returned; a dash stands for each number that is not known. */
char *gc_format_thresholds(char out[static 64], const fact thresholds[GC_GENERATIONS]);

#endif
