#ifndef COWTOP_PARSE_ELF_SECTIONS_H
#define COWTOP_PARSE_ELF_SECTIONS_H

/*
 * The sections of an object's file and the symbols in them (elf(5)). The reader's addresses are file offsets.
 * 64-bit only. A file with very many sections says how many in the first one: such a file has none here.
 */
#include <elf.h>
#include "parse/reader.h"

struct elf_sections {
	Elf64_Shdr *items;
	size_t n;
	size_t names; /* number of the section with their names; `n` or more: they have none */
};

/* False: no such file, or they cannot be read. `ret` is released by the caller, then as well. */
bool elf_sections_read(const struct reader *file, struct elf_sections *ret);
void elf_sections_release(struct elf_sections *s);

/* The first one of a type (SHT_...), or `n`. */
size_t elf_sections_of(const struct elf_sections *s, uint32_t type);

/* A symbol of a table; the name ends in a NUL and is valid during the call. */
typedef void elf_symbol_fn(void *ctx, const Elf64_Sym *symbol, const char *name);

/* Call `each` with all symbols of the table that section `i` is. False: it is none, it or its names are larger
 * than `most` bytes, or they cannot be read to the end. */
bool elf_sections_symbols(const struct reader *file, const struct elf_sections *s, size_t i, uint64_t most,
			  elf_symbol_fn *each, void *ctx);

#endif
