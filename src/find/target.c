#include "find/target.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "find/choices.h"
#include "find/closed.h"
#include "find/notpool.h"
#include "find/proctree.h"
#include "find/unread.h"
#include "find/word.h"

void target_release(struct target *t)
{
	free(t->kin);
	t->kin = NULL;
	t->nkin = 0;
	table_release(&t->table);
	buf_release(&t->note);
}

void target_set(const struct proctree *f, const struct tree_node *leader, struct target *ret)
{
	ret->master = leader->entry->pid;
	ret->start_ticks = leader->entry->start_ticks;
	ret->masterless = leader->masterless;
	ret->kinship = leader->kinship;
	ret->kin = xcalloc(leader->kin + 1, sizeof(*ret->kin));
	ret->nkin = 0;
	table_share(&ret->table, &f->table);
	ret->found_ns = f->read_ns;
	for (size_t i = 0; i < f->n && ret->nkin < leader->kin; i++)
		if (f->nodes[i].leader == leader)
			ret->kin[ret->nkin++] = (struct target_kin){ f->nodes[i].entry->pid,
								     f->nodes[i].entry->start_ticks };
}

/* `ret->note` may already hold how the number was understood. */
static void add_note(struct target *t)
{
	struct buf *note = &t->note;

	if (t->masterless)
		buf_printf(note,
			   "%sthe master is gone; %zu processes that it forked live on, taking all of "
			   "them (%d is the oldest)",
			   note->len ? "; " : "", t->nkin + 1, (int)t->master);
	else if (t->given != t->master)
		buf_printf(note, "%s%d is a worker; taking its master %d", note->len ? "; " : "",
			   (int)t->given, (int)t->master);
	if (t->kinship == KINSHIP_GUESS)
		buf_printf(note,
			   "%sthat they are one family is a guess: their addresses are equal, as those of "
			   "any run without ASLR; their page frames would tell (CAP_SYS_ADMIN)",
			   note->len ? "; " : "");
}

/* The pool that a process is of, as the target; STATUS_NOT_A_POOL. */
static int pool_of(const struct procfs *fs, const struct proctree *f, struct tree_node *n, struct target *ret,
		   struct err *err)
{
	struct tree_node *master = proctree_master(n);

	if (unread_of_pool(f, master, err) < 0)
		return -1;
	if (!proctree_forked(master))
		return not_a_pool(fs, f, n, err);
	target_set(f, master, ret);
	ret->given = n->entry->pid;
	add_note(ret);
	return 0;
}

/* ---- all pools */

/* A script's subshells are forked, but nobody looks for them. By its pid a shell is as good as any. */
static bool is_shell(const struct procfs *fs, const struct tree_node *n)
{
	cleanup(buf_release) struct buf exe = { 0 };

	return procfs_link(fs, n->entry->pid, "exe", &exe) == 0 && name_is_shell(exe.data);
}

/* Is `n` below a process of the pool that `leader` leads? */
static bool comes_from(struct tree_node *n, const struct tree_node *leader)
{
	for (int depth = 0; n && depth < PROCTREE_DEPTH_MAX; depth++, n = n->parent)
		if (n == leader || n->leader == leader)
			return true;
	return false;
}

static void pick_pools(const struct procfs *fs, const struct proctree *f, struct choices *ret)
{
	struct tree_node *self = proctree_find(f, getpid());
	size_t i;

	for (i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];

		if (proctree_is_master(n) && !(self && comes_from(self, n)) && !is_shell(fs, n))
			choices_add(ret, n, NAME_OTHER);
	}
}

static int find_only(const struct procfs *fs, const struct proctree *f, struct tree_node **ret,
		     struct err *err)
{
	cleanup(choices_release) struct choices picks = { 0 };
	size_t hidden = 0, i;

	pick_pools(fs, f, &picks);
	if (picks.n == 1) {
		*ret = picks.items[0].node;
		return 0;
	}
	if (picks.n) {
		choices_rank(fs, f, &picks);
		return choices_error(fs, &picks, "several pools run here", err);
	}

	for (i = 0; i < f->n; i++)
		hidden += f->nodes[i].denied;
	if (hidden)
		return err_set(err, STATUS_DENIED,
			       "no forked pool among the processes that this user may look into; "
			       "%zu others are closed to it: run cowtop as root, or see cowtop "
			       "doctor",
			       hidden);
	if (unread_any(f, err) < 0)
		return -1;
	return err_set(err, STATUS_NO_TARGET, "no forked pool runs here: no process has forked children");
}

static int by_pid(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return (x->master > y->master) - (x->master < y->master);
}

/* Those that `self` does not come from, at `list`; how many. */
static size_t set_all(const struct proctree *f, const struct choices *picks, struct target *list)
{
	struct tree_node *self = proctree_find(f, getpid());
	size_t n = 0;

	for (size_t i = 0; i < picks->n; i++) {
		if (self && comes_from(self, picks->items[i].node))
			continue;
		target_set(f, picks->items[i].node, &list[n]);
		list[n].given = list[n].master;
		n++;
	}
	return n;
}

int target_pools(const struct procfs *fs, struct target_list *ret, struct err *err)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	cleanup(choices_release) struct choices open = { 0 }, closed = { 0 };

	if (proctree_read(fs, &f, err) < 0 || unread_of_pools(&f, err) < 0)
		return -1;

	pick_pools(fs, &f, &open);
	closed_pools(&f, &closed);
	if (!open.n && !closed.n && unread_any(&f, err) < 0)
		return -1;
	ret->items = xcalloc(open.n + closed.n + 1, sizeof(*ret->items));
	ret->n = set_all(&f, &open, ret->items);
	ret->n += set_all(&f, &closed, ret->items + ret->n);
	qsort(ret->items, ret->n, sizeof(*ret->items), by_pid);
	ret->some_hidden = closed_any(&f);
	return 0;
}

/* ---- what the user typed */

int target_find(const struct procfs *fs, const char *text, struct target *ret, struct err *err)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	struct target t = { 0 };
	struct tree_node *n;
	int r;

	if (proctree_read(fs, &f, err) < 0)
		return -1;

	r = text ? word_find(fs, &f, text, &n, &t.note, err) : find_only(fs, &f, &n, err);
	if (r == 0)
		r = pool_of(fs, &f, n, &t, err);
	if (r < 0) {
		target_release(&t);
		return -1;
	}
	*ret = t;
	return 0;
}

int target_process(const struct procfs *fs, const char *text, pid_t *ret, struct err *err)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	cleanup(buf_release) struct buf note = { 0 };
	struct tree_node *n;

	if (proctree_read(fs, &f, err) < 0 || word_find(fs, &f, text, &n, &note, err) < 0)
		return -1;
	*ret = n->entry->pid;
	return 0;
}
