#ifndef COWTOP_SYS_KERNEL_REUSE_H
#define COWTOP_SYS_KERNEL_REUSE_H

/*
 * The trial of KERNEL_REUSE: does the last owner's write of a new page keep the frame? The child of the other
 * trials writes the page as well; where that does not decide it there are others.
 *
 *	reuse_begin(&t, &r);
 *	kernel_child_start(..., { ..., r.page })	&&	reuse_look(&t, &r);
 *	...					KERNEL_EXCLUSIVE_BIT is tried meanwhile
 *	kernel_child_end(...);
 *	reuse_end(&t, &r);
 */
#include <sched.h>
#include "sys/kernel_trial.h"

struct reuse {
	char *page, *pages; /* what a child is to write, in so many; NULL: it cannot be tried */
	cpu_set_t before;   /* where this thread may run; it stays where it is in between */
	bool stays;
	enum kernel_answer answer;
};

void reuse_begin(struct trial *t, struct reuse *r);
void reuse_look(struct trial *t, struct reuse *r);
void reuse_end(struct trial *t, struct reuse *r);

#endif
