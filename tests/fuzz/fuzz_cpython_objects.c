/*
 * parse/cpython_heads.h and parse/cpython_objects.h over memory that lies. An input is the version (4 bytes), where
 * _PyRuntime is (4 bytes, an offset), and the memory, as for fuzz_cpython: the heads of the lists that are found in
 * it, what each word of it is as a type, objects and pools at each place of it, and what its halves differ by. The number of reads is bounded.
 */
#include <stdbool.h>
#include <string.h>
#include "fuzz.h"
#include "lib/memory.h"
#include "parse/cpython_heads.h"
#include "parse/cpython_objects.h"
#include "parse/cpython_version.h"
#include "parse/cpython_words.h"

#define HEADS_MAX 5000
/* Four tries of each list, in 64 interpreters, and what finds them. */
#define READS_MAX (4 * HEADS_MAX + 64 * 4 * 8 + 20000)

static uint64_t heads;

static void note(void *ctx, uint64_t head)
{
	must(head % 4 == 0);
	heads++;
}

static bool is_type(void *ctx, uint64_t address)
{
	struct cpython_type type;

	if (!cpython_type_read(ctx, address, &type))
		return false;
	must(type.size >= 16 && type.size <= 1 << 20);
	return true;
}

static void walk(const struct reader *r, const struct memory *m, uint32_t version, uint32_t offset)
{
	struct cpython_clues clues = { .version = version, .runtime = MEMORY_BASE + offset };
	const char *why = NULL;
	struct cpython where;
	uint64_t n, before;

	if (cpython_locate(r, &clues, &where, &why) != CPYTHON_FOUND || !cpython_heads_known(&where, &why)) {
		must(why);
		return;
	}
	heads = 0;
	before = m->reads;
	if (cpython_heads_walk(r, &where, HEADS_MAX, note, NULL, &n) == CPYTHON_WALK_DONE)
		must(n <= heads);
	must(heads <= HEADS_MAX && m->reads - before < READS_MAX);
	must(cpython_head_size(&where) >= 16 && cpython_head_size(&where) <= 32);
}

/* The first half of the memory as a copy of the second. */
static void compare(struct reader *r, const struct memory *in, uint32_t version)
{
	size_t len = in->size / 2 / 16 * 16;
	struct cpython_page p = {
		CPYTHON_MINOR(version), MEMORY_BASE, MEMORY_BASE, MEMORY_BASE + in->size, true, is_type, r
	};
	unsigned int wrote = cpython_words_written(&p, in->bytes, in->bytes + len, len);

	must(wrote < 16);
	must((wrote == 0) == !memcmp(in->bytes, in->bytes + len, len));
	must(cpython_words_written(&p, in->bytes, in->bytes, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory in;
	struct reader r = memory_reader(&in);
	uint32_t version, offset;

	if (size < 8)
		return 0;
	in = (struct memory){ (unsigned char *)data + 8, size - 8, 0 };
	memcpy(&version, data, 4);
	memcpy(&offset, data + 4, 4);
	walk(&r, &in, version, offset);
	cpython_any_counted(in.bytes, in.size, CPYTHON_MINOR(version), MEMORY_BASE, MEMORY_BASE + in.size,
			    is_type, &r);
	if (in.size)
		compare(&r, &in, version);
	for (size_t at = 0; at + CPYTHON_POOL_HEADER <= in.size; at += 16) {
		int class = cpython_pool_class(in.bytes + at, MEMORY_BASE + at, CPYTHON_MINOR(version));

		must(class >= -1 && class < 32);
	}
	return 0;
}
