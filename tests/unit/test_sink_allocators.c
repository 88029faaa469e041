#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/golden.h"
#include "sink/allocators.h"

#define MIB (1 << 20)

static void make(struct allocator_inventory *i)
{
	const struct size_class_facts small = { 32, 6, 724, 32 }, large = { 512, 90, 2500, 200 };
	struct allocator_facts *f = allocator_add(i, ALLOCATOR_PYMALLOC, ALLOCATOR_BY_STATE);

	f->arenas = 54;
	f->held = 54 * MIB;
	f->used = 32 * MIB;
	f->own = MIB;
	f->cached = f->trimmable = 0;
	f->free = 15 * MIB;
	f->top = 6 * MIB;
	f = allocator_add(i, ALLOCATOR_GLIBC, ALLOCATOR_BY_STATE);
	f->guessed = true;
	f->arenas = 5;
	f->held = 278 * MIB;
	f->used = 84 * MIB + MIB / 2;
	f->own = 0;
	f->cached = MIB;
	f->free = 192 * MIB;
	f->top = MIB / 2;
	f->trimmable = 23 * MIB;
	f->pinned = 160 * MIB;
	f->mapped = 137 * MIB;
	f->nmapped = 205;
	allocator_add(i, ALLOCATOR_JEMALLOC, ALLOCATOR_BY_FILE)
		->why = "what it holds is not read from outside";
	allocator_add_class(i, &small);
	allocator_add_class(i, &large);
}

static struct memory_use items[] = {
	{ MEMORY_PYMALLOC, "", 54 * MIB, { .shared = 2560, .cow_broken = 7680, .new = 256 } },
	{ MEMORY_DATA, "/usr/lib/a\x1b[31m.so", MIB, { .cow_file = 60, .file = 12 } },
	{ MEMORY_HEAP, "[heap]", 12 * MIB, { .shared = 256, .cow_broken = 16 } },
	{ MEMORY_FILE, "/usr/lib/a.so", MIB, { .file = 12 } },
	{ MEMORY_STACK, "[stack]", MIB, { .shared = 3 } },
	{ MEMORY_MAPPED, "", 20 * MIB, { .new = 5120 } },
};

static const struct memory_uses uses = { items, sizeof(items) / sizeof(*items), 0, { 0 } };

static void test_allocators__text(void **state)
{
	cleanup(allocator_inventory_release) struct allocator_inventory i = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	const struct text_allocators of[] = { { "master", &i }, { "mean of 64", &i } };

	make(&i);
	text_allocators(&out, of, 2, 80);
	text_allocators(&out, of, 1, 140);
	text_regions(&out, &uses, 4096, 1, 3);
	text_regions(&out, &uses, 4096, 2, 2);
	golden_check("allocators.txt", &out);
}

static void test_allocators__json(void **state)
{
	cleanup(allocator_inventory_release) struct allocator_inventory i = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	cJSON *root = json_begin();

	make(&i);
	json_allocators(root, "allocators", &i);
	json_size_classes(root, &i);
	json_regions(root, &uses, 4096, 2);
	json_end(&out, root, true);
	golden_check("allocators.json", &out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocators__text),
		cmocka_unit_test(test_allocators__json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
