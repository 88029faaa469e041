#include "watch/watch_pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "model/page_entry.h"
#include "sys/pagemap.h"

enum state {
	STATE_NONE,   /* never touched */
	STATE_SHARED, /* present, and mapped by others as well; or of a file */
	STATE_OWN,    /* present, nobody else's */
	STATE_ZERO,
	STATE_TOUCHED, /* a fault brought it since the last reading, perhaps a read */
	STATE_SWAPPED,
	STATES,
};

/* What a fault on such a page does. */
static const enum page_event event_on[STATES] = {
	[STATE_NONE] = PAGE_EVENT_FIRST,     [STATE_SHARED] = PAGE_EVENT_COPIED,
	[STATE_OWN] = PAGE_EVENT_REUSED,     [STATE_ZERO] = PAGE_EVENT_ZEROED,
	[STATE_TOUCHED] = PAGE_EVENT_ZEROED, [STATE_SWAPPED] = PAGE_EVENT_UNDECIDED,
};

/* Without PAGEMAP_SCAN (Linux 6.7) all words of a mapping are read: only so far. */
#define WHOLE_MAX (UINT64_C(16) << 30)
#define BLOCKS_MAX (1u << 19) /* 1 TiB of touched memory */

struct page_block {
	uint64_t number;                               /* page / BLOCK_PAGES */
	uint8_t now[BLOCK_PAGES], before[BLOCK_PAGES]; /* enum state */
};

struct watch_pages {
	struct page_block **blocks; /* hash by number */
	size_t nblocks, nslots;
	int64_t read_ns; /* 0: never */
	bool known;
};

static struct watch_pages *watch_pages_new(void)
{
	return xcalloc(1, sizeof(struct watch_pages));
}

void watch_pages_free(struct watch_pages *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->nslots; i++)
		free(p->blocks[i]);
	free(p->blocks);
	free(p);
}

static size_t slot_of(const struct watch_pages *p, uint64_t number)
{
	size_t at = hash_fold(hash_mix(0, number)) & (p->nslots - 1);

	while (p->blocks[at] && p->blocks[at]->number != number)
		at = (at + 1) & (p->nslots - 1);
	return at;
}

static void grow(struct watch_pages *p)
{
	struct page_block **old = p->blocks;
	size_t n = p->nslots, i;

	p->nslots = n ? n * 2 : 64;
	p->blocks = xcalloc(p->nslots, sizeof(*p->blocks));
	for (i = 0; i < n; i++)
		if (old[i])
			p->blocks[slot_of(p, old[i]->number)] = old[i];
	free(old);
}

/* NULL: there is no room for more. */
static struct page_block *block_of(struct watch_pages *p, uint64_t page)
{
	uint64_t number = page >> BLOCK_SHIFT;
	struct page_block *b;

	if (p->nblocks * 2 >= p->nslots)
		grow(p);
	b = p->blocks[slot_of(p, number)];
	if (b || p->nblocks >= BLOCKS_MAX)
		return b;
	b = xcalloc(1, sizeof(*b));
	b->number = number;
	p->blocks[slot_of(p, number)] = b;
	p->nblocks++;
	return b;
}

static uint8_t shared_now(uint8_t state)
{
	return state == STATE_OWN || state == STATE_TOUCHED ? STATE_SHARED : state;
}

struct watch_pages *watch_pages_fork(struct watch_pages *parent)
{
	struct watch_pages *p = watch_pages_new();
	size_t i, j;

	if (!parent)
		return p;
	for (i = 0; i < parent->nslots; i++) {
		struct page_block *from = parent->blocks[i], *to;

		if (!from)
			continue;
		to = block_of(p, from->number << BLOCK_SHIFT);
		if (!to)
			break;
		for (j = 0; j < BLOCK_PAGES; j++) {
			from->now[j] = shared_now(from->now[j]);
			from->before[j] = shared_now(from->before[j]);
			to->now[j] = to->before[j] = from->now[j];
		}
	}
	p->known = parent->known;
	return p;
}

/* ---- reading */

