#ifndef COWTOP_PARSE_CPYTHON_STATE_H
#define COWTOP_PARSE_CPYTHON_STATE_H

/*
 * One struct _gc_runtime_state, for parse/cpython.h.
 */
#include "parse/cpython.h"

#define CPYTHON_STATE_MAX 352

/* A copy of one state, taken in one read. */
struct cpython_block {
	uint64_t address;
	unsigned char bytes[CPYTHON_STATE_MAX];
};

/* Low bits of a link are the collector's flags. */
#define CPYTHON_LINK (~(uint64_t)3)

uint64_t block_word(const struct cpython_block *b, size_t offset);
fact cpython_block_flag(const struct cpython_block *b, uint16_t offset); /* an int, 0 or 1; else ABSENT */

/* Read it and check all that can be seen in it alone. */
bool cpython_block_read(const struct reader *r, const struct cpython_layout *l, uint64_t address,
			struct cpython_block *ret);
/* The whole check, with the rings, which needs a calm moment: tried several times. */
bool cpython_block_check(const struct reader *r, const struct cpython_layout *l, uint64_t address);

/* The states of all interpreters, the main one's first: how many, 0 when they cannot be read. */
size_t cpython_states(const struct reader *r, const struct cpython *c, uint64_t ret[CPYTHON_INTERPRETERS]);

/* Thresholds, counts, statistics and flags; nothing about frozen objects. */
void cpython_block_facts(const struct reader *r, const struct cpython *c, const struct cpython_block *b,
			 struct gc_state *ret);

/* `any_frozen` and `frozen`. */
void cpython_frozen_facts(const struct reader *r, const struct cpython *c, const struct cpython_block *b,
			  bool count, struct cpython_frozen *memo, struct gc_state *ret);

/* Names that are imported lazily and that nobody has used yet, in the interpreter at this address; ABSENT
 * where there are none of the kind (before 3.15), or their place fails its check. */
fact cpython_lazy_imports(const struct reader *r, const struct cpython *c, uint64_t interpreter);

#endif
