#include "watch/watch_state.h"

#include <string.h>
#include "sys/arch.h"
#include "watch/watch_pages.h"

/* Whose registers a sample has (linux/perf_event.h, enum perf_sample_regs_abi). */
enum { ABI_32 = 1, ABI_64 = 2 };

/* ---- samples */

struct watch_member *watch_begin(struct watch *w, pid_t pid, pid_t parent)
{
	struct watch_member *from = parent ? watch_threads_member(&w->threads, parent) : NULL;
	struct watch_member *m = watch_threads_add(&w->threads, pid, parent);
	struct proc_stat st;

	/* whoever has its pid later is another one */
	m->master = pid == w->master && !w->masterless && !w->master_begun;
	w->master_begun |= m->master;
	m->execed = from && from->execed;
	if (from)
		memcpy(m->comm, from->comm, sizeof(m->comm));
	if (procfs_stat(w->fs, pid, &st) == 0) {
		m->start_ticks = st.start_ticks;
		m->parent = st.ppid;
		memset(m->comm, 0, sizeof(m->comm));
		memcpy(m->comm, st.comm, strnlen(st.comm, sizeof(m->comm) - 1));
	}
	if (w->events.method == STACKS_SOFTWARE)
		m->pages = watch_pages_fork(from ? from->pages : NULL);
	unwinder_process(w->unwinder, pid, from && !from->execed ? parent : 0);
	return m;
}

static uint64_t word(const uint8_t *words, unsigned i)
{
	uint64_t v;

	memcpy(&v, words + i * sizeof(v), sizeof(v));
	return v;
}

/* Nearly all are known from where they lie. */
static uint32_t trace_of(struct watch *w, struct perf_record *r, struct unwind_snapshot *s)
{
	uint32_t trace;

	if (unwinder_known(w->unwinder, s, &trace))
		return trace;
	watch_spool_keep(&w->spool, r);
	s->stack = r->stack;
	return unwinder_trace(w->unwinder, s);
}

static uint32_t unwind(struct watch *w, struct perf_record *r)
{
	uint64_t registers[ARCH_REGISTERS];
	struct unwind_snapshot s = {
		.pid = r->pid,
		.tid = r->tid,
		.time_ns = (int64_t)r->time,
		.registers = registers,
		.stack = r->stack,
		.stack_bytes = r->stack_bytes,
		.truncated_stack = r->stack_bytes == w->setup.stack_bytes,
	};
	unsigned i;

	for (i = 0; i < arch.registers; i++)
		registers[i] = word(r->registers, i);
	s.kernel = arch.in_call(registers);
	if (r->abi == ABI_32)
		stacks_gap(&w->all, "stacks of 32-bit programs", 0, "a 64-bit build of the program");
	if (r->abi != ABI_64) { /* its leaf is all that can be told */
		s.stack_bytes = 0;
		s.truncated_stack = true;
	}
	return trace_of(w, r, &s);
}

static struct watch_thread *thread_of(struct watch *w, struct perf_record *r, uint32_t root)
{
	struct watch_thread *t = watch_threads_thread(&w->threads, r->tid);
	struct watch_member *m;

	if (t)
		return t;
	m = watch_threads_member(&w->threads, r->pid);
	if (!m) {
		watch_spool_keep(&w->spool, r);
		m = watch_begin(w, r->pid, w->events.roots[root].pid);
	}
	return watch_threads_add_thread(&w->threads, m, r->tid);
}

static struct watch_view *view_of(struct watch *w, struct watch_thread *t, uint32_t root)
{
	struct watch_view *v = watch_view_of(t, root);

	if (!w->events.roots[root].tid)
		v->rank = VIEW_WHOLE; /* a cgroup has everybody in it */
	return v;
}

/* For how many samples at the period does one of this event stand? */
static uint64_t weight_of(const struct watch *w, const struct watch_event *e)
{
	uint64_t weight = e->huge ? w->events.huge_pages / w->setup.period : 1;

	return weight ? weight : 1;
}

/* A sample that stands for no copies: where the kernel makes such, their event's number is asked for. */
static bool is_extra(struct watch *w, const struct perf_record *r, const struct watch_event *from)
{
	return w->events.sampling.layout.stream && !from->huge && watch_firsts_drop(&w->firsts, r->stream);
}

