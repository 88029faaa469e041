/*
 * parse/cpython.h over memory that lies. An input is the version (4 bytes), where _PyRuntime or, for 2.7
 * and 3.6, the generations are (4 bytes, an offset), and the memory. What comes out is in range whatever
 * is there, and the number of reads is bounded.
 */
#include <stdbool.h>
#include <string.h>
#include "fuzz.h"
#include "lib/memory.h"
#include "parse/cpython.h"
#include "parse/cpython_toggle.h"
#include "parse/cpython_version.h"

/* The scan of 16 KiB for two layouts, 20 tries of a check, and the walk over the frozen objects. */
#define READS_MAX 200000

static void check_state(const struct gc_state *s)
{
	must(s->id >= 0);
	must(s->enabled >= ABSENT && s->enabled <= 1);
	must(s->collecting >= ABSENT && s->collecting <= 1);
	must(s->any_frozen >= ABSENT && s->any_frozen <= 1);
	must(s->frozen >= ABSENT);
	must(s->lazy_imports >= ABSENT && s->lazy_imports <= 1 << 24);
	for (int g = 0; g < GC_GENERATIONS; g++)
		must(s->thresholds[g] >= ABSENT && s->counts[g] >= ABSENT && s->collections[g] >= ABSENT &&
		     s->collected[g] >= ABSENT && s->uncollectable[g] >= ABSENT);
	for (int i = 0; i < GC_FULL; i++) {
		must(s->full[i].start_ns >= ABSENT && s->full[i].stop_ns >= s->full[i].start_ns);
		must(s->full[i].candidates >= ABSENT);
		must(s->full[i].start_ns == ABSENT || s->collections[2] > i);
	}
}

static void check_reads(const struct reader *r, const struct cpython *where)
{
	struct cpython_frozen frozen[CPYTHON_INTERPRETERS] = { { 0 } };
	struct gc_state states[CPYTHON_INTERPRETERS];

	for (int count = 0; count < 3; count++) {
		int n = cpython_read(r, where, count == 1, frozen, states);

		must(n == -1 || (n > 0 && n <= CPYTHON_INTERPRETERS));
		for (int i = 0; i < n; i++)
			check_state(&states[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpython_clues clues = { 0 };
	struct memory in = { 0 };
	struct reader r = memory_reader(&in);
	struct elf_object o = { .low = MEMORY_BASE,
				.high = MEMORY_BASE + size,
				.isa = &isa_x86,
				.nsegments = 1,
				.segments = { { MEMORY_BASE, MEMORY_BASE + size, true } } };
	struct cpython where;
	const char *why = NULL;
	uint32_t offset, hex;
	uint64_t address;

	if (size < 8)
		return 0;
	in = (struct memory){ (unsigned char *)data + 8, size - 8, 0 };
	memcpy(&clues.version, data, 4);
	memcpy(&offset, data + 4, 4);
	if (CPYTHON_MINOR(clues.version) < 0x0307)
		clues.generations = MEMORY_BASE + offset;
	else
		clues.runtime = MEMORY_BASE + offset;
	if (cpython_locate(&r, &clues, &where, &why) == CPYTHON_FOUND)
		check_reads(&r, &where);
	else
		must(why);
	must(in.reads < READS_MAX);

	cpython_version_scan(&r, MEMORY_BASE, MEMORY_BASE + size, &hex);
	if (cpython_find_enabled(&r, &o, &address))
		must(elf_holds_data(&o, address, 4));
	return 0;
}
