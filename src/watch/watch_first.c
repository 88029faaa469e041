#include "watch/watch_first.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "sys/perf.h"

#define FAR (UINT64_C(1) << 20) /* no trial gets there */
#define SLOTS_LEAST ((size_t)1 << 10)
#define SLOTS_MOST ((size_t)1 << 21)

static void allocate_page(size_t page)
{
	void *new = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
			 0);

	if (new != MAP_FAILED)
		munmap(new, page);
}

bool watch_first_twice(uint64_t tracepoint)
{
	/* stopped until it has its ring, which is made of pages as well */
	const struct perf_setup own = { .tracepoint = tracepoint, .period = FAR, .filter = "order == 0" };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	cleanup_close int fd = perf_open(&own, 0, -1);
	cleanup(perf_ring_release) struct perf_ring ring = { 0 };

	if (fd < 0 || perf_ring_open(fd, page, &ring) < 0 || perf_start(fd) < 0)
		return false;
	allocate_page(page);
	return perf_ring_head(&ring) > 0;
}

/* ---- the hash */

void watch_firsts_release(struct watch_firsts *f)
{
	free(f->slots);
	*f = (struct watch_firsts){ 0 };
}

/* The slot that has the stream, or the free one for it. */
static uint64_t *slot_of(const struct watch_firsts *f, uint64_t stream)
{
	size_t at = hash_fold(hash_mix(0, stream));

	while (f->slots[at &= f->cap - 1] && f->slots[at] >> 1 != stream)
		at++;
	return &f->slots[at];
}

static void grow(struct watch_firsts *f)
{
	struct watch_firsts old = *f;
	size_t i;

	f->cap = old.cap ? old.cap * 2 : SLOTS_LEAST;
	f->slots = xcalloc(f->cap, sizeof(*f->slots));
	for (i = 0; i < old.cap; i++)
		if (old.slots[i])
			*slot_of(f, old.slots[i] >> 1) = old.slots[i];
	free(old.slots);
}

static void make_room(struct watch_firsts *f)
{
	if (f->n * 2 < f->cap)
		return;
	if (f->cap == SLOTS_MOST)
		watch_firsts_release(f);
	grow(f);
}

bool watch_firsts_drop(struct watch_firsts *f, uint64_t stream)
{
	uint64_t *slot;

	make_room(f);
	slot = slot_of(f, stream);
	if (*slot & 1)
		return false;
	f->n += !*slot;
	*slot = *slot ? *slot | 1 : stream << 1;
	return true;
}
