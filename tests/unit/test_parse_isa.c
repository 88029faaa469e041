#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "parse/isa.h"

/* Instructions as compilers made them of CPython 3.8 to 3.13 and of Perl 5.36; what stands before, and the
 * store. */
struct piece {
	const char *what;
	uint8_t before[ISA_BEFORE], op[ISA_BYTES];
	size_t nbefore;
	bool refcount, gc_head, perl;
};

static const struct piece pieces[] = {
	{ "addq $1,(%rdi)", { 0 }, { 0x48, 0x83, 0x07, 0x01 }, 0, true, false, false },
	{ "subq $1,(%r12)", { 0 }, { 0x49, 0x83, 0x2c, 0x24, 0x01 }, 0, true, false, false },
	{ "subq $1,0(%rbp)", { 0 }, { 0x48, 0x83, 0x6d, 0x00, 0x01 }, 0, true, false, false },
	{ "incq (%rax)", { 0 }, { 0x48, 0xff, 0x00 }, 0, true, false, false },
	{ "decq (%rax)", { 0 }, { 0x48, 0xff, 0x08 }, 0, true, false, false },
	{ "addq $2,(%rdi)", { 0 }, { 0x48, 0x83, 0x07, 0x02 }, 0, false, false, false },
	{ "addq $1,8(%rdi)", { 0 }, { 0x48, 0x83, 0x47, 0x08, 0x01 }, 0, false, false, false },
	{ "addl $1,8(%rax)", { 0 }, { 0x83, 0x40, 0x08, 0x01 }, 0, false, false, true },
	{ "subl $1,8(%r12)", { 0 }, { 0x41, 0x83, 0x6c, 0x24, 0x08, 0x01 }, 0, false, false, true },
	{ "addl $1,12(%rax)", { 0 }, { 0x83, 0x40, 0x0c, 0x01 }, 0, false, false, false },
	{ "addl $2,8(%rax)", { 0 }, { 0x83, 0x40, 0x08, 0x02 }, 0, false, false, false },
	{ "sub $1,%eax; mov", { 0x83, 0xe8, 0x01 }, { 0x89, 0x46, 0x08 }, 3, false, false, true },
	{ "mov %eax,8(%rsi)", { 0 }, { 0x89, 0x46, 0x08 }, 0, false, false, false },
	{ "CowREFCNT, up", { 0 }, { 0x80, 0x44, 0x10, 0xff, 0x01 }, 0, false, false, true },
	{ "CowREFCNT, down", { 0 }, { 0x41, 0x80, 0x6c, 0x06, 0xff, 0x01 }, 0, false, false, true },
	{ "byte before", { 0 }, { 0x80, 0x44, 0x10, 0xfe, 0x01 }, 0, false, false, false },
	{ "orb $1", { 0 }, { 0x80, 0x4c, 0x10, 0xff, 0x01 }, 0, false, false, false },
	{ "cmpq $1,(%rdi)", { 0 }, { 0x48, 0x83, 0x3f, 0x01 }, 0, false, false, false },
	{ "addq $1,0(%rip)", { 0 }, { 0x48, 0x83, 0x05, 0, 0, 0, 0, 0x01 }, 0, false, false, false },
	{ "addq $1,(%rsp)", { 0 }, { 0x48, 0x83, 0x04, 0x24, 0x01 }, 0, false, false, false },
	{ "addq $1,(%rax,%rcx)", { 0 }, { 0x48, 0x83, 0x04, 0x08, 0x01 }, 0, false, false, false },
	{ "3.12, up", { 0x83, 0xc0, 0x01, 0x74, 0x02 }, { 0x89, 0x02 }, 5, true, false, false },
	{ "3.12, down", { 0x48, 0x83, 0xe8, 0x01 }, { 0x49, 0x89, 0x04, 0x24 }, 4, true, false, false },
	{ "another register", { 0x48, 0x83, 0xe8, 0x01 }, { 0x48, 0x89, 0x0f }, 4, false, false, false },
	{ "mov %rax,(%rdi)", { 0 }, { 0x48, 0x89, 0x07 }, 0, false, false, false },
	{ "update_refs", { 0x48, 0x83, 0xc8, 0x02 }, { 0x48, 0x89, 0x42, 0x08 }, 4, false, true, false },
	{ "without its mark", { 0x48, 0x83, 0xc8, 0x01 }, { 0x48, 0x89, 0x42, 0x08 }, 4, false, false, false },
	{ "another word", { 0x48, 0x83, 0xc8, 0x02 }, { 0x48, 0x89, 0x42, 0x10 }, 4, false, false, false },
};

static void test_what_a_store_is_about(void **state)
{
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		const struct piece *p = &pieces[i];
		uint8_t code[ISA_BEFORE + ISA_BYTES] = { 0 };

		print_message("# %s\n", p->what);
		memcpy(code + ISA_BEFORE - p->nbefore, p->before, p->nbefore);
		memcpy(code + ISA_BEFORE, p->op, ISA_BYTES);
		assert_int_equal(isa_x86.refcount(code, sizeof(code), ISA_BEFORE), p->refcount);
		assert_int_equal(isa_x86.gc_head(code, sizeof(code), ISA_BEFORE), p->gc_head);
		assert_int_equal(isa_x86.perl_count(code, sizeof(code), ISA_BEFORE), p->perl);
		assert_false(isa_x86.refcount(code, sizeof(code) - 1, ISA_BEFORE));
	}
}

static void test_which_system_call(void **state)
{
	static const uint8_t code[] = { 0xb8, 0x2d, 0, 0, 0, 0x0f, 0x05, 0x31, 0xc0, 0x0f, 0x05, 0x90,
					0x90, 0x0f, 0x05 };
	int number = 0;

	assert_true(isa_x86.system_call(code, sizeof(code), 7, &number));
	assert_int_equal(number, 0x2d);
	assert_true(isa_x86.system_call(code, sizeof(code), 11, &number));
	assert_int_equal(number, 0);
	assert_true(isa_x86.system_call(code, sizeof(code), 15, &number));
	assert_int_equal(number, -1);
	assert_false(isa_x86.system_call(code, sizeof(code), 12, &number));
	assert_false(isa_x86.system_call(code, sizeof(code), 1, &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_store_is_about),
		cmocka_unit_test(test_which_system_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
