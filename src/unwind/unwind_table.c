#include "unwind/unwind_table.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* A server has some thousands of each. One more of either is for all that has no place any more. */
#define FUNCTIONS_MAX 65535
#define TRACES_MAX 65535

void unwind_table_init(struct unwind_table *t, struct stacks *stacks, struct unwind_objects *objects)
{
	*t = (struct unwind_table){ .stacks = stacks, .objects = objects };
}

void unwind_table_release(struct unwind_table *t)
{
	for (size_t i = 0; i < t->norigins; i++)
		if (t->origins[i].object)
			unwind_object_put(t->objects, t->origins[i].object);
	free(t->origins);
	hash_release(&t->functions);
	hash_release(&t->traces);
}

static uint64_t hash_key(const struct unwind_key *k)
{
	uint64_t h = hash_mix(k->start, (uint64_t)(uintptr_t)k->object);

	h = hash_mix(h, (uint64_t)k->pid << 8 | k->kind);
	h = hash_mix(h, (uint64_t)k->line);
	h = hash_bytes(h, k->name, k->name_len);
	return hash_bytes(h, k->file, k->file_len);
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
	t->origins[t->norigins++] = (struct unwind_origin){ k->object, k->pid, address,
							    k->name || (!k->object && !k->pid) };
	if (k->object)
		k->object->refs++;
	return (uint32_t)s->nfunctions - 1;
}

uint32_t unwind_table_function(struct unwind_table *t, const struct unwind_key *key, const char *object,
			       uint64_t address)
{
	static const struct unwind_key nothing = { .kind = FRAME_UNKNOWN };
	uint64_t hash = hash_key(key);
	size_t step = 0;
	uint32_t i;

	while (hash_next(&t->functions, hash, &step, &i))
		if (is_key(t, i, key))
			return i;
	if (t->stacks->nfunctions >= FUNCTIONS_MAX && key != &nothing)
		return unwind_table_function(t, &nothing, "[anon]", 0);
	i = add_function(t, key, object, address);
	hash_add(&t->functions, hash, i);
	return i;
}

static uint64_t hash_trace(const struct stack_trace *t)
{
	uint64_t h = hash_mix(t->nframes, (uint64_t)t->leaf << 2 | t->kernel << 1 | t->truncated);

	for (uint32_t i = 0; i < t->nframes; i++)
		h = hash_mix(h, t->frames[i]);
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
	return (uint32_t)s->ntraces++;
}

uint32_t unwind_table_trace(struct unwind_table *t, const struct stack_trace *trace)
{
	static const struct unwind_key nothing = { .kind = FRAME_UNKNOWN };
	struct stack_trace short_one = { .nframes = 1, .truncated = true };
	uint64_t hash = hash_trace(trace);
	uint32_t frame, i;
	size_t step = 0;

	while (hash_next(&t->traces, hash, &step, &i))
		if (same_trace(&t->stacks->traces[i], trace))
			return i;
	if (t->stacks->ntraces >= TRACES_MAX) {
		frame = unwind_table_function(t, &nothing, "[anon]", 0);
		short_one.frames = &frame;
		if (!same_trace(&short_one, trace))
			return unwind_table_trace(t, &short_one);
	}
	i = add_trace(t, trace);
	hash_add(&t->traces, hash, i);
	return i;
}
