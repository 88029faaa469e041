#include "parse/cpython_layout.h"

#include <string.h>
#include "parse/cpython_version.h"
#include "parse/python_frames.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define COMMON .enabled = 12, .visited = NO_FIELD
#define FREE_THREADED \
	.stride = 24, .threshold = 16, .generation0 = NO_FIELD, .visited = NO_FIELD, .free_threaded = true

/* Verified on live processes unless marked. */
/* clang-format off */
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
	/* Free-threaded: by a compiler from the headers, with Py_GIL_DISABLED; never met alive. */
	{ .first = 0x030d, .last = 0x030d, .size = 248, .generations = 24, .collecting = 200, .permanent = 104,
	  .stats = 128, .enabled = 12, .freeze = NO_FIELD, FREE_THREADED },
	{ .first = 0x030e, .last = 0x030e, .size = 288, .generations = 24, .collecting = 192, .permanent = 96,
	  .stats = 120, .enabled = 12, .freeze = 256, FREE_THREADED },
	{ .first = 0x030f, .last = 0x030f, .size = 176, .generations = 8, .collecting = 112, .permanent = 80,
	  .stats = 104, .stats_ring = true, .enabled = 0, .freeze = 168, FREE_THREADED },
};
/* clang-format on */

/* From 3.13 on _Py_DebugOffsets says it. */
static const struct cpython_home homes[] = {
	{ .minor = 0x0307, .head = 0x18, .next = 0, .id = 0x10, .gc = 0x140, .one_for_all = true },
	{ .minor = 0x0308, .head = 0x20, .next = 0, .id = 0x10, .gc = 0x158, .one_for_all = true },
	{ .minor = 0x0309, .head = 0x20, .next = 0, .id = 0x18, .gc = 0x268 },
	{ .minor = 0x030a, .head = 0x20, .next = 0, .id = 0x18, .gc = 0x268 },
	{ .minor = 0x030b, .head = 0x28, .next = 0, .id = 0x30, .gc = 0x288 },
	{ .minor = 0x030c, .head = 0x28, .next = 0, .id = 0x08, .gc = 0x70 },
};

/* Where a thread's frames are, up to 3.12; from then on the words below say it. */
static const struct {
	uint16_t minor;
	struct python_offsets offsets;
} frames[] = {
	{ 0x030b,
	  { .next = 0,
	    .threads = 16,
	    .thread_next = 8,
	    .thread_interpreter = 16,
	    .thread_frame = 56,
	    .holder_frame = 8,
	    .previous = 48,
	    .code = 32,
	    .instruction = 56,
	    .owner = 69,
	    .entry = 68,
	    .file = 112,
	    .qualname = 128,
	    .line = 72,
	    .bytecode = 184,
	    .type = 8,
	    .size = 16,
	    .type_name = 24,
	    .state = 32,
	    .length = 16,
	    .ascii = 48,
	    .compact = 72 } },
	{ 0x030c,
	  { .next = 0,
	    .threads = 72,
	    .thread_next = 8,
	    .thread_interpreter = 16,
	    .thread_frame = 56,
	    .holder_frame = 0,
	    .previous = 8,
	    .code = 0,
	    .instruction = 56,
	    .owner = 70,
	    .entry = NO_ENTRY,
	    .file = 112,
	    .qualname = 128,
	    .line = 68,
	    .bytecode = 192,
	    .type = 8,
	    .size = 16,
	    .type_name = 24,
	    .state = 32,
	    .length = 16,
	    .ascii = 40,
	    .compact = 56 } },
};

/* _Py_DebugOffsets (Include/internal/pycore_debug_offsets.h): the order of its words is fixed within a minor
 * version only. Frames of 3.15 are not known. */
