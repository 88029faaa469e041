#ifndef COWTOP_PARSE_CPYTHON_TEXT_H
#define COWTOP_PARSE_CPYTHON_TEXT_H

/*
 * A str of CPython 3.7 to 3.15 as UTF-8, and a value of a dict by a key that is one. Pure.
 *
 * Include/cpython/unicodeobject.h: length at 16, hash, state at 32 (2 bits interned, 3 kind, compact, ascii); up to
 * 3.11 a pointer wstr follows (PyASCIIObject 48 bytes, then 40), and PyCompactUnicodeObject adds utf8_length and utf8,
 * up to 3.11 wstr_length.
 */
#include "parse/cpython_objects.h"

#define CPYTHON_TEXT 200 /* bytes of a text that are kept, with the NUL */

/* PyASCIIObject and PyCompactUnicodeObject: bytes before the characters of a compact str. */
static inline uint64_t cpython_str_ascii(uint32_t minor)
{
	return minor < 0x030c ? 48 : 40;
}

static inline uint64_t cpython_str_compact(uint32_t minor)
{
	return minor < 0x030c ? 72 : 56;
}

#define CPYTHON_STR_KIND(state) ((state) >> 2 & 7)
#define CPYTHON_STR_COMPACT(state) ((state) >> 5 & 1)
#define CPYTHON_STR_ASCII(state) ((state) >> 6 & 1)

/* Text of a str that is compact, as nearly all are; cut. False: there is none at this address. */
bool cpython_text_read(const struct reader *r, uint32_t minor, uint64_t address, char ret[CPYTHON_TEXT]);

/* What a dict, all of whose keys are in its own table, has for a key: an address. False: nothing. */
bool cpython_dict_find(const struct reader *r, uint32_t minor, uint64_t dict, const char *key, uint64_t *ret);

/* A table of keys (Objects/dictobject.c; Include/internal/pycore_dict.h from 3.11 on). */
struct cpython_keys {
	uint64_t references;
	uint64_t size;             /* bytes of all of it */
	uint64_t usable, nentries; /* slots that are free, and used */
	uint64_t slots;            /* how many entries there is room for */
	uint64_t entries;          /* where they are: an address, */
	uint32_t entry;            /* bytes of one, */
	uint32_t key;              /* and where its key is in it */
};

bool cpython_keys_read(const struct reader *r, uint32_t minor, uint64_t address, struct cpython_keys *ret);

#endif
