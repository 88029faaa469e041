#ifndef COWTOP_MODEL_PYTHON_CALLS_H
#define COWTOP_MODEL_PYTHON_CALLS_H

/*
 * Native functions of CPython that last: a collection, and the end of the interpreter. Their stacks have these roles
 * (analysis/stack_role.h), and while they last the Python functions that wait for them can be read from the process
 * (unwind/unwind_loops.h). Pure.
 */
#include <stdbool.h>
#include "model/stack_report.h"

/* STACK_EXIT or STACK_COLLECTOR; STACK_OTHER: none of them. `object`: the file that the function is in. */
enum stack_role python_call_role(const char *object, const char *name);

/* Is a name like this pattern? A star, of which there is one at most, stands for any bytes. */
bool function_is_like(const char *name, const char *pattern);

#endif
