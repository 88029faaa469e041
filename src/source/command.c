#include "source/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/forest.h"
#include "source/notpool.h"
#include "source/spawn.h"
#include "sys/pidref.h"

#define POLL_MS 20
#define SECOND 1000000000LL
#define GRACE_NS (10 * SECOND) /* from the first signal to SIGKILL */
#define KILL_NS (5 * SECOND)   /* for the kernel to take back what SIGKILL ended */
/* Nothing below for so long is nothing: for a cowtop that was started with children of its own. */
#define GONE_NS (SECOND / 2)
/* A worker that is still starting faults far more pages than this while the pool is watched. */
#define START_FAULTS 64

struct command {
	const struct procfs *fs;
	char *name;     /* argv[0] */
	pid_t first;    /* the process that was started; may end long before the pool */
	uint64_t first_start; /* cowtop's older children are not the command's */
	bool ended;
	int status;     /* of wait(2), when it has ended */
	pid_t master;   /* once found */
	uint64_t master_start;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* ---- start */

int command_start(const struct procfs *fs, char *const argv[], struct command **ret,
		  struct err *err)
{
	struct proc_stat st;
	struct command *c;
	pid_t pid;
	int r;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) < 0)
		return err_errno(err, STATUS_FAILED, errno,
				 "cannot become the command's subreaper");
	r = spawn_child(argv, &pid);
	if (r < 0)
		return err_errno(err, STATUS_NO_TARGET, -r, "%s: cannot run the command", argv[0]);

	c = xcalloc(1, sizeof(*c));
	c->fs = fs;
	c->name = xstrdup(argv[0]);
	c->first = pid;
	if (procfs_stat(fs, pid, &st) == 0)
		c->first_start = st.start_ticks;
	*ret = c;
	return 0;
}

/* ---- wait for the pool */

/*
 * As the subreaper cowtop inherits what daemons leave behind: take every ended child. False when
 * there is no child any more, and so nothing below cowtop: unlike a look at the process table, in
 * which a daemon can slip away between its own line and its parent's, this cannot err.
 */
static bool reap(struct command *c)
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

/* What is watched until it stands still. */
struct view {
	struct tree_node *master; /* of the pool with the most forked children, or NULL */
	size_t pools, alive;      /* below cowtop */
	uint64_t members;         /* a sum over (pid, start) of everything alive below cowtop */
	uint64_t minflt;
	size_t forked;
};

static bool is_below(const struct command *c, const struct tree_node *n,
		     const struct tree_node *self)
{
	const struct tree_node *top = n;

	if (n == self || !n->alive || !forest_below(n, self))
		return false;
	while (top->parent != self)
		top = top->parent;
	return top->entry->start_ticks >= c->first_start;
}

/* A member of cowtop's own image: the short time between fork and exec. */
static bool is_starting(const struct tree_node *n, const struct tree_node *self)
{
	return forest_master((struct tree_node *)n) == forest_master((struct tree_node *)self);
}

/* Spread (pid, start), so that a sum of many tells one set from another. */
static uint64_t mixed(const struct table_entry *e)
{
	return (e->start_ticks ^ ((uint64_t)e->pid << 40)) * 0x9e3779b97f4a7c15ULL;
}

static struct view look(const struct command *c, const struct forest *f)
{
	const struct tree_node *self = forest_find(f, getpid());
	struct view v = {0};
	size_t i;

	for (i = 0; self && i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];

		if (!is_below(c, n, self))
			continue;
		v.alive++;
		v.members += mixed(n->entry);
		if (is_starting(n, self))
			continue;
		if (n->forked || n->lineage == LINEAGE_FORKED) {
			v.forked++;
			v.minflt += n->minflt;
		}
		if (!forest_is_master(n))
			continue;
		v.pools++;
		if (!v.master || n->forked > v.master->forked)
			v.master = n;
	}
	return v;
}

static bool moved(const struct view *v, const struct view *since)
{
	return v->members != since->members || v->forked != since->forked ||
	       v->minflt - since->minflt > START_FAULTS * v->forked;
}

static void take_master(struct command *c, const struct view *v, struct target *ret)
{
	struct target t = {
		.master = v->master->entry->pid,
		.given = v->master->entry->pid,
		.start_ticks = v->master->entry->start_ticks,
	};

	if (v->pools > 1)
		buf_printf(&t.note, "%s started %zu pools; taking the one with the most workers, %d",
			   c->name, v->pools, (int)t.master);
	c->master = t.master;
	c->master_start = t.start_ticks;
	*ret = t;
}

static int ended_without_pool(const struct command *c, struct err *err)
{
	if (WIFSIGNALED(c->status))
		return err_set(err, STATUS_NO_TARGET, "%s: killed by signal %d and left no pool",
			       c->name, WTERMSIG(c->status));
	return err_set(err, STATUS_NO_TARGET, "%s: ended with status %d and left no pool", c->name,
		       WEXITSTATUS(c->status));
}

/* The time is over: say what runs instead of a pool. */
static int no_pool_in_time(const struct command *c, const struct forest *f, int64_t waited_ns,
			   struct err *err)
{
	const struct tree_node *self = forest_find(f, getpid()), *n = forest_find(f, c->first);
	struct err why;
	size_t i;

