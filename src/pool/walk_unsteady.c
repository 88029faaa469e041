#include "base/clock.h"
#include "pool/member_files.h"
#include "pool/walk_parts.h"
#include "sys/pace.h"
#include "sys/pagemap.h"

/* Each with a pause; a batch of pages takes the kernel a millisecond or two, and what is on its way is waited for. */
#define TRIES_MAX 16
/* In a walk so many blocks of one process: less than half a second. Who copies pages all the time moves them, too. */
#define READ_AGAIN_MAX 65536

static bool differ(const uint64_t a[static BLOCK_PAGES], const uint64_t b[static BLOCK_PAGES])
{
	uint64_t bits = 0;

	for (size_t i = 0; i < BLOCK_PAGES; i++)
		bits |= a[i] ^ b[i];
	return bits & PM_USED;
}

/* Is a page another one in a process than in its base? What is the same in both is shared, wherever it lies. */
static bool any_unlike(const struct walk *w)
{
	for (size_t i = 1; i < w->n; i++) {
		const struct walker *k = &w->walkers[i];
		const struct walker *base = k->member->base < 0 ? NULL : &w->walkers[k->member->base];

		if (k->reading && (!base || !base->reading || differ(k->entries, base->entries)))
			return true;
	}
	return false;
}

/* Its block once more. False: it is gone, as the next read of it will say. */
static bool read_again(const struct walk *w, struct walker *k, uint64_t entries[static BLOCK_PAGES])
{
	int fd, r;

	if (pace_is_due(&k->pace, clock_now()))
		pace_pause();
	r = fd = member_pagemap(k->member, w->io->fs);
	if (fd >= 0)
		r = pagemap_read(fd, k->block << BLOCK_SHIFT, entries, BLOCK_PAGES);
	member_done(k->member, fd);
	pace_left(&k->pace, clock_now());
	return r == 0;
}

/* What was not there was not moved. */
static bool is_moved(uint64_t before, uint64_t now)
{
	return (before ^ now) & PM_USED && before & (PM_PRESENT | PM_SWAP) && now & (PM_PRESENT | PM_SWAP);
}

/* Pages that are in another frame than a moment ago, in one process or another. */
static size_t count_changed(struct walk *w)
{
	uint64_t again[BLOCK_PAGES];
	bool moved[BLOCK_PAGES] = { false };
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct walker *k = &w->walkers[i];

		if (!k->reading || !read_again(w, k, again) || !differ(k->entries, again))
			continue;
		for (size_t p = 0; p < BLOCK_PAGES; p++)
			moved[p] |= is_moved(k->entries[p], again[p]);
	}
	for (size_t p = 0; p < BLOCK_PAGES; p++)
		n += moved[p];
	return n;
}

bool walk_is_unsteady(struct walk *w)
{
	w->unsteady = w->io->careful && any_unlike(w) ? count_changed(w) : 0;
	if (!w->unsteady || w->tries++ == TRIES_MAX || w->read_again >= READ_AGAIN_MAX)
		return false;
	w->read_again += w->n;
	pace_pause();
	return true;
}