static void sampled(struct watch *w, struct perf_record *r, const struct watch_event *from)
{
	struct watch_thread *t = thread_of(w, r, from->root);
	struct watch_view *v = view_of(w, t, from->root);
	uint64_t weight = weight_of(w, from);
	enum page_event event = PAGE_EVENT_COPIED;

	if (is_extra(w, r, from))
		return;
	v->samples += weight;
	if (t->member->execed)
		return;
	if (r->chain && !watch_causes_copy(&w->events.causes, r->chain, r->nchain)) {
		v->other += from->huge ? w->events.huge_pages : w->setup.period;
		return;
	}
	if (!r->registers)
		return; /* counting only, or a kernel thread */
	if (w->events.method == STACKS_SOFTWARE)
		event = watch_pages_fault(t->member->pages, r->address, (int64_t)r->time);
	w->progress.samples++;
	watch_threads_count(&w->threads, t, from->root, unwind(w, r), event, weight);
}

/* ---- who comes and goes */

/* What a child inherited of `root`. */
static enum view_rank inherited(const struct watch *w, const struct perf_record *r, uint32_t root)
{
	const struct watch_root *from = &w->events.roots[root];
	struct watch_thread *parent = watch_threads_thread(&w->threads, r->ptid);

	if (!from->tid)
		return VIEW_WHOLE;
	if (!parent || (int64_t)r->time <= from->complete_ns)
		return VIEW_PARTIAL;
	return watch_view_of(parent, root)->rank == VIEW_PARTIAL ? VIEW_PARTIAL : VIEW_WHOLE;
}

/* It was attached to as well, in the moment when it began. */
static void close_direct(struct watch *w, const struct watch_thread *t)
{
	size_t i;

	for (i = 0; i < t->nviews; i++)
		if (t->views[i].rank == VIEW_DIRECT)
			watch_events_close_root(&w->events, t->views[i].root);
}

static void forked(struct watch *w, const struct perf_record *r, uint32_t root)
{
	struct watch_member *m = watch_threads_member(&w->threads, r->pid);
	struct watch_thread *t = watch_threads_thread(&w->threads, r->tid);
	struct watch_view *v;

	if (!m || (r->pid != r->ppid && watch_member_gone(m)))
		m = watch_begin(w, r->pid, r->ppid > 0 ? r->ppid : 0);
	if (!t || t->ended || t->member != m)
		t = watch_threads_add_thread(&w->threads, m, r->tid);
	v = watch_view_of(t, root);
	if (v->rank == VIEW_DIRECT)
		return;
	v->rank = inherited(w, r, root);
	if (v->rank == VIEW_WHOLE)
		close_direct(w, t);
	w->pages_stale = true;
}

static void exited(struct watch *w, const struct perf_record *r)
{
	struct watch_thread *t = watch_threads_thread(&w->threads, r->tid);

	if (!t)
		return;
	watch_threads_end_thread(t);
	w->pages_stale = true;
}

static void named(struct watch *w, const struct perf_record *r)
{
	struct watch_member *m = watch_threads_member(&w->threads, r->pid);

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

static void dropped(struct watch *w, const struct perf_record *r, uint32_t root)
{
	struct watch_thread *t = watch_threads_thread(&w->threads, r->tid);

	w->progress.lost += r->lost;
	if (t)
		view_of(w, t, root)->lost += r->lost;
	else
		w->lost += r->lost;
}

/* Of an event, or a process, that is not known: the kernel says 0 or -1 of whom has no number here (any more). */
static void of_nobody(struct watch *w, const struct perf_record *r, const struct watch_event *e)
{
	uint64_t lost = r->kind == PERF_DROPPED ? r->lost : e && r->kind == PERF_SAMPLED ? 1 : 0;

	w->lost += lost;
	w->progress.lost += lost;
}

static void follow(struct watch *w, struct perf_record *r)
{
	const struct watch_event *e = watch_events_find(&w->events, r->id);

	if (r->kind != PERF_SAMPLED)
		watch_spool_keep(&w->spool, r);
	if (!e || r->pid <= 0 || r->tid <= 0) {
		of_nobody(w, r, e);
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

void watch_follow(struct watch *w)
{
	struct perf_record r;

	watch_spool_collect(&w->spool);
	while (watch_spool_next(&w->spool, &r))
		follow(w, &r);
}
