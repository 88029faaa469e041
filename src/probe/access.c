#include "probe/access.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "find/bypid.h"
#include "find/proctree.h"
#include "probe/access_host.h"
#include "sys/called.h"
#include "sys/kernel.h"
#include "sys/needs.h"
#include "sys/pagemap.h"
#include "watch/watch_events.h"
#include "watch/watch_probe.h"

/* "its user" helps only while it never changed user: then the kernel shows it to nobody else. */
#define PTRACE "CAP_SYS_PTRACE, or to be its user"

/* One try: 0 readable, -errno, or BLANK. */
#define BLANK 1

static void add_row(struct access_subject *s, const char *what, int result, const char *gives,
		    const char *needs)
{
	vec_room(&s->rows, s->nrows, &s->cap);
	s->rows[s->nrows++] = (struct access_row){
		.what = what,
		.readable = result == 0,
		.error = result < 0 ? -result : 0,
		.gives = gives,
		.needs = needs,
	};
}

/* The same of a file below /proc. */
static void add_file(struct access_subject *s, const char *what, int result, const char *gives,
		     const char *permission)
{
	add_row(s, what, result, gives, result < 0 ? proc_needs(-result, permission) : permission);
}

static int try_stat(const struct procfs *fs, pid_t pid)
{
	struct proc_stat st;
	int r = procfs_stat(fs, pid, &st);

	if (r < 0)
		return r;
	return st.start_stack ? 0 : BLANK;
}

static int try_open(const struct procfs *fs, pid_t pid, const char *name)
{
	cleanup_close int fd = procfs_file(fs, pid, name);

	return fd < 0 ? fd : 0;
}

static int try_rollup(const struct procfs *fs, pid_t pid)
{
	struct smaps_totals totals;

	return procfs_rollup(fs, pid, &totals);
}

static int try_flags(const struct procfs *fs)
{
	cleanup_close int fd = kpageflags_open(fs, 0);

	return fd < 0 ? fd : 0;
}

/* PAGEMAP_SCAN over the lowest pages, where nothing is mapped: only whether the call is there. */
static int try_scan(const struct procfs *fs, pid_t pid)
{
	cleanup_close int fd = procfs_file(fs, pid, "pagemap");
	struct page_range range;
	uint64_t next;
	int r;

	if (fd < 0)
		return fd;
	r = pagemap_populated(fd, 0, 16, &range, 1, &next);
	return r < 0 ? r : 0;
}

/*
 * Whether frame numbers are shown depends on who opened pagemap, not on whose it is (fs/proc/
 * task_mmu.c, pagemap_read()): own pages tell, once the target's file opens at all.
 */
static int try_frames(const struct procfs *fs, int opened)
{
	uint64_t zero;

	if (opened < 0)
		return opened;
	return pagemap_frames(fs, &zero) ? 0 : BLANK;
}

static int try_same_mm(const struct procfs *fs, pid_t pid)
{
	int r = procfs_same_mm(fs, getpid(), pid);

	return r < 0 ? r : 0;
}

/* What cowtop stacks is made of. */
static void add_stacks(const struct procfs *fs, struct access_subject *s)
{
	const char *here = NULL;
	struct watch_probe p;

	watch_probe(fs, s->pid, &p);
	if (p.allowed < 0)
		here = WATCH_EVENTS_ALLOWED;
	add_row(s, "tracefs", p.tracefs, "stacks: how copies are called in this kernel",
		"root; or CAP_DAC_READ_SEARCH, and tracefs mounted at /sys/kernel/tracing");
	add_row(s, "copy events", p.copies, "stacks of copies alone, and their exact number",
		p.tracefs < 0 ? "tracefs, and CAP_PERFMON" :
		here          ? here :
				"CAP_PERFMON, or perf_event_paranoid 1 or less and its user");
	add_row(s, "fault events", p.faults, "stacks of faults, told apart by pagemap",
		here ? here : "CAP_PERFMON, or perf_event_paranoid 2 or less and its user");
	add_row(s, "event rings", p.rings, "no stacks lost in a burst",
		here ? here : "CAP_IPC_LOCK, a higher ulimit -l or perf_event_mlock_kb");
}