static uint8_t state_of(uint64_t entry)
{
	if (entry_is_marker(entry))
		return STATE_NONE;
	if (entry & PM_SWAP)
		return STATE_SWAPPED;
	if (!(entry & PM_PRESENT))
		return STATE_NONE;
	if (entry & PM_FILE)
		return STATE_SHARED;
	return entry_exclusive(entry) ? STATE_OWN : STATE_SHARED;
}

/* What is not read is not there: everything becomes old first. */
static void make_old(struct watch_pages *p)
{
	size_t i;

	for (i = 0; i < p->nslots; i++) {
		struct page_block *b = p->blocks[i];

		if (!b)
			continue;
		memcpy(b->before, b->now, sizeof(b->before));
		memset(b->now, STATE_NONE, sizeof(b->now));
	}
}

static int read_range(struct watch_pages *p, int fd, struct page_range r)
{
	uint64_t entries[BLOCK_PAGES], page = r.start;
	int error;

	while (page < r.end) {
		uint64_t stop = (page | (BLOCK_PAGES - 1)) + 1, i;
		struct page_block *b;

		if (stop > r.end)
			stop = r.end;
		error = pagemap_read(fd, page, entries, stop - page);
		if (error < 0)
			return error;
		b = block_of(p, page);
		if (!b)
			return -ENOSPC;
		for (i = 0; page + i < stop; i++)
			b->now[(page + i) & (BLOCK_PAGES - 1)] = state_of(entries[i]);
		page = stop;
	}
	return 0;
}

static void read_zero(struct watch_pages *p, int fd, uint64_t start, uint64_t end)
{
	struct page_range ranges[64];
	uint64_t next, page;
	int n, i;

	for (; start < end; start = next) {
		n = pagemap_zero(fd, start, end, ranges, 64, &next);
		if (n < 0)
			return;
		for (i = 0; i < n; i++)
			for (page = ranges[i].start; page < ranges[i].end; page++) {
				struct page_block *b = block_of(p, page);

				if (b)
					b->now[page & (BLOCK_PAGES - 1)] = STATE_ZERO;
			}
	}
}

static int read_mapping(struct watch_pages *p, int fd, uint64_t start, uint64_t end)
{
	struct page_range ranges[64];
	uint64_t at, next;
	int n, i, r;

	for (at = start; at < end; at = next) {
		n = pagemap_populated(fd, at, end, ranges, 64, &next);
		if (n == -ENOTTY || n == -EINVAL)
			return end - start > WHOLE_MAX / (uint64_t)sysconf(_SC_PAGESIZE) ?
				       0 :
				       read_range(p, fd, (struct page_range){ start, end });
		if (n < 0)
			return n;
		for (i = 0; i < n; i++) {
			r = read_range(p, fd, ranges[i]);
			if (r < 0)
				return r;
		}
	}
	read_zero(p, fd, start, end);
	return 0;
}

int watch_pages_read(struct watch_pages *p, const struct procfs *fs, pid_t pid)
{
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup_close int fd = procfs_file(fs, pid, "pagemap");
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t i;
	int r;

	if (fd < 0)
		return fd;
	r = procfs_maps(fs, pid, &text, &maps);
	if (r < 0)
		return r;
	make_old(p);
	for (i = 0; i < maps.n; i++) {
		const struct vma *v = &maps.items[i];

		if (v->kind != VMA_ANON && v->kind != VMA_FILE_PRIVATE)
			continue;
		r = read_mapping(p, fd, v->start / page, v->end / page);
		if (r < 0)
			return r;
	}
	p->read_ns = p->known ? clock_now() : 0;
	p->known = true;
	return 0;
}

enum page_event watch_pages_fault(struct watch_pages *p, uint64_t address, int64_t time_ns)
{
	uint64_t page = address / (uint64_t)sysconf(_SC_PAGESIZE);
	size_t i = page & (BLOCK_PAGES - 1);
	struct page_block *b;
	enum page_event event;
	uint8_t state;

	if (!p || !p->known)
		return PAGE_EVENT_UNDECIDED;
	b = block_of(p, page);
	if (!b)
		return PAGE_EVENT_UNDECIDED;
	state = time_ns <= p->read_ns ? b->before[i] : b->now[i];
	event = event_on[state];
	b->now[i] = b->before[i] = state == STATE_NONE ? STATE_TOUCHED : STATE_OWN;
	return event;
}
