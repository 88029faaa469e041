#include "parse/cpython_text.h"

#include <string.h>
#include "base/utf8.h"

/* In a str, a dict and a type. */
enum { STR_LENGTH = 16, STR_STATE = 32, DICT_KEYS = 32, OBJECT_TYPE = 8, TYPE_FLAGS = 168 };
/* Characters of a text that are kept: in UTF-8 they fit. */
#define CHARACTERS ((CPYTHON_TEXT - 1) / 4)
#define ASCII_CHARACTERS (CPYTHON_TEXT - 1)
/* Names of a class: more are not looked through. */
#define ENTRIES_MAX 1024

static bool is_str(const struct reader *r, uint64_t address)
{
	uint64_t type, flags;

	return address && address % 8 == 0 && reader_u64(r, address + OBJECT_TYPE, &type) && type % 8 == 0 &&
	       reader_u64(r, type + TYPE_FLAGS, &flags) && flags & CPYTHON_TYPE_STR;
}

bool cpython_text_read(const struct reader *r, uint32_t minor, uint64_t address, char ret[CPYTHON_TEXT])
{
	unsigned char units[CPYTHON_TEXT * 4];
	uint32_t state, kind;
	uint64_t length, most;
	char *to = ret;

	if (!is_str(r, address) || !reader_u64(r, address + STR_LENGTH, &length) ||
	    !reader_u32(r, address + STR_STATE, &state))
		return false;
	kind = CPYTHON_STR_KIND(state);
	if (!CPYTHON_STR_COMPACT(state) || (kind != 1 && kind != 2 && kind != 4) ||
	    (CPYTHON_STR_ASCII(state) && kind != 1))
		return false;
	most = CPYTHON_STR_ASCII(state) ? ASCII_CHARACTERS : CHARACTERS;
	length = length < most ? length : most;
	address += CPYTHON_STR_ASCII(state) ? cpython_str_ascii(minor) : cpython_str_compact(minor);
	if (!reader_read(r, address, units, length * kind))
		return false;
	for (size_t i = 0; i < length; i++) {
		uint32_t c = 0;

		memcpy(&c, units + i * kind, kind);
		if (!c || (CPYTHON_STR_ASCII(state) && c >= 0x80))
			return false;
		to += utf8_encode(to, c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0xfffd : c);
	}
	*to = '\0';
	return true;
}

/* USABLE_FRACTION(n) */
static uint64_t usable_of(uint64_t n)
{
	return (n << 1) / 3;
}

/* 3.7 to 3.10: dk_refcnt, dk_size, dk_lookup, dk_usable, dk_nentries, dk_indices. */
static bool read_old_keys(const struct reader *r, uint64_t address, struct cpython_keys *ret)
{
	uint64_t w[5], index;

	if (!reader_read(r, address, w, sizeof(w)) || w[1] < 1 || w[1] > 1ULL << 32 || w[1] & (w[1] - 1))
		return false;
	index = w[1] <= 0xff ? 1 : w[1] <= 0xffff ? 2 : w[1] <= 0xffffffff ? 4 : 8;
	*ret = (struct cpython_keys){
		.references = w[0],
		.usable = w[3],
		.nentries = w[4],
		.slots = usable_of(w[1]),
		.entries = address + sizeof(w) + index * w[1],
		.entry = 24,
		.key = 8,
	};
	ret->size = sizeof(w) + index * w[1] + ret->slots * ret->entry;
	return true;
}

/* 3.11 on: dk_refcnt, bytes dk_log2_size, dk_log2_index_bytes, dk_kind, a version, dk_usable, dk_nentries, dk_indices;
 * kinds: general (hash, key, value), of str (key, value), split (the same). */
static bool read_new_keys(const struct reader *r, uint64_t address, struct cpython_keys *ret)
{
	unsigned char bytes[32];
	uint64_t slots, index;

	if (!reader_read(r, address, bytes, sizeof(bytes)) || bytes[8] > 32 || bytes[9] > 35 ||
	    bytes[9] < bytes[8] || bytes[10] > 2)
		return false;
	slots = 1ULL << bytes[8];
	index = 1ULL << bytes[9];
	*ret = (struct cpython_keys){
		.slots = usable_of(slots),
		.entries = address + sizeof(bytes) + index,
		.entry = bytes[10] ? 16 : 24,
		.key = bytes[10] ? 0 : 8,
	};
	memcpy(&ret->references, bytes, 8);
	memcpy(&ret->usable, bytes + 16, 8);
	memcpy(&ret->nentries, bytes + 24, 8);
	ret->size = sizeof(bytes) + index + ret->slots * ret->entry;
	return true;
}

bool cpython_keys_read(const struct reader *r, uint32_t minor, uint64_t address, struct cpython_keys *ret)
{
	if (!address || address % 8 ||
	    !(minor < 0x030b ? read_old_keys(r, address, ret) : read_new_keys(r, address, ret)))
		return false;
	return ret->usable <= ret->slots && ret->nentries <= ret->slots;
}

bool cpython_dict_find(const struct reader *r, uint32_t minor, uint64_t dict, const char *key, uint64_t *ret)
{
	struct cpython_keys keys;
	char text[CPYTHON_TEXT];
	uint64_t at;

	if (!dict || dict % 8 || !reader_u64(r, dict + DICT_KEYS, &at) ||
	    !cpython_keys_read(r, minor, at, &keys))
		return false;
	for (uint64_t i = 0; i < keys.nentries && i < ENTRIES_MAX; i++) {
		uint64_t pair[2];

		if (!reader_read(r, keys.entries + i * keys.entry + keys.key, pair, sizeof(pair)))
			return false;
		if (!pair[0] || !pair[1] || !cpython_text_read(r, minor, pair[0], text) || strcmp(text, key))
			continue;
		*ret = pair[1];
		return true;
	}
	return false;
}
