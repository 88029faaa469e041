#include "unwind/unwind_dtors.h"

bool unwind_dtors_find(struct unwind_object *o, uint64_t address, struct unwind_trampoline *ret)
{
	uint8_t code[2 * TRAMPOLINE_MAX];
	struct eh_function f;
	const struct isa_shape *shape;
	size_t start;

	if (address < TRAMPOLINE_MAX || unwind_object_function(o, address, &f) ||
	    !unwind_object_read(o, address - TRAMPOLINE_MAX, code, sizeof(code)))
		return false;
	shape = trampoline_find(o->load.isa, code, sizeof(code), TRAMPOLINE_MAX, &start);
	if (!shape || !shape->dtors)
		return false;
	ret->start = address - TRAMPOLINE_MAX + start;
	ret->end = ret->start + shape->len;
	ret->table_at = ret->start & ~7ULL;
	trampoline_table(o->load.isa, shape, ret->start, ret->table);
	return true;
}
