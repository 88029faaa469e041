#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/pyworld.h"
#include "parse/cpython_heads.h"
#include "parse/cpython_objects.h"
#include "parse/cpython_version.h"
#include "parse/cpython_words.h"

static unsigned char bytes[PY_WORLD];
static struct memory world;
static struct cpython where;
static const char *why;

static bool begin(const struct pyshape *s, int interpreters)
{
	struct cpython_clues clues = { .version = s->version, .runtime = PY_RUNTIME };
	struct reader r = memory_reader(&world);

	memset(bytes, 0, sizeof(bytes));
	py_world(&world, bytes, s, interpreters);
	why = NULL;
	return cpython_locate(&r, &clues, &where, &why) == CPYTHON_FOUND;
}

struct heads {
	size_t n;
	uint64_t items[256];
};

static void note(void *ctx, uint64_t head)
{
	struct heads *h = ctx;

	assert_true(h->n < 256);
	h->items[h->n++] = head;
}

static uint64_t generation(const struct pyshape *s, int interpreter, int g)
{
	return py_state(s, interpreter) + (uint64_t)(s->gens + g * s->stride);
}

static enum cpython_walk walk(uint64_t most, struct heads *ret, uint64_t *ret_n)
{
	struct reader r = memory_reader(&world);

	*ret = (struct heads){ 0 };
	return cpython_heads_walk(&r, &where, most, note, ret, ret_n);
}

static void test_heads__all_generations_of_every_layout(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];
		struct heads heads;
		uint64_t n;

		assert_true(begin(s, 1));
		assert_int_equal(cpython_heads_known(&where, &why), !s->visited);
		if (s->visited) {
			assert_non_null(why);
			continue;
		}
		for (int g = 0; g < 3; g++)
			py_list(&world, generation(s, 0, g), 10 * g, 3 + g, 1);
		py_freeze(&world, s, 0, 1);
		py_list(&world, py_state(s, 0) + (uint64_t)s->perm, 40, 5, 1); /* frozen ones are none */
		assert_int_equal(walk(100, &heads, &n), CPYTHON_WALK_DONE);
		assert_int_equal(n, 12);
		assert_int_equal(heads.n, 12);
		assert_int_equal(heads.items[0], PY_OBJECTS);
		assert_int_equal(heads.items[11], PY_OBJECTS + 24 * 32);
		assert_int_equal(cpython_head_size(&where), s->threshold);
	}
}

static void test_heads__every_interpreter(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];
		struct heads heads;
		uint64_t n;

		if (s->visited || py_shares_one(s))
			continue;
		assert_true(begin(s, 2));
		py_list(&world, generation(s, 0, 2), 0, 4, 1);
		py_list(&world, generation(s, 1, 2), 10, 5, 1);
		assert_int_equal(walk(100, &heads, &n), CPYTHON_WALK_DONE);
		assert_int_equal(n, 9);
	}
}

/* A list that leads into itself, elsewhere, or on for longer than is looked at. */
static void test_heads__lists_that_lie(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];
		struct heads heads;
		uint64_t n;

		if (s->visited)
			continue;
		assert_true(begin(s, 1));
		py_list(&world, generation(s, 0, 2), 0, 20, 1);
		assert_int_equal(walk(19, &heads, &n), CPYTHON_WALK_LONG);
		assert_int_equal(walk(20, &heads, &n), CPYTHON_WALK_DONE);
		put64(&world, PY_OBJECTS + 19 * 32, PY_OBJECTS + 3 * 32);
		assert_int_equal(walk(200, &heads, &n), CPYTHON_WALK_CHANGED);
		put64(&world, PY_OBJECTS + 19 * 32, 0);
		assert_int_equal(walk(200, &heads, &n), CPYTHON_WALK_CHANGED);
		assert_int_equal(heads.n, 80); /* each try told of them */
		put64(&world, PY_OBJECTS + 19 * 32, generation(s, 0, 1));
		assert_int_equal(walk(200, &heads, &n), CPYTHON_WALK_CHANGED);
	}
}

static void test_heads__refused(void **state)
{
	struct cpython c = { .version = 0x030b02f0, .layout = cpython_layout_next(0x030b, 0, false, NULL) };

	assert_true(cpython_heads_known(&c, &why));
	c.debug = true;
	assert_false(cpython_heads_known(&c, &why));
	assert_non_null(strstr(why, "debug"));
	c = (struct cpython){ .version = 0x030e07f0, .free_threaded = true };
	assert_false(cpython_heads_known(&c, &why));
	assert_non_null(strstr(why, "free-threaded"));
	c = (struct cpython){ .version = 0x03060ff0, .layout = cpython_layout_next(0x0306, 0, false, NULL) };
	assert_false(cpython_heads_known(&c, &why));
	assert_non_null(strstr(why, "3.7"));
}

#define TYPE (MEMORY_BASE + 0x4000)
#define METATYPE (MEMORY_BASE + 0x5000)
#define NAME (MEMORY_BASE + 0x6000)

