#include "parse/cpython_kind.h"

#include <string.h>

/* In struct _typeobject (Include/cpython/object.h). */
enum { TYPE_BASE = 256, TYPE_DICT = 264, TYPE_MRO = 344 };
/* PyTupleObject: ob_item; from 3.14 on behind a hash. */
#define TUPLE_ITEMS(minor) ((minor) < 0x030e ? 24 : 32)
#define BASES_MAX 64
/* SHARED_KEYS_MAX_SIZE and more than that. */
#define VALUES_MAX 254

/* What instances have before their heads: 3.11: Py_TPFLAGS_MANAGED_DICT, from 3.12 on with
 * Py_TPFLAGS_MANAGED_WEAKREF; two pointers (Include/internal/pycore_object.h, _PyType_PreHeaderSize). */
#define FLAG_MANAGED_WEAKREF (1ULL << 3)
#define FLAG_MANAGED_DICT (1ULL << 4)
#define BEFORE_HEAD 16

static uint32_t before_head(uint32_t minor, uint64_t flags)
{
	uint64_t any = minor < 0x030b ? 0 :
		       minor < 0x030c ? FLAG_MANAGED_DICT :
					FLAG_MANAGED_DICT | FLAG_MANAGED_WEAKREF;

	return flags & any ? BEFORE_HEAD : 0;
}

/* ht_qualname of PyHeapTypeObject, which ht_cached_keys follows (Include/cpython/object.h; its size by version). */
static uint32_t qualname_of(uint32_t minor)
{
	switch (minor) {
	case 0x0307:
		return 848;
	case 0x0308: /* tp_vectorcall and tp_print came, */
	case 0x030a: /* am_send */
	case 0x030b:
		return 864;
	case 0x0309: /* ... tp_print went */
		return 856;
	default: /* tp_watched */
		return 872;
	}
}

uint32_t cpython_type_keys(uint32_t minor)
{
	return qualname_of(minor) + 8;
}

uint32_t cpython_function_module(uint32_t minor)
{
	return minor < 0x030a ? 88 : 104;
}

uint32_t cpython_function_code(uint32_t minor)
{
	return minor < 0x030a ? 16 : 48;
}

uint32_t cpython_code_file(uint32_t minor)
{
	return minor < 0x0308 ? 96 : minor < 0x030b ? 104 : 112;
}

bool cpython_is_tracked(uint64_t head, const uint64_t words[static 3])
{
	return head > 16 ? (int64_t)words[2] >> 1 != -2 : words[0] != 0;
}

static void read_bytes_name(const struct reader *r, uint64_t address, char ret[CPYTHON_TEXT])
{
	size_t n = 0;

	while (n < CPYTHON_TEXT - 1 && reader_read(r, address + n, ret + n, 1) && ret[n])
		n++;
	ret[n] = '\0';
}

/* Types that have no flag of their own, by tp_name; classes that a program defines have no dot there. */
static const struct {
	const char *name;
	enum cpython_form form;
} named[] = {
	{ "set", CPYTHON_SET },   { "frozenset", CPYTHON_SET },     { "bytearray", CPYTHON_BYTEARRAY },
	{ "code", CPYTHON_CODE }, { "function", CPYTHON_FUNCTION }, { "array.array", CPYTHON_ARRAY },
};

static enum cpython_form by_name(const char *name, uint64_t flags)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (!strcmp(named[i].name, name) && (!(flags & CPYTHON_TYPE_HEAP) || strchr(name, '.')))
			return named[i].form;
	return CPYTHON_PLAIN;
}

static enum cpython_form form_of(const struct reader *r, uint64_t address, const struct cpython_type *t)
{
	enum cpython_form form = CPYTHON_PLAIN;
	struct cpython_type base = *t;

	if (t->flags & CPYTHON_TYPE_STR)
		return CPYTHON_STR;
	if (t->flags & CPYTHON_TYPE_INT)
		return CPYTHON_INT;
	if (t->flags & CPYTHON_TYPE_LIST)
		return CPYTHON_LIST;
	if (t->flags & CPYTHON_TYPE_DICT)
		return CPYTHON_DICT;
	if (t->flags & CPYTHON_TYPE_TYPE)
		return CPYTHON_TYPE;
	for (int i = 0; i < BASES_MAX && form == CPYTHON_PLAIN; i++) {
		char name[CPYTHON_TEXT];

		read_bytes_name(r, base.name, name);
		form = by_name(name, base.flags);
		if (!reader_u64(r, address + TYPE_BASE, &address) || !address ||
		    !cpython_type_read(r, address, &base))
			break;
	}
	return form;
}

static uint32_t values_of(const struct reader *r, uint32_t minor, uint64_t address,
			  const struct cpython_type *t)
{
	struct cpython_keys keys;
	uint64_t at;

	if (minor < 0x030b || !(t->flags & FLAG_MANAGED_DICT) || !(t->flags & CPYTHON_TYPE_HEAP) ||
	    !reader_u64(r, address + cpython_type_keys(minor), &at) ||
	    !cpython_keys_read(r, minor, at, &keys) || keys.usable + keys.nentries > VALUES_MAX)
		return 0;
	return (uint32_t)(keys.usable + keys.nentries);
}

/* __module__ and the qualified name of a class. */
static void read_class_name(const struct reader *r, uint32_t minor, uint64_t address, struct cpython_kind *k)
{
	char name[CPYTHON_TEXT];
	uint64_t at, dict, module;
	size_t len;

	if (reader_u64(r, address + TYPE_DICT, &dict) &&
	    cpython_dict_find(r, minor, dict, "__module__", &module))
		cpython_text_read(r, minor, module, k->module);
	if (!reader_u64(r, address + qualname_of(minor), &at) || !cpython_text_read(r, minor, at, name))
		return;
	len = strcmp(k->module, "builtins") ? strlen(k->module) : 0;
	/* the end of a name tells more than the end of a module */
	if (!len || len + 1 + strlen(name) >= CPYTHON_TEXT) {
		memcpy(k->name, name, sizeof(name));
		return;
	}
	memcpy(k->name, k->module, len);
	k->name[len] = '.';
	memcpy(k->name + len + 1, name, strlen(name) + 1);
}

/* A type that is ready comes first in the order in which it and its bases are searched: no other bytes do. */
static bool leads_its_bases(const struct reader *r, uint32_t minor, uint64_t address)
{
	uint64_t mro, first;

	return reader_u64(r, address + TYPE_MRO, &mro) && mro % 8 == 0 && mro < UINT64_MAX - 64 &&
	       reader_u64(r, mro + TUPLE_ITEMS(minor), &first) && first == address;
}

bool cpython_kind_read(const struct reader *r, uint32_t minor, uint64_t head, uint64_t address,
		       struct cpython_kind *ret)
{
	*ret = (struct cpython_kind){ .form = CPYTHON_PLAIN };
	if (address > UINT64_MAX - 4096 || !cpython_type_read(r, address, &ret->type) ||
	    !leads_its_bases(r, minor, address))
		return false;
	ret->form = form_of(r, address, &ret->type);
	ret->before = before_head(minor, ret->type.flags) + (ret->type.tracked ? (uint32_t)head : 0);
	ret->values = values_of(r, minor, address, &ret->type);
	read_bytes_name(r, ret->type.name, ret->name);
	if (ret->type.flags & CPYTHON_TYPE_HEAP)
		read_class_name(r, minor, address, ret);
	return true;
}
