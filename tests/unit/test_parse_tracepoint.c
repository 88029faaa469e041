#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "parse/kallsyms.h"
#include "parse/tracepoint.h"

/* The shape of Linux 6.18's: macros expanded, casts, shifts. */
static const char format[] =
	"name: mm_page_alloc\nID: 653\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
	"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long gfp_flags;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:char name[16];\toffset:32;\tsize:16;\tsigned:0;\n\n"
	"print fmt: \"gfp_flags=%s\", (REC->gfp_flags) ? __print_flags(REC->gfp_flags, \"|\", "
	"{( unsigned long)((((( gfp_t)((((1UL))) << (6))) | (( gfp_t)((((1UL))) << (7))))) & "
	"~(( gfp_t)((((1UL))) << (7)))), \"WITHOUT\"}, "
	"{(unsigned long)(((gfp_t)(0x400u|0x40u)) | ((gfp_t)0x02u)), \"OLD\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (8))), \"__GFP_ZERO\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (___GFP_BIT))), \"NAMED\"}, "
	"{ 0, ((void *)0) } ) : \"none\"\n";

static bool flag(const char *name, uint64_t *ret)
{
	return parse_tracepoint_flag(format, sizeof(format) - 1, name, ret);
}

static void test_number(void **state)
{
	uint64_t id;

	(void)state;
	assert_true(parse_tracepoint_id(format, sizeof(format) - 1, &id));
	assert_int_equal(id, 653);
	assert_false(parse_tracepoint_id("name: x\n", 8, &id));
	assert_false(parse_tracepoint_id(format, 22, &id));
}

static void test_fields(void **state)
{
	(void)state;
	assert_true(parse_tracepoint_field(format, sizeof(format) - 1, "order"));
	assert_true(parse_tracepoint_field(format, sizeof(format) - 1, "name"));
	assert_false(parse_tracepoint_field(format, sizeof(format) - 1, "flags"));
	assert_false(parse_tracepoint_field(format, sizeof(format) - 1, "none"));
}

static void test_flags_are_worked_out(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(flag("__GFP_ZERO", &v));
	assert_int_equal(v, 0x100);
	assert_true(flag("WITHOUT", &v));
	assert_int_equal(v, 0x40);
	assert_true(flag("OLD", &v));
	assert_int_equal(v, 0x442);
}

static void test_what_cannot_be_worked_out_is_not_guessed(void **state)
{
	char deep[400];
	uint64_t v = 42;

	(void)state;
	assert_false(flag("NAMED", &v));
	assert_false(flag("ABSENT", &v));
	memset(deep, '(', sizeof(deep));
	deep[0] = '{';
	memcpy(deep + 380, "1, \"X\"}", 7);
	assert_false(parse_tracepoint_flag(deep, 387, "X", &v));
	assert_int_equal(v, 42);
}

static void test_kernel_symbols(void **state)
{
	static const char text[] = "ffff0010 T first\nffff0010 t alias\nffff0020 d data\n"
				   "ffff0030 t last\nffff9000 t other\t[module]\n";
	struct kernel_symbol s;
	size_t at = 0, len = sizeof(text) - 1;

	(void)state;
	assert_true(parse_kallsyms(text, len, &at, &s));
	assert_memory_equal(s.name, "first", s.name_len);
	assert_int_equal(s.end, 0xffff0020);
	assert_true(parse_kallsyms(text, len, &at, &s));
	assert_memory_equal(s.name, "alias", s.name_len);
	assert_true(parse_kallsyms(text, len, &at, &s));
	assert_memory_equal(s.name, "last", s.name_len);
	assert_int_equal(s.end, 0xffff9000);
	assert_false(parse_kallsyms(text, len, &at, &s));
}

static void test_hidden_addresses_are_none(void **state)
{
	static const char text[] = "0000000000000000 T first\n0000000000000000 T second\n";
	struct kernel_symbol s;
	size_t at = 0;

	(void)state;
	assert_false(parse_kallsyms(text, sizeof(text) - 1, &at, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_flags_are_worked_out),
		cmocka_unit_test(test_what_cannot_be_worked_out_is_not_guessed),
		cmocka_unit_test(test_kernel_symbols),
		cmocka_unit_test(test_hidden_addresses_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
