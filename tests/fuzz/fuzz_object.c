/*
 * A program or library in which stacks are unwound (unwind/unwind_object.h), whose file is the input: its tables and
 * symbols are read, names of static functions of interpreters found in its code. A name ends, a function is around the
 * address that it was asked for.
 */
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "sys/arch.h"
#include "unwind/unwind_callees.h"
#include "unwind/unwind_dtors.h"
#include "unwind/unwind_names.h"
#include "unwind/unwind_object.h"

#define FUNCTIONS 64

static void check_function(struct unwind_object *o, uint64_t start)
{
	struct stack_function f = { .kind = FRAME_NATIVE, .offset = start };
	struct unwind_callees called;
	struct unwind_trampoline t;
	struct eh_function found;
	uint8_t bytes[16];

	if (unwind_object_function(o, start, &found))
		must(found.start <= start && start < found.end);
	unwind_callees_of(o, start, &called);
	must(called.n <= sizeof(called.items) / sizeof(*called.items));
	unwind_callees_largest(o, &called);
	if (unwind_dtors_find(o, start, &t))
		must(t.start <= start && start < t.end);
	unwind_object_read(o, start, bytes, sizeof(bytes));
	unwind_names_function(o, start, &f);
	must(!f.name || *f.name);
	free(f.name);
	free(f.symbol);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unwind_objects all = { 0 };
	struct unwind_object *o = xcalloc(1, sizeof(*o));
	struct reader file;
	size_t n;

	all.items = xcalloc(1, sizeof(*all.items));
	all.items[all.n++] = o;
	all.cap = 1;
	*o = (struct unwind_object){ .all = &all, .refs = 1, .fd = -1, .memory = data, .memory_size = size };
	o->name = xstrdup("libpython3.11.so.1.0");
	file = unwind_object_file(o);
	o->readable = elf_load_read(&file, &o->load) && o->load.isa == arch.isa;
	/* What is looked for among the files of this machine would be found here and not there. */
	o->load.build_id_len = 0;
	unwind_names_find(o, 0, 0);
	n = o->symbols.n < FUNCTIONS ? o->symbols.n : FUNCTIONS;
	for (size_t i = 0; i < n; i++)
		check_function(o, o->symbols.items[i].start);
	for (size_t i = 0; o->readable && i < o->load.nsegments; i++)
		check_function(o, o->load.segments[i].address + size % 4096);
	unwind_objects_release(&all);
	return 0;
}
