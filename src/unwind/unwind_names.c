#include "unwind/unwind_names.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "sys/debuginfo.h"
#include "sys/demangle.h"
#include "sys/image.h"
#include "sys/image_file.h"
#include "unwind/unwind_dtors.h"
#include "unwind/unwind_python.h"
#include "unwind/unwind_ruby.h"

static void read_symbols(struct unwind_object *o)
{
	cleanup_close int fd = -1;
	struct reader debug;

	o->symbols_read = true;
	if (!o->readable)
		return;
	if (o->load.build_id_len)
		fd = debuginfo_open(o->load.build_id, o->load.build_id_len);
	debug = image_file_reader(&fd);
	unwind_object_symbols(o, fd < 0 ? NULL : &debug);
	unwind_python_names(o);
	unwind_ruby_names(o);
	unwind_object_count(o);
}

/* Both the place that was seen and the start must be within the symbol: one unwind table can cover
 * several functions of hand-written code. */
const char *unwind_names_find(struct unwind_object *o, uint64_t start, uint64_t address)
{
	struct unwind_trampoline t;
	const char *name;

	if (!o->symbols_read)
		read_symbols(o);
	name = elf_symbols_find(&o->symbols, address);
	if (!name)
		name = elf_symbols_find(&o->symbols, start);
	return !name && unwind_dtors_find(o, start, &t) ? UNWIND_DTORS_NAME : name;
}

void unwind_names_function(struct unwind_object *o, uint64_t address, struct stack_function *f)
{
	const char *name;
	char *plain;

	name = unwind_names_find(o, f->offset, address);
	if (!name)
		return;
	plain = xmemdupz(name, elf_symbol_length(name, strlen(name)));
	f->name = demangle(plain);
	if (f->name)
		f->symbol = plain;
	else
		f->name = plain;
}
