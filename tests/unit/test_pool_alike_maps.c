/*
 * Mappings that several processes have are there once, and as long as one of them has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "pool/alike_maps.h"

#define BEFORE "1000-2000 r--p 00000000 00:00 0 \n"
#define LONGER BEFORE "3000-4000 rw-p 00000000 00:00 0 \n"

/* A process: what it holds, and sees. */
struct process {
	struct alike_maps *held;
	struct vma_list maps;
};

static struct vma_list scratch;
static struct alike_maps *last;

static void read_maps(struct process *p, const char *text)
{
	scratch.n = 0;
	assert_int_equal(parse_maps(text, strlen(text), &scratch), 0);
	p->maps = alike_maps_keep(&p->held, &last, &scratch);
	assert_int_equal(p->maps.n, scratch.n);
	for (size_t i = 0; i < scratch.n; i++)
		assert_int_equal(p->maps.items[i].end, scratch.items[i].end);
}

static void leave(struct process *p)
{
	alike_maps_release(&p->held);
	assert_null(p->held);
}

static int release_all(void **state)
{
	alike_maps_release(&last);
	vma_list_release(&scratch);
	return 0;
}

static void test_alike__the_same_is_kept_once(void **state)
{
	struct process a = { 0 }, b = { 0 };

	read_maps(&a, LONGER);
	read_maps(&b, LONGER);
	assert_ptr_equal(a.maps.items, b.maps.items);
	leave(&a);
	assert_int_equal(b.maps.items[1].end, 0x4000);
	leave(&b);
}

static void test_alike__who_has_other_ones_has_its_own(void **state)
{
	struct process a = { 0 }, b = { 0 };

	read_maps(&a, BEFORE);
	read_maps(&b, "1000-2000 rw-p 00000000 00:00 0 \n");
	assert_ptr_not_equal(a.maps.items, b.maps.items);
	assert_false(a.maps.items[0].writable);
	assert_true(b.maps.items[0].writable);
	read_maps(&b, LONGER);
	assert_int_equal(a.maps.n, 1);
	leave(&a);
	leave(&b);
}

static void test_alike__read_again_they_are_still_shared(void **state)
{
	struct process a = { 0 }, b = { 0 }, c = { 0 };

	read_maps(&a, LONGER);
	read_maps(&b, LONGER);
	read_maps(&c, BEFORE);
	read_maps(&a, LONGER);
	assert_ptr_equal(a.maps.items, b.maps.items);
	leave(&a);
	leave(&b);
	leave(&c);
}

static void test_alike__none_at_all(void **state)
{
	struct process a = { 0 }, b = { 0 };

	read_maps(&a, "");
	read_maps(&b, "");
	assert_ptr_equal(a.held, b.held);
	read_maps(&b, BEFORE);
	leave(&a);
	leave(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_alike__the_same_is_kept_once, release_all),
		cmocka_unit_test_teardown(test_alike__who_has_other_ones_has_its_own, release_all),
		cmocka_unit_test_teardown(test_alike__read_again_they_are_still_shared, release_all),
		cmocka_unit_test_teardown(test_alike__none_at_all, release_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
