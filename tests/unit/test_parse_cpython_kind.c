#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/memory.h"
#include "parse/cpython_kind.h"

#define SIZE 0x10000

/* Where things are in the memory. */
#define AT(n) (MEMORY_BASE + (n))
#define TYPE_TYPE AT(0x1000) /* type */
#define STR_TYPE AT(0x2000)  /* str */
#define TYPE AT(0x3000)      /* the one that is asked for */
#define BASE AT(0x4000)
#define TEXTS AT(0x8000)
#define OBJECT AT(0xa000)
#define MRO AT(0xb000)
#define KEYS AT(0xc000)

#define READY (1ULL << 12)
#define HAVE_GC (1ULL << 14)
#define MANAGED (1ULL << 4 | 1ULL << 3)
#define INLINE (1ULL << 2)

static unsigned char bytes[SIZE];
static struct memory world;
static uint64_t next_text;

static uint64_t put_name(const char *s)
{
	uint64_t at = next_text;

	memcpy(bytes + (at - MEMORY_BASE), s, strlen(s) + 1);
	next_text += (strlen(s) + 16) & ~15ULL;
	return at;
}

static void put_type(uint64_t at, uint64_t of, const char *name, uint64_t size, uint64_t flags)
{
	uint64_t mro = MRO + (at - MEMORY_BASE) / 64;

	put64(&world, at, 7);
	put64(&world, at + 8, of);
	put64(&world, at + 24, put_name(name));
	put64(&world, at + 32, size);
	put64(&world, at + 168, flags | READY);
	put64(&world, at + 344, mro);
	put64(&world, mro + 24, at);
	put64(&world, mro + 32, at);
}

static uint64_t put_str(uint32_t minor, const char *s)
{
	uint64_t at = next_text;

	put64(&world, at, 1);
	put64(&world, at + 8, STR_TYPE);
	put64(&world, at + 16, strlen(s));
	put32(&world, at + 32, 0xe4 & (minor < 0x030c ? 0xff : 0x7f));
	memcpy(bytes + (at - MEMORY_BASE) + cpython_str_ascii(minor), s, strlen(s) + 1);
	next_text += (cpython_str_ascii(minor) + strlen(s) + 16) & ~15ULL;
	return at;
}

static void begin(void)
{
	memset(bytes, 0, sizeof(bytes));
	world = (struct memory){ bytes, SIZE, 0 };
	next_text = TEXTS;
	put_type(TYPE_TYPE, TYPE_TYPE, "type", 864, HAVE_GC | CPYTHON_TYPE_TYPE);
	put_type(STR_TYPE, TYPE_TYPE, "str", 80, CPYTHON_TYPE_STR);
}

/* A table of keys that are str, with so many entries put in by the caller. */
static uint64_t put_keys(uint32_t minor, uint64_t at, uint64_t nentries, uint64_t references)
{
	put64(&world, at, references);
	if (minor < 0x030b) {
		put64(&world, at + 8, 8);
		put64(&world, at + 24, 5 - nentries);
		put64(&world, at + 32, nentries);
		return at + 48;
	}
	bytes[at + 8 - MEMORY_BASE] = bytes[at + 9 - MEMORY_BASE] = 3;
	bytes[at + 10 - MEMORY_BASE] = 1;
	put64(&world, at + 16, 5 - nentries);
	put64(&world, at + 24, nentries);
	return at + 40;
}

/* app.models.User, as a version lays out a class. */
static void put_class(uint32_t minor, uint32_t qualname)
{
	uint64_t dict = AT(0x5000), at = put_keys(minor, KEYS, 2, 1), entry = minor < 0x030b ? 24 : 16;
	uint64_t key = minor < 0x030b ? 8 : 0;

	put_type(TYPE, TYPE_TYPE, "User", 16, HAVE_GC | CPYTHON_TYPE_HEAP);
	put64(&world, TYPE + 264, dict);
	put64(&world, dict + 32, KEYS);
	put64(&world, at + key, put_str(minor, "__doc__"));
	put64(&world, at + key + 8, put_str(minor, "about"));
	put64(&world, at + entry + key, put_str(minor, "__module__"));
	put64(&world, at + entry + key + 8, put_str(minor, "app.models"));
	put64(&world, TYPE + qualname, put_str(minor, "User.<locals>.Inner"));
}

