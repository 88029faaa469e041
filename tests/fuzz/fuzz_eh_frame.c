/* parse/eh_frame.h, and on the same bytes as code parse/isa.h, calls.h and trampoline.h: what is found
 * is where it was asked for. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "fuzz.h"
#include "parse/calls.h"
#include "parse/eh_frame.h"
#include "parse/eh_frame_index.h"
#include "parse/isa.h"
#include "parse/trampoline.h"

#define BASE 0x10000ULL

static const struct isa *const all[] = { &isa_x86, &isa_arm64 };

static void check_table(const uint8_t *data, size_t size)
{
	struct eh_frame e;
	struct eh_function f;
	uint64_t calls[16];

	if (!eh_frame_open(data, size, BASE, BASE, &e))
		return;
	must(e.rows <= size / EH_FRAME_ROW);
	for (size_t i = 0; i < e.rows && i < 64; i++) {
		uint64_t start = eh_frame_start(&e, i);

		if (!eh_frame_find(&e, start, &f))
			continue;
		must(f.start <= start && start < f.end);
		must(eh_frame_starts(&e, f.start));
		must(f.row >= e.table && f.row + EH_FRAME_ROW <= BASE + size);
	}
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0, n = calls_find(all[k], data, size, BASE, &e, calls, 16); i < n; i++)
			must(eh_frame_starts(&e, calls[i]));
}

/* A table that was made has the functions that the descriptions have. */
static void check_index(const uint8_t *data, size_t size)
{
	struct eh_frame e;
	struct eh_function f;
	uint8_t *made = eh_frame_index(data, size, BASE, &e);

	if (!made)
		return;
	must(e.rows > 0 && e.rows <= size);
	for (size_t i = 0; i < e.rows && i < 64; i++)
		if (eh_frame_find(&e, eh_frame_start(&e, i), &f))
			must(f.row >= BASE + size);
	free(made);
}

static void check_code(const struct isa *isa, const uint8_t *data, size_t size)
{
	uint8_t table[TRAMPOLINE_TABLE];
	const struct isa_shape *shape;
	uint64_t target;
	size_t start;
	int number;

	for (size_t at = 0; at <= size && at < 64; at++) {
		if (isa->refcount(data, size, at) || isa->gc_head(data, size, at) ||
		    isa->perl_count(data, size, at))
			must(size - at >= ISA_BYTES);
		must(!isa->counted_elsewhere(data, size, at) || !isa->refcount(data, size, at));
		if (isa->system_call(data, size, at, &number))
			must(at >= 2);
		if (isa->jump(data, size, at, BASE, &target))
			must(size - at >= 4);
		shape = trampoline_find(isa, data, size, at, &start);
		if (!shape)
			continue;
		must(start <= at && at < start + shape->len && start + shape->len <= size);
		trampoline_table(isa, shape, BASE + start, table);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_table(data, size);
	check_index(data, size);
	for (size_t k = 0; k < 2; k++)
		check_code(all[k], data, size);
	return 0;
}
