#ifndef COWTOP_PARSE_ELF_H
#define COWTOP_PARSE_ELF_H

/*
 * A program or library as it lies in a process's memory, and its exported symbols: ELF header and
 * program headers at the mapping of offset 0, PT_DYNAMIC, DT_GNU_HASH or DT_HASH (elf(5), the System V
 * ABI's "Dynamic Section"). No file is needed, so stripped, deleted and other namespaces' binaries work.
 * 64-bit only. All of it is hostile: tables lie within the object, every walk has a limit.
 */
#include "parse/isa.h"
#include "parse/reader.h"

#define ELF_SEGMENTS 16

struct elf_segment {
	uint64_t start, end; /* addresses in the process; end exclusive, with .bss */
	bool writable;
};

struct elf_object {
	const struct isa *isa; /* of its code; NULL: of a processor that is not known */
	uint64_t bias;         /* address in the process - address in the file */
	uint64_t low, high;    /* all segments lie in between */
	struct elf_segment segments[ELF_SEGMENTS];
	size_t nsegments;
	uint64_t symtab, strtab, strtab_size, gnu_hash, hash; /* addresses in the process; 0: none */
};

/* `base`: where the mapping of file offset 0 starts. False: no 64-bit ELF object that was loaded. */
bool elf_open(const struct reader *r, uint64_t base, struct elf_object *ret);

/* The address of a symbol that the object defines and exports. */
bool elf_symbol(const struct reader *r, const struct elf_object *o, const char *name, uint64_t *ret);

/* Do `len` bytes at `address` lie in the object, and in a writable segment of it? */
bool elf_holds(const struct elf_object *o, uint64_t address, uint64_t len);
bool elf_holds_data(const struct elf_object *o, uint64_t address, uint64_t len);

#endif
