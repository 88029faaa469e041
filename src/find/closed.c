#include "find/closed.h"

#include <stdio.h>
#include <string.h>

/* "gunicorn: master [app]" and "gunicorn: worker [app]", "[celeryd: ...". */
static bool same_word(const char *a, const char *b)
{
	size_t len;

	a += strspn(a, "([");
	b += strspn(b, "([");
	len = strcspn(a, " :,;[]()");
	return len && strcspn(b, " :,;[]()") == len && !memcmp(a, b, len);
}

static bool is_closed_fork(const struct tree_node *n)
{
	const struct tree_node *parent = n->parent;

	return n->alive && parent && parent->alive && (n->denied || parent->denied) &&
	       n->image.marks & IMAGE_FORKED && same_word(n->entry->comm, parent->entry->comm);
}

static bool is_shell(const struct tree_node *n)
{
	char path[64];

	snprintf(path, sizeof(path), "/%.60s", n->entry->comm);
	return name_is_shell(path);
}

void closed_pools(const struct proctree *f, struct choices *ret)
{
	for (size_t i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];
		int depth;

		if (!is_closed_fork(n))
			continue;
		for (depth = 0; is_closed_fork(n) && depth < PROCTREE_DEPTH_MAX; depth++)
			n = n->parent;
		if (n->lineage != LINEAGE_FORKED && !n->leader && !proctree_is_master(n) && !is_shell(n))
			choices_add(ret, n, NAME_OTHER);
	}
}

bool closed_any(const struct proctree *f)
{
	if (!proctree_find(f, 1))
		return true;
	for (size_t i = 0; i < f->n; i++)
		if (f->nodes[i].denied || f->nodes[i].parent_hidden)
			return true;
	return false;
}
