#include "parse/elf_file.h"

#include <string.h>
#include "base/cleanup.h"
#include "parse/elf_sections.h"

#define TABLE_MAX (16ULL << 20)

bool elf_file_section(const struct reader *file, const char *name, struct elf_section *ret)
{
	cleanup(elf_sections_release) struct elf_sections s = { 0 };
	size_t size = strlen(name) + 1;
	char found[32];

	if (size > sizeof(found) || !elf_sections_read(file, &s) || s.names >= s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const Elf64_Shdr *names = &s.items[s.names];

		if (s.items[i].sh_name >= names->sh_size || names->sh_offset > INT64_MAX ||
		    !reader_read(file, names->sh_offset + s.items[i].sh_name, found, size) ||
		    memcmp(found, name, size))
			continue;
		*ret = (struct elf_section){ s.items[i].sh_addr, s.items[i].sh_offset, s.items[i].sh_size,
					     s.items[i].sh_flags & SHF_COMPRESSED };
		return true;
	}
	return false;
}

struct wanted_list {
	struct elf_wanted *wanted;
	size_t n;
};

static void match(void *ctx, const Elf64_Sym *symbol, const char *name)
{
	const struct wanted_list *s = ctx;

	if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(name, s->wanted[i].name)) {
			s->wanted[i].address = symbol->st_value;
			s->wanted[i].found++;
		}
}

bool elf_file_symbols(const struct reader *file, struct elf_wanted *wanted, size_t n)
{
	cleanup(elf_sections_release) struct elf_sections s = { 0 };
	struct wanted_list list = { wanted, n };

	return elf_sections_read(file, &s) &&
	       elf_sections_symbols(file, &s, elf_sections_of(&s, SHT_SYMTAB), TABLE_MAX, match, &list);
}
