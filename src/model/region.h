#ifndef COWTOP_MODEL_REGION_H
#define COWTOP_MODEL_REGION_H

/*
 * One process's address space, mapping by mapping and page by page: for the regions pane and the
 * page map. Made on demand for a selected process, beside the sample.
 */
#include "model/sample.h"

enum region_kind {
	REGION_HEAP,      /* [heap]: brk */
	REGION_ANON,      /* unnamed private: malloc arenas, mmap */
	REGION_FILE_DATA, /* writable private mapping of a file: .data, .got, .bss behind it */
	REGION_FILE,      /* other mapping of a file: text, rodata, mmap'ed files */
	REGION_STACK,
	REGION_SHMEM, /* MAP_SHARED without a file of its own, /dev/shm, SysV */
	REGION_KINDS,
};

struct region {
	uint64_t start, end; /* addresses */
	enum region_kind kind;
	char *name; /* path or [name], foreign bytes; "" for anonymous memory */
	struct page_facts pages;
};

/* As what a page counts in the ledger. */
enum page_class {
	PAGE_CLASS_NONE,
	PAGE_CLASS_SHARED,
	PAGE_CLASS_ORPHANED,
	PAGE_CLASS_COW_BROKEN,
	PAGE_CLASS_COW_FILE,
	PAGE_CLASS_NEW,
	PAGE_CLASS_FILE,
	PAGE_CLASS_SWAPPED,
	PAGE_CLASSES,
};

/* Pages in a row of one class; ascending, disjoint, holes left out. */
struct page_stretch {
	uint64_t start; /* page number: address / page size */
	uint32_t pages;
	uint8_t class; /* enum page_class, never NONE */
};

struct address_space {
	pid_t pid;
	uint64_t start_ticks;
	int64_t time_ns;        /* of the recorded sample that it belongs to; 0: it is as of now */
	struct region *regions; /* ascending */
	size_t nregions;
	struct page_stretch *stretches;
	size_t nstretches;
};

void address_space_release(struct address_space *a);
const char *region_kind_name(enum region_kind kind); /* "heap" "anon" "data" "file" "stack" "shmem" */

#endif
