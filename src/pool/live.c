#include "pool/live.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "pool/live_look.h"
#include "pool/memory.h"
#include "pool/pressure.h"
#include "pool/space.h"
#include "sys/file_limit.h"
#include "sys/hugepages.h"
#include "sys/kernel.h"
#include "sys/machine.h"
#include "sys/needs.h"
#include "sys/pagemap.h"
#include "sys/patience.h"

/* A clock that differs by more has been set, not slewed. */
#define CLOCK_SET_NS INT64_C(250000000)

/* When the machine began, by the clock of the day: that is another time when somebody has set it, or after a suspend.
 * What a clock is slewed by is left alone: a time of a start that moves with it would be another one each time. */
static void follow_clock(struct live *l)
{
	int64_t boot = machine_boot_ns(l->io.fs), moved = boot - l->io.boot_ns;

	if (moved > CLOCK_SET_NS || moved < -CLOCK_SET_NS)
		l->io.boot_ns = boot;
}

int live_open(const struct procfs *fs, struct target *target, struct live **ret, struct err *err)
{
	struct live *l = xcalloc(1, sizeof(*l));

	gather_open(&l->pool, &l->io, target);
	l->found = target->table;
	l->found_ns = target->found_ns;
	target->table = (struct table){ 0 };
	l->watched = (struct pidref)PIDREF_NONE;
	l->io.fs = l->walk.fs = fs;
	l->kernel = kernel_try(fs, &l->zero);
	l->io.kernel = l->walk.kernel = &l->kernel;
	l->io.frames = l->walk.frames = pagemap_frames(fs, &l->zero.small);
	l->walk.kpageflags = l->io.frames ? kpageflags_open(fs, l->zero.small) : -EPERM;
	l->io.flags_error = l->walk.kpageflags < 0 ? -l->walk.kpageflags : 0;
	l->walk.kpagecount = -1;
	l->walk.page_size = (size_t)sysconf(_SC_PAGESIZE);
	l->walk.zero = &l->zero;
	follow_clock(l);
	l->ledger = ledger_new(&l->zero, l->walk.page_size);
	l->footprint = ABSENT;
	file_limit_raise(); /* each process of the pool costs up to four descriptors */
	*ret = l;
	return 0;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	pidref_release(&l->watched);
	table_release(&l->found);
	gather_release(&l->pool);
	if (l->walk.kpageflags >= 0)
		close(l->walk.kpageflags);
	if (l->walk.kpagecount >= 0)
		close(l->walk.kpagecount);
	buf_release(&l->io.text);
	vma_list_release(&l->io.maps);
	alike_maps_release(&l->io.alike);
	buf_release(&l->walk.text);
	ledger_free(l->ledger);
	free(l);
}

static void take_result(struct live *l, size_t i, const struct sample *s)
{
	struct member_proc *m = &l->pool.members[i];
	const struct proc_sample *other = m->facts.same_mm_pid ? sample_find(s, m->facts.same_mm_pid) : NULL;

	if (other)
		memory_of_other(&m->facts, other);
	if (i < l->pool.nwalked && m->facts.level >= LEVEL_ESTIMATE) {
		struct ledger_result r = ledger_result(l->ledger, i);

		m->facts.pages = r.pages;
		m->facts.collapsed = r.collapsed;
		/* from now on: what the samples before counted is not the same */
		if (!m->begun)
			m->facts.growth = r.growth;
		m->facts.doubt = r.doubt;
		m->facts.exactness = r.exactness;
		if (r.unsteady && !m->skip)
			proc_sample_gap(&m->facts, "pages at rest", 0, "a kernel that moves none meanwhile");
		if (!m->skip && l->io.counts)
			memory_of_walk(m, ledger_shares(l->ledger, i), &l->io);
	} else if (m->facts.level == LEVEL_ROLLUP) {
		m->facts.exactness = EXACTNESS_UPPER_BOUND;
	}
}

/* Pages that are in nobody else's footprint as a rule. */
static fact private_pages(const struct page_facts *p)
{
	return p->cow_broken + p->cow_file + p->new;
}

/*
 * Distinct frames. A walk that left processes out did not see theirs: then the last whole walk's,
 * and what the pool has copied and allocated since.
 */
static fact footprint(struct live *l, const struct sample *s, bool whole)
{
	fact private_now = 0;

	for (size_t i = 0; i < s->nprocs; i++) {
		if (s->procs[i].forked && s->procs[i].level != LEVEL_EXACT)
			return ABSENT;
		if (s->procs[i].forked)
			private_now += private_pages(&s->procs[i].pages);
	}
	if (s->skipped)
		return l->footprint == ABSENT ? ABSENT : l->footprint + private_now - l->private;
	l->footprint = whole ? (fact)ledger_frames(l->ledger) : ABSENT;
	l->private = private_now;
	return l->footprint;
}

static void hand_over(struct live *l, struct sample *s, bool whole)
{
	s->procs = xcalloc(l->pool.n, sizeof(*s->procs));
	s->kinship = l->pool.roots.kinship;
	s->master_pid = l->pool.masterless ? 0 : l->pool.leader;
	s->walked = s->skipped = 0;
	l->behind = false;
	for (size_t i = 0; i < l->pool.n; i++) {
		struct member_proc *m = &l->pool.members[i];

		if (m->lost || m->gone)
			continue;
		take_result(l, i, s);
		if (i < l->pool.nwalked && m->facts.level >= LEVEL_ESTIMATE)
			*(m->skip ? &s->skipped : &s->walked) += 1;
		if (i < l->pool.nwalked)
			member_keep(m, s->mono_ns);
		m->walked |= i < l->pool.nwalked && !m->skip && m->facts.level >= LEVEL_ESTIMATE &&
			     (!i || m->base >= 0);
		l->behind |= m->facts.pages_age_ns != 0;
		if (i < l->pool.nwalked && !s->leader_pid)
			s->leader_pid = m->pid;
		s->procs[s->nprocs++] = m->facts;
		proc_sample_init(&m->facts);
	}
	s->footprint_pages = footprint(l, s, whole);
}

