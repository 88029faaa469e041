#include "find/byname.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "find/found.h"

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
static void collect(const struct procfs *fs, const struct proctree *f, const char *name, struct found *ret)
{
	for (size_t i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];
		enum name_match match = n->entry->pid == getpid() ? NAME_OTHER : node_match(fs, n, name);

		if (match > NAME_OTHER)
			found_add(ret, n, match);
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
static void keep_closest(struct found *n, struct choices *c)
{
	bool exact = any_exact(c);
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++)
		if (!exact || c->items[i].match == NAME_EXACT || below_exact(c->items[i].node, &n->pools) ||
		    below_exact(c->items[i].node, &n->others))
			c->items[kept++] = c->items[i];
	c->n = kept;
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

int byname_find(const struct procfs *fs, const struct proctree *f, const char *name, struct tree_node **ret,
		struct buf *note, struct err *err)
{
	cleanup(found_release) struct found n = { .word = name };

	snprintf(n.fit, sizeof(n.fit), "go by '%.50s'", name);
	collect(fs, f, name, &n);
	keep_closest(&n, &n.pools);
	found_pass_supervisors(f, &n);
	if (n.pools.n > 1)
		return found_several(fs, f, &n, ret, note, err);
	if (n.pools.n == 1) {
		*ret = n.pools.items[0].node;
		note_passed(fs, &n.others, *ret, note);
		note_passed(fs, &n.passed, *ret, note);
		return 0;
	}
	keep_closest(&n, &n.others);
	if (!n.others.n)
		return err_set(err, STATUS_NO_TARGET,
			       "no process is called '%.200s' (of those that this user can see)", name);
	return found_no_pool(fs, f, &n, ret, err);
}
