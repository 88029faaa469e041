#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "find/command_parts.h"
#include "find/names.h"
#include "find/notpool.h"
#include "find/spawn.h"

/* So many looks that found nothing are no accident. */
#define EMPTY_LOOKS 5
/* A worker that is still starting faults far more pages than this while the pool is watched. */
#define START_FAULTS 64

/* What is watched until it stands still. */
struct view {
	struct tree_node *master; /* of the pool with the most forked children, or NULL */
	size_t pools, alive;      /* below cowtop */
	uint64_t members;         /* a sum over (pid, start) of everything alive below cowtop */
	uint64_t minflt;
	size_t forked;
};

/* A member of cowtop's own image: the short time between fork and exec. */
static bool is_starting(const struct tree_node *n, const struct tree_node *self)
{
	return proctree_master((struct tree_node *)n) == proctree_master((struct tree_node *)self);
}

/* Spread (pid, start), so that a sum of many tells one set from another. */
static uint64_t mixed(const struct table_entry *e)
{
	return hash_mix(e->start_ticks, (uint64_t)e->pid);
}

static struct view look(const struct command *c, const struct proctree *f)
{
	const struct tree_node *self = proctree_find(f, getpid());
	struct view v = { 0 };
	size_t i;

	for (i = 0; self && i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];

		if (!command_has(c, n, self))
			continue;
		v.alive++;
		v.members += mixed(n->entry);
		if (is_starting(n, self))
			continue;
		if (proctree_forked(n) || n->leader || n->lineage == LINEAGE_FORKED) {
			v.forked++;
			v.minflt += n->minflt;
		}
		if (!proctree_is_master(n))
			continue;
		v.pools++;
		if (!v.master || proctree_forked(n) > proctree_forked(v.master))
			v.master = n;
	}
	return v;
}

static bool moved(const struct view *v, const struct view *since)
{
	return v->members != since->members || v->forked != since->forked ||
	       v->minflt - since->minflt > START_FAULTS * v->forked;
}

static void set_master(struct command *c, const struct proctree *f, const struct view *v, struct target *ret)
{
	struct target t = { 0 };

	target_set(f, v->master, &t);
	t.given = t.master;
	if (v->pools > 1)
		buf_printf(&t.note, "%s started %zu pools; taking the one with the most workers, %d", c->name,
			   v->pools, (int)t.master);
	c->master = t.master;
	c->master_start = t.start_ticks;
	*ret = t;
}

int command_ended(const struct command *c, pid_t master, struct err *err)
{
	if (master)
		return err_set(err, STATUS_NO_TARGET, "%s: its pool (master %d) ended before it stood still",
			       c->name, (int)master);
	if (WIFSIGNALED(c->status))
		return err_set(err, STATUS_NO_TARGET, "%s: killed by signal %d and left no pool", c->name,
			       WTERMSIG(c->status));
	return err_set(err, STATUS_NO_TARGET, "%s: ended with status %d and left no pool", c->name,
		       WEXITSTATUS(c->status));
}

/* The time is over: say what runs instead of a pool. */
static int no_pool_in_time(const struct command *c, const struct proctree *f, int64_t waited_ns,
			   struct err *err)
{
	const struct tree_node *self = proctree_find(f, getpid()), *n = proctree_find(f, c->first);
	struct err why;
	size_t i;

	for (i = 0; (!n || !n->alive) && self && i < f->n; i++)
		if (command_has(c, &f->nodes[i], self))
			n = &f->nodes[i];
	if (!n || !n->alive)
		return err_set(err, STATUS_NOT_A_POOL, "%s: no pool in %.0f s", c->name,
			       (double)waited_ns / SECOND);
	not_a_pool(c->fs, f, n, &why);
	return err_set(err, why.status, "%s: no pool in %.0f s: %s", c->name, (double)waited_ns / SECOND,
		       why.msg);
}

/* ---- who comes and goes */

/* A forked process below a master, over the looks. */
struct met {
	pid_t pid, master;
	uint64_t start, master_start;
	int looks;
};

struct mets {
	struct met *items;
	size_t n, cap;
};

static void mets_release(struct mets *m)
{
	free(m->items);
}

/* Seen so often a child is a worker: one that is about to exec has done so. */
#define MET_LOOKS 2

static bool is_there(const struct proctree *f, pid_t pid, uint64_t start)
{
	const struct tree_node *n = proctree_find(f, pid);

	return n && n->alive && n->entry->start_ticks == start;
}

static int looks_at(const struct mets *m, const struct table_entry *e)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].pid == e->pid && m->items[i].start == e->start_ticks)
			return m->items[i].looks;
	return 0;
}

