#include "analysis/own_cpu.h"

#include "base/clock.h"

static size_t latest(const struct own_cpu *o)
{
	return (o->next + OWN_CPU_S - 1) % OWN_CPU_S;
}

/* The oldest that is no longer than a minute ago; the latest one, when all are. */
static size_t begin_of(const struct own_cpu *o, int64_t now_ns)
{
	size_t at = latest(o);

	for (size_t k = 1; k < o->n; k++) {
		size_t i = (at + OWN_CPU_S - 1) % OWN_CPU_S;

		if (now_ns - o->mono_ns[i] > OWN_CPU_S * SECOND)
			break;
		at = i;
	}
	return at;
}

static void keep(struct own_cpu *o, int64_t mono_ns, int64_t cpu_ns)
{
	if (o->n && mono_ns - o->mono_ns[latest(o)] < SECOND)
		return;
	o->mono_ns[o->next] = mono_ns;
	o->cpu_ns[o->next] = cpu_ns;
	o->next = (o->next + 1) % OWN_CPU_S;
	if (o->n < OWN_CPU_S)
		o->n++;
}

figure own_cpu_share(struct own_cpu *o, const struct sample *s)
{
	figure share = UNKNOWN;
	size_t i;

	if (s->own_ns == ABSENT)
		return UNKNOWN;
	/* Another run: its clock began anew, or its CPU time did. */
	if (o->n && (s->mono_ns < o->mono_ns[latest(o)] || s->own_ns < o->cpu_ns[latest(o)]))
		o->n = 0;
	/* The first sample is of the minute that it begins. */
	if (!o->n) {
		keep(o, s->mono_ns, s->own_ns - s->cost_ns);
		return UNKNOWN;
	}
	i = begin_of(o, s->mono_ns);
	if (s->mono_ns > o->mono_ns[i])
		share = (figure)(s->own_ns - o->cpu_ns[i]) / (figure)(s->mono_ns - o->mono_ns[i]);
	keep(o, s->mono_ns, s->own_ns);
	return share;
}
