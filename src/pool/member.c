#include "pool/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "find/proctree.h"
#include "parse/cmdline.h"
#include "pool/member_files.h"
#include "pool/memory.h"
#include "runtime/gc.h"
#include "sys/needs.h"

#define NEEDS_PTRACE "CAP_SYS_PTRACE"
#define NEEDS_PAGEMAP "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"

void member_init(struct member_proc *m, pid_t pid, uint64_t start_ticks)
{
	*m = (struct member_proc){
		.pid = pid,
		.start_ticks = start_ticks,
		.pagemap = -1,
		.mem = -1,
		.base = -1,
		.stands = STANDSTILL_NONE,
	};
	proc_sample_init(&m->facts);
	proc_sample_init(&m->kept);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void member_release(struct member_proc *m)
{
	close_fd(&m->pagemap);
	close_fd(&m->mem);
	standstill_release(&m->stands);
	alike_maps_release(&m->alike);
	gc_reader_free(m->gc);
	proc_sample_release(&m->facts);
	proc_sample_release(&m->kept);
}

/* The arguments, joined by blanks; kernel threads and zombies have none. */
static void read_cmdline(struct member_proc *m, struct member_io *io)
{
	int r = procfs_read(io->fs, m->pid, "cmdline", &io->text);
	struct proc_sample *p = &m->facts;
	struct buf *b = &io->text;

	if (r < 0 && !procfs_is_gone(io->fs, m->pid, r))
		proc_sample_gap(p, "cmdline", -r, proc_needs(-r, NEEDS_PTRACE));
	if (r < 0)
		buf_reset(b);
	p->inner_blanks = cmdline_join(b);
	p->cmdline = xmemdupz(b->data ? b->data : "", b->len);
}

static void read_names(struct member_proc *m, struct member_io *io, const struct proc_stat *st)
{
	struct proc_sample *p = &m->facts;

	read_cmdline(m, io);
	image_from_stat(st, &p->image);
	if (p->image.start_stack)
		procfs_exe(io->fs, m->pid, &p->image.exe_dev, &p->image.exe_ino);
}

/* Wall clock; the end of all time where that is later. */
static int64_t start_ns(const struct member_io *io, uint64_t start_ticks)
{
	static uint64_t hz;
	fact since_boot;
	int64_t ret;

	if (!hz)
		hz = (uint64_t)sysconf(_SC_CLK_TCK);
	since_boot = fact_times(start_ticks, (uint64_t)SECOND / hz);
	return since_boot == ABSENT || __builtin_add_overflow(io->boot_ns, since_boot, &ret) ? INT64_MAX :
											       ret;
}

int member_identify(struct member_proc *m, struct member_io *io, const struct table_entry *entry)
{
	struct proc_stat st;
	struct proc_sample *p = &m->facts;
	int r;

	if (m->measured)
		standstill_keep_files(&m->stands, io->fs, m->pid);
	r = standstill_stat(&m->stands, io->fs, m->pid, &st);
	if (r < 0)
		return procfs_is_gone(io->fs, m->pid, r) ? 0 : r;
	if (st.start_ticks != m->start_ticks || st.state == 'Z' || st.state == 'X')
		return 0;
	m->still = io->trusting && m->measured && standstill_since_mark(&m->stands);
	proc_sample_release(p);
	proc_sample_init(p);
	p->pid = m->pid;
	p->start_ticks = m->start_ticks;
	p->ppid = st.ppid;
	p->start_ns = start_ns(io, m->start_ticks);
	p->state = st.state;
	p->threads = fact_of(st.threads);
	p->minflt = fact_of(st.minflt);
	p->majflt = fact_of(st.majflt);
	p->cminflt = fact_of(st.cminflt);
	p->cmajflt = fact_of(st.cmajflt);
	p->comm = xstrdup(st.comm);
	p->uid = entry->uid;
	p->user = xstrdup(entry->user);
	if (m->still) {
		p->cmdline = xstrdup(m->kept.cmdline);
		p->inner_blanks = m->kept.inner_blanks;
		p->image = m->kept.image;
	} else {
		read_names(m, io, &st);
	}
	m->rss_pages = st.rss_pages;
	m->execed = (p->image.marks & (IMAGE_MARKED | IMAGE_FORKED)) == IMAGE_MARKED;
	m->lost = false;
	return 1;
}

void member_refused(struct member_proc *m, struct member_io *io, const struct table_entry *entry)
{
	struct proc_sample *p = &m->facts;

	proc_sample_release(p);
	proc_sample_init(p);
	p->pid = m->pid;
	p->start_ticks = m->start_ticks;
	p->start_ns = start_ns(io, m->start_ticks);
	p->ppid = entry->ppid;
	p->state = '?';
	p->comm = xstrdup(entry->comm);
	p->uid = entry->uid;
	p->user = xstrdup(entry->user);
	proc_sample_gap(p, "stat", entry->error, proc_needs(entry->error, NEEDS_PTRACE));
	read_cmdline(m, io);
	m->rss_pages = UINT64_MAX;
	m->lost = false;
}

/* May its pagemap be read? 0, or -errno. */
static int try_pagemap(struct member_proc *m, struct member_io *io)
{
	int fd = m->failed ? -m->failed : member_pagemap(m, io->fs);

	member_done(m, fd);
	m->paged = fd >= 0;
	return fd < 0 ? fd : 0;
}

bool member_measure(struct member_proc *m, struct member_io *io)
{
	struct proc_sample *p = &m->facts;
	int pagemap, r;

	pagemap = try_pagemap(m, io);
	if (pagemap == -ESRCH)
		return false;
	if (m->paged && io->counts ? !memory_before_walk(m, io) : !memory_of_rollup(m, io))
		return false;
	if (!m->paged) {
		proc_sample_gap(p, "pagemap", -pagemap,
				pagemap == -ENOENT ? NEEDS_PAGE_MONITOR :
						     proc_needs(-pagemap, NEEDS_PAGEMAP));
		return true;
	}
	r = procfs_maps(io->fs, m->pid, &io->text, &io->maps);
	m->maps = alike_maps_keep(&m->alike, &io->alike, &io->maps);
	/* Who had memory in its stat and has no mapping any more has come to its end meanwhile. */
	if (procfs_is_gone(io->fs, m->pid, r) || (r == 0 && !m->maps.n && m->rss_pages))
		return false;
	if (r < 0) {
		close_fd(&m->pagemap);
		m->paged = false;
		proc_sample_gap(p, "maps", -r, proc_needs(-r, NEEDS_PTRACE));
		return true;
	}
	p->level = io->frames ? LEVEL_EXACT : LEVEL_ESTIMATE;
	if (!io->frames)
		proc_sample_gap(p, "frame numbers", EPERM, "CAP_SYS_ADMIN");
	else if (io->flags_error)
		proc_sample_gap(p, "page flags", io->flags_error,
				proc_needs(io->flags_error, "CAP_DAC_READ_SEARCH"));
	else if (kernel_lacks(io->kernel, KERNEL_FLAG))
		proc_sample_gap(p, "exclusive flag", 0, "Linux 5.19");
	return true;
}

bool member_is_still(const struct member_proc *m)
{
	return m->gone ||
	       (m->measured && m->kept.level >= LEVEL_ESTIMATE && m->facts.minflt == m->kept.minflt &&
		m->facts.majflt == m->kept.majflt && m->rss_pages == m->kept_rss);
}

static void copy_measures(struct proc_sample *to, const struct proc_sample *from)
{
	to->level = from->level;
	to->exactness = from->exactness;
	to->memory = from->memory;
	to->pages = from->pages;
	to->collapsed = from->collapsed;
	to->growth = from->growth;
	to->doubt = from->doubt;
	for (size_t i = 0; i < from->ngaps; i++)
		if (strcmp(from->gaps[i].what, "gc"))
			proc_sample_gap(to, from->gaps[i].what, from->gaps[i].error, from->gaps[i].needs);
}

void member_recall(struct member_proc *m)
{
	copy_measures(&m->facts, &m->kept);
	if (m->measured || m->gone)
		return;
	m->facts.memory.rss = fact_times(m->rss_pages, (uint64_t)sysconf(_SC_PAGESIZE));
	proc_sample_gap(&m->facts, "pages", 0, "time: see --budget");
}

/* A walk takes it all back to the present; what is not due stands as it is. */
static void tell_age(struct member_proc *m, int64_t now_ns)
{
	m->due &= m->skip;
	if (!m->due || (m->measured && m->kept.level == LEVEL_NONE))
		m->true_ns = now_ns;
	m->facts.pages_age_ns = m->measured || !m->skip ? now_ns - m->true_ns : ABSENT;
}

/* What it needs to run to change. */
static void keep_own(struct member_proc *m)
{
	struct proc_sample *kept = &m->kept;

	if (!m->still) {
		free(kept->cmdline);
		kept->cmdline = xstrdup(m->facts.cmdline);
		kept->inner_blanks = m->facts.inner_blanks;
		kept->image = m->facts.image;
		gc_facts_release(&kept->gc);
		gc_facts_copy(&kept->gc, &m->facts.gc);
		m->kept_gc = m->gc_known;
	}
	standstill_mark(&m->stands);
}

static void keep_measures(struct member_proc *m)
{
	free(m->kept.gaps);
	m->kept.gaps = NULL;
	m->kept.ngaps = 0;
	copy_measures(&m->kept, &m->facts);
	m->kept.minflt = m->facts.minflt;
	m->kept.majflt = m->facts.majflt;
	m->kept_rss = m->rss_pages;
	m->measured = true;
}

void member_keep(struct member_proc *m, int64_t now_ns)
{
	tell_age(m, now_ns);
	keep_own(m);
	if (!m->skip)
		keep_measures(m);
}

/* A walk over a million frozen objects takes 21 ms: while something moves it is taken this rarely. */
#define FROZEN_EVERY_NS (15 * SECOND)

static void ask_gc(struct member_proc *m, const struct member_proc *base, bool count, struct member_io *io)
{
	int pagemap = member_pagemap(m, io->fs);
	int mem = pagemap < 0 ? -1 : member_mem(m, io->fs);
	const struct gc_target t = {
		.fs = io->fs,
		.pid = m->pid,
		.pagemap = pagemap,
		.mem = mem,
		.maps = &m->maps,
		.maps_text = m->skip ? NULL : io->text.data,
		.cmdline = m->facts.cmdline,
		.exe_dev = m->facts.image.exe_dev,
		.exe_ino = m->facts.image.exe_ino,
	};
	int denied = pagemap < 0 ? -pagemap : mem < 0 ? -mem : 0;
	const char *why = NULL;
	int64_t began;

	if (count)
		m->frozen_at = io->now_ns;
	began = count ? clock_ns(CLOCK_PROCESS_CPUTIME_ID) : 0;
	m->gc_known = gc_read(&t, &m->gc, base ? base->gc : NULL, count, &m->facts.gc, &why) == 0;
	if (!m->gc_known)
		proc_sample_gap(&m->facts, "gc", denied, denied ? proc_needs(denied, NEEDS_PTRACE) : why);
	if (count)
		io->walks_ns -= clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
	member_done(m, mem);
	member_done(m, pagemap);
}

void member_read_gc(struct member_proc *m, const struct member_proc *base, struct member_io *io)
{
	bool due = !m->frozen_at || io->now_ns - m->frozen_at >= FROZEN_EVERY_NS;
	bool count = due && io->walks_ns > 0 && m->frozen_at <= io->counted_before;

	m->gc_known = false;
	if (m->facts.level < LEVEL_ESTIMATE) {
		m->frozen_at = io->now_ns; /* none to be counted: nobody waits for it */
		return;
	}
	if (m->still && m->kept_gc && !count)
		gc_facts_copy(&m->facts.gc, &m->kept.gc);
	else
		ask_gc(m, base, count, io);
}

void member_list_only(struct member_proc *m, struct member_io *io)
{
	if (!memory_of_rollup(m, io))
		m->lost = true;
	m->facts.level = m->facts.level > LEVEL_ROLLUP ? LEVEL_ROLLUP : m->facts.level;
}

void member_recheck(struct member_proc *m, const struct procfs *fs)
{
	struct proc_stat st;

	int r = procfs_stat(fs, m->pid, &st);

	/* What was read is of the address space that it was opened of. */
	if (r < 0 && !procfs_is_gone(fs, m->pid, r))
		return;
	if (r < 0 || st.start_ticks != m->start_ticks || st.state == 'Z' || st.state == 'X' ||
	    st.start_stack != m->facts.image.start_stack || st.start_brk != m->facts.image.start_brk) {
		m->lost = true;
		return;
	}
	m->facts.minflt = fact_of(st.minflt);
	m->facts.majflt = fact_of(st.majflt);
	m->facts.cminflt = fact_of(st.cminflt);
	m->facts.cmajflt = fact_of(st.cmajflt);
}
