#ifndef COWTOP_UNWIND_UNWIND_UNPACK_H
#define COWTOP_UNWIND_UNWIND_UNPACK_H

/*
 * Sections that a linker or objcopy has compressed: an Elf64_Chdr and a stream of zlib's (elf(5),
 * SHF_COMPRESSED; one of zstd's is not read), or in the older form of GNU tools and Go, whose names begin with
 * .z, "ZLIB", the size as eight bytes of which the highest is first, and a stream of zlib's. All of it is hostile.
 */
#include <stddef.h>
#include <stdint.h>

/* What it was before; to be freed. NULL: it is of no such form, or larger than `most`. */
uint8_t *unwind_unpack(const uint8_t *section, size_t size, size_t most, size_t *ret_size);
uint8_t *unwind_unpack_old(const uint8_t *section, size_t size, size_t most, size_t *ret_size);

#endif
