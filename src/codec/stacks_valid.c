#include "codec/stacks_valid.h"

#include <string.h>

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
	return within(s->time_ns, -STACKS_TIME_MOST, STACKS_TIME_MOST) &&
	       within(s->span_ns, 0, STACKS_TIME_MOST) && s->method <= STACKS_SOFTWARE &&
	       s->period <= STACKS_PERIOD_MAX && within(s->page_size, 1, STACKS_PAGE_SIZE_MOST) &&
	       !(s->page_size & (s->page_size - 1)) && within(s->cost_ns, 0, STACKS_TIME_MOST) &&
	       s->lost <= STACKS_FACT_MOST && s->unwinds <= STACKS_FACT_MOST &&
	       s->memo_hits <= STACKS_FACT_MOST;
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

		if (p->pid <= 0 || p->parent < 0 || !text_fits(p->comm) || p->lost > STACKS_FACT_MOST ||
		    !within(p->copies, ABSENT, STACKS_FACT_MOST) ||
		    !within(p->faults, ABSENT, STACKS_FACT_MOST))
			return false;
	}
	return true;
}

bool stacks_valid(const struct stacks *s)
{
	return s->nfunctions <= STACKS_FUNCTIONS_MAX && s->ntraces <= STACKS_TRACES_MAX &&
	       s->ncounts <= STACKS_COUNTS_MAX && s->nprocesses <= STACKS_PROCESSES_MAX &&
	       s->ngaps <= STACKS_GAPS_MAX && head_valid(s) && rows_valid(s) && traces_valid(s) &&
	       counts_valid(s);
}
