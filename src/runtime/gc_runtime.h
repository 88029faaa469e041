#ifndef COWTOP_RUNTIME_GC_RUNTIME_H
#define COWTOP_RUNTIME_GC_RUNTIME_H

/*
 * Which language runtime a process is, by what its program and libraries are called. CPython is better
 * told by its symbols (runtime/gc_find.h).
 */
#include "model/gc.h"
#include "sys/image.h"

/* `exe`: index of the program among the objects, or n. */
enum runtime gc_runtime(const struct image_object *objects, size_t n, size_t exe);

/* "jemalloc", "tcmalloc" or "mimalloc" when such an allocator is mapped, else NULL. */
const char *gc_allocator(const struct image_object *objects, size_t n);

#endif
