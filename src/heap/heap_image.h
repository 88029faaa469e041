#ifndef COWTOP_HEAP_HEAP_IMAGE_H
#define COWTOP_HEAP_HEAP_IMAGE_H

/*
 * The private memory of a process that no file is behind, to be read as a whole: its pages, numbered by address,
 * and their bytes, a block of 128 KiB with one pread on /proc/PID/mem. Only pages that pagemap calls present are
 * read. Who is told of a block when it is read first sees each page once, however often it is needed afterwards.
 */
#include "parse/maps.h"
#include "parse/reader.h"
#include "sys/pace.h"

#define HEAP_BLOCK_SHIFT 17
#define HEAP_BLOCK (1U << HEAP_BLOCK_SHIFT)
#define HEAP_BLOCK_PAGES_MAX (HEAP_BLOCK / 4096)
/* More pages than these (64 GiB of 4 KiB) are left out. */
#define HEAP_PAGES_MAX (16U << 20)

/* Pages in a row. */
struct heap_range {
	uint64_t start, end; /* addresses */
	size_t first;        /* the number of its first page */
};

struct heap_slot;

struct heap_image {
	int pagemap, mem; /* borrowed */
	uint64_t page_size;
	struct heap_range *ranges; /* ascending */
	size_t nranges, ranges_cap;
	size_t npages;
	bool cut;      /* there are more than HEAP_PAGES_MAX */
	size_t latest; /* the range that was asked for last */
	/* The page that was read last; bytes NULL: none. */
	uint64_t at;
	const unsigned char *bytes;
	struct heap_slot *slots;
	size_t nslots;
	size_t again;  /* blocks that were taken anew since there are so many slots */
	uint8_t *seen; /* a bit a page: it was told of */
	uint64_t pages_read, budget;
	struct pace pace;
	/* Told of a page when it is read first. `number`: of the page. */
	void (*page)(void *ctx, size_t number, uint64_t address, const unsigned char *bytes);
	void *ctx;
	struct reader other; /* for what is not in here; .read NULL: nothing */
};

/* Everything is borrowed. 0, -ESRCH: it is gone, or -errno. */
int heap_image_open(struct heap_image *h, const struct vma_list *maps, int pagemap, int mem);
void heap_image_release(struct heap_image *h); /* a zeroed one is fine */
/* A reader over it; `h` stays where it is while the reader is used. */
struct reader heap_image_reader(struct heap_image *h);
/* The number of the page around `address`, or SIZE_MAX. */
size_t heap_image_page(struct heap_image *h, uint64_t address);
uint64_t heap_image_address(const struct heap_image *h, size_t number);
/* Read what was not read so far. False: the budget did not allow all. */
bool heap_image_read_all(struct heap_image *h);

#endif
