/*
 * Says what lies on the pages of a CPython, for the tests of heap/inventory.h. A line on standard input is a pid, the
 * answer a line of JSON: numbers of pages (address / page size) by class, or why there is none.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include "base/cleanup.h"
#include "heap/inventory.h"
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

static void answer(const struct procfs *fs, pid_t pid)
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
	else
		print_inventory(&inv, wall_ms() - began);
	gc_reader_free(reader);
}

int main(void)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	char line[64];
	int pid;

	if (procfs_open(&fs, "/proc"))
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%d", &pid) != 1)
			return 2;
		answer(&fs, pid);
		fflush(stdout);
	}
	return 0;
}
