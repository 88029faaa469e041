#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "analysis/memory_uses.h"
#include "base/cleanup.h"

#define PAGE 4096ULL
#define AT(page) ((page)*PAGE)

static struct region regions[] = {
	{ AT(10), AT(20), REGION_FILE_DATA, (char *)"/lib/a.so", { 0 } },
	{ AT(20), AT(40), REGION_HEAP, (char *)"[heap]", { 0 } },
	{ AT(50), AT(90), REGION_ANON, (char *)"", { 0 } },
	{ AT(90), AT(95), REGION_FILE_DATA, (char *)"/lib/a.so", { 0 } },
	{ AT(95), AT(96), REGION_FILE_DATA, (char *)"/lib/b.so", { 0 } },
	{ AT(96), AT(99), REGION_STACK, (char *)"[stack]", { 0 } },
};

/* From the data into the heap; across two areas of anonymous memory and what lies between. */
static struct page_stretch stretches[] = {
	{ 12, 8, PAGE_CLASS_COW_FILE },    { 20, 5, PAGE_CLASS_SHARED },  { 25, 10, PAGE_CLASS_COW_BROKEN },
	{ 52, 30, PAGE_CLASS_COW_BROKEN }, { 85, 2, PAGE_CLASS_NEW },     { 90, 1, PAGE_CLASS_FILE },
	{ 95, 1, PAGE_CLASS_COW_FILE },    { 96, 3, PAGE_CLASS_SWAPPED },
};

static const struct address_space space = {
	.regions = regions,
	.nregions = sizeof(regions) / sizeof(*regions),
	.stretches = stretches,
	.nstretches = sizeof(stretches) / sizeof(*stretches),
};

static const struct memory_use *use(const struct memory_uses *u, enum memory_use_kind kind, const char *name)
{
	const struct memory_use *found = NULL;

	for (size_t i = 0; i < u->n; i++)
		if (u->items[i].kind == kind && !strcmp(u->items[i].name, name)) {
			assert_null(found);
			found = &u->items[i];
		}
	if (!found)
		fail_msg("no %s %s", memory_use_name(kind), name);
	return found;
}

static void test_memory_use__without_allocators(void **state)
{
	cleanup(memory_uses_release) struct memory_uses u;
	const struct memory_use *data;

	memory_uses_of(&space, NULL, PAGE, &u);
	assert_int_equal(u.n, 5);
	data = use(&u, MEMORY_DATA, "/lib/a.so");
	assert_int_equal(data->bytes, 15 * PAGE);
	assert_int_equal(data->pages.cow_file, 8);
	assert_int_equal(data->pages.file, 1);
	assert_int_equal(memory_use_copied(use(&u, MEMORY_DATA, "/lib/b.so")), 1);
	assert_int_equal(use(&u, MEMORY_HEAP, "[heap]")->pages.shared, 5);
	assert_int_equal(use(&u, MEMORY_HEAP, "[heap]")->pages.cow_broken, 10);
	assert_int_equal(use(&u, MEMORY_ANON, "")->pages.cow_broken, 30);
	assert_int_equal(use(&u, MEMORY_ANON, "")->pages.new, 2);
	assert_int_equal(use(&u, MEMORY_STACK, "[stack]")->pages.swapped, 3);
	/* most copied first */
	assert_int_equal(u.items[0].kind, MEMORY_ANON);
	assert_int_equal(u.items[1].kind, MEMORY_HEAP);
	assert_int_equal(u.items[2].kind, MEMORY_DATA);
}

static void test_memory_use__cut_along_areas(void **state)
{
	cleanup(allocator_inventory_release) struct allocator_inventory i = { 0 };
	cleanup(memory_uses_release) struct memory_uses u;

	allocator_add_area(&i, AT(60), AT(70), ALLOCATOR_PYMALLOC, AREA_POOLS, 0);
	allocator_add_area(&i, AT(20), AT(38) - 16, ALLOCATOR_GLIBC, AREA_BRK, 0);
	allocator_add_area(&i, AT(70), AT(72), ALLOCATOR_RUBY, AREA_CHUNKS, 0);
	allocator_add_area(&i, AT(80), AT(92), ALLOCATOR_GLIBC, AREA_MAPPED, 0);
	allocator_add_area(&i, AT(75), AT(76), ALLOCATOR_PYMALLOC, AREA_POOLS, 0);
	allocator_sort_areas(&i);
	memory_uses_of(&space, &i, PAGE, &u);
	assert_int_equal(use(&u, MEMORY_HEAP, "[heap]")->bytes, 20 * PAGE);
	assert_int_equal(use(&u, MEMORY_HEAP, "[heap]")->pages.cow_broken, 10);
	assert_int_equal(use(&u, MEMORY_PYMALLOC, "")->bytes, 11 * PAGE);
	assert_int_equal(use(&u, MEMORY_PYMALLOC, "")->pages.cow_broken, 11);
	assert_int_equal(use(&u, MEMORY_RUBY, "")->pages.cow_broken, 2);
	/* an area that was the parent's, over what is somebody else's here */
	assert_int_equal(use(&u, MEMORY_MAPPED, "")->bytes, 10 * PAGE);
	assert_int_equal(use(&u, MEMORY_MAPPED, "")->pages.cow_broken, 2);
	assert_int_equal(use(&u, MEMORY_MAPPED, "")->pages.new, 2);
	assert_int_equal(use(&u, MEMORY_ANON, "")->bytes, 17 * PAGE);
	assert_int_equal(use(&u, MEMORY_ANON, "")->pages.cow_broken, 15);
	assert_int_equal(use(&u, MEMORY_DATA, "/lib/a.so")->pages.file, 1);
}

static void test_memory_use__nothing(void **state)
{
	const struct address_space none = { 0 };
	cleanup(memory_uses_release) struct memory_uses u;

	memory_uses_of(&none, NULL, PAGE, &u);
	assert_int_equal(u.n, 0);
}

static void test_allocator__areas_that_overlap(void **state)
{
	cleanup(allocator_inventory_release) struct allocator_inventory i = { 0 };

	allocator_add_area(&i, 500, 900, ALLOCATOR_GLIBC, AREA_MAPPED, 0);
	allocator_add_area(&i, 100, 600, ALLOCATOR_PYMALLOC, AREA_POOLS, 0);
	allocator_add_area(&i, 200, 300, ALLOCATOR_GLIBC, AREA_ARENA, 1);
	allocator_add_area(&i, 900, 900, ALLOCATOR_GLIBC, AREA_ARENA, 1);
	allocator_sort_areas(&i);
	assert_int_equal(i.nareas, 2);
	assert_int_equal(i.areas[1].start, 600);
	assert_null(allocator_area_at(&i, 99));
	assert_int_equal(allocator_area_at(&i, 599)->kind, ALLOCATOR_PYMALLOC);
	assert_int_equal(allocator_area_at(&i, 600)->kind, ALLOCATOR_GLIBC);
	assert_null(allocator_area_at(&i, 900));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_use__without_allocators),
		cmocka_unit_test(test_memory_use__cut_along_areas),
		cmocka_unit_test(test_memory_use__nothing),
		cmocka_unit_test(test_allocator__areas_that_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
