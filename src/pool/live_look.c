#include "pool/live_look.h"

#include <errno.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "pool/descent.h"
#include "pool/memory.h"
#include "pool/walk_steady.h"

/* A walk during which a process of the pool went away is repeated without it, this often. */
#define MAX_WALKS 4
/* So many generations of double forks are told apart, one a walk. */
#define MAX_REVISIONS 8

/* Who is there. When another one leads than before, it is his end that is waited for. */
static bool gather(struct live *l, const struct table *t)
{
	pid_t before = l->pool.leader;
	bool any = gather_members(&l->pool, t);

	if (l->pool.leader != before)
		pidref_release(&l->watched);
	return any;
}

static bool measure_one(struct live *l, struct member_proc *m, int64_t *cpu_ns)
{
	int64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	bool there = member_measure(m, &l->io);

	*cpu_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
	return there;
}

/* When the frozen objects were counted of those who have waited longest (0: never): they come first, so that all have their turn. */
static int64_t counted_before(const struct live *l)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < l->pool.nwalked; i++)
		if (!l->pool.members[i].gone && l->pool.members[i].frozen_at < at)
			at = l->pool.members[i].frozen_at;
	return at;
}

/* What of them can be read, and what CPU time it took. Who goes away now is marked lost. */
static int64_t measure(struct live *l)
{
	int64_t cpu_ns = 0;

	l->io.counted_before = counted_before(l);
	for (size_t i = 0; i < l->pool.n; i++) {
		struct member_proc *m = &l->pool.members[i];
		const struct member_proc *base;

		if (m->gone)
			continue;
		if (i >= l->pool.nwalked) {
			if (!m->facts.same_mm_pid)
				member_list_only(m, &l->io);
			continue;
		}
		if (m->skip)
			member_recall(m);
		else
			m->lost = !measure_one(l, m, &cpu_ns);
		/* the kernel counts for the one whose pages it merged, not for those forked from it since */
		if (m->base >= 0 && l->io.counts && !m->skip)
			m->merged |= l->pool.members[m->base].gone ? l->io.ksm :
								     l->pool.members[m->base].merged;
		base = m->base >= 0 && !l->pool.members[m->base].gone ? &l->pool.members[m->base] : NULL;
		if (!m->lost)
			member_read_gc(m, base, &l->io);
		if (base && !base->paged)
			m->base = -1;
	}
	return cpu_ns;
}

/* The ledger is what it was then, unless it has to be told who came and went. */
static bool nobody_is_walked(const struct live *l, size_t n)
{
	return !n && !l->turn.walk_skip.changed;
}

/* One walk over what was gathered; *ret_again when someone went away in the middle of it. */
static void walk_once(struct live *l, int64_t measured_ns, bool repeated, bool *ret_again)
{
	size_t n = walk_skip_left(l->pool.members, l->pool.nwalked);
	int64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	walk_choose_anew(l->pool.members, l->pool.nwalked, repeated);
	if (!nobody_is_walked(l, n))
		walk_steadily(&l->walk, &l->ledger, l->pool.members, l->pool.nwalked);
	if (n)
		budget_read(&l->turn.budget, n, measured_ns + clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before);
	*ret_again = false;
	for (size_t i = 0; i < l->pool.nwalked; i++)
		*ret_again |= l->pool.members[i].lost;
}

/* Did all go away since they were gathered? */
static bool all_lost(const struct live *l)
{
	for (size_t i = 0; i < l->pool.nwalked; i++)
		if (!l->pool.members[i].lost && !l->pool.members[i].gone)
			return false;
	return true;
}

/* What of its memory could not be read though nobody forbade it; NULL: there is none. */
static const struct gap *broken(const struct proc_sample *p)
{
	const struct gap *found = NULL;

	for (size_t i = 0; i < p->ngaps; i++) {
		const struct gap *g = &p->gaps[i];

		if (g->error == EPERM || g->error == EACCES)
			return NULL;
		if (g->error && g->error != ENOENT)
			found = g;
	}
	return found;
}

