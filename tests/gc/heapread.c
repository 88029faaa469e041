/*
 * Says what lies on the pages of a CPython, for the tests of heap/inventory.h and heap/kinds.h. A line on standard
 * input is a pid, the answer a line of JSON: numbers of pages (address / page size) by class, or why there is none.
 * "PID kinds [PAGES]": kinds of objects and modules, each a list; half of the pages as if one of two workers had copied them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/cleanup.h"
#include "heap/inventory.h"
#include "heap/kinds.h"
#include "runtime/gc.h"

static double wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void print_pages(const char *name, const struct inventory *inv, enum heap_class class)
{
	const char *comma = "";

	printf(", \"%s\": [", name);
	for (size_t r = 0; r < inv->nranges; r++) {
		const struct heap_range *range = &inv->ranges[r];

		for (size_t i = 0; i < (range->end - range->start) / inv->page_size; i++) {
			if (inv->classes[range->first + i] != class)
				continue;
			printf("%s%" PRIu64, comma, range->start / inv->page_size + i);
			comma = ",";
		}
	}
	printf("]");
}

static void print_inventory(const struct inventory *inv, double ms)
{
	size_t pools = 0;

	for (size_t i = 0; i < inv->npages; i++)
		pools += inv->pools[i] != HEAP_NO_POOL;
	printf("{\"pages\": %zu, \"objects\": %" PRIu64 ", \"pools\": %zu, \"ms\": %.1f, \"cpu_ms\": %.1f, "
	       "\"cut\": %d",
	       inv->npages, inv->objects, pools, ms, (double)inv->cost_ns / 1e6, inv->cut);
	print_pages("tracked", inv, HEAP_TRACKED);
	print_pages("counted", inv, HEAP_COUNTED);
	printf("}\n");
}

static void print_text(const char *s)
{
	putchar('"');
	for (; *s; s++)
		if (*s != '"' && *s != '\\' && (unsigned char)*s >= ' ')
			putchar(*s);
	putchar('"');
}

static void print_kinds(const struct kinds *k, const struct inventory *inv)
{
	printf("{\"cpu_ms\": %.1f, \"inventory_ms\": %.1f, \"cut\": %d, \"sampled\": %d, "
	       "\"kinds\": {",
	       k->cost_s * 1e3, (double)inv->cost_ns / 1e6, k->cut, k->sampled);
	for (size_t i = 0; i < k->n; i++) {
		const struct kind *at = &k->items[i];

		printf(i ? ", " : "");
		print_text(at->name);
		printf(": [%d, %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64, at->tracked,
		       at->count, at->in_lists, at->in_lists_bytes, at->bytes, at->blocks);
		printf(", %.1f, %.1f, %.1f, %.1f, %.1f, %.1f]", at->copied_count, at->shared_count,
		       at->copied_bytes, at->shared_bytes, at->copied_pages, at->shared_pages);
	}
	printf("}, \"modules\": {");
	for (size_t i = 0; i < k->nmodules; i++) {
		const struct kind_module *at = &k->modules[i];

		printf(i ? ", " : "");
		print_text(at->name);
		printf(": [%" PRIu64 ", %" PRIu64 ", %.1f, %.1f]", at->count, at->bytes, at->copied_bytes,
		       at->shared_bytes);
	}
	printf("}}\n");
}

/* Two workers; every second page one of them has copied, and the other shares it still. */
static void fates(void *ctx, uint64_t page, size_t n, struct page_fate *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (page + i) % 2 ? (struct page_fate){ 1, 1 } : (struct page_fate){ 0, 2 };
}

static void answer_kinds(const struct inventory_target *t, const struct inventory *inv, uint64_t pages)
{
	cleanup(kinds_release) struct kinds kinds = { 0 };

	kinds_read(t, &(struct kinds_how){ .fates = fates, .workers = 2, .pages_max = pages }, &kinds);
	if (kinds.why)
		printf("{\"why\": \"%s\"}\n", kinds.why);
	else
		print_kinds(&kinds, inv);
}

static void answer(const struct procfs *fs, pid_t pid, bool of_kinds, uint64_t pages)
{
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(gc_facts_release) struct gc_facts facts = { 0 };
	cleanup(inventory_release) struct inventory inv = { 0 };
	cleanup_close int pagemap = procfs_file(fs, pid, "pagemap"), mem = procfs_file(fs, pid, "mem");
	struct gc_target t = {
		.fs = fs, .pid = pid, .pagemap = pagemap, .mem = mem, .maps = &maps, .cmdline = ""
	};
	struct inventory_target target = {
		.fs = fs, .pid = pid, .pagemap = pagemap, .mem = mem, .maps = &maps
	};
	struct gc_reader *reader = NULL;
	const char *why = "no process";
	double began;
	int r = -1;

	if (!procfs_maps(fs, pid, &text, &maps) && !procfs_exe(fs, pid, &t.exe_dev, &t.exe_ino)) {
		t.maps_text = target.maps_text = text.data;
		r = gc_read(&t, &reader, NULL, false, &facts, &why);
		target.python = gc_reader_python(reader);
	}
	began = wall_ms();
	if (!r && target.python)
		r = inventory_read(&target, &inv, &why);
	if (r)
		printf("{\"why\": \"%s\"}\n", why);
	else if (of_kinds)
		answer_kinds(&target, &inv, pages);
	else
		print_inventory(&inv, wall_ms() - began);
	gc_reader_free(reader);
}

int main(void)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	char line[64], word[8];
	unsigned long long pages;
	int pid, n;

	if (procfs_open(&fs, "/proc"))
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		pages = 0;
		n = sscanf(line, "%d %7s %llu", &pid, word, &pages);
		if (n < 1)
			return 2;
		answer(&fs, pid, n > 1 && !strcmp(word, "kinds"), pages);
		fflush(stdout);
	}
	return 0;
}
