#include "unwind/unwind_unpack.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/alloc.h"

#define OLD_MARK "ZLIB"
#define OLD_HEADER (strlen(OLD_MARK) + 8)

static uint8_t *unpack(const uint8_t *stream, size_t len, uint64_t size, size_t most)
{
	uLongf got = size;
	uint8_t *out;

	if (!size || size > most)
		return NULL;
	out = xcalloc(size, 1);
	if (uncompress(out, &got, stream, len) == Z_OK && got == size)
		return out;
	free(out);
	return NULL;
}

uint8_t *unwind_unpack(const uint8_t *section, size_t size, size_t most, size_t *ret_size)
{
	Elf64_Chdr header;

	if (size < sizeof(header))
		return NULL;
	memcpy(&header, section, sizeof(header));
	*ret_size = header.ch_size;
	return header.ch_type == ELFCOMPRESS_ZLIB ?
		       unpack(section + sizeof(header), size - sizeof(header), header.ch_size, most) :
		       NULL;
}

uint8_t *unwind_unpack_old(const uint8_t *section, size_t size, size_t most, size_t *ret_size)
{
	uint64_t was = 0;

	if (size < OLD_HEADER || memcmp(section, OLD_MARK, strlen(OLD_MARK)) != 0)
		return NULL;
	for (size_t i = strlen(OLD_MARK); i < OLD_HEADER; i++)
		was = was << 8 | section[i];
	*ret_size = was;
	return unpack(section + OLD_HEADER, size - OLD_HEADER, was, most);
}
