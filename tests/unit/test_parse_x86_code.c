#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "parse/x86_code.h"

struct piece {
	const char *what;
	uint8_t code[16];
	uint8_t len;
};

/* One of each form, as an assembler makes them. */
static const struct piece pieces[] = {
	{ "nop", { 0x90 }, 1 },
	{ "push %rbp", { 0x55 }, 1 },
	{ "push %r15", { 0x41, 0x57 }, 2 },
	{ "mov %rsp,%rbp", { 0x48, 0x89, 0xe5 }, 3 },
	{ "mov 0x10(%rax),%rcx", { 0x48, 0x8b, 0x48, 0x10 }, 4 },
	{ "mov 0x2e48(%rdx),%eax", { 0x8b, 0x82, 0x48, 0x2e, 0, 0 }, 6 },
	{ "mov (%rbx,%rax,8),%rax", { 0x48, 0x8b, 0x04, 0xc3 }, 4 },
	{ "mov 0x0(,%rbx,8),%rdi", { 0x48, 0x8b, 0x3c, 0xdd, 0, 0, 0, 0 }, 8 },
	{ "mov 0x1234(%rip),%rax", { 0x48, 0x8b, 0x05, 0x34, 0x12, 0, 0 }, 7 },
	{ "movl $7,(%rdi)", { 0xc7, 0x07, 7, 0, 0, 0 }, 6 },
	{ "movw $7,(%rdi)", { 0x66, 0xc7, 0x07, 7, 0 }, 5 },
	{ "movq $0,0x18(%rbp)", { 0x48, 0xc7, 0x45, 0x18, 0, 0, 0, 0 }, 8 },
	{ "movabs $1,%rdx", { 0x48, 0xba, 1, 0, 0, 0, 0, 0, 0, 0 }, 10 },
	{ "mov $1,%edx", { 0xba, 1, 0, 0, 0 }, 5 },
	{ "add $1,%eax", { 0x83, 0xc0, 1 }, 3 },
	{ "cmp $0x200,%rax", { 0x48, 0x3d, 0, 2, 0, 0 }, 6 },
	{ "test $1,%al", { 0xa8, 1 }, 2 },
	{ "testb $1,(%rax)", { 0xf6, 0x00, 1 }, 3 },
	{ "not %eax", { 0xf7, 0xd0 }, 2 },
	{ "je", { 0x74, 0x25 }, 2 },
	{ "je, far", { 0x0f, 0x84, 0, 1, 0, 0 }, 6 },
	{ "call", { 0xe8, 0, 0, 0, 0 }, 5 },
	{ "call *%rcx", { 0xff, 0xd1 }, 2 },
	{ "ret", { 0xc3 }, 1 },
	{ "nopw 0x0(%rax,%rax,1)", { 0x66, 0x0f, 0x1f, 0x44, 0, 0 }, 6 },
	{ "data16 cs nopw", { 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 }, 11 },
	{ "endbr64", { 0xf3, 0x0f, 0x1e, 0xfa }, 4 },
	{ "mov %fs:0x28,%rax", { 0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0 }, 9 },
	{ "movups %xmm0,-0x10(%rbp)", { 0x0f, 0x11, 0x45, 0xf0 }, 4 },
	{ "pshufd $0xee,%xmm0,%xmm1", { 0x66, 0x0f, 0x70, 0xc8, 0xee }, 5 },
	{ "crc32b %al,%edx", { 0xf2, 0x0f, 0x38, 0xf0, 0xd0 }, 5 },
	{ "palignr $8,%xmm0,%xmm1", { 0x66, 0x0f, 0x3a, 0x0f, 0xc8, 8 }, 6 },
	{ "vmovdqu (%rsi),%ymm0", { 0xc5, 0xfe, 0x6f, 0x06 }, 4 },
	{ "vpbroadcastb %xmm0,%ymm0", { 0xc4, 0xe2, 0x7d, 0x78, 0xc0 }, 5 },
	{ "vzeroupper", { 0xc5, 0xf8, 0x77 }, 3 },
	{ "vmovdqu64 %zmm0,0x40(%rdi)", { 0x62, 0xf1, 0xfe, 0x48, 0x7f, 0x47, 0x01 }, 7 },
	{ "lock cmpxchg %rdx,(%rdi)", { 0xf0, 0x48, 0x0f, 0xb1, 0x17 }, 5 },
	{ "rep stos", { 0xf3, 0x48, 0xab }, 3 },
};

