#include "parse/trampoline.h"

#include <string.h>

/* How far the stack has been used is told by its call frame instructions (DWARF 5, 6.4.2). */
struct shape {
	uint8_t code[TRAMPOLINE_MAX];
	uint8_t len;
	uint8_t rules[16];  /* padded with DW_CFA_nop, 0 */
	uint32_t distances; /* a bit for each first byte of four that tell how far something is */
};

#define ADVANCE(n) (0x40 | (n))      /* DW_CFA_advance_loc */
#define CFA(reg, offset) 0x0c, reg, offset
#define CFA_OFFSET(offset) 0x0e, offset
#define CFA_REGISTER(reg) 0x0d, reg
#define SAVED(reg, below) (0x80 | (reg)), below /* DW_CFA_offset, in units of -8 */
#define RESTORED(reg) (0xc0 | (reg))
#define BIT(n) (UINT32_C(1) << (n))
#define SP 7
#define BP 6
#define RA 16

enum { DTORS = 19, DTORS_FIXED = 14 };

/* No two are of one length; what ends like another one comes first. */
static const struct shape shapes[] = {
	/* sub $8,%rsp; call *%rcx; add $8,%rsp; ret */
	{ { 0x48, 0x83, 0xec, 0x08, 0xff, 0xd1, 0x48, 0x83, 0xc4, 0x08, 0xc3 }, 11,
	  { ADVANCE(4), CFA_OFFSET(16), ADVANCE(6), CFA_OFFSET(8) }, 0 },
	/* push %rbp; mov %rsp,%rbp; call *%rcx; pop %rbp; ret */
	{ { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd1, 0x5d, 0xc3 }, 8,
	  { ADVANCE(1), CFA_OFFSET(16), SAVED(BP, 2), ADVANCE(3), CFA_REGISTER(BP), ADVANCE(3),
	    CFA(SP, 8) }, 0 },
	/* call __cxa_finalize; call deregister_tm_clones; movb $1,completed(%rip); pop %rbp; ret */
	{ { 0xe8, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xc6, 0x05, 0, 0, 0, 0, 0x01, 0x5d, 0xc3 }, DTORS,
	  { CFA_OFFSET(16), SAVED(BP, 2), ADVANCE(18), CFA(SP, 8), RESTORED(BP) },
	  BIT(1) | BIT(6) | BIT(12) },
	/* The same in a program at a fixed address, which does not call __cxa_finalize(). */
	{ { 0xe8, 0, 0, 0, 0, 0xc6, 0x05, 0, 0, 0, 0, 0x01, 0x5d, 0xc3 }, DTORS_FIXED,
	  { CFA_OFFSET(16), SAVED(BP, 2), ADVANCE(13), CFA(SP, 8), RESTORED(BP) },
	  BIT(1) | BIT(7) },
};

#define SHAPES (sizeof(shapes) / sizeof(*shapes))

static bool has_shape(const struct shape *s, const uint8_t *code)
{
	for (size_t i = 0; i < s->len; i++) {
		if (s->distances & BIT(i))
			i += 3;
		else if (code[i] != s->code[i])
			return false;
	}
	return true;
}

bool trampoline_find(const uint8_t *code, size_t len, size_t at, size_t *ret_start, size_t *ret_len)
{
	for (size_t i = 0; i < SHAPES; i++)
		for (size_t back = 0; back < shapes[i].len && back <= at; back++) {
			if (at - back > len || len - (at - back) < shapes[i].len ||
			    !has_shape(&shapes[i], code + at - back))
				continue;
			*ret_start = at - back;
			*ret_len = shapes[i].len;
			return true;
		}
	return false;
}

bool trampoline_is_dtors(size_t len)
{
	return len == DTORS || len == DTORS_FIXED;
}

static void put32(uint8_t *to, int32_t value)
{
	memcpy(to, &value, sizeof(value));
}

void trampoline_table(size_t len, uint64_t address, uint8_t ret[TRAMPOLINE_TABLE])
{
	/* Version 1, "zR": code counts in ones, the stack in -8; addresses are 32-bit and relative. */
	static const uint8_t cie[] = { 20, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, RA, 1, 0x1b,
				       CFA(SP, 8), SAVED(RA, 1), 0, 0 };
	enum { ROW = 0, CIE = 8, FDE = CIE + 24, START = FDE + 8 };
	const struct shape *shape = shapes;
	int32_t shift = (int32_t)(address % 8);

	for (size_t i = 0; i < SHAPES; i++)
		if (shapes[i].len == len)
			shape = &shapes[i];
	memset(ret, 0, TRAMPOLINE_TABLE);
	put32(ret + ROW, shift);
	put32(ret + ROW + 4, FDE);
	memcpy(ret + CIE, cie, sizeof(cie));
	put32(ret + FDE, TRAMPOLINE_TABLE - FDE - 4);
	put32(ret + FDE + 4, FDE + 4 - CIE);
	put32(ret + START, shift - START);
	put32(ret + START + 4, shape->len);
	/* One byte says that no augmentation data follow. */
	memcpy(ret + START + 9, shape->rules, sizeof(shape->rules) - 1);
}