static bool read_kind(uint32_t minor, struct cpython_kind *ret)
{
	struct reader r = memory_reader(&world);

	return cpython_kind_read(&r, minor, minor < 0x0308 ? 32 : 16, TYPE, ret);
}

static const struct {
	uint32_t minor, qualname;
} versions[] = {
	{ 0x0307, 848 }, { 0x0308, 864 }, { 0x0309, 856 }, { 0x030a, 864 },
	{ 0x030b, 864 }, { 0x030c, 872 }, { 0x030d, 872 }, { 0x030e, 872 },
};

#define VERSIONS (sizeof(versions) / sizeof(*versions))

static void test_kind__names_of_classes(void **state)
{
	for (size_t i = 0; i < VERSIONS; i++) {
		struct cpython_kind k;

		begin();
		put_class(versions[i].minor, versions[i].qualname);
		assert_true(read_kind(versions[i].minor, &k));
		assert_string_equal(k.name, "app.models.User.<locals>.Inner");
		assert_string_equal(k.module, "app.models");
		assert_int_equal(k.form, CPYTHON_PLAIN);
		assert_int_equal(k.before, versions[i].minor < 0x0308 ? 32 : 16);
		/* what is no str does not name it */
		put64(&world, TYPE + versions[i].qualname, OBJECT);
		assert_true(read_kind(versions[i].minor, &k));
		assert_string_equal(k.name, "User");
	}
}

static void test_kind__forms(void **state)
{
	static const struct {
		const char *name;
		uint64_t flags;
		enum cpython_form form;
	} cases[] = {
		{ "str", CPYTHON_TYPE_STR, CPYTHON_STR },
		{ "int", CPYTHON_TYPE_INT, CPYTHON_INT },
		{ "list", CPYTHON_TYPE_LIST, CPYTHON_LIST },
		{ "Mine", CPYTHON_TYPE_DICT | CPYTHON_TYPE_HEAP, CPYTHON_DICT },
		{ "ABCMeta", CPYTHON_TYPE_TYPE | CPYTHON_TYPE_HEAP, CPYTHON_TYPE },
		{ "frozenset", 0, CPYTHON_SET },
		{ "bytearray", 0, CPYTHON_BYTEARRAY },
		{ "code", 0, CPYTHON_CODE },
		{ "function", 0, CPYTHON_FUNCTION },
		{ "array.array", CPYTHON_TYPE_HEAP, CPYTHON_ARRAY },
		{ "set", CPYTHON_TYPE_HEAP, CPYTHON_PLAIN }, /* a class of a program that is called so */
		{ "float", 0, CPYTHON_PLAIN },
	};
	struct cpython_kind k;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin();
		put_type(TYPE, TYPE_TYPE, cases[i].name, 64, cases[i].flags);
		assert_true(read_kind(0x030b, &k));
		assert_int_equal(k.form, cases[i].form);
		assert_string_equal(k.name, cases[i].name);
	}
	begin();
	put_type(BASE, TYPE_TYPE, "set", 200, HAVE_GC);
	put_type(TYPE, TYPE_TYPE, "Mine", 216, HAVE_GC | CPYTHON_TYPE_HEAP);
	put64(&world, TYPE + 256, BASE);
	assert_true(read_kind(0x030b, &k));
	assert_int_equal(k.form, CPYTHON_SET);
	put64(&world, TYPE + 256, TYPE); /* a circle of bases */
	assert_true(read_kind(0x030b, &k));
	assert_int_equal(k.form, CPYTHON_PLAIN);
}

static void test_kind__other_bytes_are_none(void **state)
{
	struct cpython_kind k;

	begin();
	put_type(TYPE, TYPE_TYPE, "float", 24, 0);
	assert_true(read_kind(0x030b, &k));
	put64(&world, MRO + (TYPE - MEMORY_BASE) / 64 + 24, STR_TYPE); /* another leads its bases */
	assert_false(read_kind(0x030b, &k));
	put64(&world, TYPE + 344, UINT64_MAX - 7);
	assert_false(read_kind(0x030b, &k));
}

