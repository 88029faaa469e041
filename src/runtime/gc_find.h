#ifndef COWTOP_RUNTIME_GC_FIND_H
#define COWTOP_RUNTIME_GC_FIND_H

/*
 * Is there a CPython in this process, and where is its collector? Exported symbols in memory first
 * (200 to 800 us), then what only files have: the section .PyRuntime, .symtab.
 */
#include "parse/cpython.h"
#include "sys/image.h"

enum gc_python {
	GC_PYTHON_NONE,    /* no object has CPython's symbols */
	GC_PYTHON_IDLE,    /* the code is there, no interpreter runs */
	GC_PYTHON_REFUSED, /* it is CPython, and its state cannot be read: *why */
	GC_PYTHON_FOUND,
};

/* `exe`: index of the program among the objects, or n. */
enum gc_python gc_find(struct image *im, const struct image_object *objects, size_t n, size_t exe,
		       struct cpython *ret, const char **why);

#endif
