#ifndef COWTOP_PARSE_PYTHON_TABLES_H
#define COWTOP_PARSE_PYTHON_TABLES_H

/*
 * Which C function implements what, as a CPython interpreter or extension module says itself in its
 * static tables (Include/methodobject.h, Include/cpython/object.h; the same from 2.7 to 3.15):
 *
 *	PyMethodDef   { name, function, flags, doc }		"list.append", "gc.collect"
 *	PyTypeObject  { .., tp_name, sizes, tp_dealloc, .. }	"list.tp_dealloc"
 *
 * A table is told by all its fields together; every function has to be the start of one that the unwind
 * tables know. A slot that several types share is not named: it would bear a wrong one.
 */
#include "parse/eh_frame.h"
#include "parse/elf_data.h"

#define PYTHON_NAME_MAX 128

struct python_function {
	uint64_t start;
	char name[PYTHON_NAME_MAX];
};

struct python_functions {
	struct python_function *items;
	size_t n, cap;
};

/* `image`: the object's bytes by their addresses, for the names. */
void python_tables_read(const struct elf_data *data, const struct reader *image,
			const struct eh_frame *frames, struct python_functions *ret);
void python_functions_release(struct python_functions *f);

#endif
