#include "analysis/collapse_sum.h"

#include <stdlib.h>
#include "base/alloc.h"

struct collapse_past {
	pid_t pid;
	uint64_t start_ticks;
	fact copied, filled;
};

/* Most often it stands where the process stands in its sample. NULL: not seen before. */
static struct collapse_past *find(const struct collapse_sum *sum, const struct proc_sample *p, size_t near)
{
	size_t at = near < sum->n ? near : 0;

	for (size_t i = 0; i < sum->n; i++) {
		struct collapse_past *past = &sum->pasts[at];

		if (past->pid == p->pid && past->start_ticks == p->start_ticks)
			return past;
		at = at + 1 < sum->n ? at + 1 : 0;
	}
	return NULL;
}

static struct collapse_past *add(struct collapse_sum *sum, const struct proc_sample *p)
{
	bool born = sum->time_ns && p->start_ns > sum->time_ns;
	struct collapse_past *at;

	vec_room(&sum->pasts, sum->n, &sum->cap);
	at = &sum->pasts[sum->n++];
	*at = (struct collapse_past){
		.pid = p->pid,
		.start_ticks = p->start_ticks,
		.copied = born ? 0 : p->growth.collapsed,
		.filled = born ? 0 : p->growth.filled,
	};
	return at;
}

/* A counter that fell began anew. */
static void count(figure *to, fact *before, fact now)
{
	if (now == ABSENT)
		return;
	if (!known(*to))
		*to = 0;
	if (*before != ABSENT && now > *before)
		*to += (figure)(now - *before);
	*before = now;
}

void collapse_sum_add(struct collapse_sum *sum, const struct sample *s)
{
	if (!sum->time_ns)
		sum->copied = sum->filled = UNKNOWN;
	for (size_t i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = &s->procs[i];
		struct collapse_past *at;

		if (!p->forked || p->same_mm_pid)
			continue;
		at = find(sum, p, i) ?: add(sum, p);
		count(&sum->copied, &at->copied, p->growth.collapsed);
		count(&sum->filled, &at->filled, p->growth.filled);
	}
	sum->time_ns = s->time_ns;
}

void collapse_sum_release(struct collapse_sum *sum)
{
	free(sum->pasts);
	*sum = (struct collapse_sum){ 0 };
}
