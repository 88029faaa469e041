#include "heap/content.h"

#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/page_entry.h"
#include "sys/pace.h"
#include "sys/pagemap.h"

/* Pages that are read at once, and the unit of a sample. */
#define RUN_MAX 32

struct side {
	struct content_side fd;
	struct pace pace;
	unsigned char *bytes; /* of a run */
};

struct comparison {
	struct side from, of;
	const struct content_limits *limits;
	uint64_t runs, runs_wanted, turn; /* how many there are; and the sum that says whose turn it is */
	struct copies *ret;
};

/* Which pages of a run are there; the bytes of those in a row are read at once. */
static uint32_t read_run(struct side *s, uint64_t page, size_t n, size_t page_size)
{
	uint64_t entries[RUN_MAX];
	uint32_t have = 0;

	if (pace_is_due(&s->pace, clock_now()))
		pace_pause();
	if (pagemap_read(s->fd.pagemap, page, entries, n))
		memset(entries, 0, sizeof(entries));
	for (size_t i = 0; i < n;) {
		size_t k = i;
		ssize_t got;

		while (k < n && entries[k] & PM_PRESENT)
			k++;
		got = k > i ? mem_read_bytes(s->fd.mem, (page + i) * page_size, s->bytes + i * page_size,
					     (k - i) * page_size) :
			      0;
		/* less, when one went away meanwhile */
		for (size_t at = i; got >= (ssize_t)page_size; got -= (ssize_t)page_size)
			have |= 1U << at++;
		i = k + 1;
	}
	pace_left(&s->pace, clock_now());
	return have;
}

static uint64_t count_differing(const unsigned char *a, const unsigned char *b, size_t len)
{
	uint64_t n = 0;

	if (memcmp(a, b, len) == 0)
		return 0;
	for (size_t i = 0; i < len; i++)
		n += a[i] != b[i];
	return n;
}

static void compare_run(struct comparison *c, uint64_t page, size_t n)
{
	size_t size = (size_t)c->ret->page_size;
	uint32_t have = read_run(&c->of, page, n, size);

	c->ret->wanted += n;
	have &= have ? read_run(&c->from, page, n, size) : 0;
	for (size_t i = 0; i < n; i++)
		if (have >> i & 1)
			copies_count(c->ret,
				     count_differing(c->from.bytes + i * size, c->of.bytes + i * size, size));
}

/* Runs are wanted in turn, so that those that are lie all over the address space. */
static bool is_wanted(struct comparison *c)
{
	c->turn += c->runs_wanted;
	if (c->turn < c->runs)
		return false;
	c->turn -= c->runs;
	return !c->limits->go_on || c->limits->go_on(c->limits->data);
}

static void count_runs(struct comparison *c, const struct address_space *space)
{
	uint64_t most = c->limits->pages_max;

	for (size_t i = 0; i < space->nstretches; i++) {
		if (space->stretches[i].class != PAGE_CLASS_COW_BROKEN)
			continue;
		c->ret->pages += space->stretches[i].pages;
		c->runs += (space->stretches[i].pages + RUN_MAX - 1) / RUN_MAX;
	}
	/* each stands for as many pages as all of them have on average */
	c->runs_wanted = c->ret->pages <= most ? c->runs : c->runs * most / c->ret->pages;
}

void content_compare(const struct content_side *from, const struct content_side *of,
		     const struct address_space *space, const struct content_limits *limits,
		     struct copies *ret)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	cleanup_free unsigned char *a = xreallocarray(NULL, RUN_MAX, size);
	cleanup_free unsigned char *b = xreallocarray(NULL, RUN_MAX, size);
	struct comparison c = { .from = { *from, { 0 }, a }, .of = { *of, { 0 }, b }, .limits = limits };

	*ret = (struct copies){ .page_size = size };
	c.ret = ret;
	count_runs(&c, space);
	for (size_t i = 0; i < space->nstretches; i++) {
		const struct page_stretch *s = &space->stretches[i];

		for (uint32_t at = 0; s->class == PAGE_CLASS_COW_BROKEN && at < s->pages; at += RUN_MAX)
			if (is_wanted(&c))
				compare_run(&c, s->start + at,
					    s->pages - at < RUN_MAX ? s->pages - at : RUN_MAX);
	}
}
