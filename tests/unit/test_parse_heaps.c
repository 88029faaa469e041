/* The heaps of PHP and Ruby. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "lib/memory.h"
#include "parse/ruby_heap.h"
#include "parse/zend_mm.h"

#define CHUNKS 3
#define FIRST (32 * ZEND_CHUNK)
#define HEAP (FIRST + ZEND_CHUNK + 64) /* in the second one */

/* The first page of each chunk. */
static unsigned char heads[CHUNKS][4096];

static bool read_heads(void *ctx, uint64_t address, void *out, size_t len)
{
	uint64_t chunk = (address - FIRST) / ZEND_CHUNK, at = address % ZEND_CHUNK;

	if (address < FIRST || chunk >= CHUNKS || at + len > sizeof(heads[0]))
		return false;
	memcpy(out, heads[chunk] + at, len);
	return true;
}

static const struct reader chunks = { read_heads, NULL, NULL };

static void put(int chunk, size_t at, uint64_t word)
{
	memcpy(heads[chunk] + at, &word, sizeof(word));
}

static void put_php(size_t real_size_at)
{
	memset(heads, 0, sizeof(heads));
	for (int i = 0; i < CHUNKS; i++) {
		put(i, 0, HEAP);
		put(i, 8, FIRST + (uint64_t)((i + 1) % CHUNKS) * ZEND_CHUNK);
		put(i, 16, FIRST + (uint64_t)((i + CHUNKS - 1) % CHUNKS) * ZEND_CHUNK);
		put(i, 24, 100 + (uint64_t)i);
	}
	put(1, 64 + 16, 5000000);
	put(1, 64 + 24, 5500000);
	put(1, 64 + real_size_at, 5 * ZEND_CHUNK);
	put(1, 64 + real_size_at + 8, 6 * ZEND_CHUNK);
}

static void test_php__a_heap(void **state)
{
	for (size_t at = 272; at <= 280; at += 8) {
		struct zend_heap h;
		struct zend_chunk c;

		put_php(at);
		assert_true(zend_read_chunk(&chunks, FIRST, &c));
		assert_false(c.main);
		assert_false(zend_read_heap(&chunks, FIRST, &h));
		assert_true(zend_read_chunk(&chunks, FIRST + ZEND_CHUNK, &c));
		assert_true(c.main);
		assert_int_equal(c.free_pages, 101);
		assert_true(zend_read_heap(&chunks, FIRST + ZEND_CHUNK, &h));
		assert_int_equal(h.chunks, 3);
		assert_int_equal(h.free_pages, 303);
		assert_int_equal(h.used, 5000000);
		assert_int_equal(h.held, 5 * ZEND_CHUNK);
	}
}

static void test_php__what_is_no_heap(void **state)
{
	for (int damage = 0; damage < 7; damage++) {
		struct zend_heap h;

		put_php(272);
		if (damage == 0)
			put(2, 0, HEAP + 8);
		else if (damage == 1)
			put(0, 8, FIRST + 2 * ZEND_CHUNK); /* a ring without the first one */
		else if (damage == 2)
			put(2, 16, FIRST);
		else if (damage == 3)
			put(1, 64 + 272, ZEND_CHUNK); /* less than its chunks */
		else if (damage == 4)
			put(1, 64 + 16, 6 * ZEND_CHUNK); /* more in use than it has */
		else if (damage == 5)
			put(0, 24, 512);
		else
			put(0, 8, FIRST + 4 * ZEND_CHUNK);
		if (zend_read_heap(&chunks, FIRST + ZEND_CHUNK, &h))
			fail_msg("damage %d is none", damage);
	}
}

static unsigned char bytes[0x30000];
static struct memory world;

/* A page at its place; its description at the beginning. */
static void put_ruby(uint64_t page, uint32_t slot, uint32_t slots, uint32_t unused, size_t start_at,
		     uint64_t start)
{
	memset(bytes, 0, sizeof(bytes));
	world = (struct memory){ bytes, sizeof(bytes), 0 };
	put64(&world, page, MEMORY_BASE + 64);
	put64(&world, MEMORY_BASE + 64, slot | (uint64_t)slots << 16 | (uint64_t)unused << 32);
	put64(&world, MEMORY_BASE + 64 + start_at, start);
}

static void test_ruby__pages(void **state)
{
	const uint64_t page = MEMORY_BASE + 0x10000;
	struct reader r = memory_reader(&world);
	struct ruby_page p;

	put_ruby(page, 40, 409, 100, 32, page + 24); /* 3.1 */
	assert_true(ruby_read_page(&r, page, 16U << 10, &p));
	assert_int_equal(p.slot_size, 40);
	assert_int_equal(p.slots, 409);
	assert_int_equal(p.free, 100);
	assert_false(ruby_read_page(&r, page, 64U << 10, &p));
	put_ruby(page, 160, 409, 409, 40, page + 80); /* 3.2 and later */
	assert_true(ruby_read_page(&r, page, 64U << 10, &p));
	assert_int_equal(p.free, 409);
}

