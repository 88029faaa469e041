#include "parse/cpython_layout.h"

#include <string.h>
#include "parse/cpython_version.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define COMMON .enabled = 12, .visited = NO_FIELD

/* Verified on live processes unless marked. */
static const struct cpython_layout layouts[] = {
	/* Static variables of their own: only the generations lie together. 2.7.17 and later; */
	{ .first = 0x0207, .last = 0x0207, .size = 120, .stride = 40, .threshold = 32,
	  .enabled = NO_FIELD, .collecting = NO_FIELD, .generation0 = NO_FIELD,
	  .permanent = NO_FIELD, .stats = NO_FIELD, .visited = NO_FIELD },
	/* older 2.7 (from the source), late 3.6; */
	{ .first = 0x0207, .last = 0x0306, .size = 144, .stride = 48, .threshold = 32,
	  .enabled = NO_FIELD, .collecting = NO_FIELD, .generation0 = NO_FIELD,
	  .permanent = NO_FIELD, .stats = NO_FIELD, .visited = NO_FIELD },
	/* early 3.6 (from the source). */
	{ .first = 0x0306, .last = 0x0306, .size = 96, .stride = 32, .threshold = 24,
	  .enabled = NO_FIELD, .collecting = NO_FIELD, .generation0 = NO_FIELD,
	  .permanent = NO_FIELD, .stats = NO_FIELD, .visited = NO_FIELD },
	/* 3.7.4 and later: heads aligned to 16 bytes. */
	{ .first = 0x0307, .last = 0x0307, .size = 352, .generations = 32, .stride = 48,
	  .threshold = 32, .collecting = 312, .generation0 = 176, .permanent = 192, .stats = 240,
	  COMMON },
	/* 3.7.0 to 3.7.3 (from the source). */
	{ .first = 0x0307, .last = 0x0307, .size = 272, .generations = 24, .stride = 32,
	  .threshold = 24, .collecting = 232, .generation0 = 120, .permanent = 128, .stats = 160,
	  COMMON },
	/* Heads of two words. */
	{ .first = 0x0308, .last = 0x030d, .size = 240, .generations = 24, .stride = 24,
	  .threshold = 16, .collecting = 200, .generation0 = 96, .permanent = 104, .stats = 128,
	  COMMON },
	/* Debian's 3.13.5-1 and later (gchead-alignment.diff): heads aligned to 4 bytes. */
	{ .first = 0x030d, .last = 0x030d, .size = 240, .generations = 20, .stride = 24,
	  .threshold = 16, .collecting = 200, .generation0 = 96, .permanent = 104, .stats = 128,
	  COMMON },
	/* 3.14.5 and later: generational again. */
	{ .first = 0x030e, .last = 0x030e, .size = 264, .generations = 24, .stride = 24,
	  .threshold = 16, .collecting = 192, .generation0 = 256, .permanent = 96, .stats = 120,
	  COMMON },
	/* 3.14.0 to 3.14.4: incremental; young and two old spaces (from the source). */
	{ .first = 0x030e, .last = 0x030e, .size = 240, .generations = 24, .stride = 24,
	  .threshold = 16, .collecting = 192, .generation0 = NO_FIELD, .permanent = 96, .stats = 120,
	  .enabled = 12, .visited = 232 },
	/* The same in Debian's 3.14.0 to 3.14.2 (from the source). */
	{ .first = 0x030e, .last = 0x030e, .size = 240, .generations = 20, .stride = 24,
	  .threshold = 16, .collecting = 192, .generation0 = NO_FIELD, .permanent = 92, .stats = 120,
	  .enabled = 12, .visited = 232 },
	{ .first = 0x030f, .last = 0x030f, .size = 176, .generations = 8, .stride = 24,
	  .threshold = 16, .enabled = 0, .collecting = 112, .generation0 = 168, .permanent = 80,
	  .stats = 104, .stats_ring = true, .visited = NO_FIELD },
};

