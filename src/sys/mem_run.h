#ifndef COWTOP_SYS_MEM_RUN_H
#define COWTOP_SYS_MEM_RUN_H

/*
 * The memory of another process from front to back, many pages with one read: for walks that need most of what lies
 * there. As sys/mem.h it reads /proc/PID/mem and only where pagemap calls a page present, never more than
 * `budget` pages, and with breaths in between. 1 GiB: 205 ms, where reads of one page take 290.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sys/pace.h"

#define MEM_RUN_BYTES (256U << 10)
#define MEM_RUN_ENTRIES 512

struct mem_run {
	int pagemap, fd; /* borrowed */
	uint64_t page_size;
	unsigned char *bytes; /* what was read last */
	uint64_t at;          /* its address */
	size_t len;
	uint64_t entries[MEM_RUN_ENTRIES]; /* pagemap's of the pages from `window` on */
	uint64_t window;
	bool window_known;
	struct pace pace;
	uint64_t pages, budget; /* read so far, and at most */
	bool spent;             /* a read was refused for that */
	/* Asked before each read of bytes: is more to be read? NULL: always. */
	bool (*go_on)(void *data);
	void *data;
	bool ended; /* it said no: nothing is read any more */
};

void mem_run_init(struct mem_run *m, int pagemap, int fd, uint64_t budget);
void mem_run_release(struct mem_run *m); /* a zeroed one is fine */

/*
 * What lies at `address`, and as much behind it as is present in a row, at most MEM_RUN_BYTES and not beyond `end`:
 * its length. Less than `least` only where no more is present, or where that is all. 0: the page is not present, or
 * cannot be read, or no more is to be. *ret stays as it is until the next call.
 */
size_t mem_run_read(struct mem_run *m, uint64_t address, uint64_t end, size_t least,
		    const unsigned char **ret);
/* What is held was read too long ago: the next read is a fresh one. */
void mem_run_forget(struct mem_run *m);

/* How many pages of [start, end), which are page boundaries, are present. False: pagemap cannot be read. */
bool mem_run_present(struct mem_run *m, uint64_t start, uint64_t end, uint64_t *ret);

#endif
