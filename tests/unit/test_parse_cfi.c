/* Call frame instructions that an unwinder may follow, and those that it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/alloc.h"
#include "parse/cfi.h"

#define REGISTERS 17

/* In a block of its own, so that a sanitizer sees a read behind the end. */
static bool fits(const char *bytes, size_t len)
{
	uint8_t *copy = xreallocarray(NULL, len + !len, 1);
	bool r;

	memcpy(copy, bytes, len);
	r = cfi_fits(copy, copy + len, REGISTERS, 4);
	free(copy);
	return r;
}
#define FITS(bytes) fits(bytes, sizeof(bytes) - 1)

static void test_cfi__what_compilers_write(void **state)
{
	assert_true(FITS(""));
	/* def_cfa r7+8, r16 at cfa-8; advance, def_cfa_offset 16, r6 at cfa-16, def_cfa_register r6; restore */
	assert_true(FITS("\x0c\x07\x08\x90\x01\x41\x0e\x10\x86\x02\x43\x0d\x06\x02\x80\x0c\x07\x08\xc6\0\0"));
	/* remember, restore; advance by two and four bytes; an expression; args_size */
	assert_true(FITS("\x0a\x0b\x03\x09\xff\x04\x09\x09\xff\xff\x0f\x03\x09\x09\xff\x2e\x10"));
	assert_true(FITS("\x10\x06\x02\x76\x78\x16\x07\x01\x30"));
	assert_true(FITS("\x01\x09\x09\xff\xff\x2d"));
}

static void test_cfi__kept_in_a_register(void **state)
{
	assert_true(FITS("\x09\x03\x10"));
	assert_true(FITS("\x09\x03\x90\x80\x80\x00"));
	assert_false(FITS("\x09\x03\x11"));
	assert_false(FITS("\x09\x03\xec\xff\x00"));
	assert_false(FITS("\x09\x03\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
	assert_false(FITS("\x0a\x0c\x07\x08\x09\x00\x7f\x0b"));
}

/* val_offset, and what nobody has defined: unwinders differ in where they go on. */
static void test_cfi__that_are_not_known(void **state)
{
	assert_false(FITS("\x14\x0f\x02\x09\x03\xff"));
	assert_false(FITS("\x15\x06\x02"));
	assert_false(FITS("\x0a\x17\x0b"));
	assert_false(FITS("\x3f"));
}

static void test_cfi__that_are_cut(void **state)
{
	assert_false(FITS("\x0c\x07"));
	assert_false(FITS("\x80"));
	assert_false(FITS("\x04\x01\x02\x03"));
	assert_false(FITS("\x01\x01\x02\x03"));
	assert_false(FITS("\x0f\x04\x01\x02\x03"));
	assert_false(FITS("\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
	assert_false(FITS("\x09\x03"));
	/* a number that has no end, and one that is longer than any */
	assert_false(FITS("\x0e\x80"));
	assert_false(FITS("\x0e\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cfi__what_compilers_write),
		cmocka_unit_test(test_cfi__kept_in_a_register),
		cmocka_unit_test(test_cfi__that_are_not_known),
		cmocka_unit_test(test_cfi__that_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
