#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "analysis/why_memory.h"
#include "base/alloc.h"
#include "base/cleanup.h"

#define PAGE 4096

/* A median and a mean are of all pages that were compared, or of those that differ. */
static void test_copies__bytes(void **state)
{
	cleanup(copies_release) struct copies c = { .page_size = PAGE, .pages = 5, .wanted = 5 };
	const uint64_t bytes[] = { 0, 0, 8, 16, PAGE };

	for (size_t i = 0; i < 5; i++)
		copies_count(&c, bytes[i]);
	assert_int_equal(c.identical, 2);
	assert_true(copies_are_whole(&c));
	assert_true(copies_identical(&c) == 2);
	assert_true(copies_bytes_mean(&c, 0) == (8 + 16 + PAGE) / 5.0);
	assert_true(copies_bytes_mean(&c, 1) == (8 + 16 + PAGE) / 3.0);
	assert_true(copies_bytes_median(&c, 0) == 8);
	assert_true(copies_bytes_median(&c, 1) == 16);
	assert_true(isnan(copies_bytes_median(&c, PAGE + 1)));
}

/* Of a sample the rest is foretold; nothing compared is not nothing the same. */
static void test_copies__sample(void **state)
{
	cleanup(copies_release) struct copies c = { .page_size = PAGE, .pages = 400, .wanted = 4 };
	const struct copies nobody = { 0 }, unread = { .page_size = PAGE, .pages = 3, .wanted = 3 },
			    none = { .page_size = PAGE };

	copies_count(&c, 0);
	copies_count(&c, 1);
	assert_false(copies_are_whole(&c));
	assert_true(copies_identical(&c) == 100);
	assert_true(isnan(copies_identical(&nobody)));
	assert_true(isnan(copies_identical(&unread)));
	assert_true(copies_identical(&none) == 0);
	assert_true(isnan(copies_bytes_mean(&none, 0)));
}

static void test_copies__add(void **state)
{
	cleanup(copies_release) struct copies a = { .page_size = PAGE, .pages = 1, .wanted = 1 };
	cleanup(copies_release) struct copies sum = { 0 };
	const struct copies none = { .page_size = PAGE, .pages = 2, .wanted = 0 };

	copies_count(&a, 7);
	copies_add(&sum, &none);
	copies_add(&sum, &a);
	copies_add(&sum, &a);
	assert_int_equal(sum.pages, 4);
	assert_int_equal(sum.compared, 2);
	assert_int_equal(sum.bytes, 14);
	assert_true(copies_bytes_median(&sum, 0) == 7);
	assert_false(copies_are_whole(&sum));
}

static void add_worker(struct why_memory *m, pid_t pid, bool read, fact used, fact trimmable)
{
	struct why_memory_worker *k = &m->workers[m->n++];
	struct allocator_facts *f;

	k->pid = pid;
	k->start_ticks = 1;
	k->read = read;
	if (!read)
		return;
	f = allocator_add(&k->allocators, ALLOCATOR_GLIBC, ALLOCATOR_BY_STATE);
	f->used = used;
	f->trimmable = trimmable;
}

static struct why_memory *two_of_three(void)
{
	struct why_memory *m = xcalloc(1, sizeof(*m));

	m->workers = xcalloc(3, sizeof(*m->workers));
	add_worker(m, 11, true, 100, 10);
	add_worker(m, 12, false, 0, 0);
	add_worker(m, 13, true, 301, ABSENT);
	allocator_add(&m->workers[2].allocators, ALLOCATOR_PHP, ALLOCATOR_BY_STATE)->used = 50;
	return m;
}

/* Means are of those that were read, an allocator's of those that have it; one that is not known makes none. */
static void test_why_memory__means(void **state)
{
	struct why_memory *m = two_of_three();

	why_memory_sum_up(m, PAGE, true);
	assert_int_equal(m->nread, 2);
	assert_int_equal(m->each.nitems, 2);
	assert_int_equal(m->each.items[0].kind, ALLOCATOR_GLIBC);
	assert_int_equal(m->each.items[0].used, 201);
	assert_int_equal(m->each.items[0].trimmable, ABSENT);
	assert_int_equal(m->each.items[1].used, 50);
	assert_int_equal(m->nspaces, 0);
	assert_ptr_equal(why_memory_of(m, 13, 1), &m->workers[2]);
	assert_null(why_memory_of(m, 13, 2));
	assert_null(why_memory_of(NULL, 13, 1));
	why_memory_free(m);
	why_memory_free(NULL);
}

static void give_space(struct why_memory_worker *k, uint32_t copied)
{
	k->space.regions = xcalloc(1, sizeof(*k->space.regions));
	k->space.nregions = 1;
	k->space.regions[0] = (struct region){ .start = 16 * PAGE, .end = 64 * PAGE, .kind = REGION_HEAP };
	k->space.regions[0].name = xmemdupz("[heap]", 6);
	k->space.stretches = xcalloc(2, sizeof(*k->space.stretches));
	k->space.nstretches = 2;
	k->space.stretches[0] = (struct page_stretch){ 16, copied, PAGE_CLASS_COW_BROKEN };
	k->space.stretches[1] = (struct page_stretch){ 16 + copied, 40 - copied, PAGE_CLASS_SHARED };
}

/* Regions are sums of those whose pages are known, cut by the worker's own allocators or else by the master's. */
static void test_why_memory__regions(void **state)
{
	struct why_memory *m = two_of_three();

	give_space(&m->workers[0], 10);
	give_space(&m->workers[1], 20);
	allocator_add_area(&m->allocators, 16 * PAGE, 26 * PAGE, ALLOCATOR_PYMALLOC, AREA_POOLS, 0);
	why_memory_sum_up(m, PAGE, true);
	assert_int_equal(m->nspaces, 2);
	assert_int_equal(m->regions.n, 2);
	assert_int_equal(m->regions.items[0].kind, MEMORY_HEAP);
	assert_int_equal(m->regions.items[0].pages.cow_broken, 20);
	assert_int_equal(m->regions.items[0].pages.shared, 50);
	assert_int_equal(m->regions.items[1].kind, MEMORY_PYMALLOC);
	assert_int_equal(m->regions.items[1].pages.cow_broken, 10);
	why_memory_free(m);
}

/* A label travels: a sample, or pages of which it is not sure that they are copies. */
static void test_why_memory__label(void **state)
{
	for (int sample = 0; sample < 2; sample++)
		for (int sure = 0; sure < 2; sure++) {
			struct why_memory *m = two_of_three();

			m->workers[0].copies = (struct copies){ .page_size = PAGE,
								.pages = 2,
								.wanted = (uint64_t)(2 - sample) };
			why_memory_sum_up(m, PAGE, sure);
			assert_int_equal(m->exact, sure && !sample);
			why_memory_free(m);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies__bytes),       cmocka_unit_test(test_copies__sample),
		cmocka_unit_test(test_copies__add),         cmocka_unit_test(test_why_memory__means),
		cmocka_unit_test(test_why_memory__regions), cmocka_unit_test(test_why_memory__label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