/* From 3.13 on _Py_DebugOffsets says it. */
static const struct cpython_home homes[] = {
	{ .minor = 0x0307, .head = 0x18, .next = 0, .id = 0x10, .gc = 0x140, .one_for_all = true },
	{ .minor = 0x0308, .head = 0x20, .next = 0, .id = 0x10, .gc = 0x158, .one_for_all = true },
	{ .minor = 0x0309, .head = 0x20, .next = 0, .id = 0x18, .gc = 0x268 },
	{ .minor = 0x030a, .head = 0x20, .next = 0, .id = 0x18, .gc = 0x268 },
	{ .minor = 0x030b, .head = 0x28, .next = 0, .id = 0x30, .gc = 0x288 },
	{ .minor = 0x030c, .head = 0x28, .next = 0, .id = 0x08, .gc = 0x70 },
};

/* Words of _Py_DebugOffsets by minor version: their order is fixed within one only. */
static const struct {
	uint16_t minor;
	uint8_t gc, size, collecting, imports;
} words[] = {
	{ 0x030d, 10, 71, 72, 0 },
	{ 0x030e, 11, 81, 82, 0 },
	{ 0x030f, 11, 94, 95, 12 },
};

enum { WORD_COOKIE, WORD_VERSION, WORD_FREE_THREADED, WORD_HEAD = 5, WORD_ID = 7, WORD_NEXT };
#define WORDS 96

/* Larger than any interpreter; _PyRuntime with the main one in it is about 500 KiB. */
#define OFFSET_MAX (1U << 20)

const struct cpython_layout *cpython_layout_next(uint32_t minor, uint32_t size,
						 const struct cpython_layout *after)
{
	const struct cpython_layout *l = after ? after + 1 : layouts;

	for (; l < layouts + LENGTH(layouts); l++)
		if (minor >= l->first && minor <= l->last && (!size || size == l->size))
			return l;
	return NULL;
}

const struct cpython_home *cpython_home_of(uint32_t minor)
{
	for (size_t i = 0; i < LENGTH(homes); i++)
		if (homes[i].minor == minor)
			return &homes[i];
	return NULL;
}

static bool are_offsets(const struct cpython_offsets *o, const uint64_t *w, size_t gc)
{
	const size_t used[] = { WORD_HEAD, WORD_ID, WORD_NEXT, gc };

	for (size_t i = 0; i < LENGTH(used); i++)
		if (w[used[i]] > OFFSET_MAX || w[used[i]] % 8)
			return false;
	return o->size > 0;
}

bool cpython_offsets_read(const struct reader *r, uint64_t runtime, struct cpython_offsets *ret)
{
	uint64_t w[WORDS];

	*ret = (struct cpython_offsets){ 0 };
	if (!reader_read(r, runtime, w, sizeof(w)) || memcmp(&w[WORD_COOKIE], "xdebugpy", 8) ||
	    w[WORD_VERSION] > UINT32_MAX)
		return false;
	ret->version = (uint32_t)w[WORD_VERSION];
	ret->free_threaded = w[WORD_FREE_THREADED] != 0;
	for (size_t i = 0; i < LENGTH(words); i++) {
		const size_t gc = words[i].gc, size = words[i].size;

		if (words[i].minor != CPYTHON_MINOR(ret->version))
			continue;
		ret->head = (uint32_t)w[WORD_HEAD];
		ret->id = (uint32_t)w[WORD_ID];
		ret->next = (uint32_t)w[WORD_NEXT];
		ret->gc = (uint32_t)w[gc];
		if (words[i].imports && w[words[i].imports] <= OFFSET_MAX &&
		    w[words[i].imports] % 8 == 0)
			ret->imports = (uint32_t)w[words[i].imports];
		ret->size = w[size] < NO_FIELD ? (uint32_t)w[size] : 0;
		return are_offsets(ret, w, gc);
	}
	return false;
}
