#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "sys/debuginfo.h"
#include "sys/demangle.h"

static void assert_plain(const char *name, const char *wanted)
{
	cleanup_free char *plain = demangle(name);

	assert_non_null(plain);
	assert_string_equal(plain, wanted);
}

static void test_names_of_cxx_and_rust(void **state)
{
#ifndef COWTOP_LIBIBERTY
	assert_null(demangle("_ZN3foo3barEi"));
	print_message("# built without libiberty\n");
	skip();
#endif
	assert_plain("_ZN3foo3barEi", "foo::bar(int)");
	assert_plain("_ZNSt6vectorIiSaIiEE9push_backERKi",
		     "std::vector<int, std::allocator<int> >::push_back(int const&)");
	assert_plain("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt");
	assert_plain("_RNvC7mycrate3foo", "mycrate::foo");
}

/* Letters that no symbol may hold, and what else stands in the same identifier. */
static void test_letters_of_rust(void **state)
{
#ifndef COWTOP_LIBIBERTY
	skip();
#endif
	assert_plain("_ZN1r9str$uf6$m14gr$uf6$$udf$er17h0123456789abcdefE",
		     "r::str\u00f6m::gr\u00f6\u00dfer");
	assert_plain(
		"_ZN65_$LT$r..str$uf6$m..Gr$uf6$$udf$e$LT$T$GT$$u20$as$u20$r..Touch$GT$5touch17h0123456789abcdefE",
		"<r::str\u00f6m::Gr\u00f6\u00dfe<T> as r::Touch>::touch");
	assert_plain("_ZN42_$LT$r..A$LT$T$GT$$u20$as$u20$r..Touch$GT$5touch17h0123456789abcdefE",
		     "<r::A<T> as r::Touch>::touch");
	assert_plain("_ZN1r9$u1f600$x17h0123456789abcdefE", "r::\U0001f600x");
	assert_plain("_RNvNtCs6GmmlP4bgsG_1ru8strm_7qau10grer_wna1l", "r::str\u00f6m::gr\u00f6\u00dfer");
	/* no characters: a control code, a surrogate, too large, no number */
	assert_plain("_ZN1r5$u7$x17h0123456789abcdefE", "r::$u7$x");
	assert_plain("_ZN1r8$ud800$x17h0123456789abcdefE", "r::$ud800$x");
	assert_plain("_ZN1r10$u110000$x17h0123456789abcdefE", "r::$u110000$x");
	assert_plain("_ZN1r5$uzz$17h0123456789abcdefE", "r::$uzz$");
}

static void test_other_names_stay(void **state)
{
	assert_null(demangle("malloc"));
	assert_null(demangle("_Z"));
	assert_null(demangle("_Znot a name"));
	assert_null(demangle(""));
}

/* Each parameter is the one before twice: 2 to the power of 30 names. */
static void test_a_name_that_stands_for_gigabytes_is_given_up(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char name[512];
	size_t n = (size_t)snprintf(name, sizeof(name), "_Z1f1AIiiE");

	for (int i = 0; i < 30; i++)
		n += (size_t)snprintf(name + n, sizeof(name) - n, "S_IS%c_S%c_E", digits[i], digits[i]);
	assert_null(demangle(name));
}

static void test_a_build_id_that_nobody_has(void **state)
{
	static const uint8_t id[20] = { 0xff, 0xff, 0xff };

	assert_int_equal(debuginfo_open(id, sizeof(id)), -1);
	assert_int_equal(debuginfo_open(id, 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_cxx_and_rust),
		cmocka_unit_test(test_letters_of_rust),
		cmocka_unit_test(test_other_names_stay),
		cmocka_unit_test(test_a_name_that_stands_for_gigabytes_is_given_up),
		cmocka_unit_test(test_a_build_id_that_nobody_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
