#include "parse/calls.h"

#include <string.h>

#define CALL 0xe8
#define JUMP 0xe9

static bool holds(const uint64_t *list, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

size_t calls_find(const uint8_t *code, size_t len, uint64_t address, const struct eh_frame *frames,
		  uint64_t *ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i + 5 <= len && n < max; i++) {
		uint64_t target;
		int32_t distance;

		if (code[i] != CALL && code[i] != JUMP)
			continue;
		memcpy(&distance, code + i + 1, sizeof(distance));
		target = address + i + 5 + (uint64_t)(int64_t)distance;
		if (target - address >= len && eh_frame_starts(frames, target) && !holds(ret, n, target))
			ret[n++] = target;
	}
	return n;
}
