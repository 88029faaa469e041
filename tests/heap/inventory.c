/*
 * Reads allocators for the tests. A line on standard input is a pid, and how many pages may be read if not all; a line of
 * JSON the answer: the allocators, the sizes
 * of pymalloc, the areas, and what resident memory is used for. There is no ledger here: resident pages count as new, or
 * as of a file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "analysis/memory_uses.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "heap/allocator.h"
#include "heap/ruby_objects.h"
#include "model/page_entry.h"
#include "sys/pagemap.h"

static void print_fact(const char *name, fact f)
{
	if (f == ABSENT)
		printf("\"%s\": null, ", name);
	else
		printf("\"%s\": %" PRId64 ", ", name, f);
}

static void print_allocator(const struct allocator_facts *f)
{
	printf("{\"name\": \"%s\", \"sign\": \"%s\", ", allocator_name(f->kind),
	       allocator_sign_name(f->sign));
	print_fact("arenas", f->arenas);
	print_fact("held", f->held);
	print_fact("used", f->used);
	print_fact("own", f->own);
	print_fact("cached", f->cached);
	print_fact("free", f->free);
	print_fact("top", f->top);
	print_fact("trimmable", f->trimmable);
	print_fact("pinned", f->pinned);
	print_fact("mapped", f->mapped);
	print_fact("nmapped", f->nmapped);
	printf("\"guessed\": %s, \"why\": \"%s\"}", f->guessed ? "true" : "false", f->why ? f->why : "");
}

static void print_ruby(const struct ruby_heap_facts *f)
{
	if (!f->any) {
		printf("\"ruby\": null, ");
		return;
	}
	printf("\"ruby\": {\"version\": \"%s\", ", f->version);
	print_fact("pages", f->pages);
	print_fact("young_pages", f->young_pages);
	print_fact("old_pages", f->old_pages);
	print_fact("mixed_pages", f->mixed_pages);
	print_fact("other_pages", f->other_pages);
	print_fact("roomy_pages", f->roomy_pages);
	print_fact("young_objects", f->young_objects);
	print_fact("old_objects", f->old_objects);
	print_fact("unprotected_objects", f->unprotected_objects);
	print_fact("free_slots", f->free_slots);
	printf("\"partly\": %s, \"why\": \"%s\"}, ", f->partly ? "true" : "false", f->why ? f->why : "");
}

static const char *use_name(enum area_use use)
{
	static const char *const names[] = {
		[AREA_BRK] = "brk",     [AREA_ARENA] = "arena",   [AREA_MAPPED] = "mapped",
		[AREA_POOLS] = "pools", [AREA_CHUNKS] = "chunks",
	};

	return names[use];
}

static void print_answer(const struct allocator_inventory *i, double ms)
{
	printf("{\"ms\": %.1f, ", ms);
	print_fact("pages", i->pages_read);
	printf("\"allocators\": [");
	for (size_t k = 0; k < i->nitems; k++) {
		printf(k ? ", " : "");
		print_allocator(&i->items[k]);
	}
	printf("], \"classes\": [");
	for (size_t k = 0; k < i->nclasses; k++)
		printf("%s{\"size\": %" PRIu32 ", \"pools\": %" PRIu64 ", \"used\": %" PRIu64
		       ", \"free\": %" PRIu64 "}",
		       k ? ", " : "", i->classes[k].size, i->classes[k].pools, i->classes[k].used,
		       i->classes[k].free);
	printf("], \"areas\": [");
	for (size_t k = 0; k < i->nareas; k++)
		printf("%s[%" PRIu64 ", %" PRIu64 ", \"%s\", \"%s\", %" PRIu32 "]", k ? ", " : "",
		       i->areas[k].start, i->areas[k].end, allocator_name(i->areas[k].kind),
		       use_name(i->areas[k].use), i->areas[k].number);
	printf("], ");
}

static enum region_kind kind_of(const struct vma *v)
{
	if (v->heap || v->stack)
		return v->heap ? REGION_HEAP : REGION_STACK;
	if (v->kind == VMA_ANON)
		return REGION_ANON;
	if (v->kind == VMA_SHARED)
		return REGION_SHMEM;
	return v->writable ? REGION_FILE_DATA : REGION_FILE;
}

static void add_pages(int pagemap, const struct region *r, struct address_space *space, size_t *cap)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE), entries[512];

	for (uint64_t page = r->start / size; page < r->end / size; page++) {
		size_t at = (page - r->start / size) % 512;

		if (!at && pagemap_read(pagemap, page, entries, 512))
			return;
		if (!(entries[at] & PM_PRESENT))
			continue;
		vec_room(&space->stretches, space->nstretches, cap);
		space->stretches[space->nstretches++] = (struct page_stretch){
			page, 1, entries[at] & PM_FILE ? PAGE_CLASS_FILE : PAGE_CLASS_NEW
		};
	}
}

static void print_uses(int pagemap, const struct vma_list *maps, const char *text,
		       const struct allocator_inventory *i)
{
	cleanup(address_space_release) struct address_space space = { 0 };
	cleanup(memory_uses_release) struct memory_uses u = { 0 };
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t cap = 0;

	space.regions = xcalloc(maps->n + 1, sizeof(*space.regions));
	for (size_t k = 0; k < maps->n; k++) {
		const struct vma *v = &maps->items[k];
		struct region *r = &space.regions[space.nregions];

		if (v->kind == VMA_NONE)
			continue;
		*r = (struct region){ .start = v->start, .end = v->end, .kind = kind_of(v) };
		r->name = xmemdupz(text + v->name_at, v->name_len);
		space.nregions++;
		add_pages(pagemap, r, &space, &cap);
	}
	memory_uses_of(&space, i, page, &u);
	printf("\"uses\": [");
	for (size_t k = 0; k < u.n; k++)
		printf("%s[\"%s\", %" PRIu64 ", %" PRIu64 "]", k ? ", " : "",
		       memory_use_name(u.items[k].kind), u.items[k].bytes,
		       (uint64_t)(u.items[k].pages.new + u.items[k].pages.file) * page);
	printf("]}\n");
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void answer(const struct procfs *fs, pid_t pid, unsigned long pages_max)
{
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(allocator_inventory_release) struct allocator_inventory found = { 0 };
	cleanup_close int pagemap = procfs_file(fs, pid, "pagemap");
	cleanup_close int mem = procfs_file(fs, pid, "mem");
	struct allocator_target t = {
		.fs = fs, .pid = pid, .pagemap = pagemap, .mem = mem, .maps = &maps, .pages_max = pages_max
	};
	uint64_t device;
	struct ruby_heap_facts ruby;
	double began, ms;

	if (procfs_maps(fs, pid, &text, &maps) || procfs_exe(fs, pid, &device, &t.exe_ino)) {
		printf("{\"error\": \"no process %d\"}\n", (int)pid);
		return;
	}
	t.maps_text = text.data;
	began = cpu_ms();
	allocator_read(&t, &found);
	ms = cpu_ms() - began;
	ruby_objects_read(&t, &ruby);
	print_answer(&found, ms);
	print_ruby(&ruby);
	print_uses(pagemap, &maps, text.data, &found);
}

int main(void)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	char line[128];
	unsigned long pages_max;
	int pid;

	if (procfs_open(&fs, "/proc"))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		pages_max = 0;
		if (sscanf(line, "%d %lu", &pid, &pages_max) < 1)
			return 2;
		answer(&fs, pid, pages_max);
	}
	return 0;
}
