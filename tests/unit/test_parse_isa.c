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
	uint8_t before[24], op[ISA_BYTES];
	size_t nbefore;
	bool refcount, gc_head, perl;
};

/* clang-format off */
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
	{ "a jump that is longer: mov (%rsi),%ecx; add $1,%ecx; je",
	  { 0x8b, 0x0e, 0x83, 0xc1, 0x01, 0x74, 0x25 }, { 0x89, 0x0e }, 7, true, false, false },
	{ "of 32 bits: je", { 0x8b, 0x06, 0x83, 0xc0, 0x01, 0x0f, 0x84, 0, 1, 0, 0 },
	  { 0x89, 0x06 }, 11, true, false, false },
	{ "others in between: lea 1(%rdi),%edx; mov (%r12,%rbx,8),%rcx; cmp $3,%edx",
	  { 0x8b, 0x38, 0x8d, 0x57, 0x01, 0x49, 0x8b, 0x0c, 0xdc, 0x83, 0xfa, 0x03 },
	  { 0x89, 0x10 }, 12, true, false, false },
	{ "another copy of the pointer: mov (%rax),%rax; test; js; sub; mov %rax,(%rdi)",
	  { 0x48, 0x8b, 0x00, 0x85, 0xc0, 0x78, 0x09, 0x48, 0x83, 0xe8, 0x01 },
	  { 0x48, 0x89, 0x07 }, 11, true, false, false },
	{ "not optimised: mov (%rax),%eax; add $1,%eax; mov %eax,-4(%rbp); mov -16(%rbp),%rax; mov -4(%rbp),%edx",
	  { 0x8b, 0x00, 0x83, 0xc0, 0x01, 0x89, 0x45, 0xfc, 0x48, 0x8b, 0x45, 0xf0, 0x8b, 0x55, 0xfc },
	  { 0x89, 0x10 }, 15, true, false, false },
	{ "decref twice: sub; mov %rax,(%rbp); je; sub",
	  { 0x48, 0x83, 0xe8, 0x01, 0x48, 0x89, 0x45, 0x00, 0x74, 0x20, 0x48, 0x83, 0xe8, 0x01 },
	  { 0x48, 0x89, 0x45, 0x00 }, 14, true, false, false },
	{ "addq $-1,(%rdi)", { 0 }, { 0x48, 0x83, 0x07, 0xff }, 0, true, false, false },
	{ "by two: mov (%rsi),%ecx; add $1,%ecx; inc %ecx", { 0x8b, 0x0e, 0x83, 0xc1, 0x01, 0xff, 0xc1 },
	  { 0x89, 0x0e }, 7, false, false, false },
	{ "of the second word: mov 8(%rsi),%ecx; add $1,%ecx", { 0x8b, 0x4e, 0x08, 0x83, 0xc1, 0x01 },
	  { 0x89, 0x0e }, 6, false, false, false },
	{ "what a call has given, without its sum", { 0x83, 0xc0, 0x01, 0xe8, 0, 0, 0, 0 },
	  { 0x89, 0x06 }, 8, false, false, false },
	{ "an item: mov %rsi,(%rax,%rdx,8)", { 0x83, 0xc6, 0x01 }, { 0x48, 0x89, 0x34, 0xd0 }, 3, false, false,
	  false },
	{ "on the stack: mov %eax,(%rsp)", { 0x83, 0xc0, 0x01 }, { 0x89, 0x04, 0x24 }, 3, false, false, false },
	{ "16 bits: addw $1,(%rax)", { 0 }, { 0x66, 0x83, 0x00, 0x01 }, 0, false, false, false },
	{ "of a pool, up: mov 8(%rax),%rbp; addl $1,(%rax); mov 0(%rbp),%rdi; mov %rdi,8(%rax)",
	  { 0x48, 0x8b, 0x68, 0x08 },
	  { 0x83, 0x00, 0x01, 0x48, 0x8b, 0x7d, 0x00, 0x48, 0x89, 0x78, 0x08 }, 4, false, false, false },
	{ "of a pool, down: mov (%rax),%esi; mov %r14,8(%rax); lea -1(%rsi),%edx; mov %edx,(%rax)",
	  { 0x8b, 0x30, 0x4c, 0x89, 0x70, 0x08, 0x8d, 0x56, 0xff }, { 0x89, 0x10 }, 9, false, false, false },
	{ "another register", { 0x48, 0x83, 0xe8, 0x01 }, { 0x48, 0x89, 0x0f }, 4, false, false, false },
	{ "mov %rax,(%rdi)", { 0 }, { 0x48, 0x89, 0x07 }, 0, false, false, false },
	{ "update_refs", { 0x48, 0x83, 0xc8, 0x02 }, { 0x48, 0x89, 0x42, 0x08 }, 4, false, true, false },
	{ "without its mark", { 0x48, 0x83, 0xc8, 0x01 }, { 0x48, 0x89, 0x42, 0x08 }, 4, false, false, false },
	{ "another word", { 0x48, 0x83, 0xc8, 0x02 }, { 0x48, 0x89, 0x42, 0x10 }, 4, false, false, false },
};
/* clang-format on */

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
	static const uint8_t code[] = { 0xb8, 0x2d, 0,    0,    0,    0x0f, 0x05, 0x31,
					0xc0, 0x0f, 0x05, 0x90, 0x90, 0x0f, 0x05 };
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

