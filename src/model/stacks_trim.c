/* A large span into a small one. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/stacks_fold.h"

/* About what numbers take, as bytes of a recording. */
#define HEAD_COST 64
#define FUNCTION_COST 12
#define FRAME_COST 2
#define TRACE_COST 4
#define PROCESS_COST 24
#define COUNT_COST 8

#define NOWHERE UINT32_MAX

struct weight {
	uint32_t trace, counts;
	uint64_t samples;
};

static size_t text_size(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

static size_t function_size(const struct stack_function *f)
{
	return FUNCTION_COST + text_size(f->object) + text_size(f->name) + text_size(f->symbol) +
	       text_size(f->file);
}

static size_t trace_size(const struct stack_trace *t)
{
	return TRACE_COST + (size_t)t->nframes * FRAME_COST;
}

/* Of what is never left out. */
static size_t base_size(const struct stacks *s)
{
	size_t size = HEAD_COST + s->ngaps * sizeof(*s->gaps);

	for (size_t i = 0; i < s->nprocesses; i++)
		size += PROCESS_COST + text_size(s->processes[i].comm);
	return size;
}

size_t stacks_size(const struct stacks *s)
{
	size_t size = base_size(s) + s->ncounts * COUNT_COST;

	for (size_t i = 0; i < s->nfunctions; i++)
		size += function_size(&s->functions[i]);
	for (size_t i = 0; i < s->ntraces; i++)
		size += trace_size(&s->traces[i]);
	return size;
}

static int heavier(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples > y->samples ? -1 : 1;
	return (x->trace > y->trace) - (x->trace < y->trace);
}

static bool is_rest(const struct stacks *s, const struct stack_trace *t)
{
	const struct stack_function *f = t->nframes == 1 ? &s->functions[t->frames[0]] : NULL;

	return f && f->kind == FRAME_UNKNOWN && f->name && !strcmp(f->name, STACKS_REST) &&
	       !strcmp(f->object, STACKS_REST);
}

static struct weight *weigh(const struct stacks *s)
{
	struct weight *weights = xcalloc(s->ntraces + 1, sizeof(*weights));

	for (uint32_t i = 0; i < s->ntraces; i++)
		weights[i].trace = i;
	for (size_t i = 0; i < s->ncounts; i++) {
		struct weight *w = &weights[s->counts[i].trace];

		w->counts++;
		for (size_t e = 0; e < PAGE_EVENTS; e++)
			w->samples += s->counts[i].samples[e];
	}
	qsort(weights, s->ntraces, sizeof(*weights), heavier);
	return weights;
}

/* What keeping this trace takes, with functions that no other one has. */
static size_t price(const struct stacks *s, const struct weight *w, bool *function)
{
	const struct stack_trace *t = &s->traces[w->trace];
	size_t size = trace_size(t) + w->counts * COUNT_COST;

	for (uint32_t i = 0; i < t->nframes; i++) {
		if (!function[t->frames[i]])
			size += function_size(&s->functions[t->frames[i]]);
		function[t->frames[i]] = true;
	}
	return size;
}

/* The heaviest that fit, up to the first that does not; returns marks of them. */
static bool *choose(const struct stacks *s, size_t most)
{
	bool *keep = xcalloc(s->ntraces + 1, sizeof(*keep));
	cleanup_free bool *function = xcalloc(s->nfunctions + 1, sizeof(*function));
	cleanup_free struct weight *weights = weigh(s);
	/* The trace of the rest and its counts. */
	size_t size = base_size(s) + HEAD_COST + s->nprocesses * COUNT_COST;

	for (size_t i = 0; i < s->ntraces; i++) {
		if (is_rest(s, &s->traces[weights[i].trace]))
			continue;
		size += price(s, &weights[i], function);
		if (size > most)
			break;
		keep[weights[i].trace] = true;
	}
	return keep;
}

/* One trace of one frame behind the others; returns its number. */
static uint32_t add_rest(struct stacks *s)
{
	struct stack_trace *t;

	s->functions = xreallocarray(s->functions, s->nfunctions + 1, sizeof(*s->functions));
	s->functions[s->nfunctions++] = (struct stack_function){
		.kind = FRAME_UNKNOWN,
		.object = xstrdup(STACKS_REST),
		.name = xstrdup(STACKS_REST),
	};
	s->traces = xreallocarray(s->traces, s->ntraces + 1, sizeof(*s->traces));
	t = &s->traces[s->ntraces];
	*t = (struct stack_trace){ .frames = xcalloc(1, sizeof(*t->frames)), .nframes = 1 };
	t->frames[0] = (uint32_t)s->nfunctions - 1;
	return (uint32_t)s->ntraces++;
}

/* Counts of what is not kept, into one of each process behind the others. */
static void trim_counts(struct stacks *s, const bool *keep, uint32_t rest)
{
	cleanup_free struct stack_count *sums = xcalloc(s->nprocesses + 1, sizeof(*sums));
	cleanup_free bool *any = xcalloc(s->nprocesses + 1, sizeof(*any));
	size_t n = 0;

	for (size_t i = 0; i < s->ncounts; i++) {
		const struct stack_count *c = &s->counts[i];

		if (keep[c->trace]) {
			s->counts[n++] = *c;
			continue;
		}
		any[c->process] = true;
		for (size_t e = 0; e < PAGE_EVENTS; e++)
			sums[c->process].samples[e] += c->samples[e];
	}
	for (uint32_t i = 0; i < s->nprocesses; i++) {
		if (!any[i])
			continue;
		/* At least one of that process was taken out: there is room. */
		sums[i].trace = rest;
		sums[i].process = i;
		s->counts[n++] = sums[i];
	}
	s->ncounts = n;
}

/* Traces that are kept, and what counts then call them. */
static void trim_traces(struct stacks *s, const bool *keep)
{
	cleanup_free uint32_t *number = xcalloc(s->ntraces + 1, sizeof(*number));
	size_t n = 0;

	for (size_t i = 0; i < s->ntraces; i++) {
		if (!keep[i]) {
			free(s->traces[i].frames);
			continue;
		}
		number[i] = (uint32_t)n;
		s->traces[n++] = s->traces[i];
	}
	s->ntraces = n;
	for (size_t i = 0; i < s->ncounts; i++)
		s->counts[i].trace = number[s->counts[i].trace];
}

/* Functions that are in a trace. */
static void trim_functions(struct stacks *s)
{
	cleanup_free uint32_t *number = xcalloc(s->nfunctions + 1, sizeof(*number));
	size_t n = 0;

	memset(number, 0xff, s->nfunctions * sizeof(*number));
	for (size_t i = 0; i < s->ntraces; i++) {
		for (uint32_t k = 0; k < s->traces[i].nframes; k++)
			number[s->traces[i].frames[k]] = 0;
	}
	for (size_t i = 0; i < s->nfunctions; i++) {
		if (number[i] == NOWHERE) {
			free(s->functions[i].object);
			free(s->functions[i].name);
			free(s->functions[i].symbol);
			free(s->functions[i].file);
			continue;
		}
		number[i] = (uint32_t)n;
		s->functions[n++] = s->functions[i];
	}
	s->nfunctions = n;
	for (size_t i = 0; i < s->ntraces; i++) {
		for (uint32_t k = 0; k < s->traces[i].nframes; k++)
			s->traces[i].frames[k] = number[s->traces[i].frames[k]];
	}
}

void stacks_trim(struct stacks *s, size_t most)
{
	cleanup_free bool *keep = NULL;
	uint32_t rest;

	if (stacks_size(s) <= most)
		return;
	rest = add_rest(s);
	keep = choose(s, most);
	keep[rest] = true;
	trim_counts(s, keep, rest);
	trim_traces(s, keep);
	trim_functions(s);
}
