#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "lib/memory.h"
#include "parse/pymalloc.h"

#define SPACE (4U << 20)
#define VECTOR (MEMORY_BASE + 0x100)
#define OBJECT 48

static unsigned char *bytes;
static struct memory world;

static int setup(void **state)
{
	bytes = calloc(1, SPACE);
	world = (struct memory){ bytes, SPACE, 0 };
	return 0;
}

static int teardown(void **state)
{
	free(bytes);
	return 0;
}

static void put_object(int i, uint64_t address, uint64_t begun_to, uint32_t nfree, uint32_t npools)
{
	uint64_t at = VECTOR + (uint64_t)i * OBJECT;

	put64(&world, at, address);
	put64(&world, at + 8, begun_to);
	put32(&world, at + 16, nfree);
	put32(&world, at + 20, npools);
}

/* A pool of blocks of `size`, of which some are in use. */
static void put_pool(uint64_t at, uint32_t pool_size, uint32_t size, uint32_t used)
{
	put32(&world, at, used);
	put32(&world, at + 36, size / 16 - 1);
	put32(&world, at + 40, 48 + used * size);
	put32(&world, at + 44, pool_size - size);
}

/* 16 elements, each that has no arena leads to the next one. */
static void put_vector(int n)
{
	for (int i = 0; i < n; i++)
		put64(&world, VECTOR + (uint64_t)i * OBJECT + 32,
		      i + 1 < n ? VECTOR + (uint64_t)(i + 1) * OBJECT : 0);
}

static void test_pymalloc__every_size(void **state)
{
	static const struct {
		uint32_t arena, pool, npools;
		uint64_t at;
	} sizes[] = {
		{ 1U << 20, 1U << 14, 64, MEMORY_BASE + 0x100000 },
		{ 1U << 20, 1U << 14, 63, MEMORY_BASE + 0x101000 },
		{ 2U << 20, 1U << 14, 128, MEMORY_BASE + 0x100000 },
		{ 256U << 10, 4096, 64, MEMORY_BASE + 0x101000 },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct reader r = memory_reader(&world);
		uint64_t first = (sizes[i].at + sizes[i].pool - 1) / sizes[i].pool * sizes[i].pool;
		struct pymalloc_vector v;
		struct pymalloc_arena a;

		memset(bytes, 0, SPACE);
		put_vector(32);
		put_object(3, sizes[i].at, first + 2 * sizes[i].pool, sizes[i].npools - 2, sizes[i].npools);
		put_pool(first, sizes[i].pool, 64, 5);
		assert_true(pymalloc_read_vector(&r, VECTOR, &v));
		assert_int_equal(v.used, 1);
		assert_true(v.n >= 32);
		assert_int_equal(v.arena_size, sizes[i].arena);
		assert_int_equal(v.pool_size, sizes[i].pool);
		assert_false(pymalloc_read_arena(&r, &v, 2, &a));
		assert_true(pymalloc_read_arena(&r, &v, 3, &a));
		assert_int_equal(a.address, sizes[i].at);
		assert_int_equal(a.pools, first);
		assert_int_equal(a.npools, sizes[i].npools);
		assert_int_equal(a.nfree, sizes[i].npools - 2);
	}
}

/* Links of an arena that is full are those of before the vector was moved. */
static void test_pymalloc__old_links(void **state)
{
	struct reader r = memory_reader(&world);
	struct pymalloc_vector v;

	memset(bytes, 0, SPACE);
	put_vector(16);
	put_object(0, MEMORY_BASE + 0x100000, MEMORY_BASE + 0x200000, 0, 64);
	put_pool(MEMORY_BASE + 0x100000, 1U << 14, 32, 9);
	put64(&world, VECTOR + 32, 0x7f0000001234);
	assert_true(pymalloc_read_vector(&r, VECTOR, &v));
	/* but one without an arena leads into it */
	put64(&world, VECTOR + OBJECT + 32, 0x7f0000001234);
	assert_false(pymalloc_read_vector(&r, VECTOR, &v));
}

static void test_pymalloc__what_is_no_vector(void **state)
{
	const uint64_t arena = MEMORY_BASE + 0x100000;
	struct reader r = memory_reader(&world);
	struct pymalloc_vector v;

	for (int damage = 0; damage < 7; damage++) {
		memset(bytes, 0, SPACE);
		put_vector(16);
		put_object(0, arena, arena + 0x8000, 62, 64);
		put_pool(arena, 1U << 14, 32, 9);
		assert_true(pymalloc_read_vector(&r, VECTOR, &v));
		if (damage == 0)
			put_object(0, 0, 0, 0, 0);
		else if (damage == 1)
			put_object(0, arena + 8, arena + 0x8000, 62, 64);
		else if (damage == 2)
			put_object(0, arena, arena + 0x8000, 65, 64);
		else if (damage == 3)
			put_object(0, arena, arena - 0x8000, 62, 64);
		else if (damage == 4)
			put_object(0, arena, arena + 0x8000, 62, 60);
		else if (damage == 5)
			put32(&world, arena + 44, 4096);
		else if (damage == 6)
			put_object(0, 0x7f0000000000, 0x7f0000008000, 62, 64);
		if (pymalloc_read_vector(&r, VECTOR, &v))
			fail_msg("damage %d is none", damage);
	}
	assert_false(pymalloc_read_vector(&r, 0, &v));
	assert_false(pymalloc_read_vector(&r, VECTOR + 4, &v));
	assert_false(pymalloc_read_vector(&r, UINT64_MAX - 7, &v));
}

static void test_pymalloc__pools(void **state)
{
	const uint64_t at = MEMORY_BASE + 0x4000;
	const unsigned char *header = bytes + 0x4000;
	struct pymalloc_pool p;

	memset(bytes, 0, SPACE);
	assert_false(pymalloc_read_pool(header, 4096, &p)); /* never begun */
	put_pool(at, 4096, 48, 7);
	assert_true(pymalloc_read_pool(header, 4096, &p));
	assert_int_equal(p.size, 48);
	assert_int_equal(p.used, 7);
	assert_int_equal(p.free, (4096 - 48) / 48 - 7);
	assert_false(pymalloc_read_pool(header, 1U << 14, &p));
	/* blocks of 8 bytes, in the versions that have them */
	put32(&world, at + 36, 48 / 8 - 1);
	assert_true(pymalloc_read_pool(header, 4096, &p));
	assert_int_equal(p.size, 48);
	put32(&world, at + 36, 48 / 4 - 1);
	assert_false(pymalloc_read_pool(header, 4096, &p));
	put_pool(at, 4096, 48, 85); /* more than there is room for */
	assert_false(pymalloc_read_pool(header, 4096, &p));
	put_pool(at, 4096, 528, 1);
	assert_false(pymalloc_read_pool(header, 4096, &p));
	put_pool(at, 4096, 512, 7);
	assert_true(pymalloc_read_pool(header, 4096, &p));
	assert_int_equal(p.free, 0);
	put32(&world, at + 36, UINT32_MAX);
	assert_false(pymalloc_read_pool(header, 4096, &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pymalloc__every_size),
		cmocka_unit_test(test_pymalloc__old_links),
		cmocka_unit_test(test_pymalloc__what_is_no_vector),
		cmocka_unit_test(test_pymalloc__pools),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
