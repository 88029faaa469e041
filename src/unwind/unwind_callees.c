#include "unwind/unwind_callees.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "parse/calls.h"

#define CODE_MAX 65536

uint8_t *unwind_callees_code(struct unwind_object *o, uint64_t start, size_t *ret_len)
{
	struct eh_function f;
	uint8_t *code;

	if (!unwind_object_function(o, start, &f) || f.end - f.start > CODE_MAX)
		return NULL;
	*ret_len = f.end - f.start;
	code = xcalloc(*ret_len, 1);
	if (unwind_object_read(o, start, code, *ret_len))
		return code;
	free(code);
	return NULL;
}

uint64_t unwind_callees_size(struct unwind_object *o, uint64_t start)
{
	struct eh_function f;

	return unwind_object_function(o, start, &f) ? f.end - f.start : 0;
}

void unwind_callees_of(struct unwind_object *o, uint64_t start, struct unwind_callees *ret)
{
	size_t len;
	cleanup_free uint8_t *code = unwind_callees_code(o, start, &len);

	ret->n = code ? calls_find(o->load.isa, code, len, start, &o->tables.frames, ret->items,
				   sizeof(ret->items) / sizeof(*ret->items)) :
			0;
}

bool unwind_callees_has(const struct unwind_callees *c, uint64_t function)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i] == function)
			return true;
	return false;
}

uint64_t unwind_callees_largest(struct unwind_object *o, const struct unwind_callees *c)
{
	uint64_t best = 0;

	for (size_t i = 0; i < c->n; i++)
		if (!elf_symbols_find(&o->symbols, c->items[i]) &&
		    (!best || unwind_callees_size(o, c->items[i]) > unwind_callees_size(o, best)))
			best = c->items[i];
	return best;
}

void unwind_callees_name(struct unwind_object *o, uint64_t start, const char *name)
{
	elf_symbols_put(&o->symbols, start, unwind_callees_size(o, start), name, strlen(name));
	elf_symbols_sort(&o->symbols);
}