static void test_kind__what_stands_before(void **state)
{
	struct cpython_kind k;

	begin();
	put_type(TYPE, TYPE_TYPE, "User", 16, HAVE_GC | CPYTHON_TYPE_HEAP | MANAGED);
	assert_true(read_kind(0x030a, &k));
	assert_int_equal(k.before, 16);
	assert_true(read_kind(0x030b, &k));
	assert_int_equal(k.before, 32);
	put_type(TYPE, TYPE_TYPE, "User", 16, HAVE_GC | CPYTHON_TYPE_HEAP | 1 << 3); /* a weak reference */
	assert_true(read_kind(0x030b, &k));
	assert_int_equal(k.before, 16);
	assert_true(read_kind(0x030c, &k));
	assert_int_equal(k.before, 32);
	put_type(TYPE, TYPE_TYPE, "float", 24, 0);
	assert_true(read_kind(0x030d, &k));
	assert_int_equal(k.before, 0);
}

static struct cpython_extent extent(uint32_t minor, enum cpython_form form, uint64_t size, uint64_t items)
{
	const struct cpython_kind k = { .type = { .size = size, .items = items }, .form = form };
	struct reader r = memory_reader(&world);
	struct cpython_extent e;

	assert_true(cpython_extent_read(&r, minor, &k, OBJECT, &e));
	return e;
}

static void put_object(const uint64_t *words, size_t n)
{
	begin();
	for (size_t i = 0; i < n; i++)
		put64(&world, OBJECT + 16 + 8 * i, words[i]);
}

#define PUT(...) put_object((const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / 8)

/* What sys.getsizeof() says of these under the versions named. */
static void test_extent__plain_and_numbers(void **state)
{
	PUT(3);
	assert_int_equal(extent(0x030b, CPYTHON_PLAIN, 24, 8).own, 48); /* (1, 2, 3), without its head */
	assert_int_equal(extent(0x030b, CPYTHON_PLAIN, 33, 1).own, 36); /* b"abc" */
	assert_int_equal(extent(0x030b, CPYTHON_PLAIN, 24, 0).own, 24); /* 1.5 */
	assert_int_equal(extent(0x030b, CPYTHON_INT, 24, 4).own, 36);   /* 1 << 80 */
	assert_int_equal(extent(0x030d, CPYTHON_INT, 24, 4).own, 28);   /* 0: lv_tag has flags below */
	PUT(3 << 3 | 2);
	assert_int_equal(extent(0x030c, CPYTHON_INT, 24, 4).own, 36);
	PUT((uint64_t)-2);
	assert_int_equal(extent(0x0308, CPYTHON_INT, 24, 4).own, 32); /* -(1 << 40) */
	PUT(0);
	assert_int_equal(extent(0x030a, CPYTHON_INT, 24, 4).own, 24);
	assert_int_equal(extent(0x030b, CPYTHON_INT, 24, 4).own, 28);
}

static void test_extent__texts(void **state)
{
	struct cpython_extent e;

	PUT(5, 0, 0xe4);
	assert_int_equal(extent(0x030b, CPYTHON_STR, 80, 0).own, 54);
	assert_int_equal(extent(0x030c, CPYTHON_STR, 64, 0).own, 46);
	PUT(5, 0, 0xa8); /* two bytes a character, no text in UTF-8 */
	assert_int_equal(extent(0x030b, CPYTHON_STR, 80, 0).own, 84);
	PUT(5, 0, 0x28, 15, KEYS); /* ... with one */
	e = extent(0x030c, CPYTHON_STR, 64, 0);
	assert_int_equal(e.own, 68);
	assert_int_equal(e.n, 1);
	assert_int_equal(e.blocks[0].address, KEYS);
	assert_int_equal(e.blocks[0].len, 16);
	PUT(5, 0, 0x84, 0, 0, 0, 0, KEYS); /* of a subclass: its characters lie elsewhere */
	e = extent(0x030b, CPYTHON_STR, 80, 0);
	assert_int_equal(e.own, 80);
	assert_int_equal(e.n, 1);
	assert_int_equal(e.blocks[0].len, 6);
}

