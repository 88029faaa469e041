#include "find/unread.h"

#include <errno.h>
#include <string.h>
#include "sys/needs.h"

static int failed(const struct tree_node *n, struct err *err)
{
	return err_errno(err, STATUS_FAILED, n->entry->error, "/proc/%d/stat: cannot read",
			 (int)n->entry->pid);
}

static bool is_unread(const struct tree_node *n)
{
	return n->entry->error && !is_refusal(n->entry->error);
}

/* The master of whom it is a child of; NULL: nobody is known to be its parent. */
static struct tree_node *master_of(const struct proctree *f, const struct tree_node *n)
{
	struct tree_node *parent = proctree_find(f, n->entry->ppid);

	return parent && parent->alive ? proctree_master(parent) : NULL;
}

static bool has_children(const struct proctree *f, const struct tree_node *n)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->nodes[i].entry->ppid == n->entry->pid)
			return true;
	return false;
}

int unread_of_pool(const struct proctree *f, struct tree_node *master, struct err *err)
{
	for (size_t i = 0; i < f->n; i++)
		if (is_unread(&f->nodes[i]) && master_of(f, &f->nodes[i]) == master)
			return failed(&f->nodes[i], err);
	return 0;
}

int unread_of_pools(const struct proctree *f, struct err *err)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct tree_node *n = &f->nodes[i], *master = is_unread(n) ? master_of(f, n) : NULL;

		if (is_unread(n) && ((master && proctree_forked(master)) || has_children(f, n)))
			return failed(n, err);
	}
	return 0;
}

int unread_any(const struct proctree *f, struct err *err)
{
	size_t unread = 0;
	int error = 0;

	for (size_t i = 0; i < f->n; i++)
		if (is_unread(&f->nodes[i])) {
			error = f->nodes[i].entry->error;
			unread++;
		}
	if (!unread)
		return 0;
	return err_set(err, STATUS_FAILED, "not found, but %zu of %zu processes could not be read (%s): %s",
		       unread, f->n, strerror(error),
		       error == EMFILE ? "grant a higher ulimit -n" : "try again");
}
