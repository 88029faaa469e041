#include "parse/elf.h"

#include <elf.h>
#include <string.h>

#define PAGE 4096ULL
#define PROGRAM_HEADERS_MAX 64
#define DYNAMIC_MAX 512
#define SEGMENT_MAX (1ULL << 32)
#define STRTAB_MAX (1ULL << 28)
#define BUCKETS_MAX (1U << 22)
/* Symbols of one hash value's bucket; real chains have fewer than twenty. */
#define CHAIN_MAX 1024
#define NAME_MAX_LEN 63

bool elf_holds(const struct elf_object *o, uint64_t address, uint64_t len)
{
	return address >= o->low && address < o->high && len <= o->high - address;
}

bool elf_holds_data(const struct elf_object *o, uint64_t address, uint64_t len)
{
	for (size_t i = 0; i < o->nsegments; i++) {
		const struct elf_segment *s = &o->segments[i];

		if (s->writable && address >= s->start && address < s->end && len <= s->end - address)
			return true;
	}
	return false;
}

static bool read_header(const struct reader *r, uint64_t base, Elf64_Ehdr *h)
{
	return reader_read(r, base, h, sizeof(*h)) && !memcmp(h->e_ident, ELFMAG, SELFMAG) &&
	       h->e_ident[EI_CLASS] == ELFCLASS64 && (h->e_type == ET_EXEC || h->e_type == ET_DYN) &&
	       h->e_phentsize == sizeof(Elf64_Phdr) && h->e_phnum > 0 && h->e_phnum <= PROGRAM_HEADERS_MAX &&
	       h->e_phoff <= PAGE;
}

/* The segment that the mapping of offset 0 shows says how far the object was moved. */
static bool find_bias(const Elf64_Phdr *p, size_t n, uint64_t base, uint64_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i].p_type != PT_LOAD || p[i].p_offset >= PAGE)
			continue;
		*ret = base - (p[i].p_vaddr - p[i].p_offset);
		return true;
	}
	return false;
}

static void add_segment(struct elf_object *o, const Elf64_Phdr *p)
{
	uint64_t start = o->bias + p->p_vaddr;

	if (o->nsegments == ELF_SEGMENTS || !p->p_memsz || p->p_memsz > SEGMENT_MAX ||
	    start > UINT64_MAX - p->p_memsz)
		return;
	o->segments[o->nsegments++] = (struct elf_segment){ start, start + p->p_memsz, p->p_flags & PF_W };
	if (o->nsegments == 1 || start < o->low)
		o->low = start;
	if (start + p->p_memsz > o->high)
		o->high = start + p->p_memsz;
}

/* glibc writes the moved address back into the entry, other loaders leave the file's there. */
static uint64_t moved(const struct elf_object *o, uint64_t address)
{
	if (address < o->bias)
		address += o->bias;
	return elf_holds(o, address, 1) ? address : 0;
}

static void read_dynamic(const struct reader *r, struct elf_object *o, uint64_t address)
{
	Elf64_Dyn d;

	for (int i = 0; i < DYNAMIC_MAX; i++, address += sizeof(d)) {
		if (!reader_read(r, address, &d, sizeof(d)) || d.d_tag == DT_NULL)
			return;
		if (d.d_tag == DT_SYMTAB)
			o->symtab = moved(o, d.d_un.d_ptr);
		else if (d.d_tag == DT_STRTAB)
			o->strtab = moved(o, d.d_un.d_ptr);
		else if (d.d_tag == DT_STRSZ)
			o->strtab_size = d.d_un.d_val <= STRTAB_MAX ? d.d_un.d_val : 0;
		else if (d.d_tag == DT_GNU_HASH)
			o->gnu_hash = moved(o, d.d_un.d_ptr);
		else if (d.d_tag == DT_HASH)
			o->hash = moved(o, d.d_un.d_ptr);
	}
}

bool elf_open(const struct reader *r, uint64_t base, struct elf_object *ret)
{
	Elf64_Ehdr h;
	Elf64_Phdr p[PROGRAM_HEADERS_MAX];
	struct elf_object o = { 0 };

	if (!read_header(r, base, &h) || !reader_read(r, base + h.e_phoff, p, h.e_phnum * sizeof(*p)) ||
	    !find_bias(p, h.e_phnum, base, &o.bias))
		return false;
	for (size_t i = 0; i < h.e_phnum; i++)
		if (p[i].p_type == PT_LOAD)
			add_segment(&o, &p[i]);
	for (size_t i = 0; i < h.e_phnum; i++)
		if (p[i].p_type == PT_DYNAMIC && elf_holds(&o, o.bias + p[i].p_vaddr, p[i].p_memsz))
			read_dynamic(r, &o, o.bias + p[i].p_vaddr);
	o.isa = isa_of(h.e_machine);
	*ret = o;
	return true;
}

