#ifndef COWTOP_PARSE_ELF_LOAD_H
#define COWTOP_PARSE_ELF_LOAD_H

/*
 * An ELF file as it is to be loaded (elf(5), program headers): which part of it lies at which address,
 * where its unwind table is, and its build ID. The reader's addresses are file offsets; "address"
 * means one in the file's own numbering, to which the loader adds the bias.
 */
#include "parse/isa.h"
#include "parse/reader.h"

#define ELF_LOAD_SEGMENTS 16
#define BUILD_ID_MAX 32

struct elf_load_segment {
	uint64_t address, offset; /* of its first byte: in memory, in the file */
	uint64_t size, memory;    /* bytes in the file, in memory */
	bool executable, writable;
};

struct elf_load {
	const struct isa *isa; /* of its code */
	struct elf_load_segment segments[ELF_LOAD_SEGMENTS];
	size_t nsegments;
	bool fixed;            /* ET_EXEC: loaded where it says */
	uint64_t eh_frame_hdr; /* address; 0: there is none */
	uint64_t dynamic, dynamic_size;
	uint8_t build_id[BUILD_ID_MAX];
	size_t build_id_len; /* 0: it has none */
};

/* False: no program or library of a processor that is known. */
bool elf_load_read(const struct reader *file, struct elf_load *ret);

/* Where in the file the bytes of an address are, and how many follow up to the end of their segment. */
bool elf_load_offset(const struct elf_load *l, uint64_t address, uint64_t *ret_offset, uint64_t *ret_left);
/* What was added to the addresses of a part of the file that is mapped, executable, at `start`. */
bool elf_load_bias(const struct elf_load *l, uint64_t start, uint64_t offset, uint64_t page_size,
		   uint64_t *ret);

#endif
