#ifndef COWTOP_UNWIND_UNWIND_MEMO_H
#define COWTOP_UNWIND_UNWIND_MEMO_H

/*
 * Which trace a snapshot has, without unwinding it: an unwind depends on the registers and stack words
 * that it reads and on nothing else of the snapshot, so where these are the same, its result is. A
 * server breaks most of its pages in the same few places; over 98 of 100 unwinds are found here.
 *
 * Bounded: a process whose stacks never repeat costs some memory and time, not more and more of it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "unwind/unwinder.h"

#define UNWIND_READS 2048

/* What a walk has read. */
struct unwind_reads {
	uint64_t
		registers; /* bits, by their place in a sample; the stack and instruction pointers count anyway */
	bool to_the_end; /* it wanted more of the stack than there was */
	bool own;        /* it saw code that only this process has */
	size_t n;
	struct unwind_word {
		uint64_t offset, value; /* from the stack pointer */
	} words[UNWIND_READS];          /* n > UNWIND_READS: there were more; not to be remembered */
};

/* The interpreter's loops in a stack (unwind/unwind_loops.h), the innermost first. */
#define UNWIND_LOOPS 32
struct unwind_loops {
	uint32_t n;
	struct unwind_loop {
		uint32_t frame;    /* in the trace */
		uint32_t from, to; /* its own part of the stack, from the stack pointer */
	} items[];
};

struct unwind_memo;

struct unwind_known {
	uint32_t trace;
	/* NULL: none. What was found is the memo's, until another one is put. */
	const struct unwind_loops *loops;
};

struct unwind_memo *unwind_memo_new(void);
void unwind_memo_free(struct unwind_memo *m); /* NULL is fine */

/* `image`: what the process runs, by a number that is never used again. */
bool unwind_memo_find(struct unwind_memo *m, uint64_t image, const struct unwind_snapshot *s,
		      struct unwind_known *ret);
void unwind_memo_put(struct unwind_memo *m, uint64_t image, const struct unwind_snapshot *s,
		     const struct unwind_reads *reads, const struct unwind_known *known);

#endif