static int check_access(const struct live *l, struct err *err)
{
	const struct proc_sample *m = &l->pool.members[l->pool.masterless].facts;
	const struct gap *gap;

	for (size_t i = 0; i < l->pool.nwalked; i++)
		if (l->pool.members[i].facts.level > LEVEL_NONE)
			return 0;
	gap = broken(m);
	if (gap)
		return err_errno(err, STATUS_FAILED, gap->error, "pid %d (%s, user %s): cannot read its %s",
				 (int)m->pid, m->comm, m->user, gap->what);
	return err_set(err, STATUS_DENIED,
		       "pid %d (%s, user %s): no permission to read its memory figures: run cowtop as "
		       "root, or as that user, or grant it CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH and "
		       "CAP_SYS_ADMIN ('cowtop doctor %d' tells more)",
		       (int)m->pid, m->comm, m->user, (int)m->pid);
}

/* While a walk may leave processes out, the machine's process table is read only when somebody came or went, and as
 * often as all pages would be without a budget. */
static bool knows_who_is_there(struct live *l)
{
	return l->turn.skips && l->table_ns &&
	       l->io.now_ns - l->table_ns < walk_skip_every(&l->turn.walk_skip) &&
	       gather_is_complete(&l->pool);
}

/* Was anybody forked by another than was thought? */
static bool revise(struct live *l)
{
	if (!descent_revise((struct descent_members){ l->pool.members, l->pool.nwalked }, l->ledger))
		return false;
	walk_forget_first(&l->walk, &l->ledger, l->pool.members, l->pool.nwalked);
	return true;
}

/* All processes of the machine: what was read to find the pool is good for the first look, if it is not old. */
static int read_table(struct live *l, struct table *ret, struct err *err)
{
	bool new = l->found.n && l->io.now_ns - l->found_ns < TABLE_YOUNG_NS;

	if (new)
		*ret = l->found;
	else
		table_release(&l->found);
	l->found = (struct table){ 0 };
	l->table_ns = l->io.now_ns;
	if (new)
		return 0;
	return l->tables ? table_recent_read(l->tables, l->io.fs, ret, err) : table_read(l->io.fs, ret, err);
}

/* Is nobody there? 0; -1: somebody is, who cannot be read. */
static int unreadable(const struct live *l, struct err *err)
{
	if (!l->pool.error)
		return 0;
	return err_errno(err, STATUS_FAILED, l->pool.error, "/proc/%d/stat: cannot read",
			 (int)l->pool.error_pid);
}

/* What a sample could not read of a member the next one tries again. */
static void forget_failures(struct live *l)
{
	for (size_t i = 0; i < l->pool.n; i++)
		l->pool.members[i].failed = 0;
}

/* Gather and walk until nobody went away in between. 1, 0: everybody is gone, -1. */
int live_look(struct live *l, bool *ret_whole, struct err *err)
{
	int revisions = 0, walks = 0;
	bool first = true;

	forget_failures(l);
	for (int tries = 1;; tries++) {
		cleanup(table_release) struct table t = { 0 };
		bool again = false, known = tries == 1 && knows_who_is_there(l);
		int64_t measured_ns;

		if (!known && read_table(l, &t, err))
			return -1;
		if (!gather(l, known ? NULL : &t))
			return unreadable(l, err);
		walk_turn_choose(&l->turn, l->pool.members, l->pool.nwalked, l->io.now_ns, first);
		first = false;
		measured_ns = measure(l);
		if (all_lost(l)) {
			/* who ends has no memory any more, and is not yet a zombie */
			if (tries == 4 * MAX_WALKS)
				return 0;
			continue;
		}
		if (check_access(l, err))
			return -1;
		walk_once(l, measured_ns, walks++ > 0, &again);
		*ret_whole = !again;
		/* without the master the walk was another one's */
		if (!again && revisions < MAX_REVISIONS && revise(l)) {
			revisions++;
			tries = 0;
		} else if (!again || (tries >= MAX_WALKS && !l->pool.members[0].lost)) {
			return 1;
		} else if (tries == 4 * MAX_WALKS) {
			return 0;
		} else {
			/* whoever had a base that went away was not compared with it */
			walk_forget_first(&l->walk, &l->ledger, l->pool.members, l->pool.nwalked);
		}
	}
}