static void test_extent__blocks(void **state)
{
	struct cpython_extent e;

	PUT(3, KEYS, 8);
	e = extent(0x030b, CPYTHON_LIST, 40, 0);
	assert_int_equal(e.own, 40);
	assert_int_equal(e.blocks[0].address, KEYS);
	assert_int_equal(e.blocks[0].len, 64);
	PUT(3, 100, KEYS);
	e = extent(0x030b, CPYTHON_BYTEARRAY, 56, 0);
	assert_int_equal(e.blocks[0].len, 100);
	PUT(5, 5, 31, KEYS);
	e = extent(0x030b, CPYTHON_SET, 200, 0);
	assert_int_equal(e.blocks[0].len, 512);
	PUT(5, 5, 7, OBJECT + 64); /* its own small table */
	assert_int_equal(extent(0x030b, CPYTHON_SET, 200, 0).n, 0);
	PUT(3, KEYS, 8, AT(0x5000));
	put32(&world, AT(0x5004), 2);
	assert_int_equal(extent(0x030b, CPYTHON_ARRAY, 64, 0).blocks[0].len, 16);
}

static void test_extent__dicts(void **state)
{
	struct cpython_extent e;

	PUT(1, 0, KEYS, 0);
	put_keys(0x0308, KEYS, 1, 1);
	e = extent(0x0308, CPYTHON_DICT, 48, 0);
	assert_int_equal(e.own, 48);
	assert_int_equal(e.blocks[0].len, 40 + 8 + 5 * 24);
	put_keys(0x0308, KEYS, 1, 2); /* shared: not its own */
	put64(&world, OBJECT + 40, AT(0x6000));
	e = extent(0x0308, CPYTHON_DICT, 48, 0);
	assert_int_equal(e.n, 1);
	assert_int_equal(e.blocks[0].address, AT(0x6000));
	assert_int_equal(e.blocks[0].len, 40);
	PUT(1, 0, KEYS, 0);
	put_keys(0x030b, KEYS, 1, 1);
	assert_int_equal(extent(0x030b, CPYTHON_DICT, 48, 0).blocks[0].len, 32 + 8 + 5 * 16);
	bytes[KEYS + 10 - MEMORY_BASE] = 0; /* keys that are no str */
	assert_int_equal(extent(0x030b, CPYTHON_DICT, 48, 0).blocks[0].len, 32 + 8 + 5 * 24);
	bytes[KEYS + 8 - MEMORY_BASE] = 60; /* no table is so large */
	assert_int_equal(extent(0x030b, CPYTHON_DICT, 48, 0).n, 0);
}

/* An instance with five values, as three versions have them. */
static void test_extent__values_of_instances(void **state)
{
	struct cpython_kind k = { .type = { .size = 16, .flags = MANAGED }, .values = 5 };
	struct reader r = memory_reader(&world);
	struct cpython_extent e;

	begin();
	put64(&world, OBJECT - 32, AT(0x6008));
	bytes[0x6007] = 8;
	assert_true(cpython_extent_read(&r, 0x030b, &k, OBJECT, &e));
	assert_int_equal(e.n, 1);
	assert_int_equal(e.blocks[0].address, AT(0x6000));
	assert_int_equal(e.blocks[0].len, 8 + 5 * 8);
	put64(&world, OBJECT - 24, AT(0x6008) - 1);
	assert_true(cpython_extent_read(&r, 0x030c, &k, OBJECT, &e));
	assert_int_equal(e.blocks[0].len, 8 + 5 * 8);
	put64(&world, OBJECT - 24, AT(0x6008)); /* a dict */
	assert_true(cpython_extent_read(&r, 0x030c, &k, OBJECT, &e));
	assert_int_equal(e.n, 0);
	assert_true(cpython_extent_read(&r, 0x030d, &k, OBJECT, &e));
	assert_int_equal(e.n, 0);
	k.type.flags |= INLINE;
	assert_true(cpython_extent_read(&r, 0x030d, &k, OBJECT, &e));
	assert_int_equal(e.blocks[0].address, OBJECT + 16);
	assert_int_equal(e.blocks[0].len, 6 * 8 + 8);
}

