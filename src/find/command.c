#include "find/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/stop.h"
#include "find/command_parts.h"
#include "find/proctree.h"
#include "find/spawn.h"
#include "sys/pidref.h"

#define GRACE_NS (10 * SECOND) /* from the first signal to SIGKILL */
#define KILL_NS (5 * SECOND)   /* for the kernel to take back what SIGKILL ended */
#define ALONE_NS SECOND /* who waited for those that have ended ends by itself: a shell says so first */

/* Who was asked to stop last; who is to be asked instead, and since when. */
struct asking {
	uint64_t last, next;
	int64_t since;
};

/* ---- start */

/* Is it no answer about the program, but that something ran out? */
static bool ran_out(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN || error == EIO;
}

int command_start(const struct procfs *fs, const struct spawn *how, struct command **ret, struct err *err)
{
	struct proc_stat st;
	struct command *c;
	pid_t pid;
	int r;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot become the command's subreaper");
	r = spawn_child(how, &pid);
	if (r < 0)
		return err_errno(err, ran_out(-r) ? STATUS_FAILED : STATUS_NO_TARGET, -r,
				 "%s: cannot run the command", how->argv[0]);

	c = xcalloc(1, sizeof(*c));
	c->fs = fs;
	c->name = xstrdup(how->argv[0]);
	c->first = pid;
	c->started_ns = clock_now();
	if (procfs_stat(fs, pid, &st) == 0)
		c->first_start = st.start_ticks;
	*ret = c;
	return 0;
}

/* ---- what is below */

bool command_reap(struct command *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != c->first)
			continue;
		c->ended = true;
		c->status = status;
	}
	return pid == 0;
}

bool command_has(const struct command *c, const struct tree_node *n, const struct tree_node *self)
{
	const struct tree_node *top = n;

	if (n == self || !n->alive || !proctree_below(n, self))
		return false;
	while (top->parent != self)
		top = top->parent;
	return top->entry->start_ticks >= c->first_start;
}

/* ---- stop */

/*
 * Signal exactly this process: between opening it and the check the pid cannot change hands. That of a child of cowtop
 * cannot as long as it is not reaped: where nothing can be opened it is signalled all the same.
 */
static void signal_node(const struct procfs *fs, const struct tree_node *n, bool child, int sig)
{
	cleanup(pidref_release) struct pidref ref = PIDREF_NONE;
	pid_t pid = n->entry->pid;
	struct proc_stat st;

	if (pidref_open(&ref, pid) == 0 && procfs_stat(fs, pid, &st) == 0 &&
	    (st.start_ticks != n->entry->start_ticks || pidref_signal(&ref, sig) == 0))
		return;
	if (child)
		kill(pid, sig);
}

static int signal_for(const struct procfs *fs, pid_t pid)
{
	cleanup(buf_release) struct buf exe = { 0 };

	return spawn_stop_signal(procfs_link(fs, pid, "exe", &exe) == 0 ? exe.data : "");
}

/* The pool's master while it lives, or NULL. */
static const struct tree_node *living_master(const struct command *c, const struct proctree *f)
{
	const struct tree_node *n = c->master ? proctree_find(f, c->master) : NULL;

	return n && n->alive && n->entry->start_ticks == c->master_start ? n : NULL;
}

/*
 * One round: `sig` 0 asks the roots (the master while it lives; else every direct child) to stop,
 * another one goes to everything. Returns how much is alive below cowtop.
 */
static size_t signal_below(const struct command *c, const struct proctree *f, int sig)
{
	const struct tree_node *self = proctree_find(f, getpid()), *master = living_master(c, f);
	size_t alive = 0, i;

	for (i = 0; self && i < f->n; i++) {
		const struct tree_node *n = &f->nodes[i];
		pid_t pid = n->entry->pid;

		if (!command_has(c, n, self))
			continue;
		alive++;
		if (sig)
			signal_node(c->fs, n, n->parent == self, sig);
		else if (master ? n == master : n->parent == self)
			signal_node(c->fs, n, n->parent == self, signal_for(c->fs, pid));
	}
	return alive;
}

static size_t count_alive(const struct command *c, const struct proctree *f)
{
	const struct tree_node *self = proctree_find(f, getpid());
	size_t alive = 0;

	for (size_t i = 0; self && i < f->n; i++)
		alive += command_has(c, &f->nodes[i], self);
	return alive;
}

/* Who is to be asked: while this stays the same nobody is asked twice. */
static uint64_t asked(const struct command *c, const struct proctree *f)
{
	const struct tree_node *self = proctree_find(f, getpid());
	uint64_t sum = 0;
	size_t i;

	if (living_master(c, f))
		return c->master;
	for (i = 0; self && i < f->n; i++)
		if (f->nodes[i].parent == self && command_has(c, &f->nodes[i], self))
			sum += (uint64_t)f->nodes[i].entry->pid << 32;
	return sum;
}

/* Nobody can be listed: what is known to be there is what was started, and its process group. */
static void signal_first(const struct command *c, int sig)
{
	if (!c->ended && kill(-c->first, sig) < 0)
		kill(c->first, sig);
}

/* Is it time to ask them? */
static bool is_due(struct asking *a, uint64_t who)
{
	if (who == a->last)
		return false;
	if (who != a->next) {
		a->next = who;
		a->since = clock_now();
	}
	return !a->last || clock_now() - a->since >= ALONE_NS;
}

/* One round, `at_once` by SIGKILL; how many are alive. */
static size_t stop_round(const struct command *c, struct proctree *f, bool at_once, struct asking *a)
{
	uint64_t who;

	if (proctree_read(c->fs, f, NULL) < 0) {
		if (at_once || !a->last)
			signal_first(c, at_once ? SIGKILL : SIGTERM);
		a->last = a->last ?: (uint64_t)c->first;
		return 1;
	}
	if (at_once)
		return signal_below(c, f, SIGKILL);
	who = asked(c, f);
	if (!is_due(a, who))
		return count_alive(c, f);
	a->last = who;
	return signal_below(c, f, 0);
}

static void stop_all(struct command *c)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	int64_t begin = clock_now(), now = begin, seen = begin;
	struct asking a = { 0 };
	unsigned int asked_before = stop_asked();

	while (command_reap(c) && now - seen < COMMAND_GONE_NS && now - begin < GRACE_NS + KILL_NS) {
		bool at_once = now - begin >= GRACE_NS || stop_asked() != asked_before;

		if (stop_round(c, &f, at_once, &a))
			seen = clock_now();
		now = clock_now();
		poll(NULL, 0, COMMAND_POLL_MS);
	}
}

void command_stop(struct command *c)
{
	if (!c)
		return;
	stop_all(c);
	free(c->name);
	free(c);
}
