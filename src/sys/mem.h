#ifndef COWTOP_SYS_MEM_H
#define COWTOP_SYS_MEM_H

/*
 * The memory of another process, read through /proc/PID/mem (never process_vm_readv: it unshares what it
 * reads) and only where pagemap calls a page present: reading an untouched page would map it, reading
 * a swapped one would fetch it. Pages are kept in a small cache until mem_forget(), so a walk from
 * object to object costs one read a page. What a process can make this cost is bounded by `budget`, and reads in
 * a row have breaths between them (sys/pace.h).
 */
#include "parse/reader.h"
#include "sys/pace.h"

#define MEM_PAGE 4096 /* the cache's unit, whatever the page size is */
#define MEM_WINDOW 32
#define MEM_BEFORE 4 /* of them before the page that was asked for, at most */

struct mem_slot;

struct mem {
	int pagemap, fd; /* borrowed */
	uint64_t page_size;
	/* where a page may be kept, one place each; their bytes lie apart: only those of a page are ever touched */
	struct mem_slot *slots;
	unsigned char (*bytes)[MEM_PAGE];
	size_t nslots;
	uint64_t window[MEM_WINDOW]; /* pagemap entries of neighbouring pages */
	uint64_t window_at;
	bool window_known;
	struct pace pace;
	uint64_t reads, budget; /* pages read so far; no more than `budget` are */
	/* Fills a page that is neither present nor swapped: nobody wrote it, so what it would show is
	 * known without touching it. May be NULL. */
	bool (*fill)(void *ctx, uint64_t address, void *page);
	void *fill_ctx;
};

/* `nslots` is a power of two; 256 of them hold 1 MiB. */
void mem_init(struct mem *m, int pagemap, int fd, size_t nslots, uint64_t budget);
void mem_release(struct mem *m); /* a zeroed one is fine */

/* A reader over it; `m` stays where it is while the reader is used. */
struct reader mem_reader(struct mem *m);

#endif