static void put_type(uint64_t at, uint64_t of, uint64_t size, uint64_t flags)
{
	put64(&world, at + 8, of);
	put64(&world, at + 24, NAME);
	put64(&world, at + 32, size);
	put64(&world, at + 168, flags | 1 << 12);
}

static void begin_types(void)
{
	memset(bytes, 0, sizeof(bytes));
	world = (struct memory){ bytes, PY_WORLD, 0 };
	memcpy(bytes + (NAME - MEMORY_BASE), "dict", 5);
	put_type(METATYPE, METATYPE, 408, 1ULL << 31);
	put_type(TYPE, METATYPE, 48, 1 << 14);
}

static bool read_type(struct cpython_type *ret)
{
	struct reader r = memory_reader(&world);

	return cpython_type_read(&r, TYPE, ret);
}

static void test_types__are_told_from_other_bytes(void **state)
{
	struct cpython_type t;

	begin_types();
	assert_true(read_type(&t));
	assert_true(t.tracked);
	assert_int_equal(t.size, 48);
	put_type(TYPE, METATYPE, 24, 0);
	assert_true(read_type(&t));
	assert_false(t.tracked);
	put_type(TYPE, METATYPE, 8, 0); /* smaller than any object */
	assert_false(read_type(&t));
	put_type(TYPE, METATYPE, 2 << 20, 0);
	assert_false(read_type(&t));
	put_type(TYPE, TYPE, 24, 0); /* its own type is not one whose objects are types */
	assert_false(read_type(&t));
	put_type(TYPE, METATYPE, 24, 0);
	put64(&world, TYPE + 168, 0); /* not ready */
	assert_false(read_type(&t));
	put_type(TYPE, METATYPE, 24, 0);
	bytes[NAME - MEMORY_BASE] = '\0';
	assert_false(read_type(&t));
	put_type(TYPE, 3, 24, 0);
	assert_false(read_type(&t));
	put_type(TYPE, UINT64_MAX - 7, 24, 0);
	assert_false(read_type(&t));
}

static bool is_it(void *ctx, uint64_t address)
{
	return address == TYPE;
}

/* One object at `at` of a page with this count. */
static bool counts(uint32_t minor, size_t at, uint64_t count, uint64_t low)
{
	unsigned char page[4096] = { 0 };
	uint64_t type = TYPE;

	memcpy(page + at, &count, 8);
	memcpy(page + at + 8, &type, 8);
	return cpython_any_counted(page, sizeof(page), minor, low, MEMORY_BASE + PY_WORLD, is_it, NULL);
}

static void test_counted__living_objects_that_do_not_live_forever(void **state)
{
	assert_true(counts(0x030b, 0, 1, MEMORY_BASE));
	assert_true(counts(0x030b, 4080, 12, MEMORY_BASE));
	assert_false(counts(0x030b, 8, 1, MEMORY_BASE));  /* no object lies there */
	assert_false(counts(0x030b, 64, 0, MEMORY_BASE)); /* a block that was freed */
	assert_false(counts(0x030b, 64, 0x7f0012345670, MEMORY_BASE));
	assert_false(counts(0x030b, 64, MEMORY_BASE + 64, MEMORY_BASE));  /* where addresses are small */
	assert_false(counts(0x030c, 64, 0xffffffff, MEMORY_BASE));        /* it lives forever */
	assert_true(counts(0x030e, 64, 0x0004000000000003, MEMORY_BASE)); /* flags beside the count */
	assert_false(counts(0x030e, 64, 0x00000000c0000000, MEMORY_BASE));
	assert_false(counts(0x030e, 64, 0x55f0123400000001, MEMORY_BASE));
	assert_false(counts(0x030b, 64, 1, TYPE + 8)); /* types lie elsewhere */
}

#define PAGE (MEMORY_BASE + 0x8000)

static bool is_any(void *ctx, uint64_t address)
{
	return address == TYPE || address == METATYPE;
}

static unsigned int written(uint32_t minor, const unsigned char *before, const unsigned char *after)
{
	const struct cpython_page p = {
		minor, PAGE, MEMORY_BASE, MEMORY_BASE + PY_WORLD, true, is_any, NULL
	};

	return cpython_words_written(&p, before, after, 4096);
}

static void put_slot(unsigned char *page, size_t at, uint64_t first, uint64_t second)
{
	memcpy(page + at, &first, 8);
	memcpy(page + at + 8, &second, 8);
}

/* One slot of two pages, which have an object at 512, with a head before it, and nothing else. */
static unsigned int one_slot(uint32_t minor, size_t at, const uint64_t before[2], const uint64_t after[2])
{
	unsigned char a[4096] = { 0 }, b[4096];

	put_slot(a, 496, MEMORY_BASE + 16, MEMORY_BASE + 32);
	put_slot(a, 512, 3, TYPE);
	memcpy(b, a, sizeof(b));
	put_slot(a, at, before[0], before[1]);
	put_slot(b, at, after[0], after[1]);
	return written(minor, a, b);
}

