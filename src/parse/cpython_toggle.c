#include "parse/cpython_toggle.h"

#include <string.h>

/* struct PyMethodDef: ml_name, ml_meth, ml_flags, ml_doc. */
#define METHOD_WORDS 4
#define METHOD_SIZE (METHOD_WORDS * 8)
#define TABLE_WORDS (3 * METHOD_WORDS)

#define CHUNK 4096 /* bytes read at once */
#define SEGMENT_MAX (4ULL << 20)
/* Names that are compared in one search: every method of every built-in module is about 3000. */
#define NAMES_MAX 20000
/* The store is among the function's first instructions. */
#define CODE_SIZE 40

static bool is_name(const struct reader *r, uint64_t address, const char *name, int *left)
{
	char found[16];
	size_t size = strlen(name) + 1;

	return (*left)-- > 0 && reader_read(r, address, found, size) && !memcmp(found, name, size);
}

static bool store_of(const struct reader *r, const struct isa *isa, uint64_t function, uint32_t value,
		     uint64_t *ret)
{
	unsigned char code[CODE_SIZE];

	return reader_read(r, function, code, sizeof(code)) &&
	       isa->store(code, sizeof(code), function, value, ret);
}

/* Three methods in a row at w? */
static bool try_table(const struct reader *r, const struct elf_object *o, const uint64_t *w, int *left,
		      uint64_t *ret)
{
	uint64_t on, off;

	for (size_t i = 0; i < TABLE_WORDS; i += METHOD_WORDS)
		if (!elf_holds(o, w[i], 16) || !elf_holds(o, w[i + 1], CODE_SIZE))
			return false;
	if (!is_name(r, w[0], "enable", left) || !is_name(r, w[METHOD_WORDS], "disable", left) ||
	    !is_name(r, w[2 * METHOD_WORDS], "isenabled", left))
		return false;
	if (!store_of(r, o->isa, w[1], 1, &on) || !store_of(r, o->isa, w[METHOD_WORDS + 1], 0, &off) ||
	    on != off || on % 4 || !elf_holds_data(o, on, 4))
		return false;
	*ret = on;
	return true;
}

/* A chunk of words, and as many of the next as a table that begins in it may need. */
static size_t read_words(const struct reader *r, uint64_t at, uint64_t *words)
{
	if (reader_read(r, at, words, CHUNK + TABLE_WORDS * 8))
		return CHUNK / 8;
	if (reader_read(r, at, words, CHUNK))
		return CHUNK / 8 - TABLE_WORDS + 1;
	return 0;
}

bool cpython_find_enabled(const struct reader *r, const struct elf_object *o, uint64_t *ret)
{
	uint64_t words[CHUNK / 8 + TABLE_WORDS];
	int left = NAMES_MAX;

	if (!o->isa)
		return false;
	for (size_t i = 0; i < o->nsegments; i++) {
		const struct elf_segment *s = &o->segments[i];
		uint64_t at = s->start & ~(uint64_t)(CHUNK - 1);

		if (!s->writable || s->end - s->start > SEGMENT_MAX)
			continue;
		for (; at < s->end; at += CHUNK) {
			size_t n = read_words(r, at, words);

			for (size_t k = 0; k < n && left > 0; k++)
				if (try_table(r, o, words + k, &left, ret))
					return true;
		}
	}
	return false;
}
