#ifndef COWTOP_UNWIND_UNWIND_CALLEES_H
#define COWTOP_UNWIND_UNWIND_CALLEES_H

/*
 * What a function of an object calls directly: how static functions of a stripped interpreter are found
 * from exported ones.
 */
#include "unwind/unwind_object.h"

struct unwind_callees {
	uint64_t items[256];
	size_t n;
};

/* The function's code, to be freed; NULL when it cannot be read. */
uint8_t *unwind_callees_code(struct unwind_object *o, uint64_t start, size_t *ret_len);
/* Bytes of the function, or 0. */
uint64_t unwind_callees_size(struct unwind_object *o, uint64_t start);

void unwind_callees_of(struct unwind_object *o, uint64_t start, struct unwind_callees *ret);
bool unwind_callees_has(const struct unwind_callees *c, uint64_t function);
/* The largest nameless function among these, or 0. */
uint64_t unwind_callees_largest(struct unwind_object *o, const struct unwind_callees *c);

/* From here on the function has this name. */
void unwind_callees_name(struct unwind_object *o, uint64_t start, const char *name);

#endif
