#ifndef COWTOP_PARSE_ELF_DATA_H
#define COWTOP_PARSE_ELF_DATA_H

/*
 * An object's initialised variables as the loader leaves them, from its file: what is not moved, and
 * pointers into the object itself (R_X86_64_RELATIVE, R_AARCH64_RELATIVE). Pointers to other objects' or exported
 * symbols stay what the file says, mostly zero. Pure.
 */
#include "parse/elf_load.h"

struct elf_data {
	uint64_t address; /* in the object's own numbering, a multiple of 8 */
	uint64_t *words;
	size_t n;
};

/* The largest writable segment. False: there is none, or it cannot be read. */
bool elf_data_read(const struct reader *file, const struct elf_load *l, struct elf_data *ret);
void elf_data_release(struct elf_data *d);

#endif
