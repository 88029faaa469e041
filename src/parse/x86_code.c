#include "parse/x86_code.h"

#include <string.h>

#define REX(byte) (((byte)&0xf0) == 0x40)
#define OPERAND_SIZE 0x66
#define RM_SIB 4 /* a second byte follows */
#define RM_RIP 5 /* without a displacement's size: 32 bits, from the next instruction */

/* What is left of an instruction. */
struct rest {
	const uint8_t *code;
	size_t len, at;
	uint8_t rex; /* its lower four bits: W, R, X, B */
	bool bad;
};

static uint8_t next(struct rest *r)
{
	if (r->at >= r->len) {
		r->bad = true;
		return 0;
	}
	return r->code[r->at++];
}

static int32_t number(struct rest *r, size_t bytes)
{
	int32_t wide = 0;
	int16_t narrow = 0;

	if (r->len - r->at < bytes) {
		r->bad = true;
		return 0;
	}
	r->at += bytes;
	if (bytes == 1)
		return (int8_t)r->code[r->at - 1];
	if (bytes == 2) {
		memcpy(&narrow, r->code + r->at - 2, 2);
		return narrow;
	}
	if (bytes == 4)
		memcpy(&wide, r->code + r->at - 4, 4);
	return wide;
}

/* Bits of a prefix that are written inverted. */
static uint8_t inverted(uint8_t byte)
{
	return (uint8_t)(~byte >> 5 & 7);
}

static bool is_prefix(uint8_t byte)
{
	return byte == OPERAND_SIZE || byte == 0x67 || byte == 0xf0 || byte == 0xf2 || byte == 0xf3 ||
	       byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x64 || byte == 0x65;
}

/* c5, c4 and 62 and what follows them up to the opcode. */
static void take_vector(struct rest *r, uint8_t first, struct x86_code *ret)
{
	uint8_t byte = next(r), map = 1;

	r->rex = inverted(byte);
	if (first == 0xc5) {
		r->rex &= 4;
	} else {
		map = byte & (first == 0x62 ? 7 : 31);
		next(r);
		if (first == 0x62)
			next(r);
	}
	if (map < 1 || map > 3)
		r->bad = true;
	ret->map = (enum x86_map)map;
	ret->vector = true;
	ret->opcode = next(r);
}

static void take_opcode(struct rest *r, struct x86_code *ret)
{
	uint8_t byte = next(r);

	for (; is_prefix(byte); byte = next(r))
		ret->narrow |= byte == OPERAND_SIZE;
	if (byte == 0xc4 || byte == 0xc5 || byte == 0x62) {
		take_vector(r, byte, ret);
		return;
	}
	if (REX(byte)) {
		r->rex = byte & 15;
		byte = next(r);
	}
	ret->wide = r->rex >> 3;
	ret->narrow &= !ret->wide;
	if (byte == 0x0f) {
		ret->map = X86_0F;
		byte = next(r);
		if (byte == 0x38 || byte == 0x3a) {
			ret->map = byte == 0x38 ? X86_0F38 : X86_0F3A;
			byte = next(r);
		}
	}
	ret->opcode = byte;
}

/* Opcodes of one byte that do not exist in 64-bit code, or that only the kernel has. */
static bool is_none(uint8_t op)
{
	if (op < 0x40)
		return (op & 7) > 5;
	return op == 0x60 || op == 0x61 || op == 0x82 || op == 0x9a || op == 0xce || op == 0xea ||
	       (op >= 0xd4 && op <= 0xd6) || (op >= 0xe4 && op <= 0xe7) || (op >= 0xec && op <= 0xef);
}

static bool has_operands(const struct x86_code *c)
{
	uint8_t op = c->opcode;

	switch (c->map) {
	case X86_ONE_BYTE:
		if (op < 0x40)
			return (op & 7) < 4;
		return op == 0x63 || op == 0x69 || op == 0x6b || (op >= 0x80 && op <= 0x8f) || op == 0xc0 ||
		       op == 0xc1 || op == 0xc6 || op == 0xc7 || (op >= 0xd0 && op <= 0xd3) ||
		       (op >= 0xd8 && op <= 0xdf) || op == 0xf6 || op == 0xf7 || op >= 0xfe;
	case X86_0F:
		return !((op >= 0x05 && op <= 0x0b) || (op >= 0x30 && op <= 0x37) || op == 0x77 ||
			 (op >= 0x80 && op <= 0x8f) || (op >= 0xa0 && op <= 0xa2) ||
			 (op >= 0xa8 && op <= 0xaa) || (op >= 0xc8 && op <= 0xcf));
	default:
		return true;
	}
}

