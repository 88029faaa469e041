#include "unwind/unwind_python.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "parse/python_tables.h"
#include "unwind/unwind_callees.h"

static bool read_image(void *ctx, uint64_t address, void *out, size_t len)
{
	return unwind_object_read(ctx, address, out, len);
}

static bool is_start(struct unwind_object *o, uint64_t address)
{
	struct eh_function f;

	return unwind_object_function(o, address, &f) && f.start == address;
}

/* From 3.9 on, most of the collector's writing is done by a function of its own, the one that prepares
 * objects (parse/isa.h), unless the compiler made it part of its caller. */
static void name_preparer(struct unwind_object *o, uint64_t collector)
{
	struct unwind_callees calls;
	size_t len;

	unwind_callees_of(o, collector, &calls);
	for (size_t i = 0; i < calls.n; i++) {
		cleanup_free uint8_t *code = unwind_callees_code(o, calls.items[i], &len);

		if (!code || elf_symbols_find(&o->symbols, calls.items[i]))
			continue;
		for (size_t at = 0; at + ISA_BYTES <= len; at += o->load.isa->step)
			if (o->load.isa->gc_head(code, len, at)) {
				unwind_callees_name(o, calls.items[i], "deduce_unreachable");
				return;
			}
	}
}

/*
 * The collector itself is in no table, but PyGC_Collect() and gc.collect() call it, directly or through
 * one small function: it is the largest of what is nameless there. The smallest one known has 1673 bytes
 * (compilers make several of it), what else is nameless there some hundreds. Called gc_collect_main as
 * from 3.10 on; before it was collect().
 */
#define COLLECTOR_MIN 1536

static void name_collectors(struct unwind_object *o, uint64_t exported, uint64_t method)
{
	struct unwind_callees from_exported, from_method, from_small = { .n = 0 };
	uint64_t found, small = 0;

	unwind_callees_of(o, exported, &from_exported);
	unwind_callees_of(o, method, &from_method);
	found = unwind_callees_largest(o, &from_exported);
	if (found && unwind_callees_size(o, found) < COLLECTOR_MIN) {
		small = found;
		unwind_callees_of(o, small, &from_small);
		found = unwind_callees_largest(o, &from_small);
	}
	if (!found || unwind_callees_size(o, found) < COLLECTOR_MIN)
		return;
	unwind_callees_name(o, found, "gc_collect_main");
	name_preparer(o, found);
	if (small && unwind_callees_has(&from_method, small)) {
		unwind_callees_name(o, small, "gc_collect_with_callback");
		return;
	}
	/* gc.collect() may call a copy of it that was compiled for its own arguments. */
	found = unwind_callees_largest(o, &from_method);
	if (found && unwind_callees_size(o, found) >= COLLECTOR_MIN)
		unwind_callees_name(o, found, "gc_collect_main");
}

/*
 * Compilers that know from a trial run what is used put the rest of the interpreter's loop elsewhere: in
 * Debian's 3.14 nearly all of it. The loop jumps to the start of that part if some condition holds,
 * which is not how functions are called.
 */
static void name_loop(struct unwind_object *o)
{
	uint64_t start, target, best = 0;
	cleanup_free uint8_t *code = NULL;
	size_t len;

	if (!elf_symbols_address(&o->symbols, "_PyEval_EvalFrameDefault", &start))
		return;
	code = unwind_callees_code(o, start, &len);
	for (size_t at = 0; code && at < len; at += o->load.isa->step) {
		if (o->load.isa->jump(code, len, at, start, &target) != ISA_JUMP_IF)
			continue;
		if (unwind_callees_size(o, target) > (best ? unwind_callees_size(o, best) : len) &&
		    is_start(o, target) && !elf_symbols_find(&o->symbols, target))
			best = target;
	}
	if (best)
		unwind_callees_name(o, best, "_PyEval_EvalFrameDefault");
}

static bool is_python(const struct elf_symbols *s)
{
	uint64_t address;

	for (size_t i = 0; i < s->n; i++)
		if (!strncmp(s->names + s->items[i].name, "PyInit_", 7))
			return true;
	return elf_symbols_address(s, "PyGC_Collect", &address);
}

static void name_methods(struct unwind_object *o, const struct python_functions *f, uint64_t *ret_collect)
{
	for (size_t i = 0; i < f->n; i++) {
		const char *name = f->items[i].name;

		if (elf_symbols_find(&o->symbols, f->items[i].start))
			continue;
		if (!strcmp(name, "gc.collect") || !strcmp(name, "collect")) {
			*ret_collect = f->items[i].start;
			name = "gc_collect";
		}
		elf_symbols_put(&o->symbols, f->items[i].start, unwind_callees_size(o, f->items[i].start),
				name, strlen(name));
	}
}

void unwind_python_names(struct unwind_object *o)
{
	cleanup(python_functions_release) struct python_functions f = { 0 };
	cleanup(elf_data_release) struct elf_data data = { 0 };
	struct reader file = unwind_object_file(o), image = { read_image, NULL, o };
	uint64_t collect = 0, exported;
	struct eh_function any;

	unwind_object_function(o, 0, &any); /* reads the tables */
	if (o->symbols.whole || !o->tables.bytes || !is_python(&o->symbols) ||
	    !elf_data_read(&file, &o->load, &data))
		return;
	python_tables_read(&data, &image, &o->tables.frames, &f);
	name_methods(o, &f, &collect);
	elf_symbols_sort(&o->symbols);
	name_loop(o);
	if (collect && elf_symbols_address(&o->symbols, "PyGC_Collect", &exported))
		name_collectors(o, exported, collect);
}
