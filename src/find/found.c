#include "find/found.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "find/notpool.h"
#include "find/serving.h"

void found_release(struct found *d)
{
	choices_release(&d->pools);
	choices_release(&d->others);
	choices_release(&d->passed);
}

void found_add(struct found *d, struct tree_node *n, enum name_match match)
{
	struct tree_node *master = proctree_master(n);

	choices_add(proctree_forked(master) ? &d->pools : &d->others, master, match);
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

void found_pass_supervisors(const struct proctree *f, struct found *d)
{
	struct choices pools = d->pools;
	size_t kept = 0;

	for (size_t i = 0; i < pools.n; i++)
		if (only_supervises(f, &pools, pools.items[i].node))
			choices_add(&d->passed, pools.items[i].node, pools.items[i].match);
	for (size_t i = 0; i < pools.n; i++)
		if (!choices_have(&d->passed, pools.items[i].node))
			d->pools.items[kept++] = pools.items[i];
	d->pools.n = kept;
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

int found_several(const struct procfs *fs, const struct proctree *f, struct found *d, struct tree_node **ret,
		  struct buf *note, struct err *err)
{
	cleanup(sockets_release) struct sockets at = { 0 };
	bool same = one_server(fs, &d->pools, &at);
	struct tree_node *serving = NULL;
	size_t count = 0;
	char what[200];

	for (size_t i = 0; same && i < d->pools.n; i++)
		if (serves(fs, f, d->pools.items[i].node, &at)) {
			serving = d->pools.items[i].node;
			count++;
		}
	if (count == 1) {
		for (size_t i = 0; i < d->pools.n; i++)
			if (d->pools.items[i].node != serving)
				buf_printf(note, "%s%d", note->len ? ", " : "",
					   (int)d->pools.items[i].node->entry->pid);
		buf_printf(note,
			   " is another generation of '%.50s', whose workers take no new "
			   "connections; taking %d",
			   d->word, (int)serving->entry->pid);
		*ret = serving;
		return 0;
	}
	choices_rank(fs, f, &d->pools);
	if (same || one_line(&d->pools)) {
		choices_newest_first(&d->pools);
		snprintf(what, sizeof(what), "%zu generations of '%.50s' have workers%s, the newest first",
			 d->pools.n, d->word, same ? " that take connections" : "");
	} else {
		snprintf(what, sizeof(what), "%zu pools %s", d->pools.n, d->fit);
	}
	return choices_error(fs, &d->pools, what, err);
}

/* What each of them is. */
static int none_is_a_pool(const struct procfs *fs, const struct proctree *f, const struct found *d, size_t n,
			  struct err *err)
{
	enum { ROOM = 600 };
	const struct choices *c = &d->others;
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
	return err_set(err, status, "%zu processes %s, none is a forked pool%s", n, d->fit, list.data);
}

int found_no_pool(const struct procfs *fs, const struct proctree *f, struct found *d, struct tree_node **ret,
		  struct err *err)
{
	size_t all = d->others.n, n;

	drop_nested(&d->others);
	n = d->each ? all : d->others.n;
	if (n > 1)
		return none_is_a_pool(fs, f, d, n, err);
	*ret = d->others.items[0].node;
	return 0;
}
