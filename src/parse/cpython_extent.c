#include "parse/cpython_kind.h"

#include <string.h>

/* Offsets in objects. */
enum {
	VAR_SIZE = 16,       /* PyVarObject.ob_size */
	LIST_ITEMS = 24,     /* PyListObject: ob_item, allocated */
	DICT_KEYS = 32,      /* PyDictObject: ma_keys, ma_values */
	SET_MASK = 32,       /* PySetObject: mask, table */
	SET_SMALL = 64,      /* ... smalltable */
	BYTEARRAY_ALLOC = 24 /* PyByteArrayObject: ob_alloc, ob_bytes */
};
#define SET_ENTRY 16
#define DIGIT 4
/* 3.8 to 3.10, PyCodeObject: co_code, co_opcache_map, co_opcache, an int, co_opcache_size (Include/cpython/code.h);
 * _PyOpcache (Include/internal/pycore_code.h) is of 32 bytes in all three. */
enum { CODE_CODE = 48, CODE_CACHE_MAP = 152, CODE_CACHE = 160, CODE_CACHE_SIZE = 172, CODE_CACHE_ENTRY = 32 };
/* Py_TPFLAGS_INLINE_VALUES, 3.13 on */
#define FLAG_INLINE_VALUES (1ULL << 2)
#define FLAG_MANAGED_DICT (1ULL << 4)
/* More of anything than that is none. */
#define ITEMS_MAX (1ULL << 40)

static void add_block(struct cpython_extent *e, uint64_t address, uint64_t len)
{
	if (address && len && e->n < CPYTHON_BLOCKS)
		e->blocks[e->n++] = (struct cpython_span){ address, len };
}

static uint64_t up_to_words(uint64_t n)
{
	return (n + 7) & ~7ULL;
}

static bool read_two(const struct reader *r, uint64_t address, uint64_t ret[2])
{
	return reader_read(r, address, ret, 2 * sizeof(*ret));
}

static uint64_t absolute(uint64_t n)
{
	return n > INT64_MAX ? -n : n;
}

static bool plain(const struct reader *r, const struct cpython_kind *k, uint64_t address,
		  struct cpython_extent *e)
{
	uint64_t n;

	e->own = k->type.size;
	if (!k->type.items)
		return true;
	if (!reader_u64(r, address + VAR_SIZE, &n) || absolute(n) > ITEMS_MAX ||
	    k->type.items > ITEMS_MAX >> 10)
		return false;
	e->own += absolute(n) * k->type.items;
	return true;
}

/* long.__sizeof__ (Objects/longobject.c): up to 3.10 no digit for 0; from 3.12 on the size is in lv_tag. */
static bool whole_number(const struct reader *r, uint32_t minor, const struct cpython_kind *k,
			 uint64_t address, struct cpython_extent *e)
{
	uint64_t n;

	if (!reader_u64(r, address + VAR_SIZE, &n))
		return false;
	n = minor < 0x030c ? absolute(n) : n >> 3;
	if (n > ITEMS_MAX)
		return false;
	e->own = k->type.size + DIGIT * (n || minor < 0x030b ? n : 1);
	return true;
}

/* Include/cpython/unicodeobject.h; unicode_sizeof of Objects/unicodeobject.c. */
static bool text(const struct reader *r, uint32_t minor, const struct cpython_kind *k, uint64_t address,
		 struct cpython_extent *e)
{
	uint64_t w[3], at, utf8[2], ascii = cpython_str_ascii(minor), compact = cpython_str_compact(minor);
	uint32_t state, unit;

	if (!reader_read(r, address + VAR_SIZE, w, sizeof(w)) || w[0] > ITEMS_MAX)
		return false;
	state = (uint32_t)w[2];
	unit = CPYTHON_STR_KIND(state);
	if (unit > 4 || unit == 3)
		return false;
	if (CPYTHON_STR_COMPACT(state) && CPYTHON_STR_ASCII(state)) {
		e->own = ascii + w[0] + 1;
		return true;
	}
	if (!read_two(r, address + ascii, utf8))
		return false;
	at = utf8[1];
	if (CPYTHON_STR_COMPACT(state)) {
		e->own = compact + (w[0] + 1) * unit;
	} else {
		e->own = k->type.size;
		if (!reader_u64(r, address + compact, &w[1]))
			return false;
		add_block(e, w[1], (w[0] + 1) * unit);
		at = at == w[1] ? 0 : at;
	}
	if (utf8[0] <= ITEMS_MAX)
		add_block(e, at, utf8[0] + 1);
	return true;
}

static bool list(const struct reader *r, const struct cpython_kind *k, uint64_t address,
		 struct cpython_extent *e, uint64_t item)
{
	uint64_t w[2];

	e->own = k->type.size;
	if (!read_two(r, address + LIST_ITEMS, w) || w[1] > ITEMS_MAX)
		return false;
	add_block(e, w[0], w[1] * item);
	return true;
}

/* array.array (Modules/arraymodule.c): as a list, but ob_descr, behind, says how large an item is. */
static bool array(const struct reader *r, const struct cpython_kind *k, uint64_t address,
		  struct cpython_extent *e)
{
	uint64_t description;
	uint32_t item;

	return reader_u64(r, address + LIST_ITEMS + 16, &description) &&
	       reader_u32(r, description + 4, &item) && item <= 16 && list(r, k, address, e, item);
}

/* Values of a dict whose keys are shared, or of an instance. 3.11, 3.12: behind as many bytes, whose number stands
 * in the last one of them; from 3.13 on behind four bytes, of which the first is how many there is room for, the
 * third whether they lie in an instance. */
static void add_values(const struct reader *r, uint32_t minor, uint64_t at, uint64_t n,
		       struct cpython_extent *e)
{
	unsigned char b[4];