/* Counting frozen objects takes 5 % of the time, and what a first sample may take: that of 10 to 20
 * million objects. With a budget it is what that says. */
#define WALKS_PART 20
#define WALKS_MOST_NS (500 * MILLISECOND)

/* When the first sample is made: call stacks need none, and a descriptor is not to be wasted. */
static void open_counts(struct live *l)
{
	if (l->io.now_ns || !l->io.frames || l->io.flags_error)
		return;
	l->walk.kpagecount = kpagecount_open(l->io.fs, l->zero.small);
	l->io.counts = l->walk.kpagecount >= 0;
}

static int64_t walks_may(const struct live *l, int64_t elapsed_ns)
{
	if (l->turn.budget.share > 0)
		return l->io.walks_ns + budget_apart_may(&l->turn.budget, elapsed_ns);
	return l->io.now_ns ? l->io.walks_ns + elapsed_ns / WALKS_PART : WALKS_MOST_NS;
}

static void begin_tick(struct live *l, int64_t cpu)
{
	int64_t now = clock_ns(CLOCK_MONOTONIC), left;

	budget_begin(&l->turn.budget, now, cpu);
	left = walks_may(l, now - l->io.now_ns);
	l->io.walks_ns = left < WALKS_MOST_NS ? left : WALKS_MOST_NS;
	l->io.now_ns = now;
	follow_clock(l);
}

int live_sample(struct live *l, struct sample *ret, struct err *err)
{
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), walks;
	bool whole = false;
	int r, memory_error;
	struct gap late;
	fact huge;

	open_counts(l);
	begin_tick(l, cpu);
	walks = l->io.walks_ns;
	memory_begin(&l->io);
	huge = hugepages_collapsed(l->io.fs);
	l->turn.walk_skip.collapsed = huge != l->huge_pages;
	r = live_look(l, &whole, err);
	budget_apart(&l->turn.budget, walks - l->io.walks_ns);
	if (r <= 0)
		return r;
	if (host_read(l->io.fs, &ret->host, &memory_error, err))
		return -1;
	ret->host.properties = l->kernel;
	pressure_read(l->io.fs, l->pool.leader, &ret->host);
	/* the pages were read in between: rates are taken from the middle */
	ret->mono_ns = l->io.now_ns + (clock_ns(CLOCK_MONOTONIC) - l->io.now_ns) / 2;
	ret->time_ns = clock_ns(CLOCK_REALTIME);
	hand_over(l, ret, whole);
	if (memory_error)
		proc_sample_gap(&ret->procs[0], "host memory", memory_error,
				proc_needs(memory_error, "to read /proc/meminfo"));
	for (size_t i = 0; patience_late(i, &late); i++)
		proc_sample_gap(&ret->procs[0], late.what, late.error, late.needs);
	ret->cost_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	ret->own_ns = cpu + ret->cost_ns;
	if (l->turn.budget.share > 0)
		ret->budget_ppm = (fact)(l->turn.budget.share * 1e6 + 0.5);
	walk_skip_cost(&l->turn.walk_skip, ret->cost_ns);
	l->turn.walk_skip.wanted = false;
	if (!ret->skipped)
		l->huge_pages = huge;
	return 1;
}

void live_set_walk_skip(struct live *l, bool on)
{
	l->turn.skips = on;
}

void live_want_whole(struct live *l)
{
	l->turn.walk_skip.wanted = true;
}

/* What it took to start, too, is its own. */
void live_set_budget(struct live *l, double share, double saved_s)
{
	budget_init(&l->turn.budget, share, saved_s, clock_ns(CLOCK_MONOTONIC), 0);
}

void live_set_tables(struct live *l, struct table_recent *tables)
{
	l->tables = tables;
}

void live_inherit(struct live *l, const struct live *before)
{
	l->turn.budget = before->turn.budget;
	budget_anew(&l->turn.budget);
}

bool live_is_behind(const struct live *l)
{
	return l->behind;
}

int64_t live_interval_least(const struct live *l)
{
	return budget_interval(&l->turn.budget, l->behind);
}

int live_end_fd(struct live *l)
{
	if (l->io.fs->captured)
		return -1;
	/* Not to be had (too few descriptors): its end is seen by the next sample. */
	if (!l->watched.pid && pidref_open(&l->watched, l->pool.leader) < 0)
		l->watched.pid = l->pool.leader;
	return l->watched.fd;
}

bool live_ended(struct live *l)
{
	if (l->watched.fd < 0 || !pidref_ended(&l->watched))
		return false;
	pidref_release(&l->watched);
	l->watched.pid = l->pool.leader;
	return true;
}

bool live_changed(struct live *l)
{
	return !gather_is_complete(&l->pool);
}

int live_address_space(struct live *l, pid_t pid, struct address_space *ret, struct err *err)
{
	for (size_t i = 0; i < l->pool.nwalked; i++)
		if (l->pool.members[i].pid == pid && l->pool.members[i].kept.level >= LEVEL_ESTIMATE)
			return space_read(l->io.fs, l->ledger, i, &l->pool.members[i], ret, err);
	return err_set(err, STATUS_FAILED, "pid %d: its pages were not walked in the last sample", (int)pid);
}
