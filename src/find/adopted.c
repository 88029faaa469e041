#include "find/adopted.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "find/shared_by_fork.h"

/* Topmost processes of one image, by age. */
struct group {
	struct tree_node **items;
	size_t n;
};

/* What a name begins with: "gunicorn" of "gunicorn: worke". */
static size_t stem(const char *comm)
{
	size_t n = 0;

	while (isalnum((unsigned char)comm[n]) || comm[n] == '-' || comm[n] == '_' || comm[n] == '.')
		n++;
	return n;
}

/* A parent that this user may not look into: one of its name may have forked it, init or systemd has not. Of one
 * that hidepid hides not even the name is known. */
static bool may_be_its_fork(const struct tree_node *n)
{
	const char *a = n->entry->comm, *b = n->parent ? n->parent->entry->comm : "";

	if (!n->parent && n->entry->ppid > 1)
		return n->parent_hidden;
	return stem(a) == stem(b) && !strncmp(a, b, stem(a));
}

static bool is_topmost(const struct tree_node *n)
{
	return n->lineage != LINEAGE_FORKED && (n->lineage != LINEAGE_UNKNOWN || !may_be_its_fork(n));
}

static bool was_forked(const struct tree_node *n)
{
	return n->image.marks & IMAGE_FORKED;
}

bool is_adopted(const struct tree_node *n)
{
	return was_forked(n) && is_topmost(n);
}

/* The topmost of its image, of which more may be known? */
static bool is_candidate(const struct tree_node *n)
{
	return n->alive && !n->denied && n->image.marks & IMAGE_MARKED && is_topmost(n);
}

static int by_image(const void *a, const void *b)
{
	const struct tree_node *x = *(struct tree_node *const *)a, *y = *(struct tree_node *const *)b;
	const uint64_t of_x[] = { x->image.start_stack,  x->image.start_brk,     x->image.start_code,
				  x->image.end_code,     x->image.exe_ino,       x->image.exe_dev,
				  x->entry->start_ticks, (uint64_t)x->entry->pid };
	const uint64_t of_y[] = { y->image.start_stack,  y->image.start_brk,     y->image.start_code,
				  y->image.end_code,     y->image.exe_ino,       y->image.exe_dev,
				  y->entry->start_ticks, (uint64_t)y->entry->pid };

	for (size_t i = 0; i < sizeof(of_x) / sizeof(*of_x); i++)
		if (of_x[i] != of_y[i])
			return of_x[i] < of_y[i] ? -1 : 1;
	return 0;
}

/* Does `n` belong to them? KINSHIP_PARENTS: no. */
static enum kinship belongs(const struct procfs *fs, const struct group *family, const struct tree_node *n)
{
	/* the exec'ed one is older than whom it forked, and there is one of it */
	if (!was_forked(n))
		return KINSHIP_PARENTS;
	for (size_t i = 0; i < family->n; i++) {
		int r = shared_by_fork(fs, family->items[i]->entry->pid, n->entry->pid);

		if (r > 0)
			return KINSHIP_FRAMES;
		if (r < 0)
			return n->image.marks & IMAGE_RANDOM ? KINSHIP_ADDRESSES : KINSHIP_GUESS;
	}
	return KINSHIP_PARENTS;
}

/* Within a clock tick, 10 ms, pids tell who came first. */
static bool is_older(const struct tree_node *a, const struct tree_node *b)
{
	if (a->entry->start_ticks != b->entry->start_ticks)
		return a->entry->start_ticks < b->entry->start_ticks;
	return a->entry->pid < b->entry->pid;
}

/* Its oldest child, or NULL. */
static const struct tree_node *first_fork(const struct proctree *f, const struct tree_node *n)
{
	const struct tree_node *first = NULL;

	for (size_t i = 0; i < f->n; i++) {
		const struct tree_node *c = &f->nodes[i];

		if (c->parent == n && c->lineage == LINEAGE_FORKED && (!first || is_older(c, first)))
			first = c;
	}
	return first;
}

/*
 * Were the others forked below the oldest? It was exec'ed itself; or (a daemon, which forks once more and never
 * execs) they are of the session or process group that it began, or all younger than its oldest child.
 */
static bool is_ancestor(const struct proctree *f, const struct group *family)
{
	const struct tree_node *oldest = family->items[0];
	const struct tree_node *first = first_fork(f, oldest);
	pid_t pid = oldest->entry->pid;

	if (!was_forked(oldest))
		return true;
	for (size_t i = 1; i < family->n; i++)
		if (family->items[i]->session == pid || family->items[i]->pgrp == pid)
			return true;
	for (size_t i = 1; i < family->n && first; i++)
		if (is_older(family->items[i], first))
			return false;
	return first;
}

static void make_family(const struct proctree *f, const struct group *family, enum kinship kinship)
{
	struct tree_node *leader = family->items[0];

	leader->kin = family->n - 1;
	leader->kinship = kinship;
	leader->masterless = !is_ancestor(f, family);
	for (size_t i = 1; i < family->n; i++)
		family->items[i]->leader = leader;
}

/* The oldest process of one image and all that belong to it become a family; the others stay, moved to the front. */
static void part_family(const struct procfs *fs, const struct proctree *f, struct group *left)
{
	cleanup_free struct tree_node **items = xcalloc(left->n, sizeof(*items));
	struct group family = { items, 1 };
	enum kinship weakest = KINSHIP_FRAMES;
	size_t kept = 0;

	items[0] = left->items[0];
	for (size_t i = 1; i < left->n; i++) {
		struct tree_node *n = left->items[i];
		enum kinship k = belongs(fs, &family, n);

		if (k == KINSHIP_PARENTS)
			left->items[kept++] = n;
		else
			items[family.n++] = n;
		weakest = k > weakest ? k : weakest;
	}
	left->n = kept;
	if (family.n > 1)
		make_family(f, &family, weakest);
}

void adopted_find(const struct procfs *fs, struct proctree *f)
{
	cleanup_free struct tree_node **sorted = xcalloc(f->n + 1, sizeof(*sorted));
	size_t n = 0, end;

	for (size_t i = 0; i < f->n; i++)
		if (is_candidate(&f->nodes[i]))
			sorted[n++] = &f->nodes[i];
	qsort(sorted, n, sizeof(*sorted), by_image);
	for (size_t i = 0; i < n; i = end) {
		struct group same = { sorted + i, 1 };

		for (end = i + 1; end < n && lineage_same_image(&sorted[end]->image, &sorted[i]->image);
		     end++)
			same.n++;
		while (same.n > 1)
			part_family(fs, f, &same);
	}
}