	if (!at)
		return;
	if (minor < 0x030b) {
		add_block(e, at, n * 8);
	} else if (minor < 0x030d) {
		if (reader_read(r, at - 1, b, 1) && b[0] >= 8)
			add_block(e, at - b[0], b[0] + 8 * (n < b[0] ? n : b[0]));
	} else if (reader_read(r, at, b, sizeof(b)) && !b[2]) {
		add_block(e, at, 8 * (b[0] + 1ULL) + up_to_words(b[0]));
	}
}

static bool dict(const struct reader *r, uint32_t minor, const struct cpython_kind *k, uint64_t address,
		 struct cpython_extent *e)
{
	struct cpython_keys keys;
	uint64_t w[2];

	e->own = k->type.size;
	if (!read_two(r, address + DICT_KEYS, w))
		return false;
	/* one that is being made has none yet, that of an empty one belongs to all */
	if (!cpython_keys_read(r, minor, w[0], &keys))
		return true;
	if (keys.references == 1)
		add_block(e, w[0], keys.size);
	add_values(r, minor, w[1], minor < 0x030b ? keys.slots : keys.usable + keys.nentries, e);
	return true;
}

static bool set(const struct reader *r, const struct cpython_kind *k, uint64_t address,
		struct cpython_extent *e)
{
	uint64_t w[2];

	e->own = k->type.size;
	if (!read_two(r, address + SET_MASK, w) || w[0] > ITEMS_MAX)
		return false;
	if (w[1] != address + SET_SMALL)
		add_block(e, w[1], (w[0] + 1) * SET_ENTRY);
	return true;
}

static bool bytearray(const struct reader *r, const struct cpython_kind *k, uint64_t address,
		      struct cpython_extent *e)
{
	uint64_t w[2];

	e->own = k->type.size;
	if (!read_two(r, address + BYTEARRAY_ALLOC, w) || w[0] > ITEMS_MAX)
		return false;
	add_block(e, w[1], w[0]);
	return true;
}

static bool code(const struct reader *r, uint32_t minor, const struct cpython_kind *k, uint64_t address,
		 struct cpython_extent *e)
{
	uint64_t w[2], bytecode, n;
	unsigned char size;

	if (!plain(r, k, address, e))
		return false;
	e->own = up_to_words(e->own);
	if (minor >= 0x030b)
		e->written = e->own - k->type.size;
	if (minor < 0x0308 || minor >= 0x030b)
		return true;
	e->caches = true;
	if (!read_two(r, address + CODE_CACHE_MAP, w) || !w[1])
		return true;
	if (!reader_u64(r, address + CODE_CODE, &bytecode) || !reader_u64(r, bytecode + VAR_SIZE, &n) ||
	    n > ITEMS_MAX || !reader_read(r, address + CODE_CACHE_SIZE, &size, 1))
		return true;
	add_block(e, w[0], n / 2);
	add_block(e, w[1], (uint64_t)size * CODE_CACHE_ENTRY);
	return true;
}

/* PyHeapTypeObject and the keys that its instances share. */
static bool class(const struct reader *r, uint32_t minor, const struct cpython_kind *k, uint64_t address,
		  struct cpython_extent *e)
{
	struct cpython_keys keys;
	uint64_t at;

	e->own = k->type.size;
	if (reader_u64(r, address + cpython_type_keys(minor), &at) && cpython_keys_read(r, minor, at, &keys))
		add_block(e, at, keys.size);
	return true;
}

/* 3.11: PyDictValues * before PyDict * before the head; 3.12: one or the other there, with a bit. */
static void instance_values(const struct reader *r, uint32_t minor, const struct cpython_kind *k,
			    uint64_t address, struct cpython_extent *e)
{
	uint64_t at;

	if (!k->values || !(k->type.flags & FLAG_MANAGED_DICT))
		return;
	if (minor >= 0x030d) {
		if (k->type.flags & FLAG_INLINE_VALUES)
			add_block(e, address + k->type.size, 8 * (k->values + 1ULL) + up_to_words(k->values));
	} else if (minor == 0x030c) {
		if (reader_u64(r, address - 24, &at) && at & 1)
			add_values(r, minor, at + 1, k->values, e);
	} else if (reader_u64(r, address - 32, &at)) {
		add_values(r, minor, at, k->values, e);
	}
}

static bool measure(const struct reader *r, uint32_t minor, const struct cpython_kind *k, uint64_t address,
		    struct cpython_extent *e)
{
	switch (k->form) {
	case CPYTHON_STR:
		return text(r, minor, k, address, e);
	case CPYTHON_INT:
		return whole_number(r, minor, k, address, e);
	case CPYTHON_LIST:
		return list(r, k, address, e, 8);
	case CPYTHON_DICT:
		return dict(r, minor, k, address, e);
	case CPYTHON_SET:
		return set(r, k, address, e);
	case CPYTHON_BYTEARRAY:
		return bytearray(r, k, address, e);
	case CPYTHON_ARRAY:
		return array(r, k, address, e);
	case CPYTHON_CODE:
		return code(r, minor, k, address, e);
	case CPYTHON_TYPE:
		return class(r, minor, k, address, e);
	case CPYTHON_PLAIN:
	case CPYTHON_FUNCTION:
		break;
	}
	return plain(r, k, address, e);
}

bool cpython_extent_read(const struct reader *r, uint32_t minor, const struct cpython_kind *k,
			 uint64_t address, struct cpython_extent *ret)
{
	*ret = (struct cpython_extent){ 0 };
	if (!measure(r, minor, k, address, ret))
		return false;
	instance_values(r, minor, k, address, ret);
	return true;
}