/* mod, reg, r/m, and what they say follows. */
static void take_operands(struct rest *r, struct x86_code *ret)
{
	uint8_t byte = next(r), mod = byte >> 6, rm = byte & 7, sib;

	ret->has_operands = true;
	ret->reg = (uint8_t)((byte >> 3 & 7) | (r->rex & 4) << 1);
	ret->rm = (uint8_t)(rm | (r->rex & 1) << 3);
	ret->memory = mod != 3;
	if (!ret->memory)
		return;
	ret->base = ret->rm;
	if (rm == RM_SIB) {
		sib = next(r);
		ret->base = (uint8_t)((sib & 7) | (r->rex & 1) << 3);
		ret->index = (uint8_t)((sib >> 3 & 7) | (r->rex & 2) << 2);
		if (ret->index == X86_SP)
			ret->index = X86_NONE;
		rm = sib & 7;
	}
	if (mod == 0 && rm == RM_RIP) {
		ret->base = X86_NONE;
		mod = 2;
	}
	if (mod)
		ret->displacement = number(r, mod == 1 ? 1 : 4);
}

/* Bytes of the immediate operand. */
static size_t immediate_bytes(const struct x86_code *c)
{
	uint8_t op = c->opcode;
	size_t full = c->narrow ? 2 : 4;

	if (c->map == X86_0F3A)
		return 1;
	if (c->map == X86_0F && op >= 0x80 && op <= 0x8f)
		return 4;
	if (c->map == X86_0F)
		return (op >= 0x70 && op <= 0x73) || op == 0xa4 || op == 0xac || op == 0xba || op == 0xc2 ||
		       (op >= 0xc4 && op <= 0xc6);
	if (c->map != X86_ONE_BYTE)
		return 0;
	if (op < 0x40)
		return (op & 7) == 4 ? 1 : (op & 7) == 5 ? full : 0;
	if (op >= 0xb8 && op <= 0xbf)
		return c->wide ? 8 : full;
	if (op == 0xf6 || op == 0xf7)
		return (c->reg & 7) > 1 ? 0 : op == 0xf6 ? 1 : full;
	if (op == 0x68 || op == 0x69 || op == 0x81 || op == 0xa9 || op == 0xc7)
		return full;
	if (op >= 0xa0 && op <= 0xa3)
		return 8;
	if (op == 0xe8 || op == 0xe9)
		return 4;
	if (op == 0xc2 || op == 0xca)
		return 2;
	if (op == 0xc8)
		return 3;
	return op == 0x6a || op == 0x6b || (op >= 0x70 && op <= 0x80) || op == 0x83 || op == 0xa8 ||
	       (op >= 0xb0 && op <= 0xb7) || op == 0xc0 || op == 0xc1 || op == 0xc6 || op == 0xcd ||
	       (op >= 0xe0 && op <= 0xe3) || op == 0xeb;
}

bool x86_take_apart(const uint8_t *code, size_t len, struct x86_code *ret)
{
	struct rest r = { .code = code, .len = len };
	struct x86_code c = { .reg = X86_NONE, .rm = X86_NONE, .base = X86_NONE, .index = X86_NONE };

	take_opcode(&r, &c);
	if (r.bad || (c.map == X86_ONE_BYTE && is_none(c.opcode)))
		return false;
	if (has_operands(&c))
		take_operands(&r, &c);
	else
		c.rm = (uint8_t)((c.opcode & 7) | (r.rex & 1) << 3);
	if (!r.bad)
		c.immediate = number(&r, immediate_bytes(&c));
	c.len = (uint8_t)r.at;
	*ret = c;
	return !r.bad;
}

size_t x86_before(const uint8_t *code, size_t len, size_t at, size_t ret[X86_LOOK_BACK])
{
	size_t from = at > X86_LOOK_BACK ? at - X86_LOOK_BACK : 0, n = 0, to = at;
	uint8_t bytes[X86_LOOK_BACK]; /* of the instruction that would begin there; 0: none */
	unsigned votes[X86_LOOK_BACK + 1] = { 0 };
	struct x86_code c;

	for (size_t i = from; i < at; i++) {
		bool is = x86_take_apart(code + i, len - i, &c) && i + c.len <= at;

		bytes[i - from] = is ? c.len : 0;
		if (is)
			votes[i - from + c.len] += votes[i - from] + 1;
	}
	while (to > from) {
		size_t best = at;

		for (size_t i = from; i < to; i++)
			if (bytes[i - from] && i + bytes[i - from] == to &&
			    (best == at || votes[i - from] >= votes[best - from]))
				best = i;
		if (best == at)
			break;
		ret[n++] = to = best;
	}
	return n;
}