/*
 * Has a worker of this master ended since some look before, while the master lives? Workers that come
 * and go do not stand still: those of a data loader are new for each epoch.
 */
static bool has_left(const struct mets *m, const struct proctree *f, const struct tree_node *master)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].master == master->entry->pid &&
		    m->items[i].master_start == master->entry->start_ticks &&
		    m->items[i].looks >= MET_LOOKS && !is_there(f, m->items[i].pid, m->items[i].start))
			return true;
	return false;
}

/* Remember who is there, and those who were once workers. */
static void meet(struct mets *m, const struct command *c, struct proctree *f)
{
	const struct tree_node *self = proctree_find(f, getpid());
	struct mets next = { 0 };

	for (size_t i = 0; self && i < f->n; i++) {
		struct tree_node *n = &f->nodes[i], *master = proctree_master(n);

		if (n == master || !command_has(c, n, self) || is_starting(n, self))
			continue;
		vec_room(&next.items, next.n, &next.cap);
		next.items[next.n++] = (struct met){
			.pid = n->entry->pid,
			.start = n->entry->start_ticks,
			.master = master->entry->pid,
			.master_start = master->entry->start_ticks,
			.looks = looks_at(m, n->entry) + 1,
		};
	}
	/* One that has left says it for its master. */
	for (size_t i = 0; i < m->n; i++) {
		struct met *old = &m->items[i];

		if (old->looks < MET_LOOKS || is_there(f, old->pid, old->start) ||
		    !is_there(f, old->master, old->master_start) ||
		    has_left(&next, f, proctree_find(f, old->master)))
			continue;
		vec_room(&next.items, next.n, &next.cap);
		next.items[next.n++] = *old;
	}
	free(m->items);
	*m = next;
}

static bool is_shell(const struct command *c, const struct tree_node *n)
{
	cleanup(buf_release) struct buf exe = { 0 };

	return procfs_link(c->fs, n->entry->pid, "exe", &exe) == 0 && name_is_shell(exe.data);
}

/* ---- wait */

/* Since when: what is seen has stood still, the master has had workers. */
struct pace {
	struct view still;
	int64_t quiet_since, workers_since;
	pid_t master;
};

static void keep_pace(struct pace *p, const struct view *v, int64_t now)
{
	pid_t master = v->master ? v->master->entry->pid : 0;

	if (!v->master || moved(v, &p->still)) {
		p->still = *v;
		p->quiet_since = now;
	}
	if (master && master != p->master) {
		p->master = master;
		p->workers_since = now;
	}
}

/* It stands still; or it will not: workers come and go, or it has been busy for so long. */
static bool is_ready(const struct command *c, const struct pace *p, const struct view *v,
		     const struct mets *met, const struct proctree *f, const struct command_patience *how,
		     int64_t now)
{
	if (!v->master)
		return false;
	if (now - p->quiet_since >= how->quiet_ns)
		return true;
	return (has_left(met, f, v->master) || now - p->workers_since >= how->restless_ns) &&
	       !is_shell(c, v->master);
}

int command_wait_pool(struct command *c, const struct command_patience *how, struct target *ret,
		      struct err *err)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	cleanup(mets_release) struct mets met = { 0 };
	int64_t begin = clock_now(), seen = begin, now;
	int empty = 0;
	struct pace pace = { .quiet_since = begin };

	for (;;) {
		bool children = command_reap(c), late;
		struct view v;

		if (proctree_read(c->fs, &f, err) < 0)
			return -1;
		v = look(c, &f);
		now = clock_now();
		late = how->timeout_ns && now - begin >= how->timeout_ns;
		seen = v.alive ? now : seen;
		empty = v.alive ? 0 : empty + 1;
		/* On a busy machine a look takes long, and one that misses a daemon says nothing. */
		if (c->ended && (!children || (now - seen >= COMMAND_GONE_NS && empty >= EMPTY_LOOKS)))
			return command_ended(c, pace.master, err);
		keep_pace(&pace, &v, now);
		if (is_ready(c, &pace, &v, &met, &f, how, now) || (late && v.master)) {
			set_master(c, &f, &v, ret);
			return 0;
		}
		if (late)
			return no_pool_in_time(c, &f, how->timeout_ns, err);
		if (spawn_interrupted())
			return err_set(err, STATUS_FAILED, "%s: interrupted while waiting for its pool",
				       c->name);
		meet(&met, c, &f);
		poll(NULL, 0, COMMAND_POLL_MS);
	}
}
