#include "parse/isa.h"

#include <elf.h>
#include <string.h>

#define WORD 4
#define RD(w) ((w)&31) /* the register written; of a store, the one that it writes to memory */
#define RN(w) ((w) >> 5 & 31)
#define IMM12(w) ((w) >> 10 & 0xfff)
#define ZERO 31 /* as a register that is stored: 0 */
/* Bits 28 to 25 say what kind of instruction it is. */
#define IS_BRANCH(w) (((w) >> 26 & 7) == 5)
#define IS_MEMORY(w) (((w)&0x0a000000) == 0x08000000)

#define SVC 0xd4000001u /* svc #0 */
/* str Xt,[Xn,#imm] and str Wt, the offset in units of what is stored */
#define IS_STR64(w) (((w)&0xffc00000) == 0xf9000000)
#define IS_STR32(w) (((w)&0xffc00000) == 0xb9000000)
#define IS_LDR(w) (((w)&0xbfc00000) == 0xb9400000)
/* What follows is not reached from here: b, bl, br, blr, ret. */
#define ENDS_RUN(w) (((w)&0x7c000000) == 0x14000000 || ((w)&0xfe000000) == 0xd6000000)
#define SV_REFCNT 8 /* where struct sv has its count, after a pointer */

/* How far back a value may have been made, in instructions: compilers put others in between. */
#define LOOK_BACK 12

/* The word at code[at]; a word that is not there is no instruction. */
static uint32_t word_at(const uint8_t *code, size_t len, size_t at)
{
	uint32_t w = 0;

	if (at <= len && len - at >= WORD)
		memcpy(&w, code + at, WORD);
	return w;
}

static uint64_t extended(uint32_t value, int bits)
{
	return (uint64_t)((int64_t)((uint64_t)value << (64 - bits)) >> (64 - bits));
}

/* add, adds, sub or subs, of 64 or 32 bits, with 1. */
static bool is_count(uint32_t w)
{
	return (w & 0x1ffffc00) == 0x11000400;
}

/* orr Xd,Xn,#2, which says: being collected. */
static bool is_mark(uint32_t w)
{
	return (w & 0xfffffc00) == 0xb27f0000;
}

/* Whole instructions, and as many bytes as are asked for. */
static bool is_whole(size_t len, size_t at)
{
	return at % WORD == 0 && at <= len && len - at >= ISA_BYTES;
}

/*
 * Stores: bit 22 says whether it loads. Atomic operations load and store: swp, ldadd and their like, cas
 * and casp. dc zva sets to zero.
 */
static bool writes(uint32_t w)
{
	if (!IS_MEMORY(w))
		return (w & 0xffffffe0) == 0xd50b7420;
	if ((w & 0x3b200c00) == 0x38200000 || (w & 0x3fa07c00) == 0x08a07c00 ||
	    (w & 0xbfa07c00) == 0x08207c00)
		return true;
	return !(w & 1u << 22);
}

/* What made a register's value before code[at]; 0: not seen in this run of instructions. */
static uint32_t maker_of(const uint8_t *code, size_t len, size_t *at, unsigned reg)
{
	for (size_t i = 0; i < LOOK_BACK && *at >= WORD; i++) {
		uint32_t w = word_at(code, len, *at -= WORD);

		if (ENDS_RUN(w))
			return 0;
		if (!IS_BRANCH(w) && RD(w) == reg && !(IS_MEMORY(w) && writes(w)))
			return w;
	}
	return 0;
}

enum counted { NO, YES, ELSEWHERE };

/* Was what is in `reg` before code[at] counted once, since it was loaded from the start of something? */
static enum counted was_counted(const uint8_t *code, size_t len, size_t at, unsigned reg, uint32_t units)
{
	uint32_t w = maker_of(code, len, &at, reg);

	if (!w)
		return ELSEWHERE;
	if (!is_count(w))
		return NO;
	w = maker_of(code, len, &at, RN(w));
	return !w || (IS_LDR(w) && IMM12(w) == units) ? YES : NO;
}

/* b, b.cond, cbz, cbnz, tbz and tbnz at `from`, to code[at]? */
static bool jumps(uint32_t w, size_t from, size_t at)
{
	uint64_t distance;

	if ((w & 0xfc000000) == 0x14000000)
		distance = extended(w & 0x3ffffff, 26);
	else if ((w & 0xff000010) == 0x54000000 || (w & 0x7e000000) == 0x34000000)
		distance = extended(w >> 5 & 0x7ffff, 19);
	else if ((w & 0x7e000000) == 0x36000000)
		distance = extended(w >> 5 & 0x3fff, 14);
	else
		return false;
	return from + (distance << 2) == at;
}

