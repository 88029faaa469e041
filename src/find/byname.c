#include "find/byname.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "find/choices.h"
#include "find/names.h"
#include "find/notpool.h"
#include "find/serving.h"

/* Who goes by the name. */
struct named {
	struct choices pools;  /* masters of pools */
	struct choices others; /* processes that are in none */
	struct choices passed; /* pools that only supervise */
};

static void named_release(struct named *n)
{
	choices_release(&n->pools);
	choices_release(&n->others);
	choices_release(&n->passed);
}

static enum name_match node_match(const struct procfs *fs, const struct tree_node *n, const char *name)
{
	cleanup(buf_release) struct buf cmdline = { .limit = 65536 };
	cleanup(buf_release) struct buf exe = { 0 };
	struct proc_names names;

	if (!n->alive)
		return NAME_OTHER;
	names.exe = procfs_link(fs, n->entry->pid, "exe", &exe) == 0 ? exe.data : NULL;
	if (procfs_read(fs, n->entry->pid, "cmdline", &cmdline) < 0)
		buf_reset(&cmdline);
	names.comm = n->entry->comm;
	names.cmdline = cmdline.data;
	names.cmdline_len = cmdline.len;
	return name_match(name, &names);
}

/* cowtop itself never counts: its own command line has the name in it. */
static void collect(const struct procfs *fs, const struct proctree *f, const char *name, struct named *ret)
{
	for (size_t i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i], *master = proctree_master(n);
		enum name_match match = n->entry->pid == getpid() ? NAME_OTHER : node_match(fs, n, name);

		if (match > NAME_OTHER)
			choices_add(proctree_forked(master) ? &ret->pools : &ret->others, master, match);
	}
}

static bool below_exact(const struct tree_node *n, const struct choices *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].match == NAME_EXACT && proctree_below(n, c->items[i].node))
			return true;
	return false;
}

static bool any_exact(const struct choices *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].match == NAME_EXACT)
			return true;
	return false;
}

/* Leave out who goes almost by the name where others do exactly. */
static void keep_closest(struct named *n, struct choices *c)
{
	bool exact = any_exact(c);
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++)
		if (!exact || c->items[i].match == NAME_EXACT || below_exact(c->items[i].node, &n->pools) ||
		    below_exact(c->items[i].node, &n->others))
			c->items[kept++] = c->items[i];
	c->n = kept;
}

/* Leave out what is below another one: of a family that is closed to this user every process is one. */
static void drop_nested(struct choices *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++) {
		bool nested = false;

		for (size_t j = 0; j < c->n && !nested; j++)
			nested = i != j && proctree_below(c->items[i].node, c->items[j].node);
		if (!nested)
			c->items[kept++] = c->items[i];
	}
	c->n = kept;
}

/* Does a process have another of these pools below it? */
static bool has_below(const struct choices *pools, const struct tree_node *master, const struct tree_node *n)
{
	for (size_t i = 0; i < pools->n; i++)
		if (pools->items[i].node != master && proctree_below(pools->items[i].node, n))
			return true;
	return false;
}

/* Are all that were forked from it there for the sake of other pools, as those of uWSGI's Emperor? */
static bool only_supervises(const struct proctree *f, const struct choices *pools, struct tree_node *master)
{
	for (size_t i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];

		if (n != master && n->alive && proctree_master(n) == master && !has_below(pools, master, n))
			return false;
	}
	return true;
}

static void pass_supervisors(const struct proctree *f, struct named *n)
{
	struct choices pools = n->pools;
	size_t kept = 0;

	for (size_t i = 0; i < pools.n; i++)
		if (only_supervises(f, &pools, pools.items[i].node))
			choices_add(&n->passed, pools.items[i].node, pools.items[i].match);
	for (size_t i = 0; i < pools.n; i++)
		if (!choices_have(&n->passed, pools.items[i].node))
			n->pools.items[kept++] = pools.items[i];
	n->pools.n = kept;
}

/* ---- generations */

/* Can a worker of this pool take a new connection at one of these? True also when that is hidden. */
static bool serves(const struct procfs *fs, const struct proctree *f, struct tree_node *master,
		   const struct sockets *at)
{
	for (size_t i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];

		if (n != master && n->alive && proctree_master(n) == master &&
		    serving_any(fs, n->entry->pid, at) != 0)
			return true;
	}
	return false;
}

