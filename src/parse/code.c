#include "parse/code.h"

#include <string.h>

#define STORE_SIZE 10

bool code_find_store(const unsigned char *code, size_t len, uint64_t address, uint32_t value,
		     uint64_t *ret)
{
	int32_t displacement;
	uint32_t stored;

	for (size_t i = 0; i + STORE_SIZE <= len; i++) {
		if (code[i] != 0xc7 || code[i + 1] != 0x05)
			continue;
		memcpy(&displacement, code + i + 2, sizeof(displacement));
		memcpy(&stored, code + i + 6, sizeof(stored));
		if (stored != value)
			continue;
		*ret = address + i + STORE_SIZE + (uint64_t)(int64_t)displacement;
		return true;
	}
	return false;
}
