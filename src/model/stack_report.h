#ifndef COWTOP_MODEL_STACK_REPORT_H
#define COWTOP_MODEL_STACK_REPORT_H

/*
 * Which call stacks broke how many pages: what analysis/stack_report.h makes of the facts of a span
 * (model/stacks.h). Sinks read it, with the facts beside it.
 *
 * Pages are whole and add up: over the parts of a row, over the rows and over the roles one comes to
 * the pages of a process and of the pool. A process whose copies the kernel has counted is exact: its
 * pages and what is unattributed make up that count, and samples only say how it is shared out. Where
 * it has one count with others, as those that were forked from it, the sum of them is exact. Otherwise
 * its pages are samples times the period.
 *
 * A report borrows the facts, which must outlive it.
 */
#include "model/stacks.h"

/* What a stack was doing; the first that holds, in this order (analysis/stack_role.h). */
enum stack_role {
	STACK_EXIT,      /* the process ends: finalisation of the interpreter, exit handlers */
	STACK_COLLECTOR, /* a garbage collection */
	STACK_FORK,      /* fork(2) and what runs in its handlers */
	STACK_START,     /* the interpreter starts, or a server's worker gets ready */
	STACK_IMPORT,    /* modules are imported */
	STACK_KERNEL,    /* the kernel wrote: read(2), recv(2) into memory */
	STACK_LOADER,    /* the dynamic linker */
	STACK_DEALLOC,   /* objects and memory are freed */
	STACK_ALLOCATOR, /* memory is given out */
	STACK_REFCOUNT,  /* a reference count is written */
	STACK_OTHER,
	STACK_ROLES,
};

/* Pages by what became of them; [PAGE_EVENT_COPIED] is scaled as said above, the others are estimates. */
struct stack_sum {
	uint64_t pages[PAGE_EVENTS];
	uint64_t samples; /* of all kinds, as taken */
};

/* What a stack did in one process. */
struct stack_part {
	uint32_t process; /* index into facts->processes[] */
	struct stack_sum sum;
};

struct stack_row {
	uint32_t trace; /* index into facts->traces[]: its frames */
	enum stack_role role;
	bool truncated; /* at least one of the stacks was */
	struct stack_sum sum;
	size_t from, nparts; /* in parts[] */
};

struct stack_tally {
	struct stack_sum sum;
	uint64_t roles[STACK_ROLES]; /* of sum.pages[PAGE_EVENT_COPIED] */
	uint64_t truncated;          /* of sum.pages[PAGE_EVENT_COPIED]: in truncated stacks */
	bool exact;                  /* copies were counted: its own; of the pool, everybody's */
	fact copied;                 /* pages: counted, or as samples say; ABSENT: neither */
	fact unattributed;           /* of a count: no sample accounts for them; ABSENT */
	fact faults;                 /* minor faults; ABSENT */
	uint64_t lost;               /* samples */
};

struct stack_report {
	const struct stacks *facts; /* borrowed */
	struct stack_row *rows;     /* most copied pages first */
	size_t nrows;
	struct stack_part *parts; /* of each row those of its processes, in their order */
	size_t nparts;
	struct stack_tally *processes; /* as facts->processes[] */
	struct stack_tally pool;       /* the sum of all, the master's copies too when they are in */
};

void stack_report_release(struct stack_report *r);

/* "exit" "collector" "fork" "start" "import" "kernel_write" "loader" "dealloc" "allocator" "refcount"
 * "other" */
const char *stack_role_name(enum stack_role role);

#endif
