#ifndef COWTOP_UNWIND_UNWIND_NAMES_H
#define COWTOP_UNWIND_UNWIND_NAMES_H

/*
 * Names of native functions: the symbol tables of the object, of its debug file, and what is known of a
 * stripped CPython or Ruby (unwind/unwind_python.h, unwind_ruby.h) and of what gcc links into every
 * object (unwind_dtors.h). Read once for each object, and only when asked for.
 */
#include "model/stacks.h"
#include "unwind/unwind_object.h"

/* Fills in the name, if there is one. `address`: a place in the function. */
void unwind_names_function(struct unwind_object *o, uint64_t address, struct stack_function *f);

/* The name alone, as the symbol tables have it, or NULL; `start`: of the function. */
const char *unwind_names_find(struct unwind_object *o, uint64_t start, uint64_t address);

#endif
