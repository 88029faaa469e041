#ifndef COWTOP_PARSE_ELF_FILE_H
#define COWTOP_PARSE_ELF_FILE_H

/*
 * What only an object's file has: its sections and, unless it is stripped, the symbols that are not
 * exported. The reader's addresses are file offsets. 64-bit only.
 */
#include "parse/reader.h"

/* Where a section is to lie, by its name; add the object's bias. */
bool elf_file_section(const struct reader *file, const char *name, uint64_t *ret_address);

struct elf_wanted {
	const char *name;
	uint64_t address; /* add the object's bias */
	unsigned int found; /* how many symbols of data have this name: static ones need not be unique */
};

/* Look for all of them in one pass over .symtab. False: there is no such table. */
bool elf_file_symbols(const struct reader *file, struct elf_wanted *wanted, size_t n);

#endif
