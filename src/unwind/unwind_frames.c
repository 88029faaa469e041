#include "unwind/unwind_frames.h"

#include <string.h>
#include "base/cleanup.h"
#include "sys/arch.h"

#define FRAMES_MAX (UNWIND_FRAMES + 1) /* and the system call */

/* A compiler may put the store where only a jump leads, and the rest of the count before that jump. */
static bool counts_elsewhere(const struct unwind_frame *f)
{
	size_t len, at;
	cleanup_free uint8_t *code = unwind_leaf_function(f, &len, &at);

	return code && arch.isa->refcount(code, len, at);
}

static enum leaf_kind leaf_of(const struct unwind_frame *f)
{
	uint8_t code[UNWIND_CODE];

	if (!unwind_leaf_code(f, code))
		return LEAF_OTHER;
	if (arch.isa->refcount(code, sizeof(code), ISA_BEFORE))
		return LEAF_REFCOUNT;
	if (arch.isa->perl_count(code, sizeof(code), ISA_BEFORE))
		return LEAF_PERL_COUNT;
	if (arch.isa->counted_elsewhere(code, sizeof(code), ISA_BEFORE) && counts_elsewhere(f))
		return LEAF_REFCOUNT;
	return arch.isa->gc_head(code, sizeof(code), ISA_BEFORE) ? LEAF_GC_HEAD : LEAF_DATA;
}

/* The kernel also writes without being called: a signal's frame, a new program's stack. */
static uint32_t kernel_function(struct unwind_table *t, const struct unwind_snapshot *s,
				const struct unwind_frame *f)
{
	struct unwind_key key = { .kind = FRAME_KERNEL };
	uint8_t code[UNWIND_CODE];
	int number;

	key.name = "kernel";
	if (unwind_leaf_code(f, code) && arch.isa->system_call(code, sizeof(code), ISA_BEFORE, &number)) {
		if (arch.call != ARCH_NONE)
			number = (int)s->registers[arch.call];
		key.name = arch_call_name(number);
	}
	key.name_len = strlen(key.name);
	return unwind_table_function(t, &key, "[kernel]", 0);
}

bool unwind_frames_generated(const struct unwind_maps *maps, uint64_t address, struct unwind_key *ret,
			     const char **ret_object)
{
	const struct perf_symbol *s = NULL;
	struct perf_python python;
	size_t i;

	for (i = 0; i < maps->n && !s; i++)
		s = unwind_jit_find(maps->items[i], address);
	if (!s)
		return false;
	*ret = (struct unwind_key){ .kind = FRAME_JIT,
				    .name = maps->items[i - 1]->text + s->name_at,
				    .name_len = s->name_len };
	*ret_object = "[jit]";
	if (!perf_map_python(ret->name, ret->name_len, &python))
		return true;
	*ret = (struct unwind_key){ .kind = FRAME_PYTHON,
				    .name = python.name,
				    .file = python.file,
				    .name_len = python.name_len,
				    .file_len = python.file_len };
	*ret_object = "[python]";
	return true;
}

/* Generated code that no map names yet is told apart only where a map may name it later. */
static uint32_t generated_function(struct unwind_table *t, const struct unwind_maps *maps, uint64_t address)
{
	struct unwind_key key = { .kind = FRAME_UNKNOWN };
	const char *object = "[anon]";

	if (!unwind_frames_generated(maps, address, &key, &object)) {
		for (size_t i = 0; i < maps->n; i++)
			if (maps->items[i]->map.n)
				key = (struct unwind_key){ .kind = FRAME_JIT,
							   .pid = maps->pid,
							   .start = address };
	}
	return unwind_table_function(t, &key, object, address);
}

static uint32_t function_of(struct unwind_table *t, const struct unwind_maps *maps,
			    const struct unwind_frame *f)
{
	struct unwind_key key = { .kind = FRAME_NATIVE };
	uint64_t address;

	if (!f->mapping) {
		key.kind = FRAME_UNKNOWN;
		return unwind_table_function(t, &key, "[anon]", 0);
	}
	if (!f->mapping->object)
		return generated_function(t, maps, f->address);
	address = f->address - f->mapping->bias;
	key.object = f->mapping->object;
	key.start = f->known ? f->function.start : address;
	if (f->signal) {
		key.name = "<signal handler called>"; /* as gdb(1) has it */
		key.name_len = strlen(key.name);
	}
	return unwind_table_function(t, &key, NULL, address);
}

uint32_t unwind_frames_trace(struct unwind_table *t, const struct unwind_maps *maps,
			     const struct unwind_snapshot *s, const struct unwind_frames *frames)
{
	uint32_t functions[FRAMES_MAX];
	struct stack_trace trace = { .frames = functions,
				     .kernel = frames->kernel,
				     .truncated = !frames->whole };

	if (frames->kernel)
		functions[trace.nframes++] = kernel_function(t, s, &frames->items[0]);
	else
		trace.leaf = leaf_of(&frames->items[0]);
	for (size_t i = 0; i < frames->n; i++)
		functions[trace.nframes++] = function_of(t, maps, &frames->items[i]);
	return unwind_table_trace(t, &trace);
}

uint32_t unwind_frames_nothing(struct unwind_table *t, const struct unwind_snapshot *s)
{
	struct unwind_frames *none = &(struct unwind_frames){ .n = 1, .kernel = s->kernel };

	return unwind_frames_trace(t, &(struct unwind_maps){ .pid = s->pid }, s, none);
}
