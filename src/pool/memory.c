#include "pool/memory.h"

#include <errno.h>
#include <unistd.h>
#include "base/clock.h"
#include "sys/hugepages.h"
#include "sys/ksm.h"
#include "sys/needs.h"

#define NEEDS_PTRACE "CAP_SYS_PTRACE"

void memory_begin(struct member_io *io)
{
	io->hugetlb = hugepages_set_aside(io->fs);
	io->ksm = ksm_is_at_work(io->fs);
	io->vmstat_known = false;
}

static const struct vmstat *vmstat_of(struct member_io *io)
{
	if (!io->vmstat_known)
		vmstat_read(io->fs, &io->vmstat);
	io->vmstat_known = true;
	return &io->vmstat;
}

/* ---- smaps_rollup */

static struct memory_facts facts_of(const struct smaps_totals *t)
{
	struct memory_facts mem = {
		.rss = t->rss,
		.pss = t->pss,
		.pss_anon = t->pss_anon,
		.pss_file = t->pss_file,
		.pss_shmem = t->pss_shmem,
		.shared_clean = t->shared_clean,
		.shared_dirty = t->shared_dirty,
		.private_clean = t->private_clean,
		.private_dirty = t->private_dirty,
		.anonymous = t->anonymous,
		.swap = t->swap,
		.swap_pss = t->swap_pss,
		.anon_huge = t->anon_huge,
		.hugetlb = ABSENT,
		.walked = 0,
		.counted = ABSENT,
		.doubt_shares = 0,
		.doubt_private = 0,
		.doubt_dirty = 0,
		.doubt_swap = 0,
		.doubt_huge = 0,
		.doubt_swapped = 0,
	};

	if (t->shared_hugetlb != ABSENT && t->private_hugetlb != ABSENT)
		mem.hugetlb = fact_of((uint64_t)t->shared_hugetlb + (uint64_t)t->private_hugetlb);
	return mem;
}

/* Have pages been made huge since it was read? They are made behind the count: twice, then. Frames show it. */
static bool may_be_huge_since(struct member_proc *m, struct member_io *io)
{
	fact collapsed = io->frames ? 0 : vmstat_of(io)->collapsed;

	if (m->rollup.at_ns && m->rollup.collapsed != collapsed)
		m->rollup.anew = 2;
	m->rollup.collapsed = collapsed;
	if (!m->rollup.anew)
		return false;
	m->rollup.anew--;
	return true;
}

static bool is_due(struct member_proc *m, struct member_io *io)
{
	const struct rollup *r = &m->rollup;

	return may_be_huge_since(m, io) || !r->at_ns || io->now_ns - r->at_ns >= r->took_ns * ROLLUP_PACE;
}

/* 0, or -errno: then nothing is known of it any more. */
static int read_rollup(struct member_proc *m, struct member_io *io)
{
	int64_t began = clock_now();
	struct smaps_totals t;
	int r = procfs_rollup(io->fs, m->pid, &t);

	m->rollup.at_ns = 0;
	if (r < 0)
		return r;
	m->rollup.at_ns = io->now_ns;
	m->rollup.took_ns = clock_now() - began;
	m->rollup.said = facts_of(&t);
	m->rollup.merged = t.ksm == ABSENT ? ksm_may_have_merged(io->fs, m->pid) : t.ksm > 0;
	return 0;
}

/* RSS as the kernel counts it now; ABSENT: not to be had. False: the process is gone. */
static bool read_counted(struct member_proc *m, struct member_io *io, fact *ret)
{
	uint64_t pages = 0;
	int r = procfs_resident(io->fs, m->pid, &pages);

	*ret = r < 0 ? ABSENT : fact_times(pages, (uint64_t)sysconf(_SC_PAGESIZE));
	if (r < 0 && !procfs_is_gone(io->fs, m->pid, r))
		proc_sample_gap(&m->facts, "statm", -r, proc_needs(-r, ""));
	return !procfs_is_gone(io->fs, m->pid, r);
}

bool memory_of_rollup(struct member_proc *m, struct member_io *io)
{
	struct memory_facts *mem = &m->facts.memory;
	int r = is_due(m, io) ? read_rollup(m, io) : 0;

	if (procfs_is_gone(io->fs, m->pid, r))
		return false;
	if (r < 0) {
		proc_sample_gap(&m->facts, "smaps_rollup", -r,
				r == -ENOENT ? NEEDS_PAGE_MONITOR : proc_needs(-r, NEEDS_PTRACE));
		mem->rss = fact_times(m->rss_pages, (uint64_t)sysconf(_SC_PAGESIZE));
		return true;
	}
	*mem = m->rollup.said;
	mem->age_ns = io->now_ns - m->rollup.at_ns;
	m->merged = m->rollup.merged;
	m->facts.level = LEVEL_ROLLUP;
	return !mem->age_ns || read_counted(m, io, &mem->counted);
}

