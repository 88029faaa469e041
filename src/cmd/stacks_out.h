#ifndef COWTOP_CMD_STACKS_OUT_H
#define COWTOP_CMD_STACKS_OUT_H

/* The outputs of cowtop stacks: what was asked for, begun before the stacks are there and written behind them. */
#include "cmd/atomic_file.h"
#include "model/stack_report.h"

enum stacks_file {
	STACKS_FOLDED,
	STACKS_FLAMEGRAPH,
	STACKS_SPEEDSCOPE,
	STACKS_PPROF,
	STACKS_FILES,
};

struct stacks_out {
	bool json;
	size_t top;                      /* 0: not given */
	const char *paths[STACKS_FILES]; /* NULL: not wanted */
	struct atomic_file files[STACKS_FILES];
};

#define STACKS_OUT_NONE \
	{ \
		.files = { ATOMIC_FILE_NONE, ATOMIC_FILE_NONE, ATOMIC_FILE_NONE, ATOMIC_FILE_NONE } \
	}

/* How many of them want standard output. */
unsigned int stacks_out_stdout(const struct stacks_out *o);
/* Is a file to be written? */
bool stacks_out_has_file(const struct stacks_out *o);
int stacks_out_open(struct stacks_out *o, struct err *err);
/* The files, and to standard output, if none of them is there, what is asked for or the text. */
int stacks_out_write(struct stacks_out *o, const struct stack_report *r, struct err *err);
void stacks_out_release(struct stacks_out *o);

#endif
