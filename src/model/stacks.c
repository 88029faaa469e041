#include "model/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

static char *string_copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* A copy of `n` elements; NULL for none. */
static void *array_copy(const void *from, size_t n, size_t size)
{
	void *to;

	if (!n)
		return NULL;
	to = xcalloc(n, size);
	memcpy(to, from, n * size);
	return to;
}

void stacks_release(struct stacks *s)
{
	for (size_t i = 0; i < s->nfunctions; i++) {
		free(s->functions[i].object);
		free(s->functions[i].name);
		free(s->functions[i].symbol);
		free(s->functions[i].file);
	}
	for (size_t i = 0; i < s->ntraces; i++)
		free(s->traces[i].frames);
	for (size_t i = 0; i < s->nprocesses; i++)
		free(s->processes[i].comm);
	free(s->functions);
	free(s->traces);
	free(s->counts);
	free(s->processes);
	free(s->gaps);
	*s = (struct stacks){ 0 };
}

void stacks_copy(struct stacks *to, const struct stacks *from)
{
	*to = *from;
	to->functions = array_copy(from->functions, from->nfunctions, sizeof(*to->functions));
	to->traces = array_copy(from->traces, from->ntraces, sizeof(*to->traces));
	to->counts = array_copy(from->counts, from->ncounts, sizeof(*to->counts));
	to->processes = array_copy(from->processes, from->nprocesses, sizeof(*to->processes));
	to->gaps = array_copy(from->gaps, from->ngaps, sizeof(*to->gaps));
	for (size_t i = 0; i < to->nfunctions; i++) {
		struct stack_function *f = &to->functions[i];

		f->object = string_copy(f->object);
		f->name = string_copy(f->name);
		f->symbol = string_copy(f->symbol);
		f->file = string_copy(f->file);
	}
	for (size_t i = 0; i < to->ntraces; i++) {
		struct stack_trace *t = &to->traces[i];

		t->frames = array_copy(t->frames, t->nframes, sizeof(*t->frames));
	}
	for (size_t i = 0; i < to->nprocesses; i++)
		to->processes[i].comm = string_copy(to->processes[i].comm);
}

void stacks_gap(struct stacks *s, const char *what, int error, const char *needs)
{
	struct gap gap = { .error = error };

	snprintf(gap.what, sizeof(gap.what), "%s", what);
	snprintf(gap.needs, sizeof(gap.needs), "%s", needs);
	for (size_t i = 0; i < s->ngaps; i++) {
		if (!strcmp(s->gaps[i].what, gap.what))
			return;
	}
	s->gaps = xreallocarray(s->gaps, s->ngaps + 1, sizeof(*s->gaps));
	s->gaps[s->ngaps++] = gap;
}

const char *page_event_name(enum page_event e)
{
	static const char *const names[PAGE_EVENTS] = {
		[PAGE_EVENT_COPIED] = "copied",       [PAGE_EVENT_REUSED] = "reused",
		[PAGE_EVENT_ZEROED] = "zeroed",       [PAGE_EVENT_FIRST] = "first_touch",
		[PAGE_EVENT_UNDECIDED] = "undecided",
	};

	return names[e];
}

/* The tracepoints are sampled where the kernel allocates the copy: there is nothing else to see. */
bool stack_method_sees(enum stack_method m, enum page_event e)
{
	return m == STACKS_SOFTWARE || e == PAGE_EVENT_COPIED;
}

const char *stack_method_name(enum stack_method m)
{
	static const char *const names[] = {
		[STACKS_TRACEPOINTS] = "tracepoints",
		[STACKS_CGROUP] = "cgroup",
		[STACKS_SOFTWARE] = "software",
	};

	return names[m];
}
