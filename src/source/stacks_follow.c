#include "source/stacks_watch.h"

#include <string.h>
#include "source/stacks_pages.h"
#include "sys/arch.h"

/* ---- samples */

static uint64_t word(const uint8_t *words, unsigned i)
{
	uint64_t v;

	memcpy(&v, words + i * sizeof(v), sizeof(v));
	return v;
}

/* Nearly all are known from where they lie. */
static uint32_t trace_of(struct stackwatch *w, struct perf_record *r, struct unwind_snapshot *s)
{
	uint32_t trace;

	if (unwinder_known(w->unwinder, s, &trace))
		return trace;
	stack_spool_keep(&w->spool, r);
	s->stack = r->stack;
	return unwinder_trace(w->unwinder, s);
}

static uint32_t unwind(struct stackwatch *w, struct perf_record *r)
{
	uint64_t registers[ARCH_REGISTERS];
	struct unwind_snapshot s = {
		.pid = r->pid, .tid = r->tid, .time_ns = (int64_t)r->time, .registers = registers,
		.stack = r->stack, .stack_bytes = r->stack_bytes,
		.truncated_stack = r->stack_bytes == w->setup.stack_bytes,
	};
	unsigned i;

	for (i = 0; i < arch.registers; i++)
		registers[i] = word(r->registers, i);
	s.kernel = arch.in_call(registers);
	if (r->abi != 2) { /* a 32-bit program: its leaf is all that can be told */
		s.stack_bytes = 0;
		s.truncated_stack = true;
	}
	return trace_of(w, r, &s);
}

static struct stack_thread *thread_of(struct stackwatch *w, struct perf_record *r, uint32_t root)
{
	struct stack_thread *t = stack_family_thread(&w->family, r->tid);
	struct stack_member *m;

	if (t)
		return t;
	m = stack_family_member(&w->family, r->pid);
	if (!m) {
		stack_spool_keep(&w->spool, r);
		m = stackwatch_begin(w, r->pid, w->events.roots[root].pid);
	}
	return stack_family_add_thread(&w->family, m, r->tid);
}

static struct stack_view *view_of(struct stackwatch *w, struct stack_thread *t, uint32_t root)
{
	struct stack_view *v = stack_view_of(t, root);

	if (!w->events.roots[root].tid)
		v->rank = VIEW_WHOLE; /* a cgroup has everybody in it */
	return v;
}

/* For how many samples at the period does one of this event stand? */
static uint64_t weight_of(const struct stackwatch *w, const struct stack_event *e)
{
	uint64_t weight = e->huge ? w->events.huge_pages / w->setup.period : 1;

	return weight ? weight : 1;
}

/* A sample that stands for no copies: where the kernel makes such, their event's number is asked for. */
static bool is_extra(struct stackwatch *w, const struct perf_record *r, const struct stack_event *from)
{
	return w->events.sampling.layout.stream && !from->huge && stack_firsts_drop(&w->firsts, r->stream);
}

static void sampled(struct stackwatch *w, struct perf_record *r, const struct stack_event *from)
{
	struct stack_thread *t = thread_of(w, r, from->root);
	struct stack_view *v = view_of(w, t, from->root);
	uint64_t weight = weight_of(w, from);
	enum page_event event = PAGE_COPIED;

	if (is_extra(w, r, from))
		return;
	v->samples += weight;
	if (t->member->execed)
		return;
	if (r->chain && !stack_causes_copy(&w->events.causes, r->chain, r->nchain)) {
		v->other += from->huge ? w->events.huge_pages : w->setup.period;
		return;
	}
	if (!r->registers)
		return; /* counting only, or a kernel thread */
	if (w->events.method == STACKS_SOFTWARE)
		event = stack_pages_fault(t->member->pages, r->address,
					  (int64_t)r->time);
	w->progress.samples++;
	stack_family_count(&w->family, t, from->root, unwind(w, r), event, weight);
}