/* ---- a walk */

bool memory_before_walk(struct member_proc *m, struct member_io *io)
{
	struct memory_facts *mem = &m->facts.memory;

	if (!read_counted(m, io, &mem->counted))
		return false;
	mem->hugetlb = io->hugetlb ? procfs_hugetlb(io->fs, m->pid, &io->text) : 0;
	m->merged = io->ksm && (m->merged || ksm_may_have_merged(io->fs, m->pid));
	return true;
}

static fact bytes_of(uint64_t pages)
{
	return (fact)pages * sysconf(_SC_PAGESIZE);
}

/* In all of its memory, without what is in no sum of the kernel's. */
static fact resident_of(const struct shares *s, unsigned flags)
{
	return bytes_of(s->pages[SHARE_ANON * 4 + flags] + s->pages[SHARE_FILE * 4 + flags] +
			s->pages[SHARE_SHMEM * 4 + flags]);
}

static fact all_of(const struct shares *s, enum share_kind kind)
{
	const uint64_t *of = &s->pages[kind * 4];

	return bytes_of(of[0] + of[1] + of[2] + of[3]);
}

static fact share_of(const struct shares *s, enum share_kind kind)
{
	const uint64_t *of = &s->parts[kind * 4];

	return (fact)((of[0] + of[1] + of[2] + of[3]) >> SHARE_SHIFT);
}

/* Has any process of this machine given pages to MADV_FREE, or read some back from swap? They are clean. */
static bool may_be_clean(struct member_io *io)
{
	const struct vmstat *v = vmstat_of(io);

	return v->lazyfree != 0 || v->swapped_in != 0;
}

/*
 * Of shared memory the page table does not show what is swapped: the file has it, and smaps asks the file
 * (shmem_swap_usage(), mm/shmem.c, Linux 6.18). Its devices have no number of a disk.
 */
static fact may_be_swapped(const struct member_proc *m, struct member_io *io)
{
	fact bytes = 0;

	if (vmstat_of(io)->swapped_out == 0)
		return 0;
	for (size_t i = 0; i < m->maps.n; i++) {
		const struct vma *v = &m->maps.items[i];

		if (v->kind == VMA_SHARED && v->inode && !v->dev_major && !v->hugetlb)
			bytes += (fact)(v->end - v->start);
	}
	return bytes;
}

static void take(struct memory_facts *mem, const struct shares *s, struct member_io *io)
{
	mem->walked = 1;
	mem->age_ns = 0;
	mem->private_clean = resident_of(s, 0);
	mem->private_dirty = resident_of(s, SHARE_DIRTY);
	mem->shared_clean = resident_of(s, SHARE_BY_MANY);
	mem->shared_dirty = resident_of(s, SHARE_BY_MANY | SHARE_DIRTY);
	mem->rss = mem->private_clean + mem->private_dirty + mem->shared_clean + mem->shared_dirty;
	mem->anonymous = all_of(s, SHARE_ANON);
	mem->pss_anon = share_of(s, SHARE_ANON);
	mem->pss_file = share_of(s, SHARE_FILE);
	mem->pss_shmem = share_of(s, SHARE_SHMEM);
	mem->pss = mem->pss_anon + mem->pss_file + mem->pss_shmem;
	mem->swap = all_of(s, SHARE_SWAP);
	mem->swap_pss = share_of(s, SHARE_SWAP);
	mem->anon_huge = bytes_of(s->huge);
	mem->doubt_shares = bytes_of(s->averaged);
	mem->doubt_private = bytes_of(s->untold);
	mem->doubt_dirty = bytes_of(s->maybe_dirty) + (may_be_clean(io) ? mem->anonymous : 0);
	mem->doubt_swap = bytes_of(s->swap_assumed);
	mem->doubt_huge = bytes_of(s->huge_unsure);
}

void memory_of_walk(struct member_proc *m, const struct shares *s, struct member_io *io)
{
	enum level level = m->facts.level;

	if (!s->unknown) {
		take(&m->facts.memory, s, io);
		m->facts.memory.doubt_swapped = may_be_swapped(m, io);
		return;
	}
	/* gone by now: then nothing is known of its memory */
	memory_of_rollup(m, io);
	m->facts.level = level;
}

void memory_of_other(struct proc_sample *to, const struct proc_sample *other)
{
	to->memory = other->memory;
	to->level = other->level > LEVEL_ROLLUP ? LEVEL_ROLLUP : other->level;
}
