#ifndef COWTOP_PARSE_PYTHON_FRAMES_H
#define COWTOP_PARSE_PYTHON_FRAMES_H

/*
 * The Python functions that a thread of CPython 3.11 to 3.14 is in, read through a struct reader. Pure.
 *
 * A thread's state leads to its innermost frame, and each frame to the one that called it. From 3.13 on
 * _PyRuntime says itself where the fields are (_Py_DebugOffsets); before, a table does. Either way each
 * step is checked: a frame's code is of the type "code", its instruction lies within that code, a
 * name is a compact string. What fails a check is not read: no frames, never invented ones.
 *
 * The process runs meanwhile: whether what was read belongs together is for the caller to prove.
 */
#include "parse/cpython.h"

#define PYTHON_FRAMES 128
#define PYTHON_THREADS 64
#define PYTHON_TEXT 200 /* characters of a name that are kept */

/* Offsets in bytes, for one build of CPython at its place in memory. */
struct python_offsets {
	uint64_t list;                    /* the address of interpreters.head */
	uint32_t next, threads;           /* in an interpreter */
	uint32_t collecting, collections; /* there, too: the collector's */
	uint32_t thread_next, thread_interpreter;
	uint32_t thread_frame;                       /* the innermost frame, or up to 3.12 what holds it, */
	uint32_t holder_frame;                       /* there; NO_HOLDER */
	uint32_t previous, code, instruction, owner; /* in a frame */
	uint32_t entry;                          /* 3.11: a flag of a frame; NO_ENTRY: the owner says it */
	uint32_t file, qualname, line, bytecode; /* in a code object */
	uint32_t type, size;                     /* in an object */
	uint32_t type_name;                      /* in a type */
	uint32_t state, length;                  /* of a string */
	uint32_t ascii, compact;                 /* its characters: when all are ASCII, else */
	uint64_t tag;                 /* bits of a frame's pointer to its code that are flags (3.14) */
	uint64_t code_type, str_type; /* addresses; 0: not known yet */
};
#define NO_HOLDER UINT32_MAX
#define NO_ENTRY UINT32_MAX

/* False: this version's frames are not known. The types are not, either. */
bool python_offsets_of(const struct reader *r, const struct cpython *c, struct python_offsets *ret);

struct python_thread {
	uint64_t interpreter;
	uint64_t slot;  /* where the innermost frame's address is, */
	uint64_t frame; /* and that: not 0 */
};

/* The threads that are in a Python function: how many. */
size_t python_threads_read(const struct reader *r, const struct python_offsets *o,
			   struct python_thread ret[PYTHON_THREADS]);

/* What tells one collection from another. */
struct python_collections {
	uint64_t done; /* so far */
	bool going;
};

bool python_collections_read(const struct reader *r, const struct python_offsets *o, uint64_t interpreter,
			     struct python_collections *ret);

/* Fills in the types, from a frame of a thread: they are told by their names, in the program's constants,
 * which a process that was forked may never have touched, so `r` has to know files, too. False: this
 * is no frame, or one that C code has just begun. */
bool python_types_read(const struct reader *r, struct python_offsets *o, uint64_t frame);

struct python_frame {
	uint64_t address, code;
	uint64_t instruction; /* the last one that was begun */
	bool entry;           /* a loop was entered for it; its caller is in an outer one */
	int line;             /* the function's first */
	char name[4 * PYTHON_TEXT + 1], file[4 * PYTHON_TEXT + 1]; /* UTF-8 */
};

struct python_frames {
	size_t n; /* the innermost first; at most so many are kept */
	struct python_frame items[PYTHON_FRAMES];
};

/* From a frame outwards; false when anything is not as it has to be. */
bool python_frames_read(const struct reader *r, const struct python_offsets *o, uint64_t innermost,
			struct python_frames *ret);

#endif
