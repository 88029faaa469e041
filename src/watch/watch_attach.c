#include "watch/watch_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "find/proctree.h"
#include "parse/cgroup.h"
#include "watch/watch_pages.h"

#define THREADS_MAX 32768       /* of one process */
#define CGROUP_BYTES (1u << 20) /* of its list of processes: of a longer one it is not asked whose they are */
/* Forks that run meanwhile are seen by the next look; whoever forks faster is covered by inheritance. */
#define LOOKS_MAX 16

/* ---- somebody new */

/* ---- the pool as it is */

static bool covered(const struct watch_thread *t)
{
	const struct watch_view *v = t ? watch_view_best(t) : NULL;

	return v && v->rank != VIEW_PARTIAL;
}

/* The first fault count of a process that was there before the watch. */
static void note_faults(struct watch *w, struct watch_member *m)
{
	struct proc_stat st;

	if (m->minflt_known || procfs_stat(w->fs, m->pid, &st) < 0)
		return;
	m->minflt = st.minflt;
	m->minflt_known = true;
}

/* 1: attached; 0: it was covered, or is gone; -errno. */
static int attach_thread(struct watch *w, struct watch_member *m, pid_t tid)
{
	struct watch_thread *t = watch_threads_thread(&w->threads, tid);
	int root;

	if (covered(t))
		return 0;
	if (!t)
		t = watch_threads_add_thread(&w->threads, m, tid);
	if (w->events.method == STACKS_CGROUP) {
		watch_view_of(t, 0)->rank = VIEW_WHOLE;
		return 1;
	}
	root = watch_events_thread(&w->events, m->pid, tid);
	if (root < 0) {
		if (root == -ESRCH)
			watch_threads_end_thread(t);
		return root == -ESRCH ? 0 : root;
	}
	watch_view_of(t, (uint32_t)root)->rank = VIEW_DIRECT;
	return 1;
}

static int attach_threads(struct watch *w, pid_t pid, pid_t parent)
{
	cleanup_free pid_t *tids = xcalloc(THREADS_MAX, sizeof(*tids));
	ssize_t n = proc_threads(w->fs->fd, pid, tids, THREADS_MAX), i;
	struct watch_member *m = watch_threads_member(&w->threads, pid);
	int attached = 0, error = 0, r;

	if (n < 0)
		return n == -ENOENT || n == -ESRCH ? 0 : (int)n;
	if (!m)
		m = watch_begin(w, pid, parent);
	note_faults(w, m);
	for (i = 0; i < n; i++) {
		r = attach_thread(w, m, tids[i]);
		if (r < 0)
			error = r;
		attached += r > 0;
	}
	return attached || !error ? attached : error;
}

/* How many threads were attached to; -errno when none could be. What they do meanwhile is followed. */
static int attach_process(struct watch *w, pid_t pid, pid_t parent)
{
	int r;

	pthread_mutex_lock(&w->lock);
	watch_follow(w); /* who was forked from whom, meanwhile */
	r = attach_threads(w, pid, parent);
	pthread_mutex_unlock(&w->lock);
	return r;
}

/* Forked from the master on all the way, without exec, or of the same family (adopted.h). */
static bool in_pool(const struct tree_node *n, pid_t master)
{
	for (; n; n = n->parent) {
		if (n->entry->pid == master || (n->leader && n->leader->entry->pid == master))
			return true;
		if (n->lineage == LINEAGE_EXECED || n->lineage == LINEAGE_ADOPTED)
			return false;
	}
	return false;
}

/* One look at the process table; how many threads were attached to. */
static int attach_new(struct watch *w, struct err *err)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	int attached = 0, r;
	size_t i;

	if (proctree_read(w->fs, &f, err) < 0)
		return -1;
	for (i = 0; i < f.n; i++) {
		const struct tree_node *n = &f.nodes[i];

		if (!n->alive || !in_pool(n, w->master))
			continue;
		r = attach_process(w, n->entry->pid, n->entry->ppid);
		attached += r > 0 ? r : 0;
	}
	return attached;
}

/* ---- a cgroup of its own */