/* list_slice() of Debian's CPython 3.13 in short: the store stands before the loop, and only a jump leads there. */
static void test_a_store_that_is_jumped_to(void **state)
{
	static const uint8_t code[] = {
		0xc3, 0x0f, 0x1f, 0x40, 0x00, /* ret; nop */
		0x89, 0x01,                   /* mov %eax,(%rcx) */
		0x49, 0x8b, 0x0c, 0xd0,       /* mov (%r8,%rdx,8),%rcx */
		0x8b, 0x01,                   /* mov (%rcx),%eax */
		0x83, 0xc0, 0x01,             /* add $1,%eax */
		0x75, 0xf3,                   /* jne to the store */
		0x48, 0x83, 0xc6, 0x01,       /* add $1,%rsi */
		0xeb, 0xed,                   /* jmp to it, with something else */
	};
	uint8_t all[ISA_BEFORE + 64 + ISA_BYTES] = { 0 };
	size_t at = ISA_BEFORE;

	memset(all, 0xcc, sizeof(all));
	memcpy(all + at - 5, code, sizeof(code));
	assert_true(isa_x86.refcount(all, sizeof(all), at));
	assert_false(isa_x86.counted_elsewhere(all, sizeof(all), at));
	/* without the jump it is not known, */
	all[at + 11] = 0x90;
	all[at + 12] = 0x90;
	all[at + 17] = 0x90;
	all[at + 18] = 0x90;
	assert_false(isa_x86.refcount(all, sizeof(all), at));
	assert_true(isa_x86.counted_elsewhere(all, sizeof(all), at));
	/* and of what was no count before the jump it is. */
	memcpy(all + at + 8, (const uint8_t[]){ 0x31, 0xc0, 0x90, 0x75, 0xf3 }, 5);
	assert_false(isa_x86.refcount(all, sizeof(all), at));
	assert_false(isa_x86.counted_elsewhere(all, sizeof(all), at));
}

/* Instructions as gcc 12 made them of CPython 3.11 to 3.14 and of Perl 5.36; the last one is the store. */
struct words {
	const char *what;
	uint32_t words[7];
	size_t n;
	bool refcount, gc_head, perl;
};

static const struct words words[] = {
	{ "add x1,x1,#1; str x1,[x0]", { 0x91000421, 0xf9000001 }, 2, true, false, false },
	{ "sub x0,x0,#1; str x0,[x19]", { 0xd1000400, 0xf9000260 }, 2, true, false, false },
	{ "3.12: adds w1; b.eq; str w1", { 0x31000421, 0x54000040, 0xb9000001 }, 3, true, false, false },
	{ "another one in between", { 0x91000421, 0xf9400042, 0xf9000001 }, 3, true, false, false },
	{ "3.14: ldr w0,[x1]; tbnz; add; str w0,[x1]",
	  { 0xb9400020, 0x37f80080, 0x11000400, 0xb9000020 },
	  4,
	  true,
	  false,
	  false },
	{ "of the second word: ldr x0,[x1,#8]",
	  { 0xf9400420, 0x91000400, 0xf9000020 },
	  3,
	  false,
	  false,
	  false },
	{ "far before it",
	  { 0x91000421, 0xf9400042, 0xf9400042, 0xf9400042, 0xf9400042, 0xf9400042, 0xf9000001 },
	  7,
	  true,
	  false,
	  false },
	{ "a call in between", { 0x91000421, 0x94000010, 0xf9000001 }, 3, false, false, false },
	{ "of a pool: str x2,[x0,#8]",
	  { 0xb9400001, 0x11000421, 0xf9000402, 0xb9000001 },
	  4,
	  false,
	  false,
	  false },
	{ "overwritten in between", { 0x91000421, 0xf9400041, 0xf9000001 }, 3, false, false, false },
	{ "by two", { 0x91000821, 0xf9000001 }, 2, false, false, false },
	{ "another register", { 0x91000422, 0xf9000001 }, 2, false, false, false },
	{ "on the stack", { 0x91000421, 0xf90003e1 }, 2, false, false, false },
	{ "str x1,[x0,#8]", { 0x91000421, 0xf9000401 }, 2, false, false, false },
	{ "nothing before", { 0xf9000001 }, 1, false, false, false },
	{ "ldr", { 0x91000421, 0xf9400001 }, 2, false, false, false },
	{ "add w2,w2,#1; str w2,[x21,#8]", { 0x11000442, 0xb9000aa2 }, 2, false, false, true },
	{ "sub w2,w2,#1; str w2,[x4,#12]", { 0x51000442, 0xb9000c82 }, 2, false, false, false },
	{ "CowREFCNT", { 0x38616802, 0x11000442, 0x38216802 }, 3, false, false, true },
	{ "a byte, not counted", { 0x38616802, 0x38216802 }, 2, false, false, false },
	{ "update_refs: orr x1,x1,#2; str x1,[x0,#8]", { 0xb27f0021, 0xf9000401 }, 2, false, true, false },
	{ "without its mark", { 0xb2400021, 0xf9000401 }, 2, false, false, false },
	{ "another word", { 0xb27f0021, 0xf9000801 }, 2, false, false, false },
};

