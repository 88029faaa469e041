#ifndef COWTOP_UNWIND_UNWIND_RUBY_H
#define COWTOP_UNWIND_UNWIND_RUBY_H

/* The collector's name in a stripped Ruby, which exports only what starts and stops it. */
#include "unwind/unwind_object.h"

/* Adds to o->symbols, which are and stay sorted, when `o` is such an interpreter. */
void unwind_ruby_names(struct unwind_object *o);

#endif
