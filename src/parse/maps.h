#ifndef COWTOP_PARSE_MAPS_H
#define COWTOP_PARSE_MAPS_H

/*
 * /proc/PID/maps (proc(5); fs/proc/task_mmu.c show_map_vma): START-END PERMS OFFSET DEV INODE PATH,
 * sorted by address.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/* What the pages of a mapping can be. */
enum vma_kind {
	VMA_NONE,         /* no page of it counts: a hole, [vsyscall] */
	VMA_ANON,         /* private, no file: heap, stack, arenas */
	VMA_FILE_PRIVATE, /* private mapping of a file: a write makes an anonymous copy */
	VMA_SHARED,       /* MAP_SHARED file, shmem, shared anonymous */
};

struct vma {
	uint64_t start, end; /* page aligned, start < end */
	enum vma_kind kind;
	bool writable, executable;
	bool hugetlb; /* "/anon_hugepage" or a hugetlbfs path, as far as the name tells */
	bool stack;   /* "[stack]": of the thread that the process began with */
	bool heap;    /* "[heap]": what brk(2) moves the end of */
	uint64_t offset, inode;
	uint32_t dev_major, dev_minor;
	/* The name, a slice of the text it was parsed from; not NUL-terminated, foreign bytes. */
	uint32_t name_at, name_len;
};

struct vma_list {
	struct vma *items;
	size_t n, cap;
};

/* Appends to `list` (which the caller reset with list->n = 0). 0, or -1 when a line is malformed,
 * unsorted or overlapping; the list then holds the lines before it. */
int parse_maps(const char *text, size_t len, struct vma_list *list);
void vma_list_release(struct vma_list *list);

#endif
