#include "heap/equal.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "model/page_entry.h"
#include "sys/pace.h"
#include "sys/pagemap.h"

/* Pages that are read at once. */
#define RUN_MAX 32

void equal_release(struct equal *e)
{
	free(e->pages);
	*e = (struct equal){ 0 };
}

static bool is_zero(const unsigned char *page, size_t size)
{
	return !page[0] && !memcmp(page, page + 1, size - 1);
}

static void take(struct equal *e, uint32_t process, const unsigned char *page, size_t size)
{
	if (is_zero(page, size)) {
		e->zero++;
		return;
	}
	vec_room(&e->pages, e->n, &e->cap);
	e->pages[e->n++] = (struct equal_page){ hash_bytes(0, page, size), process };
}

/* Pages in a row, those of them that are present. */
static int read_run(struct equal *e, uint32_t process, int pagemap, int mem, uint64_t page, size_t n,
		    unsigned char *bytes, size_t size)
{
	uint64_t entries[RUN_MAX];

	if (pagemap_read(pagemap, page, entries, n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (entries[i] & PM_PRESENT && mem_read_page(mem, page + i, bytes, size) == 0)
			take(e, process, bytes, size);
		else
			e->absent++;
	}
	return 0;
}

int equal_read(struct equal *e, uint32_t process, int pagemap, int mem, const uint64_t *pages, size_t n,
	       size_t page_size)
{
	cleanup_free unsigned char *bytes = xreallocarray(NULL, 1, page_size);
	struct equal before = *e;
	struct pace pace = { 0 };
	size_t run;

	for (size_t i = 0; i < n; i += run) {
		for (run = 1; run < RUN_MAX && i + run < n && pages[i + run] == pages[i] + run;)
			run++;
		if (pace_is_due(&pace, clock_now()))
			pace_pause();
		if (read_run(e, process, pagemap, mem, pages[i], run, bytes, page_size)) {
			e->n = before.n;
			e->zero = before.zero;
			e->absent = before.absent;
			return -1;
		}
		pace_left(&pace, clock_now());
	}
	e->processes++;
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	const struct equal_page *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

/* Pages of one content, which are sorted by process. */
static void add_content(struct equal_facts *f, const struct equal_page *pages, size_t n)
{
	size_t in = 1;

	for (size_t i = 1; i < n; i++)
		in += pages[i].process != pages[i - 1].process;
	if (in < 2)
		return;
	f->in_other += (double)n;
	if (in * 2 > f->workers)
		f->in_most += (double)n;
	if (in == f->workers)
		f->in_all += (double)n;
}

void equal_facts_of(struct equal *e, struct equal_facts *ret)
{
	double per = e->processes ? 1 / (double)e->processes : 0;
	size_t n;

	*ret = (struct equal_facts){ .workers = e->processes };
	if (e->n)
		qsort(e->pages, e->n, sizeof(*e->pages), by_hash);
	for (size_t i = 0; i < e->n; i += n) {
		for (n = 1; i + n < e->n && e->pages[i + n].hash == e->pages[i].hash;)
			n++;
		add_content(ret, &e->pages[i], n);
	}
	ret->sampled = ((double)e->n + e->zero) * per;
	ret->zero = e->zero * per;
	ret->in_all *= per;
	ret->in_most *= per;
	ret->in_other *= per;
}