static void test_how_long_each_is(void **state)
{
	struct x86_code c;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		print_message("# %s\n", pieces[i].what);
		assert_true(x86_take_apart(pieces[i].code, sizeof(pieces[i].code), &c));
		assert_int_equal(c.len, pieces[i].len);
		for (size_t len = 0; len < pieces[i].len; len++)
			assert_false(x86_take_apart(pieces[i].code, len, &c));
	}
}

static void test_what_it_works_on(void **state)
{
	struct x86_code c;

	/* mov %r9d,-4(%r13) */
	assert_true(x86_take_apart((const uint8_t[]){ 0x45, 0x89, 0x4d, 0xfc }, 4, &c));
	assert_int_equal(c.reg, 9);
	assert_true(c.memory);
	assert_int_equal(c.base, 13);
	assert_int_equal(c.index, X86_NONE);
	assert_int_equal(c.displacement, -4);
	assert_false(c.wide);
	/* mov (%r12,%r10,8),%rcx */
	assert_true(x86_take_apart((const uint8_t[]){ 0x4b, 0x8b, 0x0c, 0xd4 }, 4, &c));
	assert_int_equal(c.base, 12);
	assert_int_equal(c.index, 10);
	assert_true(c.wide);
	/* mov 5(%rip),%eax: its address has no register */
	assert_true(x86_take_apart((const uint8_t[]){ 0x8b, 0x05, 5, 0, 0, 0 }, 6, &c));
	assert_int_equal(c.base, X86_NONE);
	/* sub $-1,%r8 */
	assert_true(x86_take_apart((const uint8_t[]){ 0x49, 0x83, 0xe8, 0xff }, 4, &c));
	assert_int_equal(c.rm, 8);
	assert_false(c.memory);
	assert_int_equal(c.immediate, -1);
	/* pop %r14; addw $1,(%rax) */
	assert_true(x86_take_apart((const uint8_t[]){ 0x41, 0x5e }, 2, &c));
	assert_int_equal(c.rm, 14);
	assert_true(x86_take_apart((const uint8_t[]){ 0x66, 0x83, 0x00, 0x01 }, 4, &c));
	assert_true(c.narrow);
}

static void test_what_is_none(void **state)
{
	static const uint8_t none[][2] = { { 0x06, 0 }, { 0x27, 0 }, { 0x60, 0 }, { 0x9a, 0 }, { 0xea, 0 } };
	struct x86_code c;

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_false(x86_take_apart(none[i], sizeof(none[i]), &c));
	assert_false(x86_take_apart((const uint8_t[]){ 0x66, 0x66, 0x66, 0x66 }, 4, &c)); /* prefixes alone */
}

/* All forms one after the other: from behind each one's beginning is found again. */
static void test_what_stands_before(void **state)
{
	enum { N = sizeof(pieces) / sizeof(*pieces) };
	size_t begin[N], before[X86_LOOK_BACK], len = 0, n;
	uint8_t code[N * 16] = { 0 };

	for (size_t i = 0; i < N; i++) {
		begin[i] = len;
		memcpy(code + len, pieces[i].code, pieces[i].len);
		len += pieces[i].len;
	}
	for (size_t i = 0; i < N; i++) {
		n = x86_before(code, len, begin[i], before);
		print_message("# before %s: %zu\n", pieces[i].what, n);
		for (size_t k = 0; k < i && k < 3; k++) {
			assert_true(k < n);
			assert_int_equal(before[k], begin[i - 1 - k]);
		}
	}
	assert_int_equal(x86_before(code, len, 0, before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_long_each_is),
		cmocka_unit_test(test_what_it_works_on),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_what_stands_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
