#include "unwind/unwind_table.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* A server has some thousands of each. One more of either is for all that has no place any more. */
#define FUNCTIONS_MAX 65535
#define TRACES_MAX 65535
#define SLOTS (4 * 65536)

void unwind_table_init(struct unwind_table *t, struct stacks *stacks, struct unwind_objects *objects)
{
	*t = (struct unwind_table){ .stacks = stacks, .objects = objects };
	t->function_slots = xcalloc(SLOTS, sizeof(*t->function_slots));
	t->trace_slots = xcalloc(SLOTS, sizeof(*t->trace_slots));
}

void unwind_table_release(struct unwind_table *t)
{
	for (size_t i = 0; i < t->norigins; i++)
		if (t->origins[i].object)
			unwind_object_put(t->objects, t->origins[i].object);
	free(t->origins);
	free(t->function_slots);
	free(t->trace_slots);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211ULL;
	return mix(h, len);
}

static uint64_t hash_key(const struct unwind_key *k)
{
	uint64_t h = mix(k->start, (uint64_t)(uintptr_t)k->object);

	h = mix(h, (uint64_t)k->pid << 8 | k->kind);
	h = mix(h, (uint64_t)k->line);
	h = mix_text(h, k->name, k->name_len);
	return mix_text(h, k->file, k->file_len);
}

static bool same_text(const char *have, const char *s, size_t len)
{
	return s ? have && strlen(have) == len && !memcmp(have, s, len) : !have;
}

/* What has got its name since is still known by its place. */
static bool is_key(const struct unwind_table *t, size_t i, const struct unwind_key *k)
{
	const struct stack_function *f = &t->stacks->functions[i];
	const struct unwind_origin *o = &t->origins[i];

	if (f->offset != k->start || o->object != k->object || o->pid != k->pid)
		return false;
	return k->object || k->pid ||
	       (f->kind == k->kind && f->line == k->line && same_text(f->name, k->name, k->name_len) &&
		same_text(f->file, k->file, k->file_len));
}

static uint32_t add_function(struct unwind_table *t, const struct unwind_key *k, const char *object,
			     uint64_t address)
{
	struct stacks *s = t->stacks;

	vec_room(&s->functions, s->nfunctions, &t->cap_functions);
	vec_room(&t->origins, t->norigins, &t->cap_origins);
	s->functions[s->nfunctions++] = (struct stack_function){
		.kind = k->kind,
		.object = xstrdup(k->object ? k->object->name : object),
		.name = k->name ? xmemdupz(k->name, k->name_len) : NULL,
		.file = k->file ? xmemdupz(k->file, k->file_len) : NULL,
		.line = k->line,
		.offset = k->start,
	};
	t->origins[t->norigins++] = (struct unwind_origin){
		k->object, k->pid, address, k->name || (!k->object && !k->pid) };
	if (k->object)
		k->object->refs++;
	return (uint32_t)s->nfunctions;
}

uint32_t unwind_table_function(struct unwind_table *t, const struct unwind_key *key,
			       const char *object, uint64_t address)
{
	static const struct unwind_key nothing = { .kind = FRAME_UNKNOWN };
	uint32_t *slot;

	for (size_t i = hash_key(key);; i++) {
		slot = &t->function_slots[i % SLOTS];
		if (!*slot)
			break;
		if (is_key(t, *slot - 1, key))
			return *slot - 1;
	}
	if (t->stacks->nfunctions >= FUNCTIONS_MAX && memcmp(key, &nothing, sizeof(nothing)))
		return unwind_table_function(t, &nothing, "[anon]", 0);
	*slot = add_function(t, key, object, address);
	return *slot - 1;
}

static uint64_t hash_trace(const struct stack_trace *t)
{
	uint64_t h = mix(t->nframes, (uint64_t)t->leaf << 2 | t->kernel << 1 | t->truncated);

	for (uint32_t i = 0; i < t->nframes; i++)
		h = mix(h, t->frames[i]);
	return h;
}

static bool same_trace(const struct stack_trace *a, const struct stack_trace *b)
{
	return a->nframes == b->nframes && a->kernel == b->kernel && a->truncated == b->truncated &&
	       a->leaf == b->leaf && !memcmp(a->frames, b->frames, a->nframes * sizeof(*a->frames));
}

static uint32_t add_trace(struct unwind_table *t, const struct stack_trace *trace)
{
	struct stacks *s = t->stacks;

	vec_room(&s->traces, s->ntraces, &t->cap_traces);
	s->traces[s->ntraces] = *trace;
	s->traces[s->ntraces].frames = xcalloc(trace->nframes, sizeof(*trace->frames));
	memcpy(s->traces[s->ntraces].frames, trace->frames, trace->nframes * sizeof(*trace->frames));
	return (uint32_t)++s->ntraces;
}

uint32_t unwind_table_trace(struct unwind_table *t, const struct stack_trace *trace)
{
	static const struct unwind_key nothing = { .kind = FRAME_UNKNOWN };
	struct stack_trace short_one = { .nframes = 1, .truncated = true };
	uint32_t *slot, frame;

	for (size_t i = hash_trace(trace);; i++) {
		slot = &t->trace_slots[i % SLOTS];
		if (!*slot)
			break;
		if (same_trace(&t->stacks->traces[*slot - 1], trace))
			return *slot - 1;
	}
	if (t->stacks->ntraces >= TRACES_MAX) {
		frame = unwind_table_function(t, &nothing, "[anon]", 0);
		short_one.frames = &frame;
		if (!same_trace(&short_one, trace))
			return unwind_table_trace(t, &short_one);
	}
	*slot = add_trace(t, trace);
	return *slot - 1;
}
