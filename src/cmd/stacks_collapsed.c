#include "cmd/stacks_collapsed.h"

#include "base/cleanup.h"

/* Has the sample a process whose pages were not walked? */
static bool is_partial(const struct sample *s)
{
	for (size_t i = 0; i < s->nprocs; i++)
		if (s->procs[i].forked && !s->procs[i].same_mm_pid && s->procs[i].growth.collapsed == ABSENT)
			return true;
	return false;
}

void stacks_collapsed_look(struct stacks_collapsed *c, const struct run *run)
{
	cleanup(sample_release) struct sample s = { 0 };
	struct err ignored = { 0 };

	sample_init(&s);
	if (c->failed || live_sample(run->live, &s, &ignored) <= 0 || is_partial(&s)) {
		c->failed = true;
		return;
	}
	collapse_sum_add(&c->sum, &s);
}

int stacks_collapsed_read(struct stacks_collapsed *c, struct recording *recording, struct err *err)
{
	const struct sample *s;
	int got;

	while ((got = recording_facts(recording, &s, err)) > 0)
		collapse_sum_add(&c->sum, s);
	return got;
}

void stacks_collapsed_take(const struct stacks_collapsed *c, struct stacks *ret)
{
	ret->looked = !c->failed && c->sum.time_ns && known(c->sum.copied);
	ret->collapsed = ret->looked ? (fact)c->sum.copied : 0;
}

void stacks_collapsed_release(struct stacks_collapsed *c)
{
	collapse_sum_release(&c->sum);
}
