#ifndef COWTOP_MODEL_STACK_LABEL_H
#define COWTOP_MODEL_STACK_LABEL_H

/*
 * Frames of call stacks as they are shown: clean text.
 *
 *	gc_collect_main           a function, as a debugger prints it
 *	python3.11!fn_50a500      one without a name: object and offset of its start
 *	py::handle (/app/v.py:7)  a Python function, with file and first line where they are known
 *	read_[k]                  the kernel's part
 *	[truncated]               stands for the frames that could not be had, nearest to the root
 */
#include "base/buf.h"
#include "model/stacks.h"

#define LABEL_TRUNCATED "[truncated]"
#define LABEL_KERNEL "[kernel]"

void stack_label(struct buf *out, const struct stack_function *f);
/* Did the kernel write, without a frame that says so? */
bool stack_needs_kernel(const struct stacks *s, const struct stack_trace *t);

#endif