/* ---- who comes and goes */

/* What a child inherited of `root`. */
static enum view_rank inherited(const struct stackwatch *w, const struct perf_record *r, uint32_t root)
{
	const struct stack_root *from = &w->events.roots[root];
	struct stack_thread *parent = stack_family_thread(&w->family, r->ptid);

	if (!from->tid)
		return VIEW_WHOLE;
	if (!parent || (int64_t)r->time <= from->complete_ns)
		return VIEW_PARTIAL;
	return stack_view_of(parent, root)->rank == VIEW_PARTIAL ? VIEW_PARTIAL : VIEW_WHOLE;
}

/* It was attached to as well, in the moment when it began. */
static void close_direct(struct stackwatch *w, const struct stack_thread *t)
{
	size_t i;

	for (i = 0; i < t->nviews; i++)
		if (t->views[i].rank == VIEW_DIRECT)
			stack_events_close_root(&w->events, t->views[i].root);
}

static void forked(struct stackwatch *w, const struct perf_record *r, uint32_t root)
{
	struct stack_member *m = stack_family_member(&w->family, r->pid);
	struct stack_thread *t = stack_family_thread(&w->family, r->tid);
	struct stack_view *v;

	if (!m || (r->pid != r->ppid && stack_member_gone(m)))
		m = stackwatch_begin(w, r->pid, r->ppid);
	if (!t || t->ended || t->member != m)
		t = stack_family_add_thread(&w->family, m, r->tid);
	v = stack_view_of(t, root);
	if (v->rank == VIEW_DIRECT)
		return;
	v->rank = inherited(w, r, root);
	if (v->rank == VIEW_WHOLE)
		close_direct(w, t);
	w->pages_stale = true;
}

static void exited(struct stackwatch *w, const struct perf_record *r)
{
	struct stack_thread *t = stack_family_thread(&w->family, r->tid);

	if (!t)
		return;
	stack_family_end_thread(t);
	w->pages_stale = true;
}

static void named(struct stackwatch *w, const struct perf_record *r)
{
	struct stack_member *m = stack_family_member(&w->family, r->pid);

	if (!m)
		return;
	/* another program from now on: what it breaks is not the pool's; the master stays what it is */
	if (r->exec)
		m->execed = !m->master;
	if (r->pid == r->tid)
		memcpy(m->comm, r->comm, sizeof(m->comm));
	if (r->exec)
		unwinder_refresh(w->unwinder, r->pid);
}

static void dropped(struct stackwatch *w, const struct perf_record *r, uint32_t root)
{
	struct stack_thread *t = stack_family_thread(&w->family, r->tid);

	w->progress.lost += r->lost;
	if (t)
		view_of(w, t, root)->lost += r->lost;
	else
		w->lost += r->lost;
}

static void follow(struct stackwatch *w, struct perf_record *r)
{
	const struct stack_event *e = stack_events_find(&w->events, r->id);

	if (r->kind != PERF_SAMPLED)
		stack_spool_keep(&w->spool, r);
	if (!e) {
		if (r->kind == PERF_DROPPED) {
			w->lost += r->lost;
			w->progress.lost += r->lost;
		}
		return;
	}
	switch (r->kind) {
	case PERF_SAMPLED:
		sampled(w, r, e);
		break;
	case PERF_FORKED:
		forked(w, r, e->root);
		break;
	case PERF_EXITED:
		exited(w, r);
		break;
	case PERF_MAPPED:
		unwinder_refresh(w->unwinder, r->pid);
		break;
	case PERF_NAMED:
		named(w, r);
		break;
	case PERF_DROPPED:
		dropped(w, r, e->root);
		break;
	case PERF_OTHER:
		break;
	}
}

void stackwatch_follow(struct stackwatch *w)
{
	struct perf_record r;

	stack_spool_turn(&w->spool);
	while (stack_spool_next(&w->spool, &r))
		follow(w, &r);
}