static void test_words__what_was_written(void **state)
{
	static const struct {
		size_t at;
		uint64_t before[2], after[2];
		unsigned int wrote;
		uint32_t minor;
	} cases[] = {
		{ 512, { 3, TYPE }, { 3, TYPE }, 0, 0x030b },
		{ 512, { 3, TYPE }, { 4, TYPE }, WROTE_COUNT, 0x030b },
		{ 512, { 0xffffffff, TYPE }, { 4, TYPE }, WROTE_COUNT, 0x030c },
		/* the head before it */
		{ 496,
		  { MEMORY_BASE + 64, MEMORY_BASE + 32 },
		  { MEMORY_BASE + 96, MEMORY_BASE + 32 },
		  WROTE_HEAD,
		  0x030b },
		{ 496, { MEMORY_BASE + 64, MEMORY_BASE + 32 }, { 0, 0 }, WROTE_HEAD, 0x030b },
		/* freed: a link to a block of its pool, or to none, and what was its type */
		{ 512, { 3, TYPE }, { PAGE + 1024, TYPE }, WROTE_ALLOCATOR, 0x030b },
		{ 512, { 3, TYPE }, { 0, TYPE }, WROTE_ALLOCATOR, 0x030c },
		{ 512, { 3, TYPE }, { 3, METATYPE }, WROTE_ALLOCATOR, 0x030c },
		{ 1024, { PAGE + 64, 0 }, { PAGE + 96, 0 }, WROTE_ALLOCATOR, 0x030b },
		{ 1024, { 5, TYPE }, { 0, 0 }, WROTE_ALLOCATOR, 0x030b },
		/* what it holds */
		{ 528, { 7, 8 }, { 7, 9 }, WROTE_DATA, 0x030b },
		{ 2048, { 0x7f00, 1 }, { 12, 1 }, WROTE_DATA, 0x030d },
		{ 4080, { 0x7f00, 1 }, { 12, 1 }, WROTE_DATA, 0x030d },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned int got = one_slot(cases[i].minor, cases[i].at, cases[i].before, cases[i].after);

		if (got != cases[i].wrote)
			fail_msg("case %zu: %u, not %u", i, got, cases[i].wrote);
	}
}

static void test_words__of_a_pool(void **state)
{
	unsigned char a[4096] = { 0 }, b[4096];
	uint32_t count = 3, class = 3, next = 48, last = 4096 - 64;

	memcpy(a, &count, 4);
	memcpy(a + 36, &class, 4);
	memcpy(a + 40, &next, 4);
	memcpy(a + 44, &last, 4);
	memcpy(b, a, sizeof(b));
	b[0] = 4;
	put_slot(a, 512, 3, TYPE);
	put_slot(b, 512, 5, TYPE);
	assert_int_equal(written(0x0308, a, b), WROTE_ALLOCATOR | WROTE_COUNT);
}

static int pool_class(uint32_t minor, uint32_t count, uint32_t class, uint32_t next, uint64_t free)
{
	unsigned char pool[CPYTHON_POOL_HEADER] = { 0 };
	uint32_t last = (uint32_t)cpython_pool_size(minor) - (class + 1) * 16;

	memcpy(pool, &count, 4);
	memcpy(pool + 8, &free, 8);
	memcpy(pool + 36, &class, 4);
	memcpy(pool + 40, &next, 4);
	memcpy(pool + 44, &last, 4);
	return cpython_pool_class(pool, 0x7f0000010000, minor);
}

static void test_pools__are_told_from_other_bytes(void **state)
{
	assert_int_equal(cpython_pool_size(0x0309), 4096);
	assert_int_equal(cpython_pool_size(0x030a), 16384);
	assert_int_equal(pool_class(0x0308, 3, 3, 48 + 4 * 64, 0x7f0000010030), 3);
	assert_int_equal(pool_class(0x030b, 31, 31, 16384, 0), 31);
	assert_int_equal(pool_class(0x030b, 3, 32, 48, 0), -1);  /* no such class */
	assert_int_equal(pool_class(0x0308, 300, 3, 48, 0), -1); /* more blocks than there is room for */
	assert_int_equal(pool_class(0x0308, 3, 3, 47, 0), -1);   /* in the header */
	assert_int_equal(pool_class(0x0308, 3, 3, 48, 0x1234560), -1); /* a block of elsewhere */
	assert_int_equal(pool_class(0x0308, 3, 3, 48, 0x7f0000010031), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads__all_generations_of_every_layout),
		cmocka_unit_test(test_heads__every_interpreter),
		cmocka_unit_test(test_heads__lists_that_lie),
		cmocka_unit_test(test_heads__refused),
		cmocka_unit_test(test_types__are_told_from_other_bytes),
		cmocka_unit_test(test_counted__living_objects_that_do_not_live_forever),
		cmocka_unit_test(test_words__what_was_written),
		cmocka_unit_test(test_words__of_a_pool),
		cmocka_unit_test(test_pools__are_told_from_other_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
