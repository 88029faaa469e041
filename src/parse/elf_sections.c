#include "parse/elf_sections.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

#define CHUNK 256

void elf_sections_release(struct elf_sections *s)
{
	free(s->items);
	*s = (struct elf_sections){ 0 };
}

bool elf_sections_read(const struct reader *file, struct elf_sections *ret)
{
	Elf64_Ehdr h;

	*ret = (struct elf_sections){ 0 };
	if (!reader_read(file, 0, &h, sizeof(h)) || memcmp(h.e_ident, ELFMAG, SELFMAG) ||
	    h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_shentsize != sizeof(Elf64_Shdr) || !h.e_shnum ||
	    h.e_shoff > INT64_MAX)
		return false;
	ret->items = xcalloc(h.e_shnum, sizeof(*ret->items));
	ret->n = h.e_shnum;
	ret->names = h.e_shstrndx;
	return reader_read(file, h.e_shoff, ret->items, ret->n * sizeof(*ret->items));
}

size_t elf_sections_of(const struct elf_sections *s, uint32_t type)
{
	size_t i = 0;

	while (i < s->n && s->items[i].sh_type != type)
		i++;
	return i;
}

/* The names of a symbol table, with a NUL behind them. */
static char *read_names(const struct reader *file, const Elf64_Shdr *names, uint64_t most)
{
	char *text;

	if (!names->sh_size || names->sh_size > most || names->sh_offset > INT64_MAX)
		return NULL;
	text = xcalloc(names->sh_size + 1, 1);
	if (reader_read(file, names->sh_offset, text, names->sh_size))
		return text;
	free(text);
	return NULL;
}

bool elf_sections_symbols(const struct reader *file, const struct elf_sections *s, size_t i, uint64_t most,
			  elf_symbol_fn *each, void *ctx)
{
	const Elf64_Shdr *table = i < s->n ? &s->items[i] : NULL, *names;
	cleanup_free char *text = NULL;
	uint64_t left, offset;
	Elf64_Sym chunk[CHUNK];

	if (!table || table->sh_entsize != sizeof(Elf64_Sym) || table->sh_link >= s->n ||
	    table->sh_size > most || table->sh_offset > INT64_MAX)
		return false;
	names = &s->items[table->sh_link];
	text = read_names(file, names, most);
	if (!text)
		return false;
	offset = table->sh_offset;
	for (left = table->sh_size / sizeof(*chunk); left;) {
		size_t k = left < CHUNK ? left : CHUNK;

		if (!reader_read(file, offset, chunk, k * sizeof(*chunk)))
			return false;
		for (size_t c = 0; c < k; c++)
			if (chunk[c].st_name < names->sh_size)
				each(ctx, &chunk[c], text + chunk[c].st_name);
		left -= k;
		offset += k * sizeof(*chunk);
	}
	return true;
}
