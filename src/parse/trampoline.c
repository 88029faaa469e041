#include "parse/trampoline.h"

#include <string.h>

static bool has_shape(const struct isa_shape *s, const uint8_t *code)
{
	for (size_t i = 0; i < s->len; i++)
		if (!(s->any >> i & 1) && code[i] != s->code[i])
			return false;
	return true;
}

const struct isa_shape *trampoline_find(const struct isa *isa, const uint8_t *code, size_t len, size_t at,
					size_t *ret_start)
{
	for (size_t i = 0; i < isa->nshapes; i++) {
		const struct isa_shape *s = &isa->shapes[i];

		for (size_t back = 0; back < s->len && back <= at; back++) {
			if (at - back > len || len - (at - back) < s->len || !has_shape(s, code + at - back))
				continue;
			*ret_start = at - back;
			return s;
		}
	}
	return NULL;
}

static void put32(uint8_t *to, int32_t value)
{
	memcpy(to, &value, sizeof(value));
}

void trampoline_table(const struct isa *isa, const struct isa_shape *shape, uint64_t address,
		      uint8_t ret[TRAMPOLINE_TABLE])
{
	/* Version 1, "zR": the stack counts in -8; addresses are 32-bit and relative. */
	const uint8_t cie[] = { 20,   0,       0, 0,   0, 0, 0, 0, 1, 'z', 'R', 0, (uint8_t)isa->step,
				0x78, isa->ra, 1, 0x1b };
	enum { ROW = 0, CIE = 8, FDE = CIE + 24, START = FDE + 8 };
	int32_t shift = (int32_t)(address % 8);

	memset(ret, 0, TRAMPOLINE_TABLE);
	put32(ret + ROW, shift);
	put32(ret + ROW + 4, FDE);
	memcpy(ret + CIE, cie, sizeof(cie));
	memcpy(ret + CIE + sizeof(cie), isa->entry, sizeof(isa->entry));
	put32(ret + FDE, TRAMPOLINE_TABLE - FDE - 4);
	put32(ret + FDE + 4, FDE + 4 - CIE);
	put32(ret + START, shift - START);
	put32(ret + START + 4, shape->len);
	/* One byte says that no augmentation data follow. */
	memcpy(ret + START + 9, shape->rules, sizeof(shape->rules) - 1);
}
