#include "parse/elf_file.h"

#include <elf.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

#define SECTIONS_MAX 4096
#define TABLE_MAX (16ULL << 20)
#define CHUNK 256

struct sections {
	Elf64_Shdr *items;
	size_t n, names;
};

static void sections_release(struct sections *s)
{
	free(s->items);
}

static bool read_sections(const struct reader *file, struct sections *ret)
{
	Elf64_Ehdr h;

	if (!reader_read(file, 0, &h, sizeof(h)) || memcmp(h.e_ident, ELFMAG, SELFMAG) ||
	    h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_shentsize != sizeof(Elf64_Shdr) ||
	    !h.e_shnum || h.e_shnum > SECTIONS_MAX || h.e_shstrndx >= h.e_shnum)
		return false;
	ret->items = xcalloc(h.e_shnum, sizeof(*ret->items));
	ret->n = h.e_shnum;
	ret->names = h.e_shstrndx;
	return reader_read(file, h.e_shoff, ret->items, ret->n * sizeof(*ret->items));
}

bool elf_file_section(const struct reader *file, const char *name, uint64_t *ret_address)
{
	cleanup(sections_release) struct sections s = { 0 };
	size_t size = strlen(name) + 1;
	char found[32];

	if (size > sizeof(found) || !read_sections(file, &s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const Elf64_Shdr *names = &s.items[s.names];

		if (s.items[i].sh_name >= names->sh_size || names->sh_offset > INT64_MAX ||
		    !reader_read(file, names->sh_offset + s.items[i].sh_name, found, size) ||
		    memcmp(found, name, size))
			continue;
		*ret_address = s.items[i].sh_addr;
		return true;
	}
	return false;
}

/* The names of a symbol table, with a NUL behind them. */
static char *read_names(const struct reader *file, const struct sections *s, const Elf64_Shdr *table,
			uint64_t *ret_size)
{
	const Elf64_Shdr *names;
	char *text;

	if (table->sh_link >= s->n)
		return NULL;
	names = &s->items[table->sh_link];
	if (!names->sh_size || names->sh_size > TABLE_MAX)
		return NULL;
	text = xcalloc(names->sh_size + 1, 1);
	if (!reader_read(file, names->sh_offset, text, names->sh_size)) {
		free(text);
		return NULL;
	}
	*ret_size = names->sh_size;
	return text;
}

static void match(const Elf64_Sym *symbol, const char *name, struct elf_wanted *wanted, size_t n)
{
	if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT)
		return;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, wanted[i].name)) {
			wanted[i].address = symbol->st_value;
			wanted[i].found++;
		}
}

static bool scan_table(const struct reader *file, const struct sections *s, const Elf64_Shdr *table,
		       struct elf_wanted *wanted, size_t n)
{
	uint64_t size = 0, left = table->sh_size / sizeof(Elf64_Sym), offset = table->sh_offset;
	cleanup_free char *names = read_names(file, s, table, &size);
	Elf64_Sym chunk[CHUNK];

	if (!names || table->sh_size > TABLE_MAX)
		return false;
	while (left) {
		size_t k = left < CHUNK ? left : CHUNK;

		if (!reader_read(file, offset, chunk, k * sizeof(*chunk)))
			return false;
		for (size_t i = 0; i < k; i++)
			if (chunk[i].st_name < size)
				match(&chunk[i], names + chunk[i].st_name, wanted, n);
		left -= k;
		offset += k * sizeof(*chunk);
	}
	return true;
}

bool elf_file_symbols(const struct reader *file, struct elf_wanted *wanted, size_t n)
{
	cleanup(sections_release) struct sections s = { 0 };

	if (!read_sections(file, &s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.items[i].sh_type == SHT_SYMTAB && s.items[i].sh_entsize == sizeof(Elf64_Sym))
			return scan_table(file, &s, &s.items[i], wanted, n);
	return false;
}
