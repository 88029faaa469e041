#include "parse/isa.h"

#include <elf.h>
#include <string.h>
#include "parse/x86_code.h"
#include "parse/x86_count.h"

#define REX_W(byte) (((byte)&0xf8) == 0x48)
#define MOD(modrm) ((modrm) >> 6)
#define REG(modrm) ((modrm) >> 3 & 7)
#define RM(modrm) ((modrm)&7)
#define RM_SIB 4    /* a second byte follows */
#define SV_REFCNT 8 /* where struct sv has its count, after a pointer */
#define CALL 0xe8
#define JUMP 0xe9
#define STORE_SIZE 10 /* movl $value,displacement(%rip) */

/* "add/sub $1,-1(reg,other)" of one byte. */
static bool is_last_byte(const uint8_t *code, size_t len)
{
	struct x86_code c;

	return x86_take_apart(code, len, &c) && c.map == X86_ONE_BYTE && c.opcode == 0x80 &&
	       ((c.reg & 7) == 0 || (c.reg & 7) == 5) && c.index != X86_NONE && c.displacement == -1 &&
	       c.immediate == 1;
}

static bool is_whole(size_t len, size_t at)
{
	return at <= len && len - at >= ISA_BYTES;
}

static bool refcount(const uint8_t *code, size_t len, size_t at)
{
	return is_whole(len, at) && x86_counts(code, len, at, 0, true) == X86_COUNT;
}

static bool counted_elsewhere(const uint8_t *code, size_t len, size_t at)
{
	return is_whole(len, at) && x86_counts(code, len, at, 0, true) == X86_ELSEWHERE;
}

static bool perl_count(const uint8_t *code, size_t len, size_t at)
{
	return is_whole(len, at) && (x86_counts(code, len, at, SV_REFCNT, false) == X86_COUNT ||
				     is_last_byte(code + at, len - at));
}

/* "mov reg,8(other)" right after "or $2,reg", which says: being collected. */
static bool gc_head(const uint8_t *code, size_t len, size_t at)
{
	const uint8_t *op, * or ;

	if (at > len || len - at < ISA_BYTES || at < 4)
		return false;
	op = code + at;
	or = op - 4;
	return REX_W(op[0]) && op[1] == 0x89 && MOD(op[2]) == 1 && RM(op[2]) != RM_SIB && op[3] == 8 &&
		       REX_W(or [0]) &&
	       or [1] == 0x83 && or [2] == (0xc8 | REG(op[2])) && or [3] == 2;
}

/* "syscall" after "mov $number,%eax" or, for 0, "xor %eax,%eax". */
static bool system_call(const uint8_t *code, size_t len, size_t at, int *ret)
{
	const uint8_t *end = code + at;
	int32_t number;

	if (at > len || at < 2 || end[-2] != 0x0f || end[-1] != 0x05)
		return false;
	*ret = -1;
	if (at >= 7 && end[-7] == 0xb8) {
		memcpy(&number, end - 6, sizeof(number));
		*ret = number;
	} else if (at >= 4 && end[-4] == 0x31 && end[-3] == 0xc0) {
		*ret = 0;
	}
	return true;
}

static uint64_t target_of(const uint8_t *distance, uint64_t next)
{
	int32_t d;

	memcpy(&d, distance, sizeof(d));
	return next + (uint64_t)(int64_t)d;
}

/* e8, e9 and a displacement of 32 bits; 0f 80 to 0f 8f: "jcc". */
static enum isa_jump jump(const uint8_t *code, size_t len, size_t at, uint64_t address, uint64_t *ret)
{
	if (at > len)
		return ISA_JUMP_NONE;
	if (len - at >= 5 && (code[at] == CALL || code[at] == JUMP)) {
		*ret = target_of(code + at + 1, address + at + 5);
		return ISA_JUMP;
	}
	if (len - at >= 6 && code[at] == 0x0f && (code[at + 1] & 0xf0) == 0x80) {
		*ret = target_of(code + at + 2, address + at + 6);
		return ISA_JUMP_IF;
	}
	return ISA_JUMP_NONE;
}

/* "movl $value, disp32(%rip)": c7 05 disp32 imm32; disp32 counts from the next instruction. */
static bool store(const uint8_t *code, size_t len, uint64_t address, uint32_t value, uint64_t *ret)
{
	uint32_t stored;

	for (size_t i = 0; i + STORE_SIZE <= len; i++) {
		if (code[i] != 0xc7 || code[i + 1] != 0x05)
			continue;
		memcpy(&stored, code + i + 6, sizeof(stored));
		if (stored != value)
			continue;
		*ret = target_of(code + i + 2, address + i + STORE_SIZE);
		return true;
	}
	return false;
}

#define FOUR(n) (UINT32_C(15) << (n)) /* a distance of 32 bits */
#define SP 7
#define BP 6
#define RA 16

/* What ends like another one comes first. */
/* clang-format off */
static const struct isa_shape shapes[] = {
	/* sub $8,%rsp; call *%rcx; add $8,%rsp; ret */
	{ { 0x48, 0x83, 0xec, 0x08, 0xff, 0xd1, 0x48, 0x83, 0xc4, 0x08, 0xc3 }, 11, 0,
	  { ISA_ADVANCE(4), ISA_CFA_OFFSET(16), ISA_ADVANCE(6), ISA_CFA_OFFSET(8) }, false },
	/* push %rbp; mov %rsp,%rbp; call *%rcx; pop %rbp; ret */
	{ { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd1, 0x5d, 0xc3 }, 8, 0,
	  { ISA_ADVANCE(1), ISA_CFA_OFFSET(16), ISA_SAVED(BP, 2), ISA_ADVANCE(3), ISA_CFA_REGISTER(BP),
	    ISA_ADVANCE(3), ISA_CFA(SP, 8) }, false },
	/* call __cxa_finalize; call deregister_tm_clones; movb $1,completed(%rip); pop %rbp; ret */
	{ { 0xe8, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xc6, 0x05, 0, 0, 0, 0, 0x01, 0x5d, 0xc3 }, 19,
	  FOUR(1) | FOUR(6) | FOUR(12),
	  { ISA_CFA_OFFSET(16), ISA_SAVED(BP, 2), ISA_ADVANCE(18), ISA_CFA(SP, 8), ISA_RESTORED(BP) },
	  true },
	/* The same in a program at a fixed address, which does not call __cxa_finalize(). */
	{ { 0xe8, 0, 0, 0, 0, 0xc6, 0x05, 0, 0, 0, 0, 0x01, 0x5d, 0xc3 }, 14, FOUR(1) | FOUR(7),
	  { ISA_CFA_OFFSET(16), ISA_SAVED(BP, 2), ISA_ADVANCE(13), ISA_CFA(SP, 8), ISA_RESTORED(BP) },
	  true },
};
/* clang-format on */

const struct isa isa_x86 = {
	.name = "x86_64",
	.machine = EM_X86_64,
	.relative = R_X86_64_RELATIVE,
	.step = 1,
	.ra = RA,
	.entry = { ISA_CFA(SP, 8), ISA_SAVED(RA, 1) },
	.shapes = shapes,
	.nshapes = sizeof(shapes) / sizeof(*shapes),
	.refcount = refcount,
	.counted_elsewhere = counted_elsewhere,
	.perl_count = perl_count,
	.gc_head = gc_head,
	.system_call = system_call,
	.jump = jump,
	.store = store,
};
