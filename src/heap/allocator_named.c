#include "heap/allocator_named.h"

#include <string.h>
#include "parse/elf.h"
#include "parse/elf_file.h"
#include "runtime/gc_runtime.h"
#include "sys/image_file.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static const char no_amounts[] = "what it holds is not read from outside";

/* Functions that are exported, and variables of the symbol table: of versions with a prefix, and of Rust's. */
static const struct name {
	enum allocator_kind kind;
	const char *exported, *variable;
} names[] = {
	{ ALLOCATOR_JEMALLOC, "mallctl", "malloc_conf" },
	{ ALLOCATOR_JEMALLOC, "je_mallctl", "je_malloc_conf" },
	{ ALLOCATOR_JEMALLOC, "_rjem_mallctl", "_rjem_malloc_conf" },
	{ ALLOCATOR_TCMALLOC, "tc_malloc", "_ZN8tcmalloc6Static9pageheap_E" },
	{ ALLOCATOR_TCMALLOC, "MallocExtension_Internal_GetNumericProperty", "_ZN8tcmalloc6Static6inited_E" },
	{ ALLOCATOR_MIMALLOC, "mi_malloc", "_mi_heap_main" },
};

static void add(struct allocator_scan *s, enum allocator_kind kind, enum allocator_sign sign)
{
	for (size_t i = 0; i < s->ret->nitems; i++)
		if (s->ret->items[i].kind == kind)
			return;
	allocator_add(s->ret, kind, sign)->why = no_amounts;
}

static void by_file(struct allocator_scan *s)
{
	const char *name = gc_allocator(s->objects, s->nobjects);

	for (int kind = ALLOCATOR_JEMALLOC; name && kind <= ALLOCATOR_MIMALLOC; kind++)
		if (!strcmp(name, allocator_name((enum allocator_kind)kind)))
			add(s, (enum allocator_kind)kind, ALLOCATOR_BY_FILE);
}

static void by_symbol(struct allocator_scan *s, const struct image_object *o)
{
	struct elf_wanted wanted[LENGTH(names)];
	struct elf_object elf;
	struct reader file;
	int fd;

	if (!elf_open(&s->r, o->vma->start, &elf))
		return;
	for (size_t i = 0; i < LENGTH(names); i++) {
		uint64_t address;

		wanted[i] = (struct elf_wanted){ .name = names[i].variable };
		if (elf_symbol(&s->r, &elf, names[i].exported, &address))
			add(s, names[i].kind, ALLOCATOR_BY_SYMBOL);
	}
	fd = image_file(&s->image, o->vma);
	file = image_file_reader(&fd);
	if (fd < 0 || !elf_file_symbols(&file, wanted, LENGTH(wanted)))
		return;
	for (size_t i = 0; i < LENGTH(names); i++)
		if (wanted[i].found)
			add(s, names[i].kind, ALLOCATOR_BY_SYMBOL);
}

/* Of 5.17 and later kernels with CONFIG_ANON_VMA_NAME: "[anon:jemalloc_pg]". */
static void by_name(struct allocator_scan *s)
{
	const struct vma_list *maps = s->t->maps;

	for (size_t i = 0; i < maps->n && s->t->maps_text; i++) {
		const struct vma *v = &maps->items[i];
		const char *name = s->t->maps_text + v->name_at;

		if (v->kind != VMA_ANON || !v->name_len)
			continue;
		for (int kind = ALLOCATOR_JEMALLOC; kind <= ALLOCATOR_MIMALLOC; kind++) {
			const char *word = allocator_name((enum allocator_kind)kind);

			if (memmem(name, v->name_len, word, strlen(word)))
				add(s, (enum allocator_kind)kind, ALLOCATOR_BY_NAME);
		}
	}
}

void allocator_named(struct allocator_scan *s)
{
	by_file(s);
	if (s->exe < s->nobjects)
		by_symbol(s, &s->objects[s->exe]);
	by_name(s);
}
