/*
 * parse/cpython_kind.h and heap/kinds_scan.h over memory that lies. An input is the version (4 bytes), how long a head
 * is (a byte: 16, else 32), whether the process maps all from 0 on (a byte, a bit of which counts), two that are not used,
 * and the memory: each word of it as a type, what its objects are like at each place, texts and dicts there, and where
 * objects are found. The number of reads is bounded.
 */
#include <string.h>
#include "fuzz.h"
#include "heap/kinds_owners.h"
#include "heap/kinds_scan.h"
#include "lib/memory.h"
#include "parse/cpython_kind.h"
#include "parse/cpython_version.h"

#define MEMORY_MAX (64U << 10)
/* Of a type: 64 bases with names of 200 bytes, 1024 names of its dict. */
#define READS_OF_KIND (64 * 210 + 1024 * 6 + 300)

struct lies {
	struct memory m;
	struct reader r;
	uint32_t minor;
	uint64_t head, low;
	struct types types;
	uint64_t found;
};

static void look_at_kind(struct lies *l, uint64_t address)
{
	uint64_t before = l->m.reads, value;
	char text[CPYTHON_TEXT];
	struct cpython_kind k;

	if (cpython_kind_read(&l->r, l->minor, l->head, address, &k)) {
		must(k.before <= l->head + 16 && k.values <= 254);
		must(memchr(k.name, '\0', sizeof(k.name)) && memchr(k.module, '\0', sizeof(k.module)));
	}
	if (cpython_text_read(&l->r, l->minor, address, text))
		must(memchr(text, '\0', sizeof(text)));
	cpython_dict_find(&l->r, l->minor, address, "__module__", &value);
	must(l->m.reads - before < 2 * READS_OF_KIND);
}

static void look_at_object(struct lies *l, uint64_t address, uint64_t flags)
{
	for (int form = CPYTHON_PLAIN; form <= CPYTHON_TYPE; form++) {
		const struct cpython_kind k = {
			{ .size = 24 + address % 64, .items = address % 16, .flags = flags },
			.form = (enum cpython_form)form,
			.values = 5,
		};
		struct cpython_extent e;

		if (!cpython_extent_read(&l->r, l->minor, &k, address, &e))
			continue;
		must(e.n <= CPYTHON_BLOCKS && e.written <= e.own && e.own < 1ULL << 50);
		for (size_t i = 0; i < e.n; i++)
			must(e.blocks[i].address && e.blocks[i].len);
	}
}

static uint32_t before(void *ctx, size_t type)
{
	const struct lies *l = ctx;

	must(type < l->types.n);
	return type % 4 == 3 ? UINT32_MAX :
	       type % 4 == 2 ? (uint32_t)l->head + 16 :
	       type % 4      ? (uint32_t)l->head :
			       0;
}

static uint64_t object(void *ctx, size_t type, uint64_t address, uint64_t most)
{
	struct lies *l = ctx;

	must(type < l->types.n && address >= MEMORY_BASE && address % 16 == 0);
	must(address + 16 <= MEMORY_BASE + l->m.size && most >= 16);
	l->found++;
	return type % 3 ? 0 : most < 48 ? most : 48;
}

/* Whole pages of it as a heap. */
static void scan(struct lies *l)
{
	struct heap_range range = { MEMORY_BASE, MEMORY_BASE + l->m.size / 4096 * 4096, 0 };
	struct heap_image heap = { .page_size = 4096, .ranges = &range, .nranges = 1 };
	struct kinds_scan s = {
		.heap = &heap,
		.r = &l->r,
		.types = &l->types,
		.minor = l->minor,
		.head = l->head,
		.low = l->low,
		.high = MEMORY_BASE + l->m.size,
		.before = before,
		.object = object,
		.ctx = l,
	};

	heap.npages = l->m.size / 4096;
	types_init(&l->types, &l->r);
	kinds_scan(&s);
	must(l->found <= l->m.size / 16);
	types_release(&l->types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lies l = { 0 };
	struct owners owners = { 0 };
	uint32_t version;
	uint64_t flags;

	if (size < 16 || size > MEMORY_MAX)
		return 0;
	memcpy(&version, data, 4);
	memcpy(&flags, data + 8, 8);
	l.m = (struct memory){ (unsigned char *)data + 8, size - 8, 0 };
	l.r = memory_reader(&l.m);
	l.minor = CPYTHON_MINOR(version);
	l.low = data[5] & 1 ? 0 : MEMORY_BASE;
	l.head = data[4] == 16 ? 16 : 32;
	owners.r = &l.r;
	owners.minor = l.minor;
	for (uint64_t at = MEMORY_BASE; at < MEMORY_BASE + l.m.size; at += 8) {
		look_at_kind(&l, at);
		look_at_object(&l, at, flags);
		if (owners_text(&owners, at) != NO_OWNER)
			must(owners.n <= OWNERS_MAX);
	}
	owners_release(&owners);
	scan(&l);
	return 0;
}
