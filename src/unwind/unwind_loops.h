#ifndef COWTOP_UNWIND_UNWIND_LOOPS_H
#define COWTOP_UNWIND_UNWIND_LOOPS_H

/*
 * The places in a stack where Python's functions belong: CPython runs them in a loop of its own, which
 * looks the same whatever it runs. Wanted only where the stack has the collector or the end of the
 * interpreter in it: both last long enough for the functions to be read from outside meanwhile.
 */
#include "unwind/unwind_walk.h"

/* `ret` has room for UNWIND_LOOPS; n is 0 when there are none, or when they are named already (python
 * -X perf). */
void unwind_loops_find(const struct unwind_snapshot *s, const struct unwind_frames *frames,
		       struct unwind_loops *ret);

#endif
