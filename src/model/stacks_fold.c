#include "model/stacks_fold.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"

/* What the codec takes (codec/stacks.h): sums of hostile numbers stay below. */
#define FACT_MOST (INT64_C(1) << 53)
#define SAMPLES_MOST (UINT64_C(1) << 40)
#define TIME_MOST (INT64_C(1) << 62)

/* Of one sum; a night of workers that live for a second. */
#define PROCESSES_MOST (1 << 20)

/* ---- what is there already */

static uint64_t mix_text(uint64_t hash, const char *s)
{
	return s ? hash_bytes(hash, s, strlen(s)) : hash_mix(hash, 0);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static uint64_t function_hash(const struct stack_function *f)
{
	return hash_mix(hash_mix(mix_text(mix_text(0, f->name), f->object), f->offset), (uint64_t)f->line);
}

static bool same_function(const struct stack_function *a, const struct stack_function *b)
{
	return a->kind == b->kind && a->line == b->line && a->offset == b->offset &&
	       same_text(a->object, b->object) && same_text(a->name, b->name) && same_text(a->file, b->file);
}

/* Its number among those of `s`, or how many there are. */
static uint32_t find_function(const struct stacks *s, const struct hash *known,
			      const struct stack_function *f)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(known, function_hash(f), &step, &i))
		if (same_function(&s->functions[i], f))
			return i;
	return (uint32_t)s->nfunctions;
}

static uint64_t trace_hash(const struct stack_trace *t)
{
	uint64_t hash = hash_mix(t->kernel, (uint64_t)t->leaf << 1 | t->truncated);

	for (uint32_t i = 0; i < t->nframes; i++)
		hash = hash_mix(hash, t->frames[i]);
	return hash;
}

static bool same_trace(const struct stack_trace *a, const struct stack_trace *b)
{
	return a->nframes == b->nframes && a->kernel == b->kernel && a->truncated == b->truncated &&
	       a->leaf == b->leaf &&
	       (!a->nframes || !memcmp(a->frames, b->frames, a->nframes * sizeof(*a->frames)));
}

/* Its number among those of `s`, or how many there are. */
static uint32_t find_trace(const struct stacks *s, const struct hash *known, const struct stack_trace *t)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(known, trace_hash(t), &step, &i))
		if (same_trace(&s->traces[i], t))
			return i;
	return (uint32_t)s->ntraces;
}

static uint64_t process_hash(const struct stack_process *p)
{
	return hash_mix((uint64_t)p->pid, p->start_ticks);
}

static bool same_process(const struct stack_process *a, const struct stack_process *b)
{
	return a->pid == b->pid && a->start_ticks == b->start_ticks;
}

/* Its number among those of `s`, or how many there are. */
static uint32_t find_process(const struct stacks *s, const struct hash *known, const struct stack_process *p)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(known, process_hash(p), &step, &i))
		if (same_process(&s->processes[i], p))
			return i;
	return (uint32_t)s->nprocesses;
}

static uint64_t count_hash(const struct stack_count *c)
{
	return hash_mix(hash_mix(0, c->trace), c->process);
}

static bool same_count(const struct stack_count *a, const struct stack_count *b)
{
	return a->trace == b->trace && a->process == b->process;
}

/* Its number among those of `s`, or how many there are. */
static uint32_t find_count(const struct stacks *s, const struct hash *known, const struct stack_count *c)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(known, count_hash(c), &step, &i))
		if (same_count(&s->counts[i], c))
			return i;
	return (uint32_t)s->ncounts;
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
	cleanup(hash_release) struct hash known = { 0 };

	to->functions = xreallocarray(to->functions, to->nfunctions + from->nfunctions + 1,
				      sizeof(*to->functions));
	for (uint32_t i = 0; i < to->nfunctions; i++)
		hash_add(&known, function_hash(&to->functions[i]), i);
	for (size_t i = 0; i < from->nfunctions; i++) {
		const struct stack_function *f = &from->functions[i];
		struct stack_function *copy;

		number[i] = find_function(to, &known, f);
		if (number[i] == to->nfunctions) {
			hash_add(&known, function_hash(f), number[i]);
			copy = &to->functions[to->nfunctions++];
			*copy = *f;
			copy->object = string_copy(f->object);
			copy->name = string_copy(f->name);
			copy->symbol = string_copy(f->symbol);
			copy->file = string_copy(f->file);
		}
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
	cleanup(hash_release) struct hash known = { 0 };

	to->traces = xreallocarray(to->traces, to->ntraces + from->ntraces + 1, sizeof(*to->traces));
	for (uint32_t i = 0; i < to->ntraces; i++)
		hash_add(&known, trace_hash(&to->traces[i]), i);
	for (size_t i = 0; i < from->ntraces; i++) {
		struct stack_trace t = translate(&from->traces[i], function);

		number[i] = find_trace(to, &known, &t);
		if (number[i] == to->ntraces) {
			hash_add(&known, trace_hash(&t), number[i]);
			to->traces[to->ntraces++] = t;
		} else {
			free(t.frames);
		}
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
	cleanup(hash_release) struct hash known = { 0 };

	to->processes = xreallocarray(to->processes, to->nprocesses + from->nprocesses + 1,
				      sizeof(*to->processes));
	for (uint32_t i = 0; i < to->nprocesses; i++)
		hash_add(&known, process_hash(&to->processes[i]), i);
	for (size_t i = 0; i < from->nprocesses; i++) {
		const struct stack_process *p = &from->processes[i];
		struct stack_process *copy;

		number[i] = find_process(to, &known, p);
		if (number[i] < to->nprocesses) {
			add_process(&to->processes[number[i]], p);
			continue;
		}
		hash_add(&known, process_hash(p), number[i]);
		copy = &to->processes[to->nprocesses++];
		*copy = *p;
		copy->comm = string_copy(p->comm);
	}
	return number;
}

static void merge_counts(struct stacks *to, const struct stacks *from)
{
	cleanup_free uint32_t *trace = merge_traces(to, from);
	cleanup_free uint32_t *process = merge_processes(to, from);
	cleanup(hash_release) struct hash known = { 0 };

	to->counts = xreallocarray(to->counts, to->ncounts + from->ncounts + 1, sizeof(*to->counts));
	for (uint32_t i = 0; i < to->ncounts; i++)
		hash_add(&known, count_hash(&to->counts[i]), i);
	for (size_t i = 0; i < from->ncounts; i++) {
		struct stack_count c = from->counts[i];
		uint32_t at;

		c.trace = trace[c.trace];
		c.process = process[c.process];
		at = find_count(to, &known, &c);
		if (at == to->ncounts) {
			hash_add(&known, count_hash(&c), at);
			to->counts[to->ncounts++] = c;
			continue;
		}
		for (size_t e = 0; e < PAGE_EVENTS; e++)
			to->counts[at].samples[e] = add_up(to->counts[at].samples[e], c.samples[e],
							   SAMPLES_MOST);
	}
}

bool stacks_merge(struct stacks *to, const struct stacks *from)
{
	if (!to->page_size) {
		stacks_release(to);
		stacks_copy(to, from);
		return true;
	}
	if (to->method != from->method || to->period != from->period || to->page_size != from->page_size ||
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
