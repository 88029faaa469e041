/* parse/elf.h and elf_file.h: an object and its file, from the same bytes; parse/isa.h on all of them.
 * Whatever they say, what is found lies in the object, and few reads find it. */
#include <stdbool.h>
#include <string.h>
#include "fuzz.h"
#include "parse/elf.h"
#include "parse/elf_file.h"

#define BASE 0x100000ULL

struct input {
	const uint8_t *data;
	size_t size;
	uint64_t base, reads;
};

static bool read_input(void *ctx, uint64_t address, void *out, size_t len)
{
	struct input *in = ctx;

	in->reads++;
	if (address < in->base || address - in->base > in->size || len > in->size - (address - in->base))
		return false;
	memcpy(out, in->data + (address - in->base), len);
	return true;
}

static void check_object(struct input *in)
{
	static const char *const names[] = { "_PyRuntime", "_PyGC_generation0", "Py_Version", "" };
	struct reader r = { read_input, NULL, in };
	struct elf_object o;
	uint64_t address;

	if (!elf_open(&r, in->base, &o))
		return;
	must(o.nsegments <= ELF_SEGMENTS && o.low <= o.high);
	for (size_t i = 0; i < o.nsegments; i++)
		must(o.segments[i].start >= o.low && o.segments[i].end <= o.high &&
		     o.segments[i].start < o.segments[i].end);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (elf_symbol(&r, &o, names[i], &address))
			must(elf_holds(&o, address, 1));
	must(in->reads < 20000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input memory = { data, size, BASE, 0 }, file = { data, size, 0, 0 };
	struct reader r = { read_input, NULL, &file };
	struct elf_wanted wanted[] = { { .name = "enabled" }, { .name = "_PyRuntime" } };
	struct elf_section section;
	uint64_t address;

	check_object(&memory);
	elf_file_section(&r, ".PyRuntime", &section);
	elf_file_symbols(&r, wanted, 2);
	must(file.reads < 20000);
	if (isa_x86.store(data, size, BASE, 1, &address) || isa_arm64.store(data, size, BASE, 1, &address))
		must(size >= 8);
	return 0;
}
