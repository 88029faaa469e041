#ifndef COWTOP_PARSE_X86_CODE_H
#define COWTOP_PARSE_X86_CODE_H

/*
 * One instruction of x86-64 taken apart, as far as it says how long it is and which operands it has (Intel SDM,
 * volume 2, chapter 2 and appendix A), and which ones stand before another one. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X86_NONE 0xff /* instead of a register's number: there is none */
#define X86_SP 4
#define X86_BP 5

/* Which table its opcode is of. */
enum x86_map {
	X86_ONE_BYTE,
	X86_0F,
	X86_0F38,
	X86_0F3A,
};

struct x86_code {
	uint8_t len; /* bytes in all */
	enum x86_map map;
	uint8_t opcode;
	bool wide;   /* operands of 64 bits */
	bool narrow; /* of 16 */
	bool vector; /* in the form of AVX: it writes no general register */
	bool has_operands;
	uint8_t reg; /* the operand that is a register or, by its lower three bits, goes on with the opcode, */
	bool memory; /* and the other one: in memory, */
	uint8_t rm;  /* or this register; of opcodes that have one in themselves that one */
	uint8_t base,
		index; /* of memory, or X86_NONE: of an address that the instruction itself has neither */
	int32_t displacement;
	int32_t immediate; /* 0: none, or one that is longer */
};

/* False: no instruction of 64-bit code, or one of which not all is there. */
bool x86_take_apart(const uint8_t *code, size_t len, struct x86_code *ret);

/*
 * Where the instructions before the one at code[at] begin, the nearest first. Instructions are of many lengths, and
 * where one begins is not marked: but wherever one begins to read, one falls into step with them after a few, so
 * what most beginnings say is taken.
 */
#define X86_LOOK_BACK 64 /* bytes */
size_t x86_before(const uint8_t *code, size_t len, size_t at, size_t ret[X86_LOOK_BACK]);

#endif
