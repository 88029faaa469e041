#include "parse/leaf.h"

#include <string.h>

#define REX_W(byte) (((byte) & 0xf8) == 0x48)
#define MOD(modrm) ((modrm) >> 6)
#define REG(modrm) ((modrm) >> 3 & 7)
#define RM(modrm) ((modrm) & 7)
#define RM_SIB 4 /* a second byte follows */
#define RM_RIP 5 /* with MOD 0: a static variable */
#define SV_REFCNT 8 /* where struct sv has its count, after a pointer */
#define SIB_R12 0x24 /* no index; %r12 when REX.B is set, else %rsp */

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

	return before >= 3 && op[0] == 0x83 && op[2] == 1 &&
	       (op[1] == (0xc0 | reg) || op[1] == (0xe8 | reg));
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
	if (at > len || len - at < LEAF_BYTES)
		return NULL;
	if ((code[at] & 0xf0) == 0x40)
		*ret_rex = code[at++];
	return code + at;
}

bool leaf_is_refcount(const uint8_t *code, size_t len, size_t at)
{
	uint8_t rex;
	const uint8_t *op = opcode(code, len, at, &rex);

	return op && (is_in_place(op, rex, 0) || is_store_of_count(code, at, op, rex, 0));
}

bool leaf_is_perl_count(const uint8_t *code, size_t len, size_t at)
{
	uint8_t rex;
	const uint8_t *op = opcode(code, len, at, &rex);

	if (!op || REX_W(rex))
		return false;
	return is_in_place(op, rex, SV_REFCNT) || is_store_of_count(code, at, op, rex, SV_REFCNT) ||
	       is_last_byte(op);
}

/* "mov reg,8(other)" right after "or $2,reg", which says: being collected. */
bool leaf_is_gc_head(const uint8_t *code, size_t len, size_t at)
{
	const uint8_t *op, *or;

	if (at > len || len - at < LEAF_BYTES || at < 4)
		return false;
	op = code + at;
	or = op - 4;
	return REX_W(op[0]) && op[1] == 0x89 && MOD(op[2]) == 1 && RM(op[2]) != RM_SIB && op[3] == 8 &&
	       REX_W(or[0]) && or[1] == 0x83 && or[2] == (0xc8 | REG(op[2])) && or[3] == 2;
}

/* "syscall" after "mov $number,%eax" or, for 0, "xor %eax,%eax". */
bool leaf_syscall(const uint8_t *code, size_t len, size_t at, int *ret)
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