/* Where the slots and the bits of a page are, for each place of `start`. */
static void test_ruby__slots_and_bits(void **state)
{
	const uint64_t page = MEMORY_BASE + 0x10000;
	struct reader r = memory_reader(&world);
	uint64_t unprotected[RUBY_BITS_MAX];
	struct ruby_page p;

	for (size_t start_at = 32; start_at <= 48; start_at += 8) {
		put_ruby(page, 40, 409, 100, start_at, page + 24);
		put64(&world, MEMORY_BASE + 64 + start_at + 32 + 8, 1ULL << 5); /* behind two lists */
		assert_true(ruby_read_page(&r, page, 16U << 10, &p));
		assert_int_equal(p.first, page + 24);
		assert_true(ruby_read_unprotected(&r, &p, unprotected));
		assert_int_equal(unprotected[1], 1ULL << 5);
		assert_int_equal(ruby_slot_of(page + 69 * 40 + 24, 5, unprotected, 16U << 10, true),
				 RUBY_UNPROTECTED);
		assert_int_equal(ruby_slot_of(page + 70 * 40 + 24, 5, unprotected, 16U << 10, true),
				 RUBY_YOUNG);
		p.bits = UINT64_MAX - 64;
		assert_false(ruby_read_unprotected(&r, &p, unprotected));
	}
}

/* Up to 3.2 two bits count, from 3.3 on one says that it is old; what is no object has no age. */
static void test_ruby__ages(void **state)
{
	static const uint64_t none[RUBY_BITS_MAX];
	static const struct {
		uint64_t flags;
		enum ruby_slot counted, promoted;
	} slots[] = {
		{ 0, RUBY_FREE, RUBY_FREE },           { 0x1d | 0x60, RUBY_FREE, RUBY_FREE },
		{ 0x1e | 0x60, RUBY_FREE, RUBY_FREE }, { 5, RUBY_YOUNG, RUBY_YOUNG },
		{ 5 | 1 << 5, RUBY_YOUNG, RUBY_OLD },  { 5 | 2 << 5, RUBY_YOUNG, RUBY_YOUNG },
		{ 5 | 3 << 5, RUBY_OLD, RUBY_OLD },    { 0xffffffffffffff85, RUBY_YOUNG, RUBY_YOUNG },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		assert_int_equal(ruby_slot_of(0x10018, slots[i].flags, none, 64U << 10, true),
				 slots[i].counted);
		assert_int_equal(ruby_slot_of(0x1fff8, slots[i].flags, none, 64U << 10, false),
				 slots[i].promoted);
	}
}

static void test_ruby__versions(void **state)
{
	assert_int_equal(ruby_version_of("3.1.2"), 0x0301);
	assert_int_equal(ruby_version_of("3.10.0dev"), 0x030a);
	assert_int_equal(ruby_version_of("2.7.4"), 0x0207);
	assert_int_equal(ruby_version_of("4.0.1"), 0x0400);
	assert_int_equal(ruby_version_of("3.1"), 0);
	assert_int_equal(ruby_version_of("3..1"), 0);
	assert_int_equal(ruby_version_of("333.1.2"), 0);
	assert_int_equal(ruby_version_of("ruby"), 0);
	assert_int_equal(ruby_version_of(""), 0);
}

static void test_ruby__what_is_no_page(void **state)
{
	const uint64_t page = MEMORY_BASE + 0x10000;
	struct reader r = memory_reader(&world);
	struct ruby_page p;

	put_ruby(page, 40, 409, 410, 32, page + 24);
	assert_false(ruby_read_page(&r, page, 16U << 10, &p));
	put_ruby(page, 48, 340, 0, 32, page + 24);
	assert_false(ruby_read_page(&r, page, 16U << 10, &p));
	put_ruby(page, 40, 409, 0, 32, page + 0x4000);
	assert_false(ruby_read_page(&r, page, 16U << 10, &p));
	put_ruby(page, 40, 410, 0, 32, page + 24);
	assert_false(ruby_read_page(&r, page, 16U << 10, &p));
	put_ruby(page, 40, 0, 0, 32, page + 24);
	assert_false(ruby_read_page(&r, page, 16U << 10, &p));
	put64(&world, page, 0x7f0000000000);
	assert_false(ruby_read_page(&r, page, 16U << 10, &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_php__a_heap),
		cmocka_unit_test(test_php__what_is_no_heap),
		cmocka_unit_test(test_ruby__pages),
		cmocka_unit_test(test_ruby__slots_and_bits),
		cmocka_unit_test(test_ruby__ages),
		cmocka_unit_test(test_ruby__versions),
		cmocka_unit_test(test_ruby__what_is_no_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
