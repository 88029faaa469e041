#include "codec/stacks.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "codec/stacks_valid.h"

static uint64_t take_most(struct intake *in, uint64_t most)
{
	uint64_t v = take_varint(in);

	in->bad |= v > most;
	return v <= most ? v : 0;
}

static char *take_text_copy(struct intake *in)
{
	size_t n = take_most(in, (uint64_t)STACKS_TEXT_MAX + 1), len = n ? n - 1 : 0;
	const char *s = (const char *)in->at;

	if (!n)
		return NULL;
	if (len > intake_left(in) || memchr(s, '\0', len)) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return xmemdupz(s, len);
}

static fact take_fact(struct intake *in)
{
	return (fact)take_most(in, STACKS_FACT_MOST + 1) - 1;
}

static bool take_head(struct intake *in, struct stacks *s)
{
	s->time_ns = take_signed(in);
	s->span_ns = (int64_t)take_most(in, STACKS_TIME_MOST);
	s->method = (enum stack_method)take_most(in, STACKS_SOFTWARE);
	s->master_covered = take_most(in, true);
	s->period = (uint32_t)take_most(in, STACKS_PERIOD_MAX);
	s->stack_bytes = (uint32_t)take_most(in, UINT32_MAX);
	s->page_size = (int64_t)take_most(in, STACKS_PAGE_SIZE_MOST);
	s->cost_ns = (int64_t)take_most(in, STACKS_TIME_MOST);
	s->lost = take_varint(in);
	s->unwinds = take_varint(in);
	s->memo_hits = take_varint(in);
	return !in->bad;
}

static bool take_functions(struct intake *in, struct stacks *s)
{
	size_t n = take_count(in, 6, STACKS_FUNCTIONS_MAX);

	if (s->functions)
		return false;
	s->functions = xcalloc(n + 1, sizeof(*s->functions));
	while (s->nfunctions < n && !in->bad) {
		struct stack_function *f = &s->functions[s->nfunctions++];
		uint64_t kind = take_varint(in);

		f->kind = kind < FRAME_UNKNOWN ? (enum frame_kind)kind : FRAME_UNKNOWN;
		f->object = take_text_copy(in);
		f->name = take_text_copy(in);
		f->file = take_text_copy(in);
		f->line = (int)take_most(in, INT32_MAX);
		f->offset = take_varint(in);
	}
	return !in->bad;
}

static bool take_symbols(struct intake *in, struct stacks *s)
{
	while (intake_left(in) && !in->bad) {
		uint64_t which = take_varint(in);
		char *symbol = take_text_copy(in);

		if (which >= s->nfunctions || s->functions[which].symbol) {
			free(symbol);
			return false;
		}
		s->functions[which].symbol = symbol;
	}
	return !in->bad;
}

static bool take_traces(struct intake *in, struct stacks *s)
{
	size_t n = take_count(in, 2, STACKS_TRACES_MAX);

	if (s->traces)
		return false;
	s->traces = xcalloc(n + 1, sizeof(*s->traces));
	while (s->ntraces < n && !in->bad) {
		struct stack_trace *t = &s->traces[s->ntraces++];
		uint64_t bits = take_varint(in);

		t->kernel = bits & 1;
		t->truncated = bits >> 1 & 1;
		t->leaf = bits >> 2 < LEAF_KINDS ? (enum leaf_kind)(bits >> 2) : LEAF_OTHER;
		t->nframes = (uint32_t)take_count(in, 1, STACKS_FRAMES_MAX);
		t->frames = xcalloc(t->nframes + 1, sizeof(*t->frames));
		for (uint32_t k = 0; k < t->nframes; k++)
			t->frames[k] = (uint32_t)take_most(in, STACKS_FUNCTIONS_MAX);
	}
	return !in->bad;
}

static bool take_processes(struct intake *in, struct stacks *s)
{
	size_t n = take_count(in, 8, STACKS_PROCESSES_MAX);

	if (s->processes)
		return false;
	s->processes = xcalloc(n + 1, sizeof(*s->processes));
	while (s->nprocesses < n && !in->bad) {
		struct stack_process *p = &s->processes[s->nprocesses++];
		uint64_t flags;

		p->pid = (pid_t)take_most(in, INT32_MAX);
		p->start_ticks = take_varint(in);
		p->parent = (pid_t)take_most(in, INT32_MAX);
		p->comm = take_text_copy(in);
		flags = take_most(in, 3);
		p->master = flags & 1;
		p->apportioned = flags >> 1;
		p->copies = take_fact(in);
		p->faults = take_fact(in);
		p->lost = take_varint(in);
	}
	return !in->bad;
}

/* A kind of event that a later version knows is left out. */
static bool take_counts(struct intake *in, struct stacks *s)
{
	size_t n = take_count(in, 3, STACKS_COUNTS_MAX), events = take_most(in, 64);

	if (s->counts || in->bad)
		return false;
	s->counts = xcalloc(n + 1, sizeof(*s->counts));
	while (s->ncounts < n && !in->bad) {
		struct stack_count *c = &s->counts[s->ncounts++];

		c->trace = (uint32_t)take_most(in, STACKS_TRACES_MAX);
		c->process = (uint32_t)take_most(in, STACKS_PROCESSES_MAX);
		for (size_t e = 0; e < events; e++) {
			uint64_t samples = take_varint(in);

			if (e < PAGE_EVENTS)
				c->samples[e] = samples;
		}
	}
	return !in->bad;
}

static bool take_gaps(struct intake *in, struct stacks *s)
{
	size_t n = take_count(in, 3, STACKS_GAPS_MAX);

	if (s->gaps)
		return false;
	s->gaps = xcalloc(n + 1, sizeof(*s->gaps));
	while (s->ngaps < n && !in->bad) {
		struct gap *g = &s->gaps[s->ngaps++];

		take_text(in, g->what, sizeof(g->what));
		g->error = (int)take_signed(in);
		take_text(in, g->needs, sizeof(g->needs));
	}
	return !in->bad;
}

static bool take(uint64_t tag, struct intake *in, struct stacks *s)
{
	switch (tag) {
	case STACKS_HEAD:
		return take_head(in, s);
	case STACKS_FUNCTIONS:
		return take_functions(in, s);
	case STACKS_TRACES:
		return take_traces(in, s);
	case STACKS_PROCESSES:
		return take_processes(in, s);
	case STACKS_COUNTS:
		return take_counts(in, s);
	case STACKS_GAPS:
		return take_gaps(in, s);
	case STACKS_SYMBOLS:
		return take_symbols(in, s);
	default:
		return true; /* of a later version */
	}
}

bool stacks_take(const void *bytes, size_t len, struct stacks *ret)
{
	struct intake in = intake_of(bytes, len), body;
	uint64_t tag;
	bool good = true;

	*ret = (struct stacks){ 0 };
	while (good && take_section(&in, &tag, &body))
		good = take(tag, &body, ret);
	if (good && !in.bad && stacks_valid(ret))
		return true;
	stacks_release(ret);
	return false;
}