static enum counted was_counted_there(const uint8_t *code, size_t len, size_t at, unsigned reg,
				      uint32_t units)
{
	bool found = false;

	for (size_t from = at % WORD; from + WORD <= len; from += WORD) {
		if (!jumps(word_at(code, len, from), from, at))
			continue;
		found = true;
		if (was_counted(code, len, from, reg, units) == YES)
			return YES;
	}
	return found ? NO : ELSEWHERE;
}

/* The second word of a pool (Objects/obmalloc.c, struct pool_header) is written with its count; an object's is
 * its type, and stays. */
static bool is_pool(const uint8_t *code, size_t len, size_t at)
{
	enum { NEAR = 3 };
	unsigned base = RN(word_at(code, len, at));
	size_t from = at >= NEAR * WORD ? at - NEAR * WORD : at % WORD;

	for (; from <= at + NEAR * WORD; from += WORD) {
		uint32_t w = word_at(code, len, from);

		if (IS_STR64(w) && IMM12(w) == 1 && RN(w) == base)
			return true;
	}
	return false;
}

static enum counted counts(const uint8_t *code, size_t len, size_t at, uint32_t units)
{
	uint32_t w = word_at(code, len, at);
	enum counted counted;

	if (!is_whole(len, at) || !(IS_STR64(w) || IS_STR32(w)) || IMM12(w) != units || RN(w) == ZERO)
		return NO;
	counted = was_counted(code, len, at, RD(w), units);
	if (counted == ELSEWHERE)
		counted = was_counted_there(code, len, at, RD(w), units);
	return counted;
}

static bool refcount(const uint8_t *code, size_t len, size_t at)
{
	return counts(code, len, at, 0) == YES && !is_pool(code, len, at);
}

static bool counted_elsewhere(const uint8_t *code, size_t len, size_t at)
{
	return counts(code, len, at, 0) == ELSEWHERE;
}

/* "strb Wt,[Xn,Xm]" of the last byte of a buffer, whose length less one is in Xm. */
static bool is_last_byte(const uint8_t *code, size_t len, size_t at)
{
	uint32_t w = word_at(code, len, at);

	return (w & 0xffe0fc00) == 0x38206800 && is_count(maker_of(code, len, &at, RD(w)));
}

static bool perl_count(const uint8_t *code, size_t len, size_t at)
{
	if (!is_whole(len, at))
		return false;
	if (IS_STR32(word_at(code, len, at)))
		return counts(code, len, at, SV_REFCNT / 4) == YES;
	return is_last_byte(code, len, at);
}

static bool gc_head(const uint8_t *code, size_t len, size_t at)
{
	uint32_t w = word_at(code, len, at);

	return is_whole(len, at) && IS_STR64(w) && IMM12(w) == 1 && is_mark(maker_of(code, len, &at, RD(w)));
}

/*
 * No register tells that the kernel was called: but the place is right behind the call, and what stands
 * there does not write. "mov x8,#number" right before it.
 */
static bool system_call(const uint8_t *code, size_t len, size_t at, int *ret)
{
	uint32_t before;

	if (at < WORD || at > len || word_at(code, len, at - WORD) != SVC || writes(word_at(code, len, at)))
		return false;
	before = at >= 2 * WORD ? word_at(code, len, at - 2 * WORD) : 0;
	*ret = (before & 0x7fe0001f) == 0x52800008 ? (int)(before >> 5 & 0xffff) : -1;
	return true;
}

/* b and bl with 26 bits of words; b.cond, cbz and cbnz with 19. */
static enum isa_jump jump(const uint8_t *code, size_t len, size_t at, uint64_t address, uint64_t *ret)
{
	uint32_t w = word_at(code, len, at);

	if ((w & 0x7c000000) == 0x14000000) {
		*ret = address + at + (extended(w & 0x3ffffff, 26) << 2);
		return ISA_JUMP;
	}
	if ((w & 0xff000010) == 0x54000000 || (w & 0x7e000000) == 0x34000000) {
		*ret = address + at + (extended(w >> 5 & 0x7ffff, 19) << 2);
		return ISA_JUMP_IF;
	}
	return ISA_JUMP_NONE;
}

/* adrp: the page of 4096 bytes, whatever the machine's pages are, that is so many pages away. */
static uint64_t page_of(uint32_t w, uint64_t address)
{
	uint32_t pages = (w >> 5 & 0x7ffff) << 2 | (w >> 29 & 3);

	return (address & ~0xfffULL) + (extended(pages, 21) << 12);
}

/* What a function's first instructions make of its registers. */
struct values {
	uint64_t of[32];
	uint32_t known; /* bits */
};

static void set(struct values *v, unsigned reg, uint64_t value)
{
	v->of[reg] = value;
	v->known |= 1u << reg;
}

