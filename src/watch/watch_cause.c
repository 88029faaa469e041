#include "watch/watch_cause.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/search.h"
#include "parse/kallsyms.h"

/*
 * Beginnings of names (mm/memory.c, mm/shmem.c, mm/swap_state.c; Linux 5.4 to 6.18). Static functions
 * may be gone into their callers, wp_page_copy into do_wp_page; do_swap_page calls do_wp_page
 * for the copy that follows, so the innermost decides. Of huge pages (mm/huge_memory.c, mm/khugepaged.c)
 * do_huge_pmd_wp_page copies before 5.8.
 */
static const struct {
	const char *start;
	bool copy;
} known[] = {
	{ "wp_page_copy", true },
	{ "do_wp_page", true },
	{ "do_cow_fault", true },
	{ "shmem_", false },
	{ "do_swap_page", false },
	{ "swapin_", false },
	{ "swap_cluster_readahead", false },
	{ "swap_vma_readahead", false },
	{ "read_swap_cache_async", false },
	{ "__read_swap_cache_async", false },
	{ "alloc_swap_folio", false },
	{ "do_huge_pmd_wp_page", true },
	{ "do_huge_pmd_anonymous_page", false },
	{ "__do_huge_pmd_anonymous_page", false },
	{ "collapse_huge_page", false },
	{ "khugepaged_", false },
};

#define NKNOWN (sizeof(known) / sizeof(known[0]))

static const bool *decides(const struct kernel_symbol *s)
{
	size_t i, n;

	for (i = 0; i < NKNOWN; i++) {
		n = strlen(known[i].start);
		if (s->name_len >= n && !memcmp(s->name, known[i].start, n))
			return &known[i].copy;
	}
	return NULL;
}

static int read_all(const struct procfs *fs, struct buf *out)
{
	int r = io_read_file(fs->fd, "kallsyms", out);

	if (r == 0 && !out->len)
		return -EIO;
	return r == 0 && out->cut ? -EFBIG : r;
}

static int by_start(const void *a, const void *b)
{
	const struct cause_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

int watch_causes_read(const struct procfs *fs, struct watch_causes *ret)
{
	cleanup(buf_release) struct buf text = { 0 };
	struct watch_causes c = { 0 };
	struct kernel_symbol s;
	const bool *copy;
	size_t at = 0;
	int r = read_all(fs, &text);

	if (r < 0)
		return r;
	while (parse_kallsyms(text.data, text.len, &at, &s)) {
		copy = decides(&s);
		if (!copy)
			continue;
		vec_room(&c.ranges, c.n, &c.cap);
		c.ranges[c.n++] = (struct cause_range){ s.start, s.end, *copy };
	}
	if (!c.n)
		return -EPERM;
	qsort(c.ranges, c.n, sizeof(*c.ranges), by_start);
	*ret = c;
	return 0;
}

void watch_causes_release(struct watch_causes *c)
{
	free(c->ranges);
	*c = (struct watch_causes){ 0 };
}

static const struct cause_range *find(const struct watch_causes *c, uint64_t address)
{
	size_t i = search(at, c->n, c->ranges[at].end <= address);

	return i < c->n && c->ranges[i].start <= address ? &c->ranges[i] : NULL;
}

bool watch_causes_copy(const struct watch_causes *c, const uint8_t *chain, size_t n)
{
	const struct cause_range *r;
	uint64_t address;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&address, chain + i * sizeof(address), sizeof(address));
		r = find(c, address);
		if (r)
			return r->copy;
	}
	return true;
}
