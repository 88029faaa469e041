#include "codec/stacks.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* In this order; a section refers to those before it. */
enum {
	STACKS_HEAD = 1,
	STACKS_FUNCTIONS = 2,
	STACKS_TRACES = 3,
	STACKS_PROCESSES = 4,
	STACKS_COUNTS = 5,
	STACKS_GAPS = 6,
	STACKS_SYMBOLS = 7,
};

#define FACT_MOST (INT64_C(1) << 53)
#define TIME_MOST (INT64_C(1) << 62)
#define PAGE_SIZE_MOST (INT64_C(1) << 30)

/* ---- what may be written is what will be read */

static bool within(int64_t v, int64_t least, int64_t most)
{
	return v >= least && v <= most;
}

static bool text_fits(const char *s)
{
	return !s || strlen(s) <= STACKS_TEXT_MAX;
}

static bool head_valid(const struct stacks *s)
{
	return within(s->time_ns, -TIME_MOST, TIME_MOST) && within(s->span_ns, 0, TIME_MOST) &&
	       s->method <= STACKS_SOFTWARE && s->period <= STACKS_PERIOD_MAX &&
	       within(s->page_size, 1, PAGE_SIZE_MOST) && !(s->page_size & (s->page_size - 1)) &&
	       within(s->cost_ns, 0, TIME_MOST) && s->lost <= FACT_MOST && s->unwinds <= FACT_MOST &&
	       s->memo_hits <= FACT_MOST;
}

static bool traces_valid(const struct stacks *s)
{
	for (size_t i = 0; i < s->ntraces; i++) {
		const struct stack_trace *t = &s->traces[i];

		if (t->nframes > STACKS_FRAMES_MAX || t->leaf >= LEAF_KINDS)
			return false;
		for (uint32_t k = 0; k < t->nframes; k++) {
			if (t->frames[k] >= s->nfunctions)
				return false;
		}
	}
	return true;
}

static bool counts_valid(const struct stacks *s)
{
	for (size_t i = 0; i < s->ncounts; i++) {
		const struct stack_count *c = &s->counts[i];

		if (c->trace >= s->ntraces || c->process >= s->nprocesses)
			return false;
		for (size_t e = 0; e < PAGE_EVENTS; e++) {
			if (c->samples[e] > STACKS_SAMPLES_MAX)
				return false;
		}
	}
	return true;
}

static bool rows_valid(const struct stacks *s)
{
	for (size_t i = 0; i < s->nfunctions; i++) {
		const struct stack_function *f = &s->functions[i];

		if (f->kind > FRAME_UNKNOWN || f->line < 0 || !f->object || !text_fits(f->object) ||
		    !text_fits(f->name) || !text_fits(f->file) || !text_fits(f->symbol))
			return false;
	}
	for (size_t i = 0; i < s->nprocesses; i++) {
		const struct stack_process *p = &s->processes[i];

		if (p->pid <= 0 || p->parent < 0 || !text_fits(p->comm) || p->lost > FACT_MOST ||
		    !within(p->copies, ABSENT, FACT_MOST) || !within(p->faults, ABSENT, FACT_MOST))
			return false;
	}
	return true;
}

static bool valid(const struct stacks *s)
{
	return s->nfunctions <= STACKS_FUNCTIONS_MAX && s->ntraces <= STACKS_TRACES_MAX &&
	       s->ncounts <= STACKS_COUNTS_MAX && s->nprocesses <= STACKS_PROCESSES_MAX &&
	       s->ngaps <= STACKS_GAPS_MAX && head_valid(s) && rows_valid(s) && traces_valid(s) &&
	       counts_valid(s);
}

/* ---- to bytes */

/* A text that may be missing: its length and one, or 0. */
static void put_text(struct buf *b, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	put_varint(b, s ? len + 1 : 0);
	buf_add(b, s, len);
}

static void put_head(struct buf *b, const struct stacks *s)
{
	put_signed(b, s->time_ns);
	put_varint(b, (uint64_t)s->span_ns);
	put_varint(b, s->method);
	put_varint(b, s->master_covered);
	put_varint(b, s->period);
	put_varint(b, s->stack_bytes);
	put_varint(b, (uint64_t)s->page_size);
	put_varint(b, (uint64_t)s->cost_ns);
	put_varint(b, s->lost);
	put_varint(b, s->unwinds);
	put_varint(b, s->memo_hits);
}

