#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/cleanup.h"
#include "parse/perf_map.h"

static const char text[] = "1000 40 first\n"
			   "2000 20 py::Thing.run:/srv/a b.py\n"
			   "1000 20 replaced first\n"
			   "not a line\n"
			   "3000 0 empty\n"
			   "4000 10\n"
			   "ffffffffffffffff 10 far away\n"
			   "5000 10 cut";

static const char *name_at(const struct perf_map *map, uint64_t address, size_t *ret_len)
{
	const struct perf_symbol *s = perf_map_find(map, address);

	*ret_len = s ? s->name_len : 0;
	return s ? text + s->name_at : NULL;
}

static void assert_name(const struct perf_map *map, uint64_t address, const char *wanted)
{
	size_t len;
	const char *name = name_at(map, address, &len);

	assert_non_null(name);
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(name, wanted, len);
}

static void test_the_latest_function_around_an_address_is_found(void **state)
{
	cleanup(perf_map_release) struct perf_map map = { 0 };

	perf_map_parse(&map, text, strlen(text));
	assert_int_equal(map.n, 3);
	assert_name(&map, 0x1000, "replaced first");
	assert_name(&map, 0x101f, "replaced first");
	assert_name(&map, 0x1020, "first");
	assert_null(perf_map_find(&map, 0x1040));
	assert_null(perf_map_find(&map, 0xfff));
	assert_null(perf_map_find(&map, 0x5000)); /* the line has no end yet */
	perf_map_parse(&map, text, 0);
	assert_null(perf_map_find(&map, 0x1000));
}

static void assert_python(const char *name, const char *function, const char *file)
{
	struct perf_python p;

	assert_true(perf_map_python(name, strlen(name), &p));
	assert_int_equal(p.name_len, strlen(function));
	assert_memory_equal(p.name, function, p.name_len);
	assert_int_equal(p.file_len, strlen(file));
	assert_memory_equal(p.file, file, p.file_len);
}

static void test_python_functions_have_a_file(void **state)
{
	static const char *const others[] = { "py::", "py::x", "py:::f", "JS:*render a.js:3", "" };
	struct perf_python p;

	assert_python("py::Thing.run:/srv/a:b.py", "Thing.run", "/srv/a:b.py");
	assert_python("py::<module>:<string>", "<module>", "<string>");
	assert_python("py::f:", "f", "");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(perf_map_python(others[i], strlen(others[i]), &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_latest_function_around_an_address_is_found),
		cmocka_unit_test(test_python_functions_have_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
