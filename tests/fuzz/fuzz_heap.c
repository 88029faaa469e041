/*
 * The memory of a process as a whole (heap/allocator.h, inventory.h, kinds.h, ruby_objects.h, runtime/gc.h): files of a few MiB stand for its
 * /proc/PID/mem and pagemap. An input is which program it is (a byte), and pieces (fuzz.h): the number of a page, of two
 * bytes, and what lies from there on. Whatever lies there, what is told adds up, and the work ends.
 */
#include <elf.h>
#include <string.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "heap/allocator.h"
#include "heap/inventory.h"
#include "heap/kinds.h"
#include "heap/ruby_objects.h"
#include "lib/memory.h"
#include "pages.h"
#include "runtime/gc.h"

#define BASE 0xc0000ULL
#define LIBRARY (MEMORY_BASE - 4096)
#define TOP 0xa00000ULL
#define PAGE_OF(address) ((address) / PAGES_SIZE)

static const char *const programs[] = { "python3.11", "ruby3.1",          "php-fpm8.2",
					"perl",       "libjemalloc.so.2", "libtcmalloc_minimal.so.4" };

static struct pages memory;

/* A program, all of which is its data. */
static void put_object(uint64_t address, uint64_t size)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr data;
	} file = {
		.header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_DYN,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_phoff = sizeof(Elf64_Ehdr),
			    .e_ehsize = sizeof(Elf64_Ehdr),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 1 },
		.data = { .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_filesz = size, .p_memsz = size },
	};

	pages_put(&memory, address, &file, sizeof(file));
}

static void fill(struct pieces *p)
{
	uint16_t page;

	pages_begin(&memory, TOP);
	put_object(BASE, 0x8000);
	put_object(LIBRARY, 0x21000);
	while (next_piece(p))
		if (p->len > 2) {
			memcpy(&page, p->piece, 2);
			pages_put(&memory, BASE + (page % PAGE_OF(TOP - BASE)) * PAGES_SIZE, p->piece + 2,
				  p->len - 2);
		}
}

static void check(const struct allocator_inventory *i)
{
	for (size_t k = 0; k < i->nitems; k++) {
		const struct allocator_facts *f = &i->items[k];

		must(f->held >= ABSENT && f->used >= ABSENT && f->free >= ABSENT);
		must(f->used == ABSENT || f->held == ABSENT || f->guessed || f->used <= f->held);
		must(f->used != ABSENT || f->why);
	}
	for (size_t k = 0; k < i->nareas; k++) {
		must(i->areas[k].start < i->areas[k].end);
		must(k == 0 || i->areas[k - 1].end <= i->areas[k].start);
	}
	must(i->pages_read <= 64 * (fact)PAGE_OF(TOP));
}

/* Every second page is copied by one of two workers. */
static void fates(void *ctx, uint64_t page, size_t n, struct page_fate *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (page + i) % 2 ? (struct page_fate){ 1, 1 } : (struct page_fate){ 0, 2 };
}

static void check_kinds(const struct kinds *k)
{
	uint64_t bytes = 0;

	for (size_t i = 0; !k->why && i < k->n; i++) {
		must(k->items[i].name && k->items[i].copied_bytes >= 0 && k->items[i].shared_bytes >= 0);
		bytes += k->items[i].bytes;
	}
	must(bytes <= TOP);
}

/* Objects by pages and by types, where an interpreter was found. */
static void read_objects(const struct allocator_target *t, const struct cpython *python)
{
	const struct inventory_target target = { t->fs,   t->pid,       t->pagemap, t->mem,
						 t->maps, t->maps_text, python };
	cleanup(inventory_release) struct inventory inv = { 0 };
	cleanup(kinds_release) struct kinds kinds = { 0 };
	const char *why = NULL;
	size_t pages = 0;

	if (!python)
		return;
	if (inventory_read(&target, &inv, &why) < 0)
		must(why && *why);
	for (int i = 0; i < HEAP_CLASSES; i++)
		pages += inv.of_class[i];
	must(pages == inv.npages && pages <= PAGE_OF(TOP));
	kinds_read(&target, &(struct kinds_how){ .fates = fates, .workers = 2 }, &kinds);
	check_kinds(&kinds);
}

static void read_all(const struct allocator_target *t)
{
	cleanup(allocator_inventory_release) struct allocator_inventory all = { 0 };
	cleanup(gc_facts_release) struct gc_facts facts = { 0 };
	struct gc_target gc = { .fs = t->fs,
				.pid = t->pid,
				.pagemap = t->pagemap,
				.mem = t->mem,
				.maps = t->maps,
				.maps_text = t->maps_text,
				.cmdline = "app",
				.exe_ino = t->exe_ino };
	struct gc_reader *reader = NULL;
	struct ruby_heap_facts ruby;
	const char *why = NULL;

	allocator_read(t, &all);
	check(&all);
	ruby_objects_read(t, &ruby);
	must(ruby.pages == ABSENT || (ruby.pages >= 0 && ruby.roomy_pages <= ruby.pages));
	if (gc_read(&gc, &reader, NULL, true, &facts, &why) < 0)
		must(why && *why);
	read_objects(t, gc_reader_python(reader));
	gc_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	static struct procfs fs = { .fd = -1 };
	struct pieces p;
	char text[512];

	if (!size)
		return 0;
	if (fs.fd < 0)
		must(procfs_open(&fs, "tests/proc/cgroup-v2/proc") == 0);
	p = (struct pieces){ .data = data + 1, .size = size - 1 };
	fill(&p);
	snprintf(text, sizeof(text),
		 "000c0000-000c8000 rw-p 00000000 08:01 11 /nowhere/%s\n"
		 "000ff000-00120000 rw-p 00000000 08:01 12 /nowhere/libc.so.6\n"
		 "00150000-00180000 rw-p 00000000 00:00 0 [heap]\n"
		 "00200000-00a00000 rw-p 00000000 00:00 0 \n",
		 programs[*data % (sizeof(programs) / sizeof(*programs))]);
	must(parse_maps(text, strlen(text), &maps) == 0 && maps.n == 4);
	read_all(&(struct allocator_target){ .fs = &fs,
					     .pid = 9,
					     .pagemap = memory.pagemap,
					     .mem = memory.mem,
					     .maps = &maps,
					     .maps_text = text,
					     .exe_ino = 11 });
	return 0;
}
