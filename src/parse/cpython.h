#ifndef COWTOP_PARSE_CPYTHON_H
#define COWTOP_PARSE_CPYTHON_H

/*
 * The collector of a CPython process, 2.7 and 3.6 to 3.15, read through a struct reader. Pure.
 *
 * Finding it: from the address of _PyRuntime (2.7, 3.6: of generations[]) to the state, by the tables of
 * parse/cpython_layout.h. A layout counts only when it passes its check:
 *
 *	*(state + generation0) == state + generations		where there is such a pointer
 *	enabled and collecting are 0 or 1, no threshold is negative
 *	the frozen objects or one of the old generations form a ring: next->prev == head == prev->next
 *
 * (Not all rings: a process that collects all the time breaks that in up to a fifth of the reads.)
 * Where the expected place fails, the pointer is looked for around it: it is its own signature.
 * What passes no check is not read: absent, never a wrong number.
 */
#include "model/gc.h"
#include "parse/cpython_layout.h"

/* More interpreters of a process than these are not looked at. */
#define CPYTHON_INTERPRETERS 64

/* What is known before: symbols. Addresses in the process, 0: not known. */
struct cpython_clues {
	uint32_t version;                    /* PY_VERSION_HEX; 3.13 and later say it themselves */
	bool debug;                          /* a debug build's symbols are there */
	uint64_t runtime;                    /* _PyRuntime: 3.7 and later */
	uint64_t generations;                /* 2.7, 3.6: what _PyGC_generation0 points to, */
	uint64_t enabled, collecting, stats; /* and static variables */
};

/* Where the collector is. Holds in every process forked from this one, too. */
struct cpython {
	uint32_t version;
	bool debug, free_threaded;
	const struct cpython_layout *layout;
	uint64_t runtime;      /* _PyRuntime; 0: there is none (2.7, 3.6) */
	uint64_t list;         /* the address of interpreters.head; 0: one collector a process, */
	uint64_t state;        /* which is here */
	uint32_t next, id, gc; /* in an interpreter */
	uint32_t imports;      /* in an interpreter; 0: not known */
	uint64_t enabled, collecting, stats; /* of 2.7 and 3.6 */
};

/* Not started: there is the code, but no interpreter runs (yet). */
enum cpython_found { CPYTHON_FOUND, CPYTHON_NOT_STARTED, CPYTHON_REFUSED };

/* `ret->version`, `debug` and `free_threaded` are filled as far as known whatever comes back; *why is a
 * static string unless found. */
enum cpython_found cpython_locate(const struct reader *r, const struct cpython_clues *clues,
				  struct cpython *ret, const char **why);

/* What is remembered of an interpreter's frozen objects between reads; zeroed: nothing. */
struct cpython_frozen {
	uint64_t first, last; /* the ends of the list that `any` was found for */
	uint64_t print;       /* of the whole state that `count` was found in */
	fact any, count;
};

/*
 * The state of every interpreter, the main one first: how many, or -1 when the layout fails its check or
 * cannot be read. `frozen` holds CPYTHON_INTERPRETERS elements, kept from read to read. `count`: walk
 * the lists of frozen objects; otherwise a count is repeated only while not a byte of the state moves: a
 * frozen object can die in the middle of the list. An interpreter that comes or goes right now may have
 * nothing but its id.
 */
int cpython_read(const struct reader *r, const struct cpython *c, bool count, struct cpython_frozen *frozen,
		 struct gc_state ret[CPYTHON_INTERPRETERS]);

#endif
