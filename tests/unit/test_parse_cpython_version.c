#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "lib/memory.h"
#include "parse/cpython_version.h"

static void test_version__parse(void **state)
{
	static const struct {
		const char *text;
		uint32_t hex;
	} cases[] = {
		{ "2.7.18 (default, Jul 14 2021, 08:11:37) \n[GCC 10.2.1]", 0x020712f0 },
		{ "3.9.2 (default, Feb 28 2021, 17:03:44) \n[GCC 10.2.1 20210110]", 0x030902f0 },
		{ "3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]", 0x030b02f0 },
		{ "3.7.3+ (default, x) [Clang", 0x030703f0 },
		{ "3.14.0rc1 (main, x) [GCC", 0x030e00c1 },
		{ "3.15.0a7+ (heads/main:abc, x) [GCC", 0x030f00a7 },
		{ "2.7 (r27:82500, Jul 2010) \n[GCC", 0x020700f0 },
		{ "4.1.0 (main) [GCC", 0 },
		{ "3.9.2", 0 },
		{ "3.9.2 (default", 0 },
		{ "3.9.2 (default) GCC", 0 },
		{ "3.9.2/lib (default) [GCC", 0 },
		{ "3.256.1 (default) [GCC", 0 },
		{ "3.1.1rc16 (default) [GCC", 0 },
		{ "3.9.2 (a build text that is longer than the eighty characters which Python itself "
		  "puts there) [GCC",
		  0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t hex = 0;
		bool ok = cpython_version_parse(cases[i].text, strlen(cases[i].text), &hex);

		if (ok != (cases[i].hex != 0) || hex != cases[i].hex)
			fail_msg("%s: %x", cases[i].text, hex);
	}
}

static void test_version__format(void **state)
{
	char text[24];

	cpython_version_format(0x030b02f0, text, sizeof(text));
	assert_string_equal(text, "3.11.2");
	cpython_version_format(0x030e00c1, text, sizeof(text));
	assert_string_equal(text, "3.14.0rc1");
	cpython_version_format(0x030f00a7, text, sizeof(text));
	assert_string_equal(text, "3.15.0a7");
	cpython_version_format(0xffffffff, text, sizeof(text));
	assert_string_equal(text, "255.255.255");
}

/* Also over the border of two pages, and where the next one cannot be read. */
static void test_version__scan(void **state)
{
	static const char text[] = "3.8.18 (default, Jan  1 2024, 00:00:00) \n[GCC 12.2.0]";
	static unsigned char bytes[3 * 4096];
	struct memory m = { bytes, sizeof(bytes), 0 };
	struct reader r = memory_reader(&m);
	const size_t places[] = { 64, 4096 - 10, sizeof(bytes) - sizeof(text) };
	uint32_t hex;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes + 32, "/usr/lib/3.9.18/x", 17);
		memcpy(bytes + places[i], text, sizeof(text));
		hex = 0;
		assert_true(cpython_version_scan(&r, MEMORY_BASE + 16, MEMORY_BASE + sizeof(bytes), &hex));
		assert_int_equal(hex, 0x030812f0);
		bytes[places[i]] = '4';
		assert_false(cpython_version_scan(&r, MEMORY_BASE + 16, MEMORY_BASE + sizeof(bytes), &hex));
	}
	assert_false(cpython_version_scan(&r, 0, UINT64_MAX, &hex));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version__parse),
		cmocka_unit_test(test_version__format),
		cmocka_unit_test(test_version__scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
