#ifndef COWTOP_PARSE_CPYTHON_LAYOUT_H
#define COWTOP_PARSE_CPYTHON_LAYOUT_H

/*
 * Where CPython keeps its collector's state: struct _gc_runtime_state (Include/internal/
 * pycore_interp_structs.h and its ancestors) on LP64 machines. A version does not fix the layout:
 * several candidates a minor version, and parse/cpython.h says which one holds.
 *
 * And where the functions are that its threads are in (parse/python_frames.h).
 *
 * To add a version: its rows in the tables of cpython_layout.c, and in tests/lib/pyworld.h.
 */
#include "parse/reader.h"

#define NO_FIELD 0xffff

/* Offsets in the state, in bytes. */
struct cpython_layout {
	uint16_t first, last;         /* minor versions, CPYTHON_MINOR() */
	uint16_t size;                /* of the state; 3.13 and later say it themselves (_Py_DebugOffsets) */
	uint16_t generations;         /* of [3] */
	uint16_t stride;              /* from one generation to the next */
	uint16_t threshold;           /* in a generation, behind its list's head; the count follows it */
	uint16_t enabled, collecting; /* int */
	uint16_t generation0;         /* a pointer to generations[0]: what identifies the state */
	uint16_t permanent;           /* the list of frozen objects */
	uint16_t stats;               /* [3] of collections, collected, uncollectable */
	bool stats_ring;              /* 3.15: a pointer to rings of them */
	uint16_t visited;             /* 3.14.0-4, incremental: which old generation is the visited one */
	bool free_threaded;           /* no lists: their heads are empty */
	uint16_t freeze;              /* free-threaded ones: has gc.freeze() been called? int */
};

/* How a version leads from _PyRuntime to the state. */
struct cpython_home {
	uint16_t minor;
	uint16_t head;     /* in _PyRuntime: the list of interpreters; the main one's pointer follows */
	uint16_t next, id; /* in an interpreter */
	uint16_t gc;       /* in an interpreter; up to 3.8 in _PyRuntime */
	bool one_for_all;  /* up to 3.8: one collector a process */
};

/* _Py_DebugOffsets, 3.13 and later: the first words of _PyRuntime. */
struct cpython_offsets {
	uint32_t version;
	bool free_threaded;
	uint32_t head, next, id, gc; /* as in struct cpython_home */
	uint32_t imports;            /* in an interpreter: imports.modules, of versions with lazy imports */
	uint32_t size, collecting;   /* of the state; in it */
};

/*
 * Which word of _Py_DebugOffsets says what, by minor version; 0: none does. The first two after the cookie are the
 * same in all versions.
 */
#define CPYTHON_WORDS 96
enum { CPYTHON_WORD_VERSION = 1, CPYTHON_WORD_FREE_THREADED };

struct cpython_words {
	uint16_t minor;
	uint8_t gc, gc_size, imports; /* as gc, size, imports of struct cpython_offsets */
	/* as in struct python_offsets (parse/python_frames.h); all 0: not known of this version */
	uint8_t next, threads, thread_next, thread_interpreter, thread_frame;
	uint8_t previous, code, instruction, owner;
	uint8_t file, qualname, line, bytecode;
	uint8_t type, type_name, state, length, ascii;
	uint64_t tag; /* no word, but the bits themselves */
};

/* The layouts of a minor version, the likelier first: the next one after `after` (NULL: the first),
 * or NULL. `size` 0: any. */
const struct cpython_layout *cpython_layout_next(uint32_t minor, uint32_t size, bool free_threaded,
						 const struct cpython_layout *after);
const struct cpython_home *cpython_home_of(uint32_t minor);

/* Where the frames of a version are that does not say it itself, or NULL. */
struct python_offsets;
const struct python_offsets *cpython_frames_of(uint32_t minor);
/* Those of a version that does, or NULL. */
const struct cpython_words *cpython_words_of(uint32_t minor);
/* The words at the beginning of _PyRuntime. False: there is no such table there. */
bool cpython_words_read(const struct reader *r, uint64_t runtime, uint64_t ret[CPYTHON_WORDS]);

/* False: there is no such table there, or it is of a version that is not known. `ret->version` is set
 * in the latter case, else 0. */
bool cpython_offsets_read(const struct reader *r, uint64_t runtime, struct cpython_offsets *ret);

#endif