static bool number_in_pool(const struct proctree *f, pid_t pid, pid_t master)
{
	const struct tree_node *n = proctree_find(f, pid);

	return n && proctree_below(n, proctree_find(f, master));
}

/* Does the cgroup hold the pool and nothing else? */
static bool cgroup_is_pool(const struct procfs *fs, int dir, pid_t master)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	cleanup(buf_release) struct buf text = { .limit = CGROUP_BYTES };
	bool master_in = false;
	char *at, *end;
	pid_t pid;

	if (io_read_file(dir, "cgroup.procs", &text) < 0 || !text.len || text.cut ||
	    proctree_read(fs, &f, NULL) < 0 || !proctree_find(&f, master))
		return false;
	for (at = text.data; (pid = (pid_t)strtol(at, &end, 10)) > 0; at = end) {
		if (!number_in_pool(&f, pid, master))
			return false;
		master_in |= pid == master;
	}
	return master_in;
}

/* Its directory, or -1. The root cgroup is nobody's own. */
static int open_cgroup(const struct procfs *fs, pid_t master)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	cleanup(buf_release) struct buf text = { .limit = 65536 };
	cleanup(buf_release) struct buf path = { 0 };
	const char *name;
	size_t len, i;
	int fd;

	if (procfs_cgroup(fs, master, &text) < 0 || !parse_cgroup(text.data, text.len, &name, &len) ||
	    len < 2)
		return -1;
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		buf_reset(&path);
		buf_adds(&path, mounts[i]);
		buf_add(&path, name, len);
		fd = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

static void try_cgroup(struct watch *w)
{
	cleanup_close int dir = w->events.method == STACKS_TRACEPOINTS ? open_cgroup(w->fs, w->master) : -1;

	if (dir < 0 || !cgroup_is_pool(w->fs, dir, w->master))
		return;
	if (watch_events_cgroup(&w->events, dir) >= 0)
		w->events.method = STACKS_CGROUP;
	w->events.nfailed = 0; /* no right to it: the threads are next */
}

/* ---- the first page states */

static void read_all_pages(struct watch *w)
{
	size_t i;
	int r;

	for (i = 0; i < w->threads.nmembers; i++) {
		struct watch_member *m = w->threads.members[i];

		r = watch_pages_read(m->pages, w->fs, m->pid);
		if (r < 0 && r != -ENOENT && r != -ESRCH)
			stacks_gap(&w->all, "page states", -r,
				   "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, or its user");
	}
	w->pages_ns = clock_now();
}

/* What would give events; NULL: nothing, as it was no refusal. */
static const char *needs_for(int error)
{
	if (error == EMFILE)
		return "a higher ulimit -n: one file a thread and CPU";
	return error == EIO || error == ENOMEM || error == EINTR ? NULL : "CAP_PERFMON and CAP_SYS_PTRACE";
}

int watch_attach(struct watch *w, struct err *err)
{
	int r, i;

	pthread_mutex_lock(&w->lock);
	try_cgroup(w);
	pthread_mutex_unlock(&w->lock);
	r = attach_process(w, w->master, 0);
	if (r == -ESRCH || r == -ENOENT || r == 0)
		return err_set(err, STATUS_NO_TARGET, "%d: no such process", (int)w->master);
	if (r < 0 && !needs_for(-r))
		return err_errno(err, STATUS_FAILED, -r, "%d: cannot attach events", (int)w->master);
	if (r < 0)
		return err_errno(err, STATUS_DENIED, -r, "%d: cannot attach events; grant %s", (int)w->master,
				 needs_for(-r));
	for (i = 0; i < LOOKS_MAX; i++) {
		r = attach_new(w, err);
		if (r <= 0)
			break;
	}
	pthread_mutex_lock(&w->lock);
	if (w->events.nfailed)
		stacks_gap(&w->all, "events of some threads", w->events.failed,
			   needs_for(w->events.failed) ?: "");
	if (w->events.method == STACKS_SOFTWARE)
		read_all_pages(w);
	pthread_mutex_unlock(&w->lock);
	return r < 0 ? -1 : 0;
}
