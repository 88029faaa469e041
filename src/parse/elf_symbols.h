#ifndef COWTOP_PARSE_ELF_SYMBOLS_H
#define COWTOP_PARSE_ELF_SYMBOLS_H

/*
 * The functions that an ELF file has names for: .symtab and .dynsym (elf(5)), in the file itself or in
 * its debug file. An address has a name only within [value, value + size): the nearest symbol before
 * it is a wrong name nearly always where most functions have none.
 */
#include "parse/reader.h"

struct elf_function {
	uint64_t start, size;
	uint32_t name;  /* offset in names */
	uint8_t weight; /* of several names the lowest is taken */
};

struct elf_symbols {
	struct elf_function *items; /* by start */
	size_t n, cap;
	char *names;
	size_t names_len, names_cap;
	bool whole; /* there was a .symtab: static functions, too */
};

void elf_symbols_release(struct elf_symbols *s);

/* Adds what the file has; the reader's addresses are its offsets. Then sort, once. */
void elf_symbols_add(struct elf_symbols *s, const struct reader *file);
void elf_symbols_sort(struct elf_symbols *s);
/* Names that come from elsewhere; before the sort. `len` bytes of name are copied. */
void elf_symbols_put(struct elf_symbols *s, uint64_t start, uint64_t size, const char *name, size_t len);

/* The best name of the function around an address, or NULL. */
const char *elf_symbols_find(const struct elf_symbols *s, uint64_t address);
/* Where a function is, by name; false: not known. */
bool elf_symbols_address(const struct elf_symbols *s, const char *name, uint64_t *ret);

/*
 * How much of a name is the function's: what link-time and other whole-program optimisation append
 * (.lto_priv.0 .isra.0 .constprop.2 .part.0 .cold .llvm.123) and a symbol version (@@GLIBC_2.2.5) are
 * not.
 */
size_t elf_symbol_length(const char *name, size_t len);

#endif