/* clang-format off */
static const struct cpython_words words[] = {
	{ .minor = 0x030d, .gc = 10, .gc_size = 71,
	  .next = 8, .threads = 9, .thread_next = 21, .thread_interpreter = 22, .thread_frame = 23,
	  .previous = 29, .code = 30, .instruction = 31, .owner = 33,
	  .file = 35, .qualname = 37, .line = 39, .bytecode = 43,
	  .type = 45, .type_name = 47, .state = 68, .length = 69, .ascii = 70 },
	{ .minor = 0x030e, .gc = 11, .gc_size = 81,
	  .next = 8, .threads = 9, .thread_next = 24, .thread_interpreter = 25, .thread_frame = 26,
	  .previous = 32, .code = 33, .instruction = 34, .owner = 36,
	  .file = 40, .qualname = 42, .line = 44, .bytecode = 48,
	  .type = 51, .type_name = 53, .state = 78, .length = 79, .ascii = 80, .tag = 7 },
	{ .minor = 0x030f, .gc = 11, .gc_size = 94, .imports = 12 },
};
/* clang-format on */

/* The first words are the same in all of them. */
enum { WORD_COOKIE, WORD_HEAD = 5, WORD_ID = 7, WORD_NEXT };

/* Larger than any interpreter; _PyRuntime with the main one in it is about 500 KiB. */
#define OFFSET_MAX (1U << 20)

const struct cpython_layout *cpython_layout_next(uint32_t minor, uint32_t size, bool free_threaded,
						 const struct cpython_layout *after)
{
	const struct cpython_layout *l = after ? after + 1 : layouts;

	for (; l < layouts + LENGTH(layouts); l++)
		if (minor >= l->first && minor <= l->last && (!size || size == l->size) &&
		    l->free_threaded == free_threaded)
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

const struct python_offsets *cpython_frames_of(uint32_t minor)
{
	for (size_t i = 0; i < LENGTH(frames); i++)
		if (frames[i].minor == minor)
			return &frames[i].offsets;
	return NULL;
}

const struct cpython_words *cpython_words_of(uint32_t minor)
{
	for (size_t i = 0; i < LENGTH(words); i++)
		if (words[i].minor == minor)
			return &words[i];
	return NULL;
}

bool cpython_words_read(const struct reader *r, uint64_t runtime, uint64_t ret[CPYTHON_WORDS])
{
	return reader_read(r, runtime, ret, CPYTHON_WORDS * sizeof(*ret)) &&
	       !memcmp(&ret[WORD_COOKIE], "xdebugpy", 8) && ret[CPYTHON_WORD_VERSION] <= UINT32_MAX;
}

static bool is_offset(uint64_t word)
{
	return word <= OFFSET_MAX && word % 8 == 0;
}

bool cpython_offsets_read(const struct reader *r, uint64_t runtime, struct cpython_offsets *ret)
{
	const struct cpython_words *at;
	uint64_t w[CPYTHON_WORDS];

	*ret = (struct cpython_offsets){ 0 };
	if (!cpython_words_read(r, runtime, w))
		return false;
	ret->version = (uint32_t)w[CPYTHON_WORD_VERSION];
	ret->free_threaded = w[CPYTHON_WORD_FREE_THREADED] != 0;
	at = cpython_words_of(CPYTHON_MINOR(ret->version));
	if (!at)
		return false;
	ret->head = (uint32_t)w[WORD_HEAD];
	ret->id = (uint32_t)w[WORD_ID];
	ret->next = (uint32_t)w[WORD_NEXT];
	ret->gc = (uint32_t)w[at->gc];
	if (at->imports && is_offset(w[at->imports]))
		ret->imports = (uint32_t)w[at->imports];
	ret->size = w[at->gc_size] < NO_FIELD ? (uint32_t)w[at->gc_size] : 0;
	ret->collecting = w[at->gc_size + 1] < ret->size ? (uint32_t)w[at->gc_size + 1] : 0;
	return is_offset(w[WORD_HEAD]) && is_offset(w[WORD_ID]) && is_offset(w[WORD_NEXT]) &&
	       is_offset(w[at->gc]) && ret->size > 0;
}
