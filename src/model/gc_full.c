#include "model/gc_full.h"

#include "base/clock.h"

/* A sample's processes are read in less; what lies further ahead is no time. */
#define AHEAD (60 * SECOND)
/* stat (22) counts in these: USER_HZ is 100 wherever CPython runs. */
#define TICK (SECOND / 100)

int64_t full_time(const struct sample *s, fact mono_ns)
{
	return s->time_ns - (s->mono_ns - mono_ns);
}

bool full_is_sound(const struct sample *s, const struct gc_full *f)
{
	return f->start_ns >= 0 && f->stop_ns >= f->start_ns && f->stop_ns <= s->mono_ns + AHEAD;
}

/* It ended before the process began, or in the same tick. */
static bool is_older(const struct sample *s, const struct proc_sample *p, const struct gc_full *f)
{
	return p->start_ns > INT64_MAX - TICK || full_time(s, f->stop_ns) < p->start_ns + TICK;
}

static const struct proc_sample *base_of(const struct sample *s, const struct proc_sample *p)
{
	for (size_t i = 0; p->base_pid && i < s->nprocs; i++)
		if (s->procs[i].pid == p->base_pid && &s->procs[i] != p)
			return &s->procs[i];
	return NULL;
}

/* The process that this one was forked from has the same one. */
static bool is_of_base(const struct proc_sample *base, const struct gc_state *state, const struct gc_full *f)
{
	for (size_t i = 0; base && i < base->gc.ninterpreters; i++) {
		const struct gc_state *b = &base->gc.interpreters[i];

		for (size_t k = 0; k < GC_FULL && b->id == state->id; k++)
			if (b->full[k].start_ns == f->start_ns && b->full[k].stop_ns == f->stop_ns)
				return true;
	}
	return false;
}

size_t full_collections(const struct sample *s, const struct proc_sample *p, const struct gc_state *state,
			struct full_collection ret[GC_FULL])
{
	const struct proc_sample *base = base_of(s, p);
	size_t n = 0;

	for (size_t i = 0; i < GC_FULL; i++) {
		const struct gc_full *f = &state->full[i];

		if (!full_is_sound(s, f))
			break;
		ret[n++] = (struct full_collection){
			.number = state->collections[GC_GENERATIONS - 1] - (fact)i,
			.time_ns = full_time(s, f->start_ns),
			.ns = f->stop_ns - f->start_ns,
			.candidates = f->candidates,
			.inherited = is_of_base(base, state, f) || is_older(s, p, f),
		};
	}
	return n;
}
