#include "parse/cpython_state.h"

#include <string.h>

/*
 * 3.15: struct _import_state (Include/internal/pycore_interp_structs.h of 3.15.2) from its member `modules`
 * on, which _Py_DebugOffsets names, in a build with dlopen(); and PySetObject (Include/cpython/setobject.h).
 */
enum {
	IMPORTS_MODULES = 0,
	IMPORTS_IMPORTLIB = 16,
	IMPORTS_LAZY_FUNC = 48,
	IMPORTS_LAZY_MODE = 56, /* int: normal, all */
	IMPORTS_LAZY_MODULES = 72,
	IMPORTS_SIZE = 80,
};
enum { SET_TYPE = 8, SET_FILL = 16, SET_USED = 24, SET_MASK = 32, SET_TABLE = 40, SET_SIZE = 48 };

#define LAZY_MODES 2
/* The layout was checked against this version; its betas had another. */
#define CHECKED_FROM 0x030f02f0
/* More names than any program has. */
#define NAMES_MOST (1 << 24)

static uint64_t word(const unsigned char *bytes, size_t at)
{
	uint64_t w;

	memcpy(&w, bytes + at, sizeof(w));
	return w;
}

static bool is_object(uint64_t address)
{
	return address && address % 8 == 0;
}

fact cpython_lazy_imports(const struct reader *r, const struct cpython *c, uint64_t interpreter)
{
	unsigned char imports[IMPORTS_SIZE], set[SET_SIZE];
	uint64_t fill, used, mask;
	uint32_t mode;

	if (!c->imports || c->version < CHECKED_FROM ||
	    !reader_read(r, interpreter + c->imports, imports, sizeof(imports)))
		return ABSENT;
	memcpy(&mode, imports + IMPORTS_LAZY_MODE, sizeof(mode));
	if (mode >= LAZY_MODES || !is_object(word(imports, IMPORTS_MODULES)) ||
	    !is_object(word(imports, IMPORTS_IMPORTLIB)) || !is_object(word(imports, IMPORTS_LAZY_FUNC)) ||
	    !is_object(word(imports, IMPORTS_LAZY_MODULES)) ||
	    !reader_read(r, word(imports, IMPORTS_LAZY_MODULES), set, sizeof(set)))
		return ABSENT;
	fill = word(set, SET_FILL);
	used = word(set, SET_USED);
	mask = word(set, SET_MASK);
	if (!is_object(word(set, SET_TYPE)) || !is_object(word(set, SET_TABLE)) || used > fill ||
	    fill > mask || mask > NAMES_MOST || (mask & (mask + 1)) != 0)
		return ABSENT;
	return (fact)used;
}
