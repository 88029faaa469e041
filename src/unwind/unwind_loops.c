#include "unwind/unwind_loops.h"

#include <string.h>
#include "model/python_calls.h"
#include "sys/arch.h"
#include "unwind/unwind_names.h"

enum part { PART_OTHER, PART_LOOP, PART_LASTING };

/* Symbols are read only of what can be an interpreter, by its name: libpython3.11.so, uwsgi. */
static bool is_likely(const struct unwind_object *o)
{
	return strstr(o->name, "python") || strstr(o->name, "wsgi");
}

static enum part part_of(const struct unwind_frame *f)
{
	const char *name;

	if (!f->mapping || !f->mapping->object || !f->known || !is_likely(f->mapping->object))
		return PART_OTHER;
	name = unwind_names_find(f->mapping->object, f->function.start, f->address - f->mapping->bias);
	if (!name)
		return PART_OTHER;
	if (!strncmp(name, "_PyEval_EvalFrameDefault", 24))
		return PART_LOOP;
	return python_call_role(f->mapping->object->name, name) == STACK_OTHER ? PART_OTHER : PART_LASTING;
}

/* The part of the stack that is the loop's own: up to where its caller's begins. */
static bool own_part(const struct unwind_snapshot *s, const struct unwind_frames *frames, size_t i,
		     struct unwind_loop *ret)
{
	uint64_t from = frames->items[i].sp - s->registers[arch.sp], to;

	if (i + 1 >= frames->n)
		return false;
	to = frames->items[i + 1].sp - s->registers[arch.sp];
	if (from >= to || to > s->stack_bytes)
		return false;
	*ret = (struct unwind_loop){ (uint32_t)(i + frames->kernel), (uint32_t)from, (uint32_t)to };
	return true;
}

void unwind_loops_find(const struct unwind_snapshot *s, const struct unwind_frames *frames,
		       struct unwind_loops *ret)
{
	bool lasts = false;

	ret->n = 0;
	for (size_t i = 0; i < frames->n; i++) {
		enum part part = part_of(&frames->items[i]);

		lasts |= part == PART_LASTING;
		if (frames->items[i].mapping && !frames->items[i].mapping->object) {
			ret->n = 0; /* trampolines of -X perf, or another runtime's code */
			return;
		}
		if (part != PART_LOOP || ret->n == UNWIND_LOOPS)
			continue;
		if (!own_part(s, frames, i, &ret->items[ret->n]))
			break;
		ret->n++;
	}
	if (!lasts)
		ret->n = 0;
}
