#include "unwind/unwind_ruby.h"

#include "unwind/unwind_callees.h"

/* gc_start() has the phases of a collection in it: 2897 bytes in 3.1. */
#define COLLECTOR_MIN 1024

/* The nameless function that both call, or 0. */
static uint64_t in_both(struct unwind_object *o, const struct unwind_callees *a,
			const struct unwind_callees *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (unwind_callees_has(b, a->items[i]) && !elf_symbols_find(&o->symbols, a->items[i]))
			return a->items[i];
	return 0;
}

/*
 * Up to 3.3 (gc.c), rb_gc() goes on to garbage_collect(), unless the compiler made that a part of it.
 * That calls gc_rest(), as rb_gc_disable() does, and then gc_start(), which new objects come to as well
 * when no memory is left. Where these calls are not found, nothing gets a name.
 */
void unwind_ruby_names(struct unwind_object *o)
{
	struct unwind_callees from, disable;
	uint64_t gc, gc_disable, collect, rest, start;
	struct eh_function any;

	if (o->symbols.whole || !elf_symbols_address(&o->symbols, "rb_gc", &gc) ||
	    !elf_symbols_address(&o->symbols, "rb_gc_disable", &gc_disable) ||
	    !unwind_object_function(o, gc, &any))
		return;
	unwind_callees_of(o, gc_disable, &disable);
	unwind_callees_of(o, gc, &from);
	collect = from.n == 1 ? unwind_callees_largest(o, &from) : 0;
	if (collect)
		unwind_callees_of(o, collect, &from);
	rest = in_both(o, &from, &disable);
	start = unwind_callees_largest(o, &from);
	if (!rest || start == rest || unwind_callees_size(o, start) < COLLECTOR_MIN)
		return;
	if (collect)
		unwind_callees_name(o, collect, "garbage_collect");
	unwind_callees_name(o, rest, "gc_rest");
	unwind_callees_name(o, start, "gc_start");
}
