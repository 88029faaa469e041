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

/* Of the words one in so many ... */
#define WORD_ONE_OF 128
/* ... none that may be an address, and none that is in a process so often. */
#define ADDRESS_BITS 47
#define WORD_OFTEN 8

void equal_release(struct equal *e)
{
	free(e->pages.items);
	free(e->words.items);
	*e = (struct equal){ 0 };
}

static bool is_zero(const unsigned char *page, size_t size)
{
	return !page[0] && !memcmp(page, page + 1, size - 1);
}

static void add(struct equal_list *l, uint64_t value, uint32_t process)
{
	vec_room(&l->items, l->n, &l->cap);
	l->items[l->n++] = (struct equal_item){ value, process };
}

static void take(struct equal *e, uint32_t process, const unsigned char *page, size_t size)
{
	uint64_t word;

	if (is_zero(page, size)) {
		e->zero++;
		return;
	}
	add(&e->pages, hash_bytes(0, page, size), process);
	for (size_t at = 0; at < size; at += sizeof(word)) {
		memcpy(&word, page + at, sizeof(word));
		if (word >> ADDRESS_BITS && word != UINT64_MAX && hash_mix(0, word) % WORD_ONE_OF == 0)
			add(&e->words, word, process);
	}
}

/* Pages in a row, those of them that are present. */
static int read_run(struct equal *e, uint32_t process, const struct equal_side *side, uint64_t page, size_t n,
		    unsigned char *bytes, size_t size)
{
	uint64_t entries[RUN_MAX];

	if ((side->go_on && !side->go_on(side->data)) || pagemap_read(side->pagemap, page, entries, n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (entries[i] & PM_PRESENT && mem_read_page(side->mem, page + i, bytes, size) == 0)
			take(e, process, bytes, size);
		else
			e->absent++;
	}
	return 0;
}

int equal_read(struct equal *e, uint32_t process, const struct equal_side *side, const uint64_t *pages,
	       size_t n, size_t page_size)
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
		if (read_run(e, process, side, pages[i], run, bytes, page_size)) {
			e->pages.n = before.pages.n;
			e->words.n = before.words.n;
			e->zero = before.zero;
			e->absent = before.absent;
			return -1;
		}
		pace_left(&pace, clock_now());
	}
	e->processes++;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const struct equal_item *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

/* Of one value, sorted by process: how many of them one process has at the most, and how many processes there are. */
static size_t processes_of(const struct equal_item *items, size_t n, size_t *ret_often)
{
	size_t in = 1, often = 1;

	*ret_often = 1;
	for (size_t i = 1; i < n; i++) {
		bool same = items[i].process == items[i - 1].process;

		often = same ? often + 1 : 1;
		in += !same;
		if (often > *ret_often)
			*ret_often = often;
	}
	return in;
}

/* How many there are of those that no process has more often than that. */
static double count(struct equal_list *l, size_t often_most, size_t processes, struct equal_parts *ret)
{
	const size_t half = processes / 2 + 1, three = processes < 3 ? 2 : 3,
		     most = half > three ? half : three;
	double all = 0;
	size_t n, often, in;

	*ret = (struct equal_parts){ 0 };
	if (l->n)
		qsort(l->items, l->n, sizeof(*l->items), by_value);
	for (size_t i = 0; i < l->n; i += n) {
		for (n = 1; i + n < l->n && l->items[i + n].value == l->items[i].value;)
			n++;
		in = processes_of(&l->items[i], n, &often);
		if (often > often_most)
			continue;
		all += (double)n;
		ret->in_other += in > 1 ? (double)n : 0;
		ret->in_most += in >= most ? (double)n : 0;
		ret->in_all += in > 1 && in == processes ? (double)n : 0;
	}
	ret->in_other /= (double)processes;
	ret->in_most /= (double)processes;
	ret->in_all /= (double)processes;
	return all / (double)processes;
}

void equal_facts_of(struct equal *e, struct equal_facts *ret)
{
	*ret = (struct equal_facts){ .workers = e->processes };
	if (!e->processes)
		return;
	ret->zero = e->zero / (double)e->processes;
	ret->sampled = ret->zero + count(&e->pages, SIZE_MAX, e->processes, &ret->pages);
	ret->words = count(&e->words, WORD_OFTEN, e->processes, &ret->found);
}
