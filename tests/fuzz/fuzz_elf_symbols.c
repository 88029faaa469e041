/* What an ELF file says of itself, all of it: parse/elf_load.h, elf_symbols.h, elf_data.h,
 * python_tables.h. A name is given only within its function. */
#include <stdbool.h>
#include <string.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "parse/elf_symbols.h"
#include "parse/python_tables.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static bool read_input(void *ctx, uint64_t address, void *out, size_t len)
{
	struct input *in = ctx;

	if (address > in->size || len > in->size - address)
		return false;
	memcpy(out, in->data + address, len);
	return true;
}

static void check_symbols(const struct reader *file)
{
	cleanup(elf_symbols_release) struct elf_symbols s = { 0 };

	elf_symbols_add(&s, file);
	elf_symbols_sort(&s);
	for (size_t i = 0; i < s.n; i++) {
		const struct elf_function *f = &s.items[i];
		const char *name = s.names + f->name;
		size_t len = elf_symbol_length(name, strlen(name));

		must(f->name < s.names_len && (i == 0 || s.items[i - 1].start <= f->start));
		must(len > 0 && len <= strlen(name));
		must(elf_symbol_length(name, len) == len);
		if (i < 64 && i + 64 > s.n)
			must(elf_symbols_find(&s, f->start));
	}
}

static void check_tables(struct input *in, const struct reader *file, const struct elf_load *l)
{
	cleanup(elf_data_release) struct elf_data data = { 0 };
	cleanup(python_functions_release) struct python_functions f = { 0 };
	struct eh_frame frames;

	if (!elf_data_read(file, l, &data) || !eh_frame_open(in->data, in->size, 0, l->eh_frame_hdr, &frames))
		return;
	must(data.address % 8 == 0);
	python_tables_read(&data, file, &frames, &f);
	for (size_t i = 0; i < f.n; i++) {
		must(eh_frame_starts(&frames, f.items[i].start));
		must(f.items[i].name[0] && strlen(f.items[i].name) < PYTHON_NAME_MAX);
		must(i == 0 || f.items[i - 1].start < f.items[i].start);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct reader file = { read_input, NULL, &in };
	uint64_t offset, left, bias;
	struct elf_load l;

	check_symbols(&file);
	if (!elf_load_read(&file, &l))
		return 0;
	must(l.nsegments <= ELF_LOAD_SEGMENTS && l.build_id_len <= BUILD_ID_MAX);
	for (size_t i = 0; i < l.nsegments; i++) {
		if (l.segments[i].size && elf_load_offset(&l, l.segments[i].address, &offset, &left))
			must(left > 0);
		elf_load_bias(&l, 0x10000, l.segments[i].offset, 4096ULL << (i % 3 * 2), &bias);
	}
	check_tables(&in, &file, &l);
	return 0;
}
