#ifndef COWTOP_HEAP_ALLOCATOR_H
#define COWTOP_HEAP_ALLOCATOR_H

/*
 * Which allocators does a process have, what do they hold, and how much of that is in use? Read from outside, of any
 * process: with pread on /proc/PID/mem, and only pages that pagemap calls present. It is made once, of a master; what its
 * workers inherited is the same. The process goes on meanwhile: what does not hold together is read again, and where
 * that does not help the amounts are marked as guessed.
 *
 * Nearly each page of a heap of small blocks has to be read, and each chunk looked at: 450 ms a GiB of glibc's with 100
 * bytes a block, of which the read alone takes 260; 120 ms a GiB of pymalloc's pools of 16 KiB.
 */
#include "model/allocator.h"
#include "parse/maps.h"
#include "sys/proc.h"

/* What is given of the process; all borrowed. */
struct allocator_target {
	const struct procfs *fs;
	pid_t pid;
	int pagemap, mem; /* open descriptors */
	const struct vma_list *maps;
	const char *maps_text;
	uint64_t exe_ino;
	uint64_t pages_max; /* no more are read; 0: 16 GiB */
	/* Asked now and then; false: it is to end, and what was not read by then is not known. NULL: it need not. */
	bool (*go_on)(void *data);
	void *data;
};

/* `ret` is zeroed, and released by the caller. An allocator that cannot be read has its amounts ABSENT, and `why`. */
void allocator_read(const struct allocator_target *t, struct allocator_inventory *ret);

#endif
