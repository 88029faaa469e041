#include "parse/calls.h"

static bool holds(const uint64_t *list, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

size_t calls_find(const struct isa *isa, const uint8_t *code, size_t len, uint64_t address,
		  const struct eh_frame *frames, uint64_t *ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < max; i += isa->step) {
		uint64_t target;

		if (isa->jump(code, len, i, address, &target) == ISA_JUMP && target - address >= len &&
		    eh_frame_starts(frames, target) && !holds(ret, n, target))
			ret[n++] = target;
	}
	return n;
}
