#include "find/notpool.h"

#include <string.h>
#include "base/cleanup.h"
#include "find/adopted.h"

/* Which capability opens the addresses in /proc/PID/stat, in one clause. */
#define FIX \
	"run cowtop as root, or with CAP_SYS_PTRACE (for exact figures also " \
	"CAP_DAC_READ_SEARCH and CAP_SYS_ADMIN); see cowtop doctor"

/* Programs that are started anew, by what stands in their arguments: multiprocessing's since 3.4, the same in
 * billiard 3.6 and 4, loky's of joblib. */
static const struct {
	const char *mark, *library, *otherwise;
} spawned[] = {
	{ "--multiprocessing-fork", "multiprocessing",
	  "start method fork, or forkserver with set_forkserver_preload()" },
	{ "--billiard-fork", "billiard", "start method fork" },
	{ "popen_loky_posix", "loky", "the backend multiprocessing and its start method fork" },
};

static bool cmdline_has(const struct procfs *fs, pid_t pid, const char *text)
{
	cleanup(buf_release) struct buf line = { .limit = 4096 };

	return procfs_read(fs, pid, "cmdline", &line) == 0 && line.len &&
	       memmem(line.data, line.len, text, strlen(text));
}

/* The largest pool below `n`, of an exec'ed child, or of a child of that (`sh -c`). */
static const struct tree_node *pool_below(const struct proctree *f, const struct tree_node *n)
{
	const struct tree_node *found = NULL;
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct tree_node *m = &f->nodes[i];

		if (m != n && proctree_is_master(m) && proctree_below(m, n) &&
		    (!found || proctree_forked(m) > proctree_forked(found)))
			found = m;
	}
	return found;
}

/* How the process was started, by its own command line; SPAWNED of them: not by any of these. */
#define SPAWNED (sizeof(spawned) / sizeof(*spawned))

static size_t start_method(const struct procfs *fs, pid_t pid)
{
	size_t i;

	for (i = 0; i < SPAWNED; i++)
		if (cmdline_has(fs, pid, spawned[i].mark))
			break;
	return i;
}

static size_t starts_by(const struct procfs *fs, const struct proctree *f, const struct tree_node *n)
{
	size_t i, method;

	for (i = 0; i < f->n; i++) {
		if (f->nodes[i].parent != n || !f->nodes[i].alive)
			continue;
		method = start_method(fs, f->nodes[i].entry->pid);
		if (method < SPAWNED)
			return method;
	}
	return SPAWNED;
}

static int has_pool_below(const struct procfs *fs, const struct tree_node *n, const char *title,
			  const struct tree_node *pool, struct err *err)
{
	cleanup(buf_release) struct buf below = { 0 };
	int pid = pool->entry->pid;

	if (cmdline_has(fs, pid, "multiprocessing.forkserver"))
		return err_set(err, STATUS_NOT_A_POOL,
			       "%d (%s) forked no worker itself: its workers come from its "
			       "forkserver (start method forkserver), pid %d: cowtop %d",
			       (int)n->entry->pid, title, pid, pid);
	proctree_title(fs, pool, &below);
	if (pool->masterless)
		return err_set(
			err, STATUS_NOT_A_POOL,
			"%d (%s) has no forked child, but it adopted what is left of a pool whose master is "
			"gone: %d (%s) and %zu more: cowtop %d",
			(int)n->entry->pid, title, pid, below.data, pool->kin, pid);
	return err_set(err, STATUS_NOT_A_POOL,
		       "%d (%s) has no forked child, but below it %d (%s) has %zu: cowtop %d",
		       (int)n->entry->pid, title, pid, below.data, proctree_forked(pool), pid);
}

int not_a_pool(const struct procfs *fs, const struct proctree *f, const struct tree_node *n, struct err *err)
{
	cleanup(buf_release) struct buf title = { 0 };
	const struct tree_node *pool;
	int pid = n->entry->pid;
	size_t method;

	proctree_title(fs, n, &title);
	if (n->denied)
		return err_set(err, STATUS_DENIED,
			       "%d (%s, user %s): not allowed to see whether it is a pool: " FIX, pid,
			       title.data, n->entry->user);
	pool = pool_below(f, n);
	if (pool)
		return has_pool_below(fs, n, title.data, pool, err);
	if (n->unknown)
		return err_set(err, STATUS_DENIED,
			       "%d (%s): not allowed to see which of its child processes were "
			       "forked from it, %zu are closed: " FIX,
			       pid, title.data, n->unknown);
	method = starts_by(fs, f, n);
	if (method < SPAWNED)
		return err_set(
			err, STATUS_NOT_A_POOL,
			"%d (%s) starts its workers by spawn (%s): they were exec'ed and share "
			"no memory with it, there is nothing to copy on write; with %s they would share",
			pid, title.data, spawned[method].library, spawned[method].otherwise);
	if (n->execed)
		return err_set(err, STATUS_NOT_A_POOL,
			       "%d (%s): not a forked pool: all it has is %zu exec'ed child%s, "
			       "and exec shares no memory",
			       pid, title.data, n->execed, n->execed == 1 ? "" : "ren");
	if (!n->forked && is_adopted(n))
		return err_set(
			err, STATUS_NOT_A_POOL,
			"%d (%s): who forked it is gone, and nobody else of that pool is left: there is nothing "
			"to share, and nothing to compare it with",
			pid, title.data);
	method = start_method(fs, pid);
	if (method < SPAWNED)
		return err_set(err, STATUS_NOT_A_POOL,
			       "%d (%s) was started by spawn (%s): it was exec'ed and shares no "
			       "memory with its parent %d; with %s it would share",
			       pid, title.data, spawned[method].library, (int)n->entry->ppid,
			       spawned[method].otherwise);
	return err_set(err, STATUS_NOT_A_POOL,
		       "%d (%s): not a forked pool: it has no child process (workers not started "
		       "yet, or only on demand: --wait waits for the first one; or threads instead of "
		       "processes)",
		       pid, title.data);
}
