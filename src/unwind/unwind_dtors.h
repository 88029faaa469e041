#ifndef COWTOP_UNWIND_UNWIND_DTORS_H
#define COWTOP_UNWIND_UNWIND_DTORS_H

/*
 * The one function of nearly every program and library that has no unwind table and writes all the same:
 * __do_global_dtors_aux(), when the process ends or the library is closed (parse/trampoline.h). Each
 * library has its own, so a pool's exits show one stack and one page for each of dozens.
 */
#include "unwind/unwind_jit.h"
#include "unwind/unwind_object.h"

#define UNWIND_DTORS_NAME "__do_global_dtors_aux"

/* Is it around this address, which no table knows? What is found is in the object's own numbering. */
bool unwind_dtors_find(struct unwind_object *o, uint64_t address, struct unwind_trampoline *ret);

#endif
