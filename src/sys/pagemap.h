#ifndef COWTOP_SYS_PAGEMAP_H
#define COWTOP_SYS_PAGEMAP_H

/*
 * /proc/PID/pagemap, /proc/kpageflags, /proc/kpagecount and /proc/PID/mem: the only places that touch them.
 * Nothing here changes a page: pread on these files takes no reference that unshares (unlike
 * process_vm_readv, which pins), and mem is to be read for present pages only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "sys/proc.h"

/* `n` entries from virtual page `page` on. 0, -ESRCH when the process execed or exited since the
 * descriptor was opened (the kernel gives end of file), or -errno. Pages above the address space
 * read as 0. */
int pagemap_read(int fd, uint64_t page, uint64_t *entries, size_t n);

/* Do this process's own pagemap reads carry frame numbers (CAP_SYS_ADMIN in the initial user
 * namespace, checked by the kernel when the file is opened)? Sets the frame of the zero page in
 * *ret_zero_frame; 0: there is none, as where a host wants no guest to have one, or it is not known. False of what was
 * captured. */
bool pagemap_frames(const struct procfs *fs, uint64_t *ret_zero_frame);

/* A run of pages. */
struct page_range {
	uint64_t start, end; /* virtual pages, end exclusive */
};

/* So many pages are found at a time, at the most: the kernel holds the lock of the whole address space
 * from the start of a scan to its end (some 20 us for so many). */
#define SCAN_PAGES_MAX 4096

/* PAGEMAP_SCAN (Linux 6.7). Fills up to `max` ranges within [start, end) and returns their number;
 * *ret_next is where to go on (end when done): what is to be scanned in one go is SCAN_PAGES_MAX pages at
 * the most, and neighbouring ranges may be parts of one. -ENOTTY or -EINVAL: this kernel has no such ioctl. */
int pagemap_populated(int fd, uint64_t start, uint64_t end, struct page_range *ranges, size_t max,
		      uint64_t *ret_next);
/* The same for pages that map the zero page. */
int pagemap_zero(int fd, uint64_t start, uint64_t end, struct page_range *ranges, size_t max,
		 uint64_t *ret_next);

/* Are these pages all mapped as (a part of) one huge page? 1, 0; -1: not known. Needs no privilege. */
int pagemap_is_huge(int fd, uint64_t page, size_t n);

/* Open /proc/kpageflags and read the flags of `frame` for a trial: a descriptor or -errno. */
int kpageflags_open(const struct procfs *fs, uint64_t frame);
/* Flags of n frames in any order; runs of neighbours are read at once. False: not readable. */
bool kpageflags_read(int fd, const uint64_t *frames, size_t n, uint64_t *ret);
/* The same flags where only the head of a huge page shows KPF_ANON_EXCLUSIVE, KPF_DIRTY and KPF_SWAPBACKED: its
 * other pages get them, too. A page that is mapped by itself has a flag of its own, which stands (mm/huge_memory.c,
 * __split_huge_pmd_locked(), Linux 6.1). */
void kpageflags_from_heads(int fd, const uint64_t *frames, size_t n, uint64_t *flags);

/* The same for /proc/kpagecount: how often each frame is mapped, by any process (0: by none, or it is no
 * frame of memory). Where the kernel keeps no count a page (CONFIG_NO_PAGE_MAPCOUNT, Linux 6.15) it is the
 * average of its folio. */
int kpagecount_open(const struct procfs *fs, uint64_t frame);
bool kpagecount_read(int fd, const uint64_t *frames, size_t n, uint64_t *ret);

/* One page of another process through an open /proc/PID/mem. 0 or -errno. */
int mem_read_page(int fd, uint64_t page, void *out, size_t page_size);
/* As much as lies in a row, of `len` bytes at `address`: how much, or -errno. */
ssize_t mem_read_bytes(int fd, uint64_t address, void *out, size_t len);

#endif