static void test_what_a_store_is_about__arm64(void **state)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const struct words *w = &words[i];
		uint8_t code[ISA_BEFORE + ISA_BYTES] = { 0 };

		print_message("# %s\n", w->what);
		memcpy(code + ISA_BEFORE - 4 * (w->n - 1), w->words, 4 * w->n);
		assert_int_equal(isa_arm64.refcount(code, sizeof(code), ISA_BEFORE), w->refcount);
		assert_int_equal(isa_arm64.gc_head(code, sizeof(code), ISA_BEFORE), w->gc_head);
		assert_int_equal(isa_arm64.perl_count(code, sizeof(code), ISA_BEFORE), w->perl);
		assert_false(isa_arm64.refcount(code, sizeof(code) - 1, ISA_BEFORE));
		assert_false(isa_arm64.refcount(code + 1, sizeof(code) - 1, ISA_BEFORE - 1));
	}
}

/* b.ne to the store, which stands behind a return. */
static void test_a_store_that_is_jumped_to__arm64(void **state)
{
	static const uint32_t code[] = { 0xd65f03c0, 0xb9000020, 0xf9400042,
					 0xb9400020, 0x31000400, 0x54ffff81 };
	uint8_t all[4 * 12] = { 0 };

	memcpy(all, code, sizeof(code));
	assert_true(isa_arm64.refcount(all, sizeof(all), 4));
	assert_false(isa_arm64.counted_elsewhere(all, sizeof(all), 4));
	memset(all + 20, 0, 4);
	assert_false(isa_arm64.refcount(all, sizeof(all), 4));
	assert_true(isa_arm64.counted_elsewhere(all, sizeof(all), 4));
}

/* What stands behind a call does not write; what does, faulted itself. */
static void test_which_system_call__arm64(void **state)
{
	static const struct {
		const char *what;
		uint32_t behind;
		bool is;
	} places[] = {
		{ "cmn x0,#4095", 0xb13ffc1f, true },
		{ "ldr x1,[x0]", 0xf9400001, true },
		{ "ldp x1,x2,[x0]", 0xa9400801, true },
		{ "ldxr x1,[x0]", 0xc85f7c01, true },
		{ "ret", 0xd65f03c0, true },
		{ "str x1,[x0]", 0xf9000001, false },
		{ "stp x1,x2,[x0]", 0xa9000801, false },
		{ "stxr w3,x1,[x0]", 0xc8037c01, false },
		{ "str q0,[x0]", 0x3d800000, false },
		{ "ldadd x1,x2,[x0]", 0xf8210002, false },
		{ "casal x1,x2,[x0]", 0xc8e1fc02, false },
		{ "swpb w1,w2,[x0]", 0x38218002, false },
		{ "dc zva,x0", 0xd50b7420, false },
		{ "st1 {v0.16b},[x0]", 0x4c007000, false },
		{ "ldr q0,[x0]", 0x3dc00000, true },
		{ "ldrb w1,[x0],#1", 0x38401401, true },
	};
	int number;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const uint32_t code[] = { 0xd28019e8, 0xd4000001,
					  places[i].behind }; /* mov x8,#207; svc #0 */
		const uint8_t *bytes = (const uint8_t *)code;

		print_message("# %s\n", places[i].what);
		assert_int_equal(isa_arm64.system_call(bytes, sizeof(code), 8, &number), places[i].is);
		if (places[i].is)
			assert_int_equal(number, 207);
		assert_false(isa_arm64.system_call(bytes, sizeof(code), 4, &number));
	}
	assert_true(isa_arm64.system_call((const uint8_t[]){ 1, 0, 0, 0xd4 }, 4, 4, &number));
	assert_int_equal(number, -1);
}

