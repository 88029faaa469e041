#include "sink/stacks_flame.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* A stack from the root to the leaf, and its pages. */
struct path {
	const char *const *frames;
	size_t n;
	uint64_t pages;
	enum stack_role role;
};

static int by_frames(const void *a, const void *b)
{
	const struct path *x = a, *y = b;
	size_t i;
	int r;

	for (i = 0; i < x->n && i < y->n; i++) {
		r = strcmp(x->frames[i], y->frames[i]);
		if (r)
			return r;
	}
	return (x->n > y->n) - (x->n < y->n);
}

/* Frames that the open nodes and the path have in common. */
static size_t common(const struct flame *f, const size_t *open, size_t nopen, const struct path *p)
{
	size_t i = 0;

	while (i < nopen && i < p->n && !strcmp(f->nodes[open[i]].label, p->frames[i]))
		i++;
	return i;
}

/* Behind what is there already: nodes on the way that are open grow, the others are opened. */
static size_t add_path(struct flame *f, size_t *open, size_t nopen, const struct path *p)
{
	size_t i, same = common(f, open, nopen, p);

	for (i = same; i < p->n; i++) {
		vec_room(&f->nodes, f->n, &f->cap);
		open[i] = f->n;
		f->nodes[f->n++] = (struct flame_node){
			.label = p->frames[i],
			.depth = i,
			.start = f->pages,
		};
	}
	for (i = 0; i < p->n; i++) {
		struct flame_node *node = &f->nodes[open[i]];

		node->pages += p->pages;
		if (p->role < STACK_ROLES)
			node->roles[p->role] += p->pages;
	}
	f->pages += p->pages;
	if (p->n > f->depth)
		f->depth = p->n;
	return p->n;
}

/* `frames` has room for all of them, one behind the other. */
static size_t make_paths(const struct stack_report *r, const struct labels *labels, const char **frames,
			 struct path *paths)
{
	static const char *const unattributed = LABEL_UNATTRIBUTED;
	size_t n = 0;

	for (size_t i = 0; i < r->nrows; i++) {
		const struct stack_row *row = &r->rows[i];
		size_t depth = labels_of(labels, row, frames);

		if (!row->sum.pages[PAGE_EVENT_COPIED] || !depth)
			continue;
		paths[n++] = (struct path){ frames, depth, row->sum.pages[PAGE_EVENT_COPIED], row->role };
		frames += depth;
	}
	if (r->pool.unattributed > 0)
		paths[n++] = (struct path){ &unattributed, 1, (uint64_t)r->pool.unattributed, STACK_ROLES };
	return n;
}

static size_t all_frames(const struct stack_report *r)
{
	size_t n = 1;

	for (size_t i = 0; i < r->nrows; i++)
		n += r->facts->traces[r->rows[i].trace].nframes + 2;
	return n;
}

void flame_make(const struct stack_report *r, struct flame *ret)
{
	cleanup_free const char **frames = xcalloc(all_frames(r), sizeof(*frames));
	cleanup_free struct path *paths = xcalloc(r->nrows + 1, sizeof(*paths));
	cleanup_free size_t *open = xcalloc(labels_most(r->facts), sizeof(*open));
	size_t n, i, nopen = 0;

	*ret = (struct flame){ 0 };
	labels_make(r->facts, &ret->labels);
	n = make_paths(r, &ret->labels, frames, paths);
	qsort(paths, n, sizeof(*paths), by_frames);
	for (i = 0; i < n; i++)
		nopen = add_path(ret, open, nopen, &paths[i]);
}

void flame_release(struct flame *f)
{
	labels_release(&f->labels);
	free(f->nodes);
	*f = (struct flame){ 0 };
}

enum stack_role flame_role(const struct flame_node *node)
{
	size_t i, most = 0;

	for (i = 1; i < STACK_ROLES; i++) {
		if (node->roles[i] > node->roles[most])
			most = i;
	}
	return node->roles[most] ? (enum stack_role)most : STACK_ROLES;
}
