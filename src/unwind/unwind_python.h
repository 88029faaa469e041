#ifndef COWTOP_UNWIND_UNWIND_PYTHON_H
#define COWTOP_UNWIND_UNWIND_PYTHON_H

/*
 * Names for a stripped CPython, where five of six functions have none: the interpreter itself says in its
 * tables of methods and types which function does what.
 */
#include "unwind/unwind_object.h"

/* Adds to o->symbols, which are and stay sorted, when `o` is such an interpreter. */
void unwind_python_names(struct unwind_object *o);

#endif
