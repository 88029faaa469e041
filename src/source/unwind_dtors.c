#include "source/unwind_dtors.h"

bool unwind_dtors_find(struct unwind_object *o, uint64_t address, struct unwind_trampoline *ret)
{
	uint8_t code[2 * TRAMPOLINE_MAX];
	struct eh_function f;
	size_t start, len;

	if (address < TRAMPOLINE_MAX || unwind_object_function(o, address, &f) ||
	    !unwind_object_read(o, address - TRAMPOLINE_MAX, code, sizeof(code)) ||
	    !trampoline_find(code, sizeof(code), TRAMPOLINE_MAX, &start, &len) ||
	    !trampoline_is_dtors(len))
		return false;
	ret->start = address - TRAMPOLINE_MAX + start;
	ret->end = ret->start + len;
	ret->table_at = ret->start & ~7ULL;
	trampoline_table(len, ret->start, ret->table);
	return true;
}
