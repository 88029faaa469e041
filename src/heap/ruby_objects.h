#ifndef COWTOP_HEAP_RUBY_OBJECTS_H
#define COWTOP_HEAP_RUBY_OBJECTS_H

/*
 * How old are a Ruby's objects, page by page? Reads all of its heap that is resident, as heap/allocator.h does.
 */
#include "heap/allocator.h"
#include "model/ruby_heap.h"

/* `ret` is overwritten. A version before 3.1, and one whose heap does not look as expected, have nothing but `why`. */
void ruby_objects_read(const struct allocator_target *t, struct ruby_heap_facts *ret);

#endif