/* Do all of these masters hold a listening socket of the first one's? Those go to `ret`. */
static bool one_server(const struct procfs *fs, const struct choices *pools, struct sockets *ret)
{
	if (serving_sockets(fs, pools->items[0].node->entry->pid, ret) < 0 || !ret->n)
		return false;
	for (size_t i = 1; i < pools->n; i++)
		if (serving_any(fs, pools->items[i].node->entry->pid, ret) != 1)
			return false;
	return true;
}

/* Was each of them started by another one? Where descriptors cannot be read. */
static bool one_line(const struct choices *pools)
{
	size_t roots = 0;

	for (size_t i = 0; i < pools->n; i++)
		roots += !choices_have(pools, pools->items[i].node->parent);
	return roots == 1;
}

static int several(const struct procfs *fs, const struct proctree *f, struct named *n, const char *name,
		   struct tree_node **ret, struct buf *note, struct err *err)
{
	cleanup(sockets_release) struct sockets at = { 0 };
	bool same = one_server(fs, &n->pools, &at);
	struct tree_node *serving = NULL;
	size_t count = 0;
	char what[160];

	for (size_t i = 0; same && i < n->pools.n; i++)
		if (serves(fs, f, n->pools.items[i].node, &at)) {
			serving = n->pools.items[i].node;
			count++;
		}
	if (count == 1) {
		for (size_t i = 0; i < n->pools.n; i++)
			if (n->pools.items[i].node != serving)
				buf_printf(note, "%s%d", note->len ? ", " : "",
					   (int)n->pools.items[i].node->entry->pid);
		buf_printf(note,
			   " is another generation of '%.50s', whose workers take no new "
			   "connections; taking %d",
			   name, (int)serving->entry->pid);
		*ret = serving;
		return 0;
	}
	choices_rank(fs, f, &n->pools);
	if (same || one_line(&n->pools)) {
		choices_newest_first(&n->pools);
		snprintf(what, sizeof(what), "%zu generations of '%.50s' have workers%s, the newest first",
			 n->pools.n, name, same ? " that take connections" : "");
	} else {
		snprintf(what, sizeof(what), "%zu pools go by '%.50s'", n->pools.n, name);
	}
	return choices_error(fs, &n->pools, what, err);
}

/* ---- one, or none */

/* Those above the pool that go by the name as well. */
static void note_passed(const struct procfs *fs, const struct choices *c, const struct tree_node *taken,
			struct buf *note)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!proctree_below(taken, c->items[i].node) || c->items[i].match != NAME_EXACT)
			continue;
		buf_printf(note, "%s%d (", note->len ? "; " : "", (int)c->items[i].node->entry->pid);
		proctree_title(fs, c->items[i].node, note);
		buf_printf(note, ") has no workers of its own; taking %d below it", (int)taken->entry->pid);
	}
}

/* Several processes of that name, and no pool: what each of them is. */
static int none_is_a_pool(const struct procfs *fs, const struct proctree *f, const struct choices *c,
			  const char *name, struct err *err)
{
	enum { ROOM = 600 };
	cleanup(buf_release) struct buf list = { 0 };
	enum status status = STATUS_NOT_A_POOL;
	struct err why;
	size_t i;

	for (i = 0; i < c->n; i++) {
		not_a_pool(fs, f, c->items[i].node, &why);
		if (why.status == STATUS_DENIED)
			status = STATUS_DENIED;
		if (i && list.len + strlen(why.msg) > ROOM)
			break;
		buf_printf(&list, "; %s", why.msg);
	}
	if (i < c->n)
		buf_printf(&list, "; and %zu more", c->n - i);
	return err_set(err, status, "%zu processes go by '%.50s', none is a forked pool%s", c->n, name,
		       list.data);
}

int byname_find(const struct procfs *fs, const struct proctree *f, const char *name, struct tree_node **ret,
		struct buf *note, struct err *err)
{
	cleanup(named_release) struct named n = { 0 };

	collect(fs, f, name, &n);
	keep_closest(&n, &n.pools);
	pass_supervisors(f, &n);
	if (n.pools.n > 1)
		return several(fs, f, &n, name, ret, note, err);
	if (n.pools.n == 1) {
		*ret = n.pools.items[0].node;
		note_passed(fs, &n.others, *ret, note);
		note_passed(fs, &n.passed, *ret, note);
		return 0;
	}
	keep_closest(&n, &n.others);
	drop_nested(&n.others);
	if (!n.others.n)
		return err_set(err, STATUS_NO_TARGET,
			       "no process is called '%.200s' (of those that this user can see; "
			       "cowtop pools lists the pools)",
			       name);
	if (n.others.n > 1)
		return none_is_a_pool(fs, f, &n.others, name, err);
	*ret = n.others.items[0].node;
	return 0;
}
