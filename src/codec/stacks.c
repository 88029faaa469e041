#include "codec/stacks.h"

#include <string.h>
#include "base/cleanup.h"
#include "codec/stacks_valid.h"

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

	if (!stacks_valid(s))
		return false;
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		cleanup(buf_release) struct buf body = { 0 };

		sections[i].put(&body, s);
		if (body.len)
			put_section(out, sections[i].tag, &body);
	}
	return true;
}
