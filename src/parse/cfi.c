#include "parse/cfi.h"

#include <stddef.h>

/* A 64-bit number has no more bytes. */
#define LEB_MOST 10

#define PRIMARY 0xc0 /* of those that have an operand in their low bits */
#define OFFSET 0x80  /* the one of them with another operand behind it */
#define SET_LOC 0x01
#define REGISTER 0x09

/* What follows each opcode: l a number, b a block with its length in front, digits as many bytes. NULL: it is none of
 * those that libunwind knows, which goes on behind it as if nothing followed. */
static const char *const operands[0x40] = {
	[0x00] = "",   [0x02] = "1", [0x03] = "2",  [0x04] = "4",  [0x05] = "ll", [0x06] = "l",
	[0x07] = "l",  [0x08] = "l", [0x0a] = "",   [0x0b] = "",   [0x0c] = "ll", [0x0d] = "l",
	[0x0e] = "l",  [0x0f] = "b", [0x10] = "lb", [0x11] = "ll", [0x12] = "ll", [0x13] = "l",
	[0x16] = "lb", [0x2d] = "",  [0x2e] = "l",  [0x2f] = "ll",
};

struct program {
	const uint8_t *at, *end;
	bool ok;
};

static void skip(struct program *p, uint64_t len)
{
	p->ok = p->ok && len <= (uint64_t)(p->end - p->at);
	p->at += p->ok ? len : 0;
}

static uint64_t take_leb(struct program *p)
{
	uint64_t v = 0;

	for (unsigned n = 0; p->ok && n < LEB_MOST && p->at < p->end; n++) {
		uint8_t byte = *p->at++;

		v |= (uint64_t)(byte & 0x7f) << 7 * n;
		if (!(byte & 0x80))
			return v;
	}
	p->ok = false;
	return 0;
}

static void skip_operands(struct program *p, const char *what)
{
	p->ok = p->ok && what;
	for (; p->ok && *what; what++) {
		if (*what == 'l')
			take_leb(p);
		else
			skip(p, *what == 'b' ? take_leb(p) : (uint64_t)(*what - '0'));
	}
}

bool cfi_fits(const uint8_t *at, const uint8_t *end, unsigned registers, unsigned pointer)
{
	struct program p = { at, end, true };

	while (p.ok && p.at < p.end) {
		uint8_t op = *p.at++;

		if (op & PRIMARY) {
			skip_operands(&p, (op & PRIMARY) == OFFSET ? "l" : "");
		} else if (op == SET_LOC) {
			skip(&p, pointer);
		} else if (op == REGISTER) {
			take_leb(&p);
			p.ok = take_leb(&p) < registers && p.ok;
		} else {
			skip_operands(&p, operands[op]);
		}
	}
	return p.ok;
}
