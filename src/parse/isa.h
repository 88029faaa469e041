#ifndef COWTOP_PARSE_ISA_H
#define COWTOP_PARSE_ISA_H

/*
 * What cowtop knows of a processor's instructions: one table a processor, found by what an ELF file says
 * that it is for, so that every cowtop can read every table's code. Works without symbols. Pure.
 *
 *	isa_x86.c    x86-64 (Intel SDM, volume 2)
 *	isa_arm64.c  AArch64 (Arm ARM, chapter C6; instructions are words, little endian)
 *
 * In all of them `code[at]` is an instruction's first byte, of `len` in all. What is decided by bytes that are
 * not there is not so; of what writes, ISA_BYTES have to be there.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISA_BEFORE 64 /* bytes before the instruction that may be looked at, */
#define ISA_BYTES 16  /* and from its first one on */

enum isa_jump {
	ISA_JUMP_NONE,
	ISA_JUMP,    /* a call, or a jump that is always taken */
	ISA_JUMP_IF, /* if some condition holds */
};

/* Call frame instructions (DWARF 5, 6.4.2); places on the stack are in units of -8. */
#define ISA_ADVANCE(n) (0x40 | (n)) /* instructions, in units of `step` */
#define ISA_CFA(reg, offset) 0x0c, reg, offset
#define ISA_CFA_OFFSET(offset) 0x0e, offset
#define ISA_CFA_REGISTER(reg) 0x0d, reg
#define ISA_SAVED(reg, below) (0x80 | (reg)), below
#define ISA_RESTORED(reg) (0xc0 | (reg))

#define ISA_SHAPE 28 /* bytes of the longest one */

/* Code that has no unwind table and is known by its bytes (parse/trampoline.h), no two of one length. */
struct isa_shape {
	uint8_t code[ISA_SHAPE];
	uint8_t len;
	uint32_t any;      /* a bit for each byte of `code` that may be any */
	uint8_t rules[16]; /* how far the stack has been used; padded with DW_CFA_nop, 0 */
	bool dtors;        /* the end of __do_global_dtors_aux() */
};

struct isa {
	const char *name;  /* of the processor, as uname(2) has it */
	uint16_t machine;  /* EM_ in an ELF header */
	uint32_t relative; /* relocation: an address in the object itself */
	unsigned step;     /* instructions begin at multiples of it */
	uint8_t ra;        /* DWARF's number of the return address, */
	uint8_t entry[6];  /* and what holds at a function's first instruction, padded */
	const struct isa_shape *shapes;
	size_t nshapes;

	/*
	 * A reference count goes up or down by one: the first word behind a pointer, of 32 or 64 bits. In place,
	 * "add/sub $1,(reg)", or, as CPython 3.12 and later, which look at it in between (a count that overflows
	 * or that of an immortal object stays; Include/object.h, since 3.14 Include/refcount.h), by a store of
	 * what was loaded from there and counted since.
	 */
	bool (*refcount)(const uint8_t *code, size_t len, size_t at);
	/* Is it not known, because the store is jumped to from where these bytes do not reach? Then more of its
	 * function's tell. */
	bool (*counted_elsewhere)(const uint8_t *code, size_t len, size_t at);
	/*
	 * The same for Perl (sv.h, up to 5.36 at least): 32 bits at 8(reg), sv_refcnt; or CowREFCNT(): how
	 * many values share a string's buffer, in its last byte, found by where it begins and its length.
	 */
	bool (*perl_count)(const uint8_t *code, size_t len, size_t at);
	/*
	 * CPython's collector prepares an object: PyGC_Head._gc_prev, the second word, becomes the reference
	 * count shifted by two (3.8 and later, Modules/gcmodule.c gc_reset_refs()).
	 */
	bool (*gc_head)(const uint8_t *code, size_t len, size_t at);
	/* Did the instruction before this one call the kernel, so that it wrote and not this one? The
	 * call's number, when it stands right before it, as in the C library's wrappers; *ret -1: not known. */
	bool (*system_call)(const uint8_t *code, size_t len, size_t at, int *ret);
	/* Is a function called or jumped to directly from here, and which? `address`: of code[0]. */
	enum isa_jump (*jump)(const uint8_t *code, size_t len, size_t at, uint64_t address, uint64_t *ret);
	/* The first place among these bytes that stores `value`, of 32 bits, into a static variable: the
	 * variable's address. `address`: of code[0]. */
	bool (*store)(const uint8_t *code, size_t len, uint64_t address, uint32_t value, uint64_t *ret);
};

extern const struct isa isa_x86, isa_arm64;

/* For this machine, as an ELF header names it. NULL: not known. */
const struct isa *isa_of(uint16_t machine);

#endif