/* gc_disable() and gc_enable() as of 3.6: adrp x0; str wzr,[x0,#24]; with others before and in between. */
static void test_store__arm64(void **state)
{
	static const uint32_t off[] = { 0x90000100, 0xb900181f, 0xf00000e0, 0xf947ec00 };
	static const uint32_t on[] = { 0xf00000e0, 0xf947ec00, 0x90000101, 0x52800022, 0xb9001822 };
	static const uint32_t added[] = { 0xb0ffffe1, 0x91004021, 0xb900003f }; /* adrp backwards; add */
	static const uint32_t lost[] = { 0x90000101, 0xf9400001, 0xb9000022 };  /* ldr x1 over it */
	uint64_t address = 0;

	assert_true(isa_arm64.store((const uint8_t *)off, sizeof(off), 0x6a8, 0, &address));
	assert_int_equal(address, 0x20018);
	assert_false(isa_arm64.store((const uint8_t *)off, sizeof(off), 0x6a8, 1, &address));
	assert_true(isa_arm64.store((const uint8_t *)on, sizeof(on), 0x6b4, 1, &address));
	assert_int_equal(address, 0x20018);
	assert_false(isa_arm64.store((const uint8_t *)on, sizeof(on) - 4, 0x6b4, 1, &address));
	assert_false(isa_arm64.store((const uint8_t *)on, sizeof(on), 0x6b4, 0, &address));
	assert_true(isa_arm64.store((const uint8_t *)added, sizeof(added), 0x10abc, 0, &address));
	assert_int_equal(address, 0xd010);
	assert_false(isa_arm64.store((const uint8_t *)lost, sizeof(lost), 0x6b4, 0, &address));
}

static void test_calls_and_jumps(void **state)
{
	static const uint32_t arm64[] = { 0x97ffff2d, 0x14000004, 0x54000040, 0xb4ffffe1, 0xd65f03c0 };
	static const uint8_t x86[] = { 0xe8, 0xfb, 0xff, 0xff, 0xff, 0x0f, 0x84, 0, 1, 0, 0 };
	const uint8_t *bytes = (const uint8_t *)arm64;
	uint64_t to;

	assert_int_equal(isa_arm64.jump(bytes, sizeof(arm64), 0, 0x26cc, &to), ISA_JUMP);
	assert_int_equal(to, 0x2380);
	assert_int_equal(isa_arm64.jump(bytes, sizeof(arm64), 4, 0x1000, &to), ISA_JUMP);
	assert_int_equal(to, 0x1014);
	assert_int_equal(isa_arm64.jump(bytes, sizeof(arm64), 8, 0x1000, &to), ISA_JUMP_IF);
	assert_int_equal(to, 0x1010);
	assert_int_equal(isa_arm64.jump(bytes, sizeof(arm64), 12, 0x1000, &to), ISA_JUMP_IF);
	assert_int_equal(to, 0x1008);
	assert_int_equal(isa_arm64.jump(bytes, sizeof(arm64), 16, 0x1000, &to), ISA_JUMP_NONE);
	assert_int_equal(isa_arm64.jump(bytes, 3, 0, 0x1000, &to), ISA_JUMP_NONE);
	assert_int_equal(isa_x86.jump(x86, sizeof(x86), 0, 0x1000, &to), ISA_JUMP);
	assert_int_equal(to, 0x1000);
	assert_int_equal(isa_x86.jump(x86, sizeof(x86), 5, 0x1000, &to), ISA_JUMP_IF);
	assert_int_equal(to, 0x110b);
	assert_int_equal(isa_x86.jump(x86, sizeof(x86) - 1, 5, 0x1000, &to), ISA_JUMP_NONE);
}

static void test_a_processor_is_known_by_its_number(void **state)
{
	assert_ptr_equal(isa_of(62), &isa_x86);
	assert_ptr_equal(isa_of(183), &isa_arm64);
	assert_null(isa_of(243)); /* RISC-V */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_store_is_about__arm64),
		cmocka_unit_test(test_a_store_that_is_jumped_to__arm64),
		cmocka_unit_test(test_which_system_call__arm64),
		cmocka_unit_test(test_store__arm64),
		cmocka_unit_test(test_calls_and_jumps),
		cmocka_unit_test(test_a_processor_is_known_by_its_number),
		cmocka_unit_test(test_what_a_store_is_about),
		cmocka_unit_test(test_a_store_that_is_jumped_to),
		cmocka_unit_test(test_which_system_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
