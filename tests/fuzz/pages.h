#ifndef COWTOP_TESTS_PAGES_H
#define COWTOP_TESTS_PAGES_H

/* The memory of a process as files that stand for its /proc/PID/mem and pagemap: only what was put there is present. */
#include <sys/mman.h>
#include <unistd.h>
#include "fuzz.h"

#define PAGES_SIZE 4096ULL

struct pages {
	int mem, pagemap; /* 0: none yet */
	uint64_t end;     /* addresses, from 0 on */
};

/* Nothing is present. Files that are there already are emptied. */
static inline void pages_begin(struct pages *p, uint64_t end)
{
	p->mem = p->mem ?: memfd_create("mem", MFD_CLOEXEC);
	p->pagemap = p->pagemap ?: memfd_create("pagemap", MFD_CLOEXEC);
	p->end = end;
	must(ftruncate(p->mem, 0) == 0 && ftruncate(p->mem, (off_t)end) == 0);
	must(ftruncate(p->pagemap, 0) == 0 && ftruncate(p->pagemap, (off_t)(end / PAGES_SIZE * 8)) == 0);
}

/* As much of it as lies before the end; the pages around it are present. */
static inline void pages_put(const struct pages *p, uint64_t address, const void *bytes, size_t len)
{
	const uint64_t present = 1ULL << 63;

	if (address >= p->end)
		return;
	len = len < p->end - address ? len : p->end - address;
	must(pwrite(p->mem, bytes, len, (off_t)address) == (ssize_t)len);
	for (uint64_t page = address / PAGES_SIZE; len && page <= (address + len - 1) / PAGES_SIZE; page++)
		must(pwrite(p->pagemap, &present, 8, (off_t)(page * 8)) == 8);
}

#endif
