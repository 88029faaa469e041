#include "model/stacks_fold.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* What the codec takes (codec/stacks.h): sums of hostile numbers stay below. */
#define FACT_MOST (INT64_C(1) << 53)
#define SAMPLES_MOST (UINT64_C(1) << 40)
#define TIME_MOST (INT64_C(1) << 62)

/* Of one sum; a night of workers that live for a second. */
#define PROCESSES_MOST (1 << 20)

#define NOWHERE UINT32_MAX

/* ---- what is there already: numbers of elements by a hash of what is in them */

struct finder {
	uint32_t *slots;
	size_t mask;
};

typedef bool same_fn(const struct stacks *s, uint32_t at, const void *what);

static struct finder finder_new(size_t elements)
{
	size_t size = 16;

	while (size < elements * 2)
		size *= 2;
	struct finder f = { xcalloc(size, sizeof(*f.slots)), size - 1 };
	memset(f.slots, 0xff, size * sizeof(*f.slots));
	return f;
}

static void finder_release(struct finder *f)
{
	free(f->slots);
}

/* Where the number of that element is, or, if NOWHERE stands there, belongs. */
static uint32_t *finder_slot(const struct finder *f, uint64_t hash, same_fn *same,
			     const struct stacks *s, const void *what)
{
	size_t at = (hash ^ hash >> 32) & f->mask;

	while (f->slots[at] != NOWHERE && !same(s, f->slots[at], what))
		at = (at + 1) & f->mask;
	return &f->slots[at];
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t mix_text(uint64_t hash, const char *s)
{
	for (; s && *s; s++)
		hash = mix(hash, (unsigned char)*s);
	return mix(hash, s != NULL);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static uint64_t function_hash(const struct stack_function *f)
{
	return mix(mix(mix_text(mix_text(0, f->name), f->object), f->offset), (uint64_t)f->line);
}

static bool same_function(const struct stacks *s, uint32_t at, const void *what)
{
	const struct stack_function *a = &s->functions[at], *b = what;

	return a->kind == b->kind && a->line == b->line && a->offset == b->offset &&
	       same_text(a->object, b->object) && same_text(a->name, b->name) &&
	       same_text(a->file, b->file);
}

static uint64_t trace_hash(const struct stack_trace *t)
{
	uint64_t hash = mix(t->kernel, (uint64_t)t->leaf << 1 | t->truncated);

	for (uint32_t i = 0; i < t->nframes; i++)
		hash = mix(hash, t->frames[i]);
	return hash;
}

static bool same_trace(const struct stacks *s, uint32_t at, const void *what)
{
	const struct stack_trace *a = &s->traces[at], *b = what;

	return a->nframes == b->nframes && a->kernel == b->kernel && a->truncated == b->truncated &&
	       a->leaf == b->leaf &&
	       (!a->nframes || !memcmp(a->frames, b->frames, a->nframes * sizeof(*a->frames)));
}

static uint64_t process_hash(const struct stack_process *p)
{
	return mix((uint64_t)p->pid, p->start_ticks);
}

static bool same_process(const struct stacks *s, uint32_t at, const void *what)
{
	const struct stack_process *a = &s->processes[at], *b = what;

	return a->pid == b->pid && a->start_ticks == b->start_ticks;
}

static uint64_t count_hash(const struct stack_count *c)
{
	return mix(mix(0, c->trace), c->process);
}

static bool same_count(const struct stacks *s, uint32_t at, const void *what)
{
	const struct stack_count *a = &s->counts[at], *b = what;

	return a->trace == b->trace && a->process == b->process;
}

/* ---- merging */

static char *string_copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static uint64_t add_up(uint64_t a, uint64_t b, uint64_t most)
{
	return a > most || b > most - a ? most : a + b;
}

static fact add_facts(fact a, fact b)
{
	if (a == ABSENT || b == ABSENT)
		return ABSENT;
	return (fact)add_up((uint64_t)a, (uint64_t)b, FACT_MOST);
}

/* Number in `to` of each function of `from`; new ones are copied. */
static uint32_t *merge_functions(struct stacks *to, const struct stacks *from)
{
	uint32_t *number = xcalloc(from->nfunctions + 1, sizeof(*number));
	cleanup(finder_release) struct finder finder =
		finder_new(to->nfunctions + from->nfunctions);

	to->functions = xreallocarray(to->functions, to->nfunctions + from->nfunctions + 1,
				      sizeof(*to->functions));
	for (uint32_t i = 0; i < to->nfunctions; i++)
		*finder_slot(&finder, function_hash(&to->functions[i]), same_function, to,
			     &to->functions[i]) = i;
	for (size_t i = 0; i < from->nfunctions; i++) {
		const struct stack_function *f = &from->functions[i];
		uint32_t *slot = finder_slot(&finder, function_hash(f), same_function, to, f);

		if (*slot == NOWHERE) {
			struct stack_function *copy = &to->functions[to->nfunctions];

			*slot = (uint32_t)to->nfunctions++;
			*copy = *f;
			copy->object = string_copy(f->object);
			copy->name = string_copy(f->name);
			copy->file = string_copy(f->file);
		}
		number[i] = *slot;
	}
	return number;
}

/* A trace of `from` with frames as `to` numbers them. */
static struct stack_trace translate(const struct stack_trace *t, const uint32_t *function)
{
	struct stack_trace copy = *t;

	copy.frames = xcalloc(t->nframes + 1, sizeof(*copy.frames));
	for (uint32_t i = 0; i < t->nframes; i++)
		copy.frames[i] = function[t->frames[i]];
	return copy;
}

static uint32_t *merge_traces(struct stacks *to, const struct stacks *from)
{
	uint32_t *number = xcalloc(from->ntraces + 1, sizeof(*number));
	cleanup_free uint32_t *function = merge_functions(to, from);
	cleanup(finder_release) struct finder finder = finder_new(to->ntraces + from->ntraces);

	to->traces = xreallocarray(to->traces, to->ntraces + from->ntraces + 1,
				   sizeof(*to->traces));
	for (uint32_t i = 0; i < to->ntraces; i++)
		*finder_slot(&finder, trace_hash(&to->traces[i]), same_trace, to,
			     &to->traces[i]) = i;
	for (size_t i = 0; i < from->ntraces; i++) {
		struct stack_trace t = translate(&from->traces[i], function);
		uint32_t *slot = finder_slot(&finder, trace_hash(&t), same_trace, to, &t);

		if (*slot == NOWHERE) {
			*slot = (uint32_t)to->ntraces++;
			to->traces[*slot] = t;
		} else {
			free(t.frames);
		}
		number[i] = *slot;
	}
	return number;
}

static void add_process(struct stack_process *to, const struct stack_process *p)
{
	to->copies = add_facts(to->copies, p->copies);
	to->apportioned |= p->apportioned;
	to->faults = add_facts(to->faults, p->faults);
	to->lost = add_up(to->lost, p->lost, FACT_MOST);
	/* By then it may have execed. */
	if (p->comm) {
		free(to->comm);
		to->comm = xstrdup(p->comm);
	}
}

static uint32_t *merge_processes(struct stacks *to, const struct stacks *from)
{
	uint32_t *number = xcalloc(from->nprocesses + 1, sizeof(*number));
	cleanup(finder_release) struct finder finder =
		finder_new(to->nprocesses + from->nprocesses);

	to->processes = xreallocarray(to->processes, to->nprocesses + from->nprocesses + 1,
				      sizeof(*to->processes));
	for (uint32_t i = 0; i < to->nprocesses; i++)
		*finder_slot(&finder, process_hash(&to->processes[i]), same_process, to,
			     &to->processes[i]) = i;
	for (size_t i = 0; i < from->nprocesses; i++) {
		const struct stack_process *p = &from->processes[i];
		uint32_t *slot = finder_slot(&finder, process_hash(p), same_process, to, p);

		if (*slot == NOWHERE) {
			*slot = (uint32_t)to->nprocesses++;
			to->processes[*slot] = *p;
			to->processes[*slot].comm = string_copy(p->comm);
		} else {
			add_process(&to->processes[*slot], p);
		}
		number[i] = *slot;
	}
	return number;
}

static void merge_counts(struct stacks *to, const struct stacks *from)
{
	cleanup_free uint32_t *trace = merge_traces(to, from);
	cleanup_free uint32_t *process = merge_processes(to, from);
	cleanup(finder_release) struct finder finder = finder_new(to->ncounts + from->ncounts);

	to->counts = xreallocarray(to->counts, to->ncounts + from->ncounts + 1,
				   sizeof(*to->counts));
	for (uint32_t i = 0; i < to->ncounts; i++)
		*finder_slot(&finder, count_hash(&to->counts[i]), same_count, to,
			     &to->counts[i]) = i;
	for (size_t i = 0; i < from->ncounts; i++) {
		struct stack_count c = from->counts[i];
		uint32_t *slot;

		c.trace = trace[c.trace];
		c.process = process[c.process];
		slot = finder_slot(&finder, count_hash(&c), same_count, to, &c);
		if (*slot == NOWHERE) {
			*slot = (uint32_t)to->ncounts++;
			to->counts[*slot] = c;
			continue;
		}
		for (size_t e = 0; e < PAGE_EVENTS; e++)
			to->counts[*slot].samples[e] = add_up(to->counts[*slot].samples[e],
							      c.samples[e], SAMPLES_MOST);
	}
}

bool stacks_merge(struct stacks *to, const struct stacks *from)
{
	if (!to->page_size) {
		stacks_release(to);
		stacks_copy(to, from);
		return true;
	}
	if (to->method != from->method || to->period != from->period ||
	    to->page_size != from->page_size ||
	    to->nprocesses + from->nprocesses > PROCESSES_MOST)
		return false;
	merge_counts(to, from);
	for (size_t i = 0; i < from->ngaps; i++)
		stacks_gap(to, from->gaps[i].what, from->gaps[i].error, from->gaps[i].needs);
	if (from->time_ns > to->time_ns)
		to->time_ns = from->time_ns;
	to->span_ns = (int64_t)add_up((uint64_t)to->span_ns, (uint64_t)from->span_ns, TIME_MOST);
	to->cost_ns = (int64_t)add_up((uint64_t)to->cost_ns, (uint64_t)from->cost_ns, TIME_MOST);
	to->lost = add_up(to->lost, from->lost, FACT_MOST);
	to->unwinds = add_up(to->unwinds, from->unwinds, FACT_MOST);
	to->memo_hits = add_up(to->memo_hits, from->memo_hits, FACT_MOST);
	to->master_covered &= from->master_covered;
	return true;
}
