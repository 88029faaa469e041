#include "find/choices.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"

/* An error holds so much of a list, and a list so much of a folder's name. */
#define LIST_MOST 560
#define FOLDER_MOST 48

void choices_release(struct choices *c)
{
	free(c->items);
	*c = (struct choices){ 0 };
}

void choices_add(struct choices *c, struct tree_node *n, enum name_match match)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].node == n) {
			if (match > c->items[i].match)
				c->items[i].match = match;
			return;
		}
	vec_room(&c->items, c->n, &c->cap);
	c->items[c->n++] = (struct choice){ .node = n, .match = match };
}

bool choices_have(const struct choices *c, const struct tree_node *n)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].node == n)
			return true;
	return false;
}

static int by_size(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->rss_bytes != y->rss_bytes)
		return x->rss_bytes < y->rss_bytes ? 1 : -1;
	return (x->node->entry->pid > y->node->entry->pid) - (x->node->entry->pid < y->node->entry->pid);
}

void choices_rank(const struct procfs *fs, const struct proctree *f, struct choices *c)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < c->n; i++)
		c->items[i].workers = c->items[i].rss_bytes = 0;
	for (size_t i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i], *master = proctree_master(n);
		struct proc_stat st;

		for (size_t k = 0; n->alive && k < c->n; k++) {
			if (c->items[k].node != master)
				continue;
			c->items[k].workers += n != master;
			if (procfs_stat(fs, n->entry->pid, &st) == 0)
				c->items[k].rss_bytes += st.rss_pages * page;
		}
	}
	qsort(c->items, c->n, sizeof(*c->items), by_size);
}

static int by_start(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->node->entry->start_ticks != y->node->entry->start_ticks)
		return x->node->entry->start_ticks < y->node->entry->start_ticks ? 1 : -1;
	return 0;
}

void choices_newest_first(struct choices *c)
{
	qsort(c->items, c->n, sizeof(*c->items), by_start);
}

/* Where do they run? Said when it tells them apart. False: not all of it can be known. */
static bool folders_differ(const struct procfs *fs, const struct choices *c)
{
	cleanup(buf_release) struct buf first = { 0 };
	cleanup(buf_release) struct buf folder = { 0 };
	bool differ = false;

	for (size_t i = 0; i < c->n; i++) {
		struct buf *into = i ? &folder : &first;

		if (procfs_link(fs, c->items[i].node->entry->pid, "cwd", into) < 0 || !into->len)
			return false;
		differ |= strcmp(first.data, into->data) != 0;
	}
	return differ;
}

static void describe(const struct procfs *fs, const struct choice *c, bool folder, struct buf *out)
{
	cleanup(buf_release) struct buf cwd = { 0 };
	char size[16];

	buf_printf(out, "%d (", (int)c->node->entry->pid);
	proctree_title(fs, c->node, out);
	buf_printf(out, "; %zu worker%s, RSS %s", c->workers, c->workers == 1 ? "" : "s",
		   units_format_size(size, (double)c->rss_bytes));
	if (folder && procfs_link(fs, c->node->entry->pid, "cwd", &cwd) == 0 && cwd.len)
		buf_printf(out, ", in %s%s", cwd.len > FOLDER_MOST ? "..." : "",
			   cwd.len > FOLDER_MOST ? cwd.data + cwd.len - FOLDER_MOST : cwd.data);
	buf_addc(out, ')');
}

int choices_error(const struct procfs *fs, const struct choices *c, const char *what, struct err *err)
{
	cleanup(buf_release) struct buf list = { 0 };
	bool folder = folders_differ(fs, c);
	size_t i;

	for (i = 0; i < c->n; i++) {
		size_t before = list.len;

		buf_adds(&list, i ? ", " : "");
		describe(fs, &c->items[i], folder, &list);
		if (i && list.len > LIST_MOST) {
			list.len = before;
			list.data[before] = '\0';
			break;
		}
	}
	if (i < c->n)
		buf_printf(&list, " and %zu more", c->n - i);
	return err_set(err, STATUS_USAGE, "%s: %s: give one pid", what, list.data);
}