static bool is_symbol(const struct reader *r, const struct elf_object *o, uint64_t index, const char *name,
		      uint64_t *ret)
{
	char found[NAME_MAX_LEN + 1];
	size_t size = strlen(name) + 1;
	unsigned int type;
	Elf64_Sym s;

	if (!reader_read(r, o->symtab + index * sizeof(s), &s, sizeof(s)))
		return false;
	type = ELF64_ST_TYPE(s.st_info);
	if (s.st_shndx == SHN_UNDEF || (type != STT_OBJECT && type != STT_FUNC && type != STT_NOTYPE))
		return false;
	if (size > sizeof(found) || s.st_name >= o->strtab_size || size > o->strtab_size - s.st_name ||
	    !reader_read(r, o->strtab + s.st_name, found, size) || memcmp(found, name, size))
		return false;
	*ret = o->bias + s.st_value;
	return elf_holds(o, *ret, 1);
}

/* Bernstein's hash, as DT_GNU_HASH has it. */
static uint32_t gnu_hash_of(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

/* Header, bloom filter of words, buckets, hash values; the last of a chain has bit 0 set. */
static bool find_gnu(const struct reader *r, const struct elf_object *o, const char *name, uint64_t *ret)
{
	struct {
		uint32_t buckets, first, bloom, shift;
	} t;
	uint32_t hash = gnu_hash_of(name), index, value;
	uint64_t word, buckets, chain;

	if (!reader_read(r, o->gnu_hash, &t, sizeof(t)) || !t.buckets || t.buckets > BUCKETS_MAX ||
	    !t.bloom || t.bloom > BUCKETS_MAX || t.shift > 31)
		return false;
	if (!reader_u64(r, o->gnu_hash + sizeof(t) + hash / 64 % t.bloom * 8, &word) ||
	    !(word >> hash % 64 & word >> (hash >> t.shift) % 64 & 1))
		return false;

	buckets = o->gnu_hash + sizeof(t) + t.bloom * 8ULL;
	chain = buckets + t.buckets * 4ULL;
	if (!reader_u32(r, buckets + hash % t.buckets * 4ULL, &index) || index < t.first)
		return false;
	for (int i = 0; i < CHAIN_MAX; i++, index++) {
		if (!reader_u32(r, chain + (index - t.first) * 4ULL, &value))
			return false;
		if ((value | 1) == (hash | 1) && is_symbol(r, o, index, name, ret))
			return true;
		if (value & 1)
			return false;
	}
	return false;
}

static uint32_t sysv_hash_of(const char *name)
{
	uint32_t h = 0, top;

	for (; *name; name++) {
		h = (h << 4) + (unsigned char)*name;
		top = h & 0xf0000000;
		h = (h ^ top >> 24) & ~top;
	}
	return h;
}

/* nbucket, nchain, buckets, chains: each an index of the symbol table. */
static bool find_sysv(const struct reader *r, const struct elf_object *o, const char *name, uint64_t *ret)
{
	uint32_t t[2], index;

	if (!reader_read(r, o->hash, t, sizeof(t)) || !t[0] || t[0] > BUCKETS_MAX)
		return false;
	if (!reader_u32(r, o->hash + 8 + sysv_hash_of(name) % t[0] * 4ULL, &index))
		return false;
	for (int i = 0; i < CHAIN_MAX && index && index < t[1]; i++) {
		if (is_symbol(r, o, index, name, ret))
			return true;
		if (!reader_u32(r, o->hash + 8 + (t[0] + (uint64_t)index) * 4, &index))
			return false;
	}
	return false;
}

bool elf_symbol(const struct reader *r, const struct elf_object *o, const char *name, uint64_t *ret)
{
	if (!o->symtab || !o->strtab)
		return false;
	if (o->gnu_hash)
		return find_gnu(r, o, name, ret);
	return o->hash && find_sysv(r, o, name, ret);
}
