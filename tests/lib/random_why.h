#ifndef COWTOP_TESTS_RANDOM_WHY_H
#define COWTOP_TESTS_RANDOM_WHY_H

/* What tells why pages were copied, by chance, for lib/random_samples.h. */
#include "lib/random_state.h"
#include "model/sample.h"
#include "model/why_case.h"

/* Of so many pages, values below `below`. */
static inline void random_rows(struct random_state *c, uint32_t pages, uint32_t below, struct why_rows *ret)
{
	why_rows_release(ret);
	while (pages) {
		uint32_t n = 1 + (uint32_t)random_below(c, pages < 200 ? pages : 200);

		why_rows_add(ret, n, (uint32_t)random_below(c, below));
		pages -= n;
	}
}

static inline struct why_inventory *random_inventory(struct random_state *c)
{
	struct why_inventory *inv = xcalloc(1, sizeof(*inv));
	uint64_t at = random_bits(c) >> 20;

	inv->page_size = UINT64_C(4096) << random_below(c, 5);
	inv->objects = random_fact(c);
	inv->nranges = random_below(c, 5);
	inv->ranges = xcalloc(inv->nranges + 1, sizeof(*inv->ranges));
	for (size_t i = 0; i < inv->nranges; i++) {
		uint64_t pages = 1 + random_below(c, 3000);

		inv->ranges[i] = (struct why_range){ at * inv->page_size, (at + pages) * inv->page_size,
						     inv->npages };
		inv->npages += (uint32_t)pages;
		at += pages + random_below(c, 5);
	}
	/* of a size class two kinds */
	for (uint32_t left = inv->npages, n; left; left -= n) {
		n = 1 + (uint32_t)random_below(c, left < 50 ? left : 50);
		why_rows_add(&inv->pages, n,
			     (uint32_t)random_below(c, WHY_PAGE_TRACKED + 1) | (uint32_t)random_below(c, 256)
										       << WHY_CLASS_SHIFT);
	}
	return inv;
}

static inline struct why_history *random_history(struct random_state *c)
{
	struct why_history *h = xcalloc(1, sizeof(*h));

	h->young = random_hits(c, 2);
	h->nlooks = random_below(c, 9);
	h->looks = xcalloc(h->nlooks + 1, sizeof(*h->looks));
	for (size_t i = 0; i < h->nlooks; i++)
		h->looks[i] = (struct why_look){ random_fact(c), (fact)(random_bits(c) >> 2),
						 (fact)(random_bits(c) >> 1), random_hits(c, 2) };
	random_rows(c, 2000, 12, &h->pages);
	return h;
}

static inline void random_worker_why(struct random_state *c, struct proc_sample *p)
{
	struct why_worker_facts *w = p->why;

	if (!w && random_hits(c, 3))
		w = p->why = why_worker_facts_new();
	if (!w)
		return;
	why_rows_release(&w->news);
	why_rows_release(&w->wrote);
	why_history_free(w->history);
	w->history = NULL;
	if (random_hits(c, 10)) {
		why_worker_facts_free(w);
		p->why = NULL;
		return;
	}
	w->looks = random_fact(c);
	w->looked = random_hits(c, 2);
	w->switches = random_fact(c);
	w->full = random_hits(c, 3) ? INT64_MAX : random_fact(c);
	w->collecting = (fact)random_below(c, 3) - 1;
	if (random_hits(c, 2))
		random_rows(c, 3000, WHY_NEWS, &w->news);
	if (random_hits(c, 8))
		random_rows(c, 3000, 257, &w->wrote);
	if (random_hits(c, 8))
		w->history = random_history(c);
}

static inline void random_why(struct random_state *c, struct sample *s)
{
	if (s->why) {
		why_inventory_free(s->why->inventory);
		s->why->inventory = NULL;
	}
	if (random_hits(c, 10)) {
		why_facts_free(s->why);
		s->why = random_hits(c, 2) ? why_facts_new() : NULL;
	}
	if (s->why && random_hits(c, 4)) {
		s->why->number = random_fact(c);
		snprintf(s->why->reason, sizeof(s->why->reason), "%.*s", (int)random_below(c, 12),
			 "a reason, \xff\n");
	}
	if (s->why && random_hits(c, 4))
		s->why->inventory = random_inventory(c);
	for (size_t i = 0; i < s->nprocs; i++)
		random_worker_why(c, &s->procs[i]);
}

static inline void random_assert_same_rows(const struct why_rows *a, const struct why_rows *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_true(a->items[i].n == b->items[i].n && a->items[i].value == b->items[i].value);
}

static inline void random_assert_same_why(const struct why_facts *a, const struct why_facts *b)
{
	assert_int_equal(!a, !b);
	if (!a)
		return;
	assert_true(a->number == b->number);
	assert_string_equal(a->reason, b->reason);
	assert_int_equal(!a->inventory, !b->inventory);
	if (!a->inventory)
		return;
	assert_true(a->inventory->page_size == b->inventory->page_size);
	assert_true(a->inventory->objects == b->inventory->objects);
	assert_int_equal(a->inventory->npages, b->inventory->npages);
	assert_int_equal(a->inventory->nranges, b->inventory->nranges);
	for (size_t i = 0; i < a->inventory->nranges; i++) {
		const struct why_range *x = &a->inventory->ranges[i], *y = &b->inventory->ranges[i];

		assert_true(x->start == y->start && x->end == y->end && x->first == y->first);
	}
	random_assert_same_rows(&a->inventory->pages, &b->inventory->pages);
}

static inline void random_assert_same_worker_why(const struct why_worker_facts *a,
						 const struct why_worker_facts *b)
{
	assert_int_equal(!a, !b);
	if (!a)
		return;
	assert_true(a->looks == b->looks && a->looked == b->looked);
	assert_true(a->switches == b->switches && a->full == b->full && a->collecting == b->collecting);
	random_assert_same_rows(&a->news, &b->news);
	random_assert_same_rows(&a->wrote, &b->wrote);
	assert_int_equal(!a->history, !b->history);
	if (!a->history)
		return;
	assert_int_equal(a->history->young, b->history->young);
	assert_int_equal(a->history->nlooks, b->history->nlooks);
	for (size_t i = 0; i < a->history->nlooks; i++) {
		const struct why_look *x = &a->history->looks[i], *y = &b->history->looks[i];

		assert_true(x->switches == y->switches && x->age_ns == y->age_ns && x->full == y->full &&
			    x->clean == y->clean);
	}
	random_assert_same_rows(&a->history->pages, &b->history->pages);
}

#endif
