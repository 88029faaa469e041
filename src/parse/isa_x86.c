#include "parse/isa.h"

#include <elf.h>
#include <string.h>

#define REX_W(byte) (((byte)&0xf8) == 0x48)
#define MOD(modrm) ((modrm) >> 6)
#define REG(modrm) ((modrm) >> 3 & 7)
#define RM(modrm) ((modrm)&7)
#define RM_SIB 4    /* a second byte follows */
#define RM_RIP 5    /* with MOD 0: a static variable */
#define SV_REFCNT 8 /* where struct sv has its count, after a pointer */
#define CALL 0xe8
#define JUMP 0xe9
#define STORE_SIZE 10 /* movl $value,displacement(%rip) */
#define SIB_R12 0x24  /* no index; %r12 when REX.B is set, else %rsp */

/* The bytes of an operand "displacement(reg)" without index, or 0. With %rbp and %r13 a displacement of 0
 * is written. */
static size_t operand_bytes(const uint8_t *modrm, uint8_t rex, uint8_t displacement)
{
	size_t sib = RM(*modrm) == RM_SIB;

	if (sib && (modrm[1] != SIB_R12 || !(rex & 1)))
		return 0;
	if (MOD(*modrm) == 0)
		return displacement || RM(*modrm) == RM_RIP ? 0 : 1 + sib;
	return MOD(*modrm) == 1 && modrm[1 + sib] == displacement ? 2 + sib : 0;
}

/* "add/sub $1,displacement(reg)" with an 8-bit immediate; "inc/dec". Of 64 or 32 bits. */
static bool is_in_place(const uint8_t *op, uint8_t rex, uint8_t displacement)
{
	size_t operand = operand_bytes(op + 1, rex, displacement);

	if (!operand)
		return false;
	if (op[0] == 0x83 && (REG(op[1]) == 0 || REG(op[1]) == 5))
		return op[1 + operand] == 1;
	return op[0] == 0xff && REG(op[1]) <= 1;
}

/* Does "add/sub $1,reg" end at `end`? `reg` without its fourth bit. */
static bool was_counted(const uint8_t *end, size_t before, unsigned int reg)
{
	const uint8_t *op = end - 3;

	return before >= 3 && op[0] == 0x83 && op[2] == 1 && (op[1] == (0xc0 | reg) || op[1] == (0xe8 | reg));
}

/* Since 3.12 a count that overflows or is that of an immortal object is not stored: between the two
 * there may be a short jump. */
static bool is_store_of_count(const uint8_t *code, size_t at, const uint8_t *op, uint8_t rex,
			      uint8_t displacement)
{
	const uint8_t *start = code + at;

	if (op[0] != 0x89 || !operand_bytes(op + 1, rex, displacement))
		return false;
	if (was_counted(start, at, REG(op[1])))
		return true;
	return at >= 5 && start[-2] == 0x74 && start[-1] < 16 && was_counted(start - 2, at - 2, REG(op[1]));
}

/* "add/sub $1,-1(reg,other)" of one byte. */
static bool is_last_byte(const uint8_t *op)
{
	return op[0] == 0x80 && (REG(op[1]) == 0 || REG(op[1]) == 5) && MOD(op[1]) == 1 &&
	       RM(op[1]) == RM_SIB && op[3] == 0xff && op[4] == 1;
}

/* Past a prefix for 64 bits or one of the upper eight registers; NULL: not all of it is there. */
static const uint8_t *opcode(const uint8_t *code, size_t len, size_t at, uint8_t *ret_rex)
{
	*ret_rex = 0;
	if (at > len || len - at < ISA_BYTES)
		return NULL;
	if ((code[at] & 0xf0) == 0x40)
		*ret_rex = code[at++];
	return code + at;
}

static bool refcount(const uint8_t *code, size_t len, size_t at)
{
	uint8_t rex;
	const uint8_t *op = opcode(code, len, at, &rex);

	return op && (is_in_place(op, rex, 0) || is_store_of_count(code, at, op, rex, 0));
}

static bool perl_count(const uint8_t *code, size_t len, size_t at)
{
	uint8_t rex;
	const uint8_t *op = opcode(code, len, at, &rex);

	if (!op || REX_W(rex))
		return false;
	return is_in_place(op, rex, SV_REFCNT) || is_store_of_count(code, at, op, rex, SV_REFCNT) ||
	       is_last_byte(op);
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
	.perl_count = perl_count,
	.gc_head = gc_head,
	.system_call = system_call,
	.jump = jump,
	.store = store,
};