	for (i = 0; (!n || !n->alive) && self && i < f->n; i++)
		if (is_below(c, &f->nodes[i], self))
			n = &f->nodes[i];
	if (!n || !n->alive)
		return err_set(err, STATUS_NOT_A_POOL, "%s: no pool in %.0f s", c->name,
			       (double)waited_ns / SECOND);
	not_a_pool(c->fs, f, n, &why);
	return err_set(err, why.status, "%s: no pool in %.0f s: %s", c->name,
		       (double)waited_ns / SECOND, why.msg);
}

int command_wait_pool(struct command *c, int64_t quiet_ns, int64_t timeout_ns, struct target *ret,
		      struct err *err)
{
	cleanup(forest_release) struct forest f = {0};
	int64_t begin = now_ns(), quiet_since = begin, seen = begin, now;
	struct view still = {0};

	for (;;) {
		bool children = reap(c);
		struct view v;

		if (forest_read(c->fs, &f, err) < 0)
			return -1;
		v = look(c, &f);
		now = now_ns();
		seen = v.alive ? now : seen;
		if (c->ended && (!children || now - seen >= GONE_NS))
			return ended_without_pool(c, err);
		if (!v.master || moved(&v, &still)) {
			still = v;
			quiet_since = now;
		}
		/* A pool that is never quiet is a busy one: take it when the time is over. */
		if (v.master && (now - quiet_since >= quiet_ns || now - begin >= timeout_ns)) {
			take_master(c, &v, ret);
			return 0;
		}
		if (now - begin >= timeout_ns)
			return no_pool_in_time(c, &f, timeout_ns, err);
		if (spawn_interrupted())
			return err_set(err, STATUS_FAILED,
				       "%s: interrupted while waiting for its pool", c->name);
		poll(NULL, 0, POLL_MS);
	}
}

/* ---- stop */

/* Signal exactly this process: between opening it and the check the pid cannot change hands. */
static void signal_node(const struct procfs *fs, pid_t pid, uint64_t start_ticks, int sig)
{
	cleanup(pidref_release) struct pidref ref = PIDREF_NONE;
	struct proc_stat st;

	if (pidref_open(&ref, pid) == 0 && procfs_stat(fs, pid, &st) == 0 &&
	    st.start_ticks == start_ticks)
		pidref_signal(&ref, sig);
}

static int signal_for(const struct procfs *fs, pid_t pid)
{
	cleanup(buf_release) struct buf exe = {0};

	return spawn_stop_signal(procfs_link(fs, pid, "exe", &exe) == 0 ? exe.data : "");
}

/* The pool's master while it lives, or NULL. */
static const struct tree_node *living_master(const struct command *c, const struct forest *f)
{
	const struct tree_node *n = c->master ? forest_find(f, c->master) : NULL;

	return n && n->alive && n->entry->start_ticks == c->master_start ? n : NULL;
}

/*
 * One round: `sig` 0 asks the roots (the master while it lives; else every direct child) to stop,
 * another one goes to everything. Returns how much is alive below cowtop.
 */
static size_t signal_below(const struct command *c, const struct forest *f, int sig)
{
	const struct tree_node *self = forest_find(f, getpid()), *master = living_master(c, f);
	size_t alive = 0, i;

	for (i = 0; self && i < f->n; i++) {
		const struct tree_node *n = &f->nodes[i];
		pid_t pid = n->entry->pid;

		if (!is_below(c, n, self))
			continue;
		alive++;
		if (sig)
			signal_node(c->fs, pid, n->entry->start_ticks, sig);
		else if (master ? n == master : n->parent == self)
			signal_node(c->fs, pid, n->entry->start_ticks, signal_for(c->fs, pid));
	}
	return alive;
}

/* Who is to be asked: while this stays the same nobody is asked twice. */
static uint64_t asked(const struct command *c, const struct forest *f)
{
	const struct tree_node *self = forest_find(f, getpid());
	uint64_t sum = 0;
	size_t i;

	if (living_master(c, f))
		return c->master;
	for (i = 0; self && i < f->n; i++)
		if (f->nodes[i].parent == self && is_below(c, &f->nodes[i], self))
			sum += (uint64_t)f->nodes[i].entry->pid << 32;
	return sum;
}

static void stop_all(struct command *c)
{
	cleanup(forest_release) struct forest f = {0};
	int64_t begin = now_ns(), now = begin, seen = begin;
	uint64_t last = 0, current;

	while (reap(c) && now - seen < GONE_NS && now - begin < GRACE_NS + KILL_NS) {
		size_t alive;

		if (forest_read(c->fs, &f, NULL) < 0)
			return;
		now = now_ns();
		current = asked(c, &f);
		if (now - begin >= GRACE_NS)
			alive = signal_below(c, &f, SIGKILL);
		else if (current != last)
			alive = signal_below(c, &f, 0);
		else
			alive = look(c, &f).alive;
		last = current;
		seen = alive ? now : seen;
		poll(NULL, 0, POLL_MS);
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
