#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/golden.h"
#include "lib/plain_text.h"
#include "sink/json_kinds.h"
#include "sink/kinds.h"

#define MIB (1 << 20)

static struct kind items[] = {
	{ (char[]){ "app.models.Tag" }, true, 160000, 160000, 15 * MIB, 15 * MIB, 5 * MIB, 120000, 40000,
	  11.25 * MIB, 3.75 * MIB, 3000.5, 999.5 },
	{ (char[]){ "str" }, false, 410000, 0, 0, 30 * MIB, 0, 307000, 103000, 22.5 * MIB, 7.5 * MIB, 6000,
	  2000 },
	{ (char[]){ "dict" }, true, 46000, 45900, 19 * MIB, 20 * MIB, 15 * MIB, 45000, 1000, 19.5 * MIB,
	  0.5 * MIB, 5100, 128 },
	{ (char[]){ "\x1b[31mred\n" }, false, 3, 0, 0, 4096, 0, 3, 0, 4096, 0, 1, 0 },
	{ (char[]){ "a" }, true, 1, 1, 64, 64, 0, 0.5, 0.5, 32, 32, 0.5, 0.5 },
	{ (char[]){ "b" }, true, 1, 1, 64, 64, 0, 0.5, 0.5, 32, 32, 0.5, 0.5 },
	{ (char[]){ "c" }, true, 1, 1, 64, 64, 0, 0.5, 0.5, 32, 32, 0.5, 0.5 },
	{ (char[]){ "d" }, true, 1, 1, 64, 64, 0, 0, 1, 0, 64, 0, 1 },
	{ (char[]){ "e" }, true, 1, 1, 64, 64, 0, 0, 1, 0, 64, 0, 1 },
	{ (char[]){ "code caches" }, false, 1500, 0, 0, MIB, 0, 1100, 400, 0.75 * MIB, 0.25 * MIB, 300, 100 },
};

static struct kind_module modules[] = {
	{ (char[]){ "app.cache" }, 1000, 2 * MIB, 1.5 * MIB, 0.5 * MIB },
	{ (char[]){ "app.models" }, 160200, 15.5 * MIB, 11.5 * MIB, 4 * MIB },
	{ (char[]){ "/srv/app/\x1b]0;run.py" }, 12, 30000, 20000, 10000 },
};

static struct kinds kinds = { NULL, items, sizeof(items) / sizeof(*items), modules, 3, 4, false, false, 0.1 };

static void show(const struct kinds *k, struct buf *ret)
{
	cJSON *root = json_begin();

	json_kinds(root, k);
	json_end(ret, root, true);
}

static void test_kinds__golden(void **state)
{
	cleanup(buf_release) struct buf narrow = { 0 }, wide = { 0 }, json = { 0 };

	kinds_sort(&kinds);
	text_kinds(&narrow, &kinds, 60);
	text_kinds(&wide, &kinds, 100);
	show(&kinds, &json);
	assert_plain_text(&narrow);
	golden_check("kinds-60.txt", &narrow);
	golden_check("kinds-100.txt", &wide);
	golden_check("kinds.json", &json);
}

/* What costs most comes first, whatever it is called; of equal ones the larger. */
static void test_kinds__order(void **state)
{
	kinds_sort(&kinds);
	assert_string_equal(kinds.items[0].name, "str");
	assert_string_equal(kinds.items[1].name, "dict");
	assert_string_equal(kinds.items[2].name, "app.models.Tag");
	assert_string_equal(kinds.items[kinds.n - 1].name, "e");
	assert_string_equal(kinds.modules[0].name, "app.models");
}

static void test_kinds__nothing(void **state)
{
	const struct kinds none = { .why = "the master has ended" }, unwalked = { .items = items, .n = 1 };
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 }, of_none = { 0 }, of_unwalked = { 0 };

	text_kinds(&text, &none, 80);
	text_kinds(&text, NULL, 80);
	text_kinds(&text, &unwalked, 80);
	assert_int_equal(text.len, 0);
	show(NULL, &json);
	assert_non_null(strstr(json.data, "\"objects\":\tnull"));
	show(&none, &of_none);
	assert_non_null(strstr(of_none.data, "\"types\":\tnull"));
	assert_non_null(strstr(of_none.data, "the master has ended"));
	show(&unwalked, &of_unwalked);
	assert_non_null(strstr(of_unwalked.data, "\"copied_bytes\":\tnull"));
	assert_null(strstr(of_unwalked.data, "\"types\":\tnull"));
}

/* Marked where not all was read. */
static void test_kinds__cut(void **state)
{
	struct kinds cut = kinds;
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };

	cut.cut = true;
	text_kinds(&text, &cut, 80);
	assert_non_null(strstr(text.data, "at least"));
	show(&cut, &json);
	assert_non_null(strstr(json.data, "\"complete\":\tfalse"));
}

/* An estimate has its mark at every figure. */
static void test_kinds__sampled(void **state)
{
	struct kinds sampled = kinds;
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };

	sampled.sampled = true;
	text_kinds(&text, &sampled, 80);
	assert_non_null(strstr(text.data, "~307 000       ~22.5"));
	assert_non_null(strstr(text.data, "app.models ~11.5"));
	show(&sampled, &json);
	assert_non_null(strstr(json.data, "\"exactness\":\t\"estimate\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds__golden),  cmocka_unit_test(test_kinds__order),
		cmocka_unit_test(test_kinds__nothing), cmocka_unit_test(test_kinds__cut),
		cmocka_unit_test(test_kinds__sampled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
