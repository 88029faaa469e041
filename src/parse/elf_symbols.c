#include "parse/elf_symbols.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/search.h"
#include "parse/elf_sections.h"

/* The largest browsers' debug files are below. */
#define TABLE_MAX (256ULL << 20)
#define FUNCTIONS_MAX (4U << 20)
#define NAME_MAX_LEN 4096
/* Functions within functions do not go deeper than that, and have not more names in all. */
#define LOOK_BACK 16
#define NAMES_MAX 256

void elf_symbols_release(struct elf_symbols *s)
{
	free(s->items);
	free(s->names);
	*s = (struct elf_symbols){ 0 };
}

static bool is_number(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return len > 0;
}

static bool is_suffix(const char *s, size_t len)
{
	static const char *const suffixes[] = { "lto_priv", "isra", "constprop", "part", "cold", "llvm" };
	const char *dot = memchr(s, '.', len);
	size_t word = dot ? (size_t)(dot - s) : len;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (word == strlen(suffixes[i]) && !memcmp(s, suffixes[i], word))
			return !dot || is_number(dot + 1, len - word - 1);
	return false;
}

/* The last ".word" or ".word.number"; the number may be missing. */
static size_t cut_suffix(const char *name, size_t len)
{
	const char *dot = memrchr(name, '.', len), *before;

	if (!dot || dot == name)
		return len;
	if (is_suffix(dot + 1, len - (size_t)(dot + 1 - name)))
		return (size_t)(dot - name);
	before = memrchr(name, '.', (size_t)(dot - name));
	if (before && before != name && is_suffix(before + 1, len - (size_t)(before + 1 - name)))
		return (size_t)(before - name);
	return len;
}

size_t elf_symbol_length(const char *name, size_t len)
{
	const char *at = memchr(name, '@', len);
	size_t cut;

	if (at && at != name)
		len = (size_t)(at - name);
	while ((cut = cut_suffix(name, len)) < len)
		len = cut;
	return len;
}

static uint32_t keep_name(struct elf_symbols *s, const char *name, size_t len)
{
	while (s->names_cap - s->names_len < len + 1) {
		s->names_cap = s->names_cap ? s->names_cap * 2 : 4096;
		s->names = xreallocarray(s->names, s->names_cap, 1);
	}
	memcpy(s->names + s->names_len, name, len);
	s->names[s->names_len + len] = '\0';
	s->names_len += len + 1;
	return (uint32_t)(s->names_len - len - 1);
}

/* malloc rather than __libc_malloc, a global name rather than a static one. */
static uint8_t weigh(const char *name, unsigned char info)
{
	uint8_t weight = 0;

	while (*name == '_' && weight < 40) {
		weight += 4;
		name++;
	}
	if (ELF64_ST_BIND(info) == STB_LOCAL)
		weight += 2;
	else if (ELF64_ST_BIND(info) != STB_GLOBAL)
		weight += 1;
	return weight;
}

static void put(struct elf_symbols *s, uint64_t start, uint64_t size, const char *name, size_t len,
		uint8_t weight)
{
	if (!len || len > NAME_MAX_LEN || s->n >= FUNCTIONS_MAX || s->names_len > TABLE_MAX ||
	    start > INT64_MAX || size > INT64_MAX)
		return;
	vec_room(&s->items, s->n, &s->cap);
	s->items[s->n++] = (struct elf_function){ start, size, keep_name(s, name, len), weight };
}

void elf_symbols_put(struct elf_symbols *s, uint64_t start, uint64_t size, const char *name, size_t len)
{
	put(s, start, size, name, len, 255);
}

static void add_symbol(void *ctx, const Elf64_Sym *symbol, const char *name)
{
	unsigned int type = ELF64_ST_TYPE(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF || !symbol->st_size || (type != STT_FUNC && type != STT_GNU_IFUNC))
		return;
	put(ctx, symbol->st_value, symbol->st_size, name, strlen(name), weigh(name, symbol->st_info));
}

void elf_symbols_add(struct elf_symbols *s, const struct reader *file)
{
	cleanup(elf_sections_release) struct elf_sections sections = { 0 };

	if (!elf_sections_read(file, &sections))
		return;
	/* A file has one table of a kind; more of them would be there to keep the reader busy. */
	s->whole |= elf_sections_symbols(file, &sections, elf_sections_of(&sections, SHT_SYMTAB), TABLE_MAX,
					 add_symbol, s);
	elf_sections_symbols(file, &sections, elf_sections_of(&sections, SHT_DYNSYM), TABLE_MAX, add_symbol,
			     s);
}

static int by_start(const void *a, const void *b)
{
	const struct elf_function *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->weight > y->weight) - (x->weight < y->weight);
}

void elf_symbols_sort(struct elf_symbols *s)
{
	if (s->n)
		qsort(s->items, s->n, sizeof(*s->items), by_start);
}

/* The first that starts behind an address. */
static size_t behind(const struct elf_symbols *s, uint64_t address)
{
	return search(at, s->n, s->items[at].start <= address);
}

/* Of names at one start the best comes first in the list; equal ones: the shorter. */
static bool is_better(const struct elf_symbols *s, const struct elf_function *f,
		      const struct elf_function *best)
{
	const char *a = s->names + f->name, *b;

	if (!best || f->start != best->start)
		return !best;
	b = s->names + best->name;
	if (f->weight != best->weight)
		return f->weight < best->weight;
	return strlen(a) != strlen(b) ? strlen(a) < strlen(b) : strcmp(a, b) < 0;
}

const char *elf_symbols_find(const struct elf_symbols *s, uint64_t address)
{
	const struct elf_function *best = NULL;
	size_t end = behind(s, address), starts = 0;

	for (size_t i = end; i-- > 0 && end - i <= NAMES_MAX;) {
		const struct elf_function *f = &s->items[i];

		if (i + 1 < end && f->start != s->items[i + 1].start && (best || ++starts == LOOK_BACK))
			break;
		if (address - f->start < f->size && is_better(s, f, best))
			best = f;
	}
	return best ? s->names + best->name : NULL;
}

bool elf_symbols_address(const struct elf_symbols *s, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->names + s->items[i].name, name)) {
			*ret = s->items[i].start;
			return true;
		}
	return false;
}