static void test_extent__code(void **state)
{
	struct cpython_extent e;

	PUT(20); /* units of bytecode */
	e = extent(0x030b, CPYTHON_CODE, 184, 2);
	assert_int_equal(e.own, 224);
	assert_int_equal(e.written, 40);
	begin();
	put64(&world, OBJECT + 48, AT(0x5000));
	put64(&world, AT(0x5010), 64); /* bytes of it */
	put64(&world, OBJECT + 152, AT(0x6000));
	put64(&world, OBJECT + 160, AT(0x6100));
	bytes[OBJECT + 172 - MEMORY_BASE] = 3;
	e = extent(0x0309, CPYTHON_CODE, 176, 0);
	assert_true(e.caches);
	assert_int_equal(e.n, 2);
	assert_int_equal(e.blocks[0].len, 32);
	assert_int_equal(e.blocks[1].len, 96);
	assert_int_equal(extent(0x0307, CPYTHON_CODE, 144, 0).n, 0);
}

static void test_extent__lengths_that_lie(void **state)
{
	static const enum cpython_form forms[] = { CPYTHON_PLAIN, CPYTHON_STR, CPYTHON_INT,
						   CPYTHON_LIST,  CPYTHON_SET, CPYTHON_BYTEARRAY,
						   CPYTHON_CODE };
	struct reader r = memory_reader(&world);

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct cpython_kind k = { .type = { .size = 24, .items = 8 }, .form = forms[i] };
		struct cpython_extent e;

		PUT(1ULL << 50, 1ULL << 50, 1ULL << 50, 1ULL << 50);
		assert_false(cpython_extent_read(&r, 0x030b, &k, OBJECT, &e));
		assert_false(cpython_extent_read(&r, 0x030b, &k, AT(SIZE), &e));
	}
}

static void test_text__of_a_str(void **state)
{
	struct reader r = memory_reader(&world);
	char text[CPYTHON_TEXT], long_one[400];
	uint64_t at;

	begin();
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	assert_true(cpython_text_read(&r, 0x030b, put_str(0x030b, "app.models"), text));
	assert_string_equal(text, "app.models");
	assert_true(cpython_text_read(&r, 0x030c, put_str(0x030c, long_one), text));
	assert_int_equal(strlen(text), CPYTHON_TEXT - 1);
	at = put_str(0x030b, "app");
	put32(&world, at + 32, 0xa8); /* two bytes a character */
	bytes[at + 72 - MEMORY_BASE] = 0xe9;
	bytes[at + 75 - MEMORY_BASE] = 0xd8; /* half of a pair */
	bytes[at + 76 - MEMORY_BASE] = 'x';
	assert_true(cpython_text_read(&r, 0x030b, at, text));
	assert_string_equal(text, "\u00e9\ufffdx");
	put64(&world, at + 8, TYPE_TYPE);
	assert_false(cpython_text_read(&r, 0x030b, at, text));
	assert_false(cpython_text_read(&r, 0x030b, 0, text));
	assert_false(cpython_text_read(&r, 0x030b, UINT64_MAX - 15, text));
}

static void test_tracked(void **state)
{
	const uint64_t linked[3] = { KEYS, KEYS, 0 }, alone[3] = { 0, 0, 0 };
	const uint64_t counted[3] = { KEYS, KEYS, (uint64_t)-3 << 1 };
	const uint64_t untracked[3] = { KEYS, KEYS, (uint64_t)-2 << 1 };

	assert_true(cpython_is_tracked(16, linked));
	assert_false(cpython_is_tracked(16, alone));
	assert_true(cpython_is_tracked(32, counted));
	assert_false(cpython_is_tracked(32, untracked));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind__names_of_classes),
		cmocka_unit_test(test_kind__forms),
		cmocka_unit_test(test_kind__other_bytes_are_none),
		cmocka_unit_test(test_kind__what_stands_before),
		cmocka_unit_test(test_extent__plain_and_numbers),
		cmocka_unit_test(test_extent__texts),
		cmocka_unit_test(test_extent__blocks),
		cmocka_unit_test(test_extent__dicts),
		cmocka_unit_test(test_extent__values_of_instances),
		cmocka_unit_test(test_extent__code),
		cmocka_unit_test(test_extent__lengths_that_lie),
		cmocka_unit_test(test_text__of_a_str),
		cmocka_unit_test(test_tracked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
