#ifndef COWTOP_UNWIND_UNWIND_TABLE_H
#define COWTOP_UNWIND_UNWIND_TABLE_H

/*
 * The functions and traces of a struct stacks, each once, and what it takes to name a function later.
 * Bounded: what has no place any more is counted under one nameless function.
 */
#include "unwind/unwind_object.h"
#include "base/hash.h"
#include "model/stacks.h"

/* What a function is known by. */
struct unwind_key {
	enum frame_kind kind;
	struct unwind_object *object; /* NULL: it is in no file */
	uint64_t start;               /* where it starts; in the object's numbering when there is one */
	pid_t pid;                    /* 0, or only in this process */
	const char *name, *file;      /* of what is in no file, as far as known; else NULL */
	size_t name_len, file_len;
	int line; /* 0: not known */
};

/* What it takes to name it later. */
struct unwind_origin {
	struct unwind_object *object; /* a reference */
	pid_t pid;
	uint64_t address; /* a place in it */
	bool named;       /* or will never be */
};

struct unwind_table {
	struct stacks *stacks;
	struct unwind_objects *objects;
	struct unwind_origin *origins; /* one for each of stacks->functions */
	size_t norigins, cap_origins, cap_functions, cap_traces;
	struct hash functions, traces; /* of `stacks` */
};

void unwind_table_init(struct unwind_table *t, struct stacks *stacks, struct unwind_objects *objects);
void unwind_table_release(struct unwind_table *t);

/* `object`: what to show when it is in no file; `address`: a place in it. */
uint32_t unwind_table_function(struct unwind_table *t, const struct unwind_key *key, const char *object,
			       uint64_t address);
/* Interns a trace; its frames are copied. */
uint32_t unwind_table_trace(struct unwind_table *t, const struct stack_trace *trace);

#endif
