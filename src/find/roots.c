#include "find/roots.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "find/proctree.h"
#include "find/shared_by_fork.h"
#include "parse/lineage.h"

void roots_begin(struct roots *r, const struct target *t)
{
	*r = (struct roots){ .kinship = t->kinship };
	roots_add(r, t->master, t->start_ticks);
	for (size_t i = 0; i < t->nkin; i++)
		roots_add(r, t->kin[i].pid, t->kin[i].start_ticks);
}

void roots_release(struct roots *r)
{
	free(r->items);
	free(r->strangers);
	*r = (struct roots){ 0 };
}

bool roots_has(const struct roots *r, pid_t pid, uint64_t start_ticks)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->items[i].pid == pid && r->items[i].start_ticks == start_ticks)
			return true;
	return false;
}

void roots_add(struct roots *r, pid_t pid, uint64_t start_ticks)
{
	if (roots_has(r, pid, start_ticks))
		return;
	vec_room(&r->items, r->n, &r->cap);
	r->items[r->n++] = (struct target_kin){ pid, start_ticks };
}

/* ---- who can have adopted */

struct pids {
	pid_t *items;
	size_t n, cap;
};

static void pids_release(struct pids *p)
{
	free(p->items);
}

static bool pids_has(const struct pids *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i] == pid)
			return true;
	return false;
}

static void find_ancestors(const struct roots *r, const struct table *t, struct pids *ret)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct table_entry *e = table_find(t, r->items[i].pid);

		for (e = e ? table_find(t, e->ppid) : NULL; e && !pids_has(ret, e->pid);
		     e = table_find(t, e->ppid)) {
			vec_room(&ret->items, ret->n, &ret->cap);
			ret->items[ret->n++] = e->pid;
		}
	}
}

/* ---- who was adopted */

/* As in adopted.h, but that a guess is none. KINSHIP_PARENTS: a stranger. */
static enum kinship kinship_of(const struct roots *r, const struct procfs *fs, const struct table_entry *e)
{
	struct image_facts image;
	struct proc_stat st;
	int all = 0;

	if (procfs_stat(fs, e->pid, &st) < 0 || st.start_ticks != e->start_ticks || st.state == 'Z')
		return KINSHIP_PARENTS;
	image_from_stat(&st, &image);
	if (!(image.marks & IMAGE_FORKED) || !lineage_same_image(&image, &r->image))
		return KINSHIP_PARENTS;
	procfs_exe(fs, e->pid, &image.exe_dev, &image.exe_ino);
	if (!lineage_same_image(&image, &r->image))
		return KINSHIP_PARENTS;
	for (size_t i = 0; i < r->n; i++) {
		int one = shared_by_fork(fs, r->items[i].pid, e->pid);

		if (one > 0)
			return KINSHIP_FRAMES;
		all = one ? one : all;
	}
	return all < 0 && image.marks & IMAGE_RANDOM ? KINSHIP_ADDRESSES : KINSHIP_PARENTS;
}

static bool was_stranger(const struct roots *r, size_t *at, const struct table_entry *e)
{
	while (*at < r->nstrangers && r->strangers[*at].pid < e->pid)
		++*at;
	return *at < r->nstrangers && r->strangers[*at].pid == e->pid &&
	       r->strangers[*at].start_ticks == e->start_ticks;
}

void roots_look(struct roots *r, const struct procfs *fs, const struct table *t)
{
	cleanup(pids_release) struct pids ancestors = { 0 };
	struct target_kin *strangers;
	size_t n = 0, at = 0;

	if (!r->image.start_stack)
		return;
	find_ancestors(r, t, &ancestors);
	strangers = xcalloc(t->n + 1, sizeof(*strangers));
	for (size_t i = 0; i < t->n; i++) {
		const struct table_entry *e = &t->items[i];
		enum kinship k;

		if (!pids_has(&ancestors, e->ppid) || roots_has(r, e->pid, e->start_ticks))
			continue;
		k = was_stranger(r, &at, e) ? KINSHIP_PARENTS : kinship_of(r, fs, e);
		if (k == KINSHIP_PARENTS)
			strangers[n++] = (struct target_kin){ e->pid, e->start_ticks };
		else
			roots_add(r, e->pid, e->start_ticks);
		r->kinship = k > r->kinship ? k : r->kinship;
	}
	free(r->strangers);
	r->strangers = strangers;
	r->nstrangers = n;
}
