#include "parse/elf_load.h"

#include <elf.h>
#include <string.h>

#define PROGRAM_HEADERS_MAX 64
#define SEGMENT_MAX (1ULL << 36)
#define NOTE_MAX 4096

static bool read_header(const struct reader *file, Elf64_Ehdr *h)
{
	return reader_read(file, 0, h, sizeof(*h)) && !memcmp(h->e_ident, ELFMAG, SELFMAG) &&
	       h->e_ident[EI_CLASS] == ELFCLASS64 && isa_of(h->e_machine) &&
	       (h->e_type == ET_EXEC || h->e_type == ET_DYN) && h->e_phentsize == sizeof(Elf64_Phdr) &&
	       h->e_phnum > 0 && h->e_phnum <= PROGRAM_HEADERS_MAX;
}

static void add_segment(struct elf_load *l, const Elf64_Phdr *p)
{
	if (l->nsegments == ELF_LOAD_SEGMENTS || p->p_filesz > SEGMENT_MAX || p->p_memsz > SEGMENT_MAX ||
	    p->p_offset > SEGMENT_MAX || p->p_vaddr > INT64_MAX)
		return;
	l->segments[l->nsegments++] = (struct elf_load_segment){ p->p_vaddr,        p->p_offset,
								 p->p_filesz,       p->p_memsz,
								 p->p_flags & PF_X, p->p_flags & PF_W };
}

/* Notes are {name size, descriptor size, type}, name, descriptor, each padded to four bytes. */
static void find_build_id(const struct reader *file, const Elf64_Phdr *p, struct elf_load *l)
{
	size_t size = p->p_filesz < NOTE_MAX ? p->p_filesz : NOTE_MAX, at = 0;
	unsigned char bytes[NOTE_MAX];
	Elf64_Nhdr n;

	if (!reader_read(file, p->p_offset, bytes, size))
		return;
	while (size - at >= sizeof(n)) {
		size_t name, descriptor;

		memcpy(&n, bytes + at, sizeof(n));
		at += sizeof(n);
		name = (n.n_namesz + 3ULL) & ~3ULL;
		descriptor = (n.n_descsz + 3ULL) & ~3ULL;
		if (name > size - at || descriptor > size - at - name)
			return;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 && !memcmp(bytes + at, "GNU", 4) &&
		    n.n_descsz >= 2 && n.n_descsz <= BUILD_ID_MAX) {
			l->build_id_len = n.n_descsz;
			memcpy(l->build_id, bytes + at + name, n.n_descsz);
			return;
		}
		at += name + descriptor;
	}
}

bool elf_load_read(const struct reader *file, struct elf_load *ret)
{
	Elf64_Phdr p[PROGRAM_HEADERS_MAX];
	Elf64_Ehdr h;

	*ret = (struct elf_load){ 0 };
	if (!read_header(file, &h) || !reader_read(file, h.e_phoff, p, h.e_phnum * sizeof(*p)))
		return false;
	ret->isa = isa_of(h.e_machine);
	ret->fixed = h.e_type == ET_EXEC;
	for (size_t i = 0; i < h.e_phnum; i++) {
		if (p[i].p_type == PT_LOAD)
			add_segment(ret, &p[i]);
		else if (p[i].p_type == PT_GNU_EH_FRAME)
			ret->eh_frame_hdr = p[i].p_vaddr;
		else if (p[i].p_type == PT_NOTE && !ret->build_id_len)
			find_build_id(file, &p[i], ret);
		else if (p[i].p_type == PT_DYNAMIC) {
			ret->dynamic = p[i].p_vaddr;
			ret->dynamic_size = p[i].p_filesz;
		}
	}
	return true;
}

bool elf_load_offset(const struct elf_load *l, uint64_t address, uint64_t *ret_offset, uint64_t *ret_left)
{
	for (size_t i = 0; i < l->nsegments; i++) {
		const struct elf_load_segment *s = &l->segments[i];

		if (address < s->address || address - s->address >= s->size)
			continue;
		*ret_offset = s->offset + (address - s->address);
		*ret_left = s->size - (address - s->address);
		return true;
	}
	return false;
}

/* The loader maps whole pages: a segment's mapping may begin before its first byte. */
bool elf_load_bias(const struct elf_load *l, uint64_t start, uint64_t offset, uint64_t page_size,
		   uint64_t *ret)
{
	for (size_t i = 0; i < l->nsegments; i++) {
		const struct elf_load_segment *s = &l->segments[i];

		if (!s->executable || offset < s->offset - s->offset % page_size ||
		    offset >= s->offset + s->size)
			continue;
		*ret = start - (s->address + (offset - s->offset));
		return true;
	}
	return false;
}
