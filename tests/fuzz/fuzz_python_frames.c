/*
 * parse/python_frames.h over memory that lies. An input is the version (4 bytes), where _PyRuntime is and
 * how far from it the list of interpreters (2 bytes each, offsets), and the memory. Names end, frames
 * are there once, and the number of reads is bounded.
 */
#include <stdbool.h>
#include <string.h>
#include "fuzz.h"
#include "lib/memory.h"
#include "parse/python_frames.h"

/* 64 threads of 4 reads, and chains of 256 frames of 16 reads each. */
#define READS_MAX 400000

static void check(const struct python_frames *f)
{
	must(f->n > 0 && f->n <= PYTHON_FRAMES);
	for (size_t i = 0; i < f->n; i++) {
		must(f->items[i].line >= 0);
		must(*f->items[i].name && memchr(f->items[i].name, 0, sizeof(f->items[i].name)));
		must(*f->items[i].file && memchr(f->items[i].file, 0, sizeof(f->items[i].file)));
		for (size_t k = 0; k < i; k++)
			must(f->items[k].address != f->items[i].address);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct python_frames frames;
	struct python_thread threads[PYTHON_THREADS];
	struct python_collections collections;
	struct cpython where = { 0 };
	struct python_offsets o;
	struct memory in = { 0 };
	struct reader r = memory_reader(&in);
	uint16_t runtime, list;
	size_t n;

	if (size < 8)
		return 0;
	in = (struct memory){ (unsigned char *)data + 8, size - 8, 0 };
	memcpy(&where.version, data, 4);
	memcpy(&runtime, data + 4, 2);
	memcpy(&list, data + 6, 2);
	where.runtime = MEMORY_BASE + runtime;
	where.list = where.runtime + list;
	where.gc = list;
	where.layout = cpython_layout_next(where.version >> 16, 0, false, NULL);
	if (!python_offsets_of(&r, &where, &o))
		return 0;
	n = python_threads_read(&r, &o, threads);
	must(n <= PYTHON_THREADS);
	for (size_t i = 0; i < n; i++) {
		must(threads[i].frame);
		python_collections_read(&r, &o, threads[i].interpreter, &collections);
		if (python_types_read(&r, &o, threads[i].frame) &&
		    python_frames_read(&r, &o, threads[i].frame, &frames))
			check(&frames);
	}
	must(in.reads < READS_MAX);
	return 0;
}