/* adrp; add Xd,Xn,#imm; movz Wd,#imm, which is "mov". Whatever else writes a register makes it unknown. */
static void follow(struct values *v, uint32_t w, uint64_t address)
{
	if ((w & 0x9f000000) == 0x90000000)
		set(v, RD(w), page_of(w, address));
	else if ((w & 0xffc00000) == 0x91000000 && v->known >> RN(w) & 1 && RN(w) != ZERO)
		set(v, RD(w), v->of[RN(w)] + IMM12(w));
	else if ((w & 0xffe00000) == 0x52800000)
		set(v, RD(w), w >> 5 & 0xffff);
	else if (!IS_BRANCH(w) && !(IS_MEMORY(w) && writes(w)))
		v->known &= ~(1u << RD(w));
}

/* "str Wt,[Xn,#imm]" after adrp has made Xn: how code reaches a static variable. */
static bool store(const uint8_t *code, size_t len, uint64_t address, uint32_t value, uint64_t *ret)
{
	struct values v = { .known = 0 };

	for (size_t at = 0; at + WORD <= len; at += WORD) {
		uint32_t w = word_at(code, len, at);
		bool is_known = RD(w) == ZERO ? !value :
						v.known >> RD(w) & 1 && (uint32_t)v.of[RD(w)] == value;

		if (IS_STR32(w) && is_known && RN(w) != ZERO && v.known >> RN(w) & 1) {
			*ret = v.of[RN(w)] + IMM12(w) * 4;
			return true;
		}
		follow(&v, w, address + at);
	}
	return false;
}

#define FP 29
#define LR 30
#define SP 31
#define INSTRUCTION(w) (w) & 255, (w) >> 8 & 255, (w) >> 16 & 255, (w) >> 24
#define THREE(n) (UINT32_C(7) << (n))
#define TWO(n) (UINT32_C(3) << (n))

/* What ends like another one comes first. */
/* clang-format off */
static const struct isa_shape shapes[] = {
	/* stp x29,x30,[sp,#-16]!; mov x29,sp; blr x3; ldp x29,x30,[sp],#16; ret */
	{ { INSTRUCTION(0xa9bf7bfdu), INSTRUCTION(0x910003fdu), INSTRUCTION(0xd63f0060u),
	    INSTRUCTION(0xa8c17bfdu), INSTRUCTION(0xd65f03c0u) }, 20, 0,
	  { ISA_ADVANCE(1), ISA_CFA_OFFSET(16), ISA_SAVED(FP, 2), ISA_SAVED(LR, 1), ISA_ADVANCE(3),
	    ISA_RESTORED(FP), ISA_RESTORED(LR), ISA_CFA_OFFSET(0) }, false },
	/* bl __cxa_finalize; bl deregister_tm_clones; mov w0,#1; strb w0,[x19,#completed];
	 * ldr x19,[sp,#16]; ldp x29,x30,[sp],#32; ret */
	{ { INSTRUCTION(0x97000000u), INSTRUCTION(0x97000000u), INSTRUCTION(0x52800020u),
	    INSTRUCTION(0x39000260u), INSTRUCTION(0xf9400bf3u), INSTRUCTION(0xa8c27bfdu),
	    INSTRUCTION(0xd65f03c0u) }, 28, THREE(0) | THREE(4) | TWO(13),
	  { ISA_CFA_OFFSET(32), ISA_SAVED(FP, 4), ISA_SAVED(LR, 3), ISA_SAVED(19, 2), ISA_ADVANCE(5),
	    ISA_RESTORED(19), ISA_ADVANCE(1), ISA_RESTORED(FP), ISA_RESTORED(LR), ISA_CFA_OFFSET(0) },
	  true },
	/* The same in a program at a fixed address, which does not call __cxa_finalize(). */
	{ { INSTRUCTION(0x97000000u), INSTRUCTION(0x52800020u), INSTRUCTION(0x39000260u),
	    INSTRUCTION(0xf9400bf3u), INSTRUCTION(0xa8c27bfdu), INSTRUCTION(0xd65f03c0u) }, 24,
	  THREE(0) | TWO(9),
	  { ISA_CFA_OFFSET(32), ISA_SAVED(FP, 4), ISA_SAVED(LR, 3), ISA_SAVED(19, 2), ISA_ADVANCE(4),
	    ISA_RESTORED(19), ISA_ADVANCE(1), ISA_RESTORED(FP), ISA_RESTORED(LR), ISA_CFA_OFFSET(0) },
	  true },
};
/* clang-format on */

const struct isa isa_arm64 = {
	.name = "aarch64",
	.machine = EM_AARCH64,
	.relative = R_AARCH64_RELATIVE,
	.step = WORD,
	.ra = LR,
	.entry = { ISA_CFA(SP, 0) },
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
