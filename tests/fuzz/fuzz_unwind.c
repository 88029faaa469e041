/* sys/unwind.h with hostile tables, stack and registers: a walk ends, and asks for no more than it may.
 * The first bytes are the registers, then come the tables, the last 512 are the stack. */
#include <string.h>
#include "fuzz.h"
#include "parse/eh_frame.h"
#include "sys/arch.h"
#include "sys/unwind.h"

#define TABLES 0x10000ULL
#define STACK 0x7fff0000ULL
#define STACK_BYTES 512
#define REGISTERS (17 * 2) /* those of x86-64, for which the corpus was made; others follow again */

struct input {
	const uint8_t *registers, *tables, *stack;
	size_t size;
	struct eh_frame frames;
	uint64_t words;
};

/* Small numbers: offsets in the code that the tables are about, or in the stack. */
static uint64_t reg(void *ctx, int dwarf)
{
	const struct input *in = ctx;
	uint16_t v;

	memcpy(&v, in->registers + 2 * dwarf % REGISTERS, sizeof(v));
	return dwarf == (int)arch.dwarf_ip ? TABLES + v : STACK + v % STACK_BYTES;
}

static bool word(void *ctx, uint64_t address, uint64_t *ret)
{
	struct input *in = ctx;

	in->words++;
	if (address >= STACK && address <= STACK + STACK_BYTES - 8)
		memcpy(ret, in->stack + (address - STACK), 8);
	else if (address >= TABLES && in->size >= 8 && address - TABLES <= in->size - 8)
		memcpy(ret, in->tables + (address - TABLES), 8);
	else
		return false;
	return true;
}

static bool row(void *ctx, uint64_t address, struct unwind_row *ret)
{
	struct input *in = ctx;
	struct eh_function f;

	if (!eh_frame_find(&in->frames, address, &f) || !eh_frame_fits(&in->frames, &f, arch.dwarf))
		return false;
	*ret = (struct unwind_row){ f.row, in->frames.header };
	return true;
}

static uint64_t code(void *ctx, uint64_t address)
{
	return address * 0x9e3779b97f4a7c15ULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unwind_place frames[UNWIND_FRAMES];
	struct unwind_space *space;
	struct input in = { 0 };
	struct unwind_view view = { reg, word, row, code, &in };
	bool whole;
	size_t n;

	if (size < REGISTERS + STACK_BYTES)
		return 0;
	in.registers = data;
	in.tables = data + REGISTERS;
	in.size = size - REGISTERS - STACK_BYTES;
	in.stack = data + size - STACK_BYTES;
	if (!eh_frame_open(in.tables, in.size, TABLES, TABLES, &in.frames))
		return 0;
	space = unwind_space_new();
	n = unwind_walk(space, &view, frames, &whole);
	must(n > 0 && n <= UNWIND_FRAMES);
	must(in.words <= 1 << 18);
	unwind_space_free(space);
	return 0;
}
