#ifndef COWTOP_SYS_KERNEL_TRIAL_H
#define COWTOP_SYS_KERNEL_TRIAL_H

/*
 * What the parts of the trial of a kernel (sys/kernel.c, sys/kernel_reuse.c) have in common: pages of this
 * process, and what the kernel's files say of them.
 */
#include "model/kernel.h"
#include "model/page_entry.h"
#include "sys/kernel_child.h"

struct trial {
	const struct procfs *fs;
	size_t page, huge;      /* sizes; huge 0: no transparent huge pages */
	char *small, *area;     /* NULL: not there. `area`: the huge page, in a larger mapping */
	int map, flags, counts; /* own pagemap, kpageflags, kpagecount; -1: not readable */
	int cpu;                /* that this thread stays on */
	struct kernel_child child;
	struct kernel_facts ret;
	struct zero_frames zero; /* the huge one */
};

/* A page's entry in a pagemap, in this process's own; 0: none. */
uint64_t trial_entry_of(const struct trial *t, int map, const char *at);
uint64_t trial_entry(const struct trial *t, const char *at);
/* Its word of kpageflags, of kpagecount. False: not known. */
bool trial_flags(const struct trial *t, const char *at, uint64_t *ret);
bool trial_count(const struct trial *t, const char *at, uint64_t *ret);

/* Private memory; NULL: none. `more`: flags of mmap(2). */
char *trial_map(size_t bytes, int more);
char *trial_map_small(size_t bytes);
void trial_unmap(char *at, size_t bytes); /* NULL is fine */

#endif