static void try_all(const struct procfs *fs, struct access_subject *s)
{
	int rollup = try_rollup(fs, s->pid), pagemap = try_open(fs, s->pid, "pagemap");
	int frames = try_frames(fs, pagemap), scan = try_scan(fs, s->pid);

	add_file(s, "stat addresses", try_stat(fs, s->pid), "who was forked from whom", PTRACE);
	add_file(s, "smaps_rollup", rollup, "PSS, USS, private and shared bytes", PTRACE);
	add_file(s, "maps", try_open(fs, s->pid, "maps"), "what kind of memory a page is", PTRACE);
	add_file(s, "pagemap", pagemap, "shared and copied pages; alone, an estimate",
		 "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, or its user");
	add_file(s, "frame numbers", frames, "exact pages, and the footprint of the pool",
		 "CAP_SYS_ADMIN in the initial user namespace");
	add_row(s, "PAGEMAP_SCAN", scan, "speed; the zero page where frames are hidden",
		scan == -ENOTTY || scan == -EINVAL ? "Linux 6.7" : "what pagemap needs");
	add_file(s, "kpageflags", try_flags(fs), "certainty about pages only one process has",
		 "root, or CAP_DAC_READ_SEARCH");
	add_file(s, "mem", try_open(fs, s->pid, "mem"), "copies told from new memory on late attach",
		 "CAP_SYS_PTRACE");
	add_row(s, "kcmp", try_same_mm(fs, s->pid), "vfork'ed children told from workers",
		"CAP_SYS_PTRACE, and no seccomp filter against it");

	add_stacks(fs, s);

	s->level = rollup < 0  ? LEVEL_NONE :
		   pagemap < 0 ? LEVEL_ROLLUP :
		   frames      ? LEVEL_ESTIMATE :
				 LEVEL_EXACT;
}

static void add_subject(const struct procfs *fs, struct access *a, const struct tree_node *n, const char *why)
{
	struct access_subject *s = &a->subjects[a->nsubjects++];

	s->pid = n->entry->pid;
	s->why = why;
	s->user = xstrdup(n->entry->user);
	s->comm = procfs_called(fs, s->pid, n->entry->comm);
	try_all(fs, s);
}

/* A child that may be harder to read than its master, as after a change of user. */
static const struct tree_node *harder_child(const struct proctree *f, const struct tree_node *n)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct tree_node *c = &f->nodes[i];

		if (c->parent == n && c->alive && (c->denied > n->denied || c->entry->uid != n->entry->uid))
			return c;
	}
	return NULL;
}

/* Another user's process, one that is closed to us if there is one. */
static const struct tree_node *other_user(const struct proctree *f)
{
	const struct tree_node *found = NULL;
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct tree_node *n = &f->nodes[i];

		if (!n->alive || n->entry->uid == geteuid())
			continue;
		if (n->denied)
			return n;
		found = n;
	}
	return found;
}

static int add_target(const struct procfs *fs, const struct proctree *f, pid_t pid, struct access *a,
		      struct err *err)
{
	const struct tree_node *child;
	struct tree_node *n;

	if (bypid_find(fs, f, pid, &n, err) < 0)
		return -1;
	child = harder_child(f, n);
	add_subject(fs, a, n,
		    n->masterless               ? "the oldest that the master left" :
		    proctree_forked(n) || child ? "the master" :
						  "the target");
	if (child)
		add_subject(fs, a, child, "its child");
	return 0;
}

static void add_samples(const struct procfs *fs, const struct proctree *f, struct access *a)
{
	const struct tree_node *self = proctree_find(f, getpid()), *other = other_user(f);

	if (self)
		add_subject(fs, a, self, "cowtop itself");
	if (other)
		add_subject(fs, a, other, "a process of another user");
}

int access_probe(const struct procfs *fs, pid_t pid, struct access *ret, struct err *err)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	cleanup(access_release) struct access a = { 0 };
	struct access_place place;

	if (proctree_read(fs, &f, err) < 0)
		return -1;

	if (!pid)
		add_samples(fs, &f, &a);
	else if (add_target(fs, &f, pid, &a, err) < 0)
		return -1;
	a.kernel = kernel_try(fs, NULL);
	access_read_place(fs, &place, &a);
	access_add_fixes(&place, pid, &a);

	*ret = a;
	a = (struct access){ 0 };
	return 0;
}
