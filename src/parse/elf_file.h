#ifndef COWTOP_PARSE_ELF_FILE_H
#define COWTOP_PARSE_ELF_FILE_H

/*
 * What only an object's file has: its sections and, unless it is stripped, the symbols that are not
 * exported. The reader's addresses are file offsets. 64-bit only.
 */
#include "parse/reader.h"

struct elf_section {
	uint64_t address;      /* where it is to lie: add the object's bias; 0: nowhere */
	uint64_t offset, size; /* of its bytes in the file */
	bool compressed;       /* they begin with an Elf64_Chdr that says how (elf(5), SHF_COMPRESSED) */
};

/* By its name; false: there is none. */
bool elf_file_section(const struct reader *file, const char *name, struct elf_section *ret);

struct elf_wanted {
	const char *name;
	uint64_t address;   /* add the object's bias */
	unsigned int found; /* how many symbols of data have this name: static ones need not be unique */
};

/* Look for all of them in one pass over .symtab. False: there is no such table. */
bool elf_file_symbols(const struct reader *file, struct elf_wanted *wanted, size_t n);

#endif
