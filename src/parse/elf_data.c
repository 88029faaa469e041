#include "parse/elf_data.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

#define DATA_MAX (32ULL << 20)
#define RELOCATIONS_MAX (64ULL << 20) /* bytes */
#define DYNAMIC_MAX 512
#define CHUNK 256

void elf_data_release(struct elf_data *d)
{
	free(d->words);
	*d = (struct elf_data){ 0 };
}

static const struct elf_load_segment *writable(const struct elf_load *l)
{
	const struct elf_load_segment *best = NULL;

	for (size_t i = 0; i < l->nsegments; i++)
		if (l->segments[i].writable && (!best || l->segments[i].size > best->size))
			best = &l->segments[i];
	return best;
}

/* DT_RELA and its size. */
static bool find_relocations(const struct reader *file, const struct elf_load *l, uint64_t *ret_offset,
			     uint64_t *ret_size)
{
	uint64_t at, left, address = 0, size = 0;
	Elf64_Dyn d;

	if (!elf_load_offset(l, l->dynamic, &at, &left))
		return false;
	for (int i = 0; i < DYNAMIC_MAX && left >= sizeof(d); i++, at += sizeof(d), left -= sizeof(d)) {
		if (!reader_read(file, at, &d, sizeof(d)) || d.d_tag == DT_NULL)
			break;
		if (d.d_tag == DT_RELA)
			address = d.d_un.d_ptr;
		else if (d.d_tag == DT_RELASZ)
			size = d.d_un.d_val;
	}
	if (!address || !elf_load_offset(l, address, ret_offset, &left))
		return false;
	*ret_size = size < left ? size : left;
	return *ret_size <= RELOCATIONS_MAX;
}

static void move(const struct isa *isa, struct elf_data *d, const Elf64_Rela *r)
{
	uint64_t at = r->r_offset - d->address;

	if (ELF64_R_TYPE(r->r_info) == isa->relative && at % 8 == 0 && at / 8 < d->n)
		d->words[at / 8] = (uint64_t)r->r_addend;
}

static void relocate(const struct reader *file, const struct elf_load *l, struct elf_data *d)
{
	uint64_t offset, size;
	Elf64_Rela chunk[CHUNK];

	if (!find_relocations(file, l, &offset, &size))
		return;
	for (uint64_t left = size / sizeof(*chunk); left;) {
		size_t k = left < CHUNK ? left : CHUNK;

		if (!reader_read(file, offset, chunk, k * sizeof(*chunk)))
			return;
		for (size_t i = 0; i < k; i++)
			move(l->isa, d, &chunk[i]);
		left -= k;
		offset += k * sizeof(*chunk);
	}
}

bool elf_data_read(const struct reader *file, const struct elf_load *l, struct elf_data *ret)
{
	const struct elf_load_segment *s = writable(l);
	struct elf_data d = { 0 };
	uint64_t skip;

	if (!s || s->size > DATA_MAX)
		return false;
	skip = -s->address & 7;
	if (s->size < skip + 8)
		return false;
	d.address = s->address + skip;
	d.n = (s->size - skip) / 8;
	d.words = xcalloc(d.n, 8);
	if (!reader_read(file, s->offset + skip, d.words, d.n * 8)) {
		elf_data_release(&d);
		return false;
	}
	relocate(file, l, &d);
	*ret = d;
	return true;
}
