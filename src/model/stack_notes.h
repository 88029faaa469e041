#ifndef COWTOP_MODEL_STACK_NOTES_H
#define COWTOP_MODEL_STACK_NOTES_H

/*
 * What one should do to see more in call stacks, said of what is in them: of a pool that copied too little for the
 * period, of a CPython whose functions have no names, and of one whose reference counts are not told. Pure.
 */
#include "base/buf.h"
#include "model/stack_report.h"

enum stack_note {
	STACK_NOTE_FEW,     /* so few samples that shares mean little: a smaller period */
	STACK_NOTE_UNNAMED, /* most pages of a CPython were copied in stacks without a Python function */
	STACK_NOTE_FREE,    /* a free-threaded CPython */
	STACK_NOTES,
};

/* A sentence of printable ASCII, without its full stop; nothing is added when there is nothing to say. */
void stack_note(struct buf *out, const struct stack_report *r, enum stack_note note);

/* A version of CPython from the file that it is in: "libpython3.11.so.1.0", "python3.13t". */
struct stack_python {
	unsigned major, minor; /* 0, 0: not told */
	bool free_threaded;
};

struct stack_python stack_python_of(const char *object);
/* The loop that runs Python's functions, of all versions. */
bool stack_is_python_loop(const struct stack_function *f);

#endif