static void put_functions(struct buf *b, const struct stacks *s)
{
	put_varint(b, s->nfunctions);
	for (size_t i = 0; i < s->nfunctions; i++) {
		const struct stack_function *f = &s->functions[i];

		put_varint(b, f->kind);
		put_text(b, f->object);
		put_text(b, f->name);
		put_text(b, f->file);
		put_varint(b, (uint64_t)f->line);
		put_varint(b, f->offset);
	}
}

/* Of those that have one: which function, and the text. */
static void put_symbols(struct buf *b, const struct stacks *s)
{
	for (size_t i = 0; i < s->nfunctions; i++) {
		if (!s->functions[i].symbol)
			continue;
		put_varint(b, i);
		put_text(b, s->functions[i].symbol);
	}
}

static void put_traces(struct buf *b, const struct stacks *s)
{
	put_varint(b, s->ntraces);
	for (size_t i = 0; i < s->ntraces; i++) {
		const struct stack_trace *t = &s->traces[i];

		put_varint(b, (uint64_t)t->leaf << 2 | (uint64_t)t->truncated << 1 | t->kernel);
		put_varint(b, t->nframes);
		for (uint32_t k = 0; k < t->nframes; k++)
			put_varint(b, t->frames[k]);
	}
}

static void put_processes(struct buf *b, const struct stacks *s)
{
	put_varint(b, s->nprocesses);
	for (size_t i = 0; i < s->nprocesses; i++) {
		const struct stack_process *p = &s->processes[i];

		put_varint(b, (uint64_t)p->pid);
		put_varint(b, p->start_ticks);
		put_varint(b, (uint64_t)p->parent);
		put_text(b, p->comm);
		put_varint(b, (uint64_t)p->master | (uint64_t)p->apportioned << 1);
		put_varint(b, (uint64_t)(p->copies + 1));
		put_varint(b, (uint64_t)(p->faults + 1));
		put_varint(b, p->lost);
	}
}

static void put_counts(struct buf *b, const struct stacks *s)
{
	put_varint(b, s->ncounts);
	put_varint(b, PAGE_EVENTS);
	for (size_t i = 0; i < s->ncounts; i++) {
		const struct stack_count *c = &s->counts[i];

		put_varint(b, c->trace);
		put_varint(b, c->process);
		for (size_t e = 0; e < PAGE_EVENTS; e++)
			put_varint(b, c->samples[e]);
	}
}

static void put_gaps(struct buf *b, const struct stacks *s)
{
	put_varint(b, s->ngaps);
	for (size_t i = 0; i < s->ngaps; i++) {
		put_string(b, s->gaps[i].what);
		put_signed(b, s->gaps[i].error);
		put_string(b, s->gaps[i].needs);
	}
}

bool stacks_put(const struct stacks *s, struct buf *out)
{
	static const struct {
		unsigned int tag;
		void (*put)(struct buf *b, const struct stacks *s);
	} sections[] = {
		{ STACKS_HEAD, put_head },       { STACKS_FUNCTIONS, put_functions },
		{ STACKS_TRACES, put_traces },   { STACKS_PROCESSES, put_processes },
		{ STACKS_COUNTS, put_counts },   { STACKS_GAPS, put_gaps },
		{ STACKS_SYMBOLS, put_symbols },
	};

	if (!valid(s))
		return false;
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		cleanup(buf_release) struct buf body = { 0 };

		sections[i].put(&body, s);
		if (body.len)
			put_section(out, sections[i].tag, &body);
	}
	return true;
}

/* ---- from bytes */

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
	return (fact)take_most(in, FACT_MOST + 1) - 1;
}

static bool take_head(struct intake *in, struct stacks *s)
{
	s->time_ns = take_signed(in);
	s->span_ns = (int64_t)take_most(in, TIME_MOST);
	s->method = (enum stack_method)take_most(in, STACKS_SOFTWARE);
	s->master_covered = take_most(in, true);
	s->period = (uint32_t)take_most(in, STACKS_PERIOD_MAX);
	s->stack_bytes = (uint32_t)take_most(in, UINT32_MAX);
	s->page_size = (int64_t)take_most(in, PAGE_SIZE_MOST);
	s->cost_ns = (int64_t)take_most(in, TIME_MOST);
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
	if (good && !in.bad && valid(ret))
		return true;
	stacks_release(ret);
	return false;
}
