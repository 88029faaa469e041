#include "find/proctree.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "find/adopted.h"
#include "find/shared_by_fork.h"

#define TITLE_MAX 40

static uint64_t marks_from_flags(uint64_t flags)
{
	return (flags || proc_flags_told() ? IMAGE_MARKED : 0) |
	       (flags & STAT_FORKED_ONLY ? IMAGE_FORKED : 0) | (flags & STAT_RANDOM ? IMAGE_RANDOM : 0);
}

void image_from_stat(const struct proc_stat *st, struct image_facts *ret)
{
	*ret = (struct image_facts){
		.start_code = st->start_code,
		.end_code = st->end_code,
		.start_stack = st->start_stack,
		.start_brk = st->start_brk,
		.arg_start = st->arg_start,
		.marks = marks_from_flags(st->flags),
	};
}

/* Is it a procfs at all? Its folder may be there, and nothing mounted on it. */
static bool is_procfs(const struct procfs *fs)
{
	struct statfs st;

	return fstatfs(fs->fd, &st) == 0 && st.f_type == PROC_SUPER_MAGIC;
}

/* A procfs shows the pids of the namespace it was mounted in; kill(2) and getpid(2) use our own. */
static int check_namespace(const struct procfs *fs, struct err *err)
{
	char text[24];
	int64_t pid = 0;
	ssize_t n = readlinkat(fs->fd, "self", text, sizeof(text) - 1);

	if (n > 0) {
		text[n] = '\0';
		if (units_parse_int(text, 1, INT32_MAX, &pid) == 0 && pid == getpid())
			return 0;
	} else if (n < 0 && errno != ENOENT) {
		return err_errno(err, STATUS_FAILED, errno, "/proc/self");
	}
	if (!is_procfs(fs))
		return err_set(err, STATUS_FAILED, "no procfs is mounted at /proc: mount -t proc proc /proc");
	return err_set(err, STATUS_FAILED,
		       "/proc belongs to another PID namespace than cowtop (cowtop is pid %d, "
		       "/proc/self says %s): enter both (nsenter -p -m, unshare -p "
		       "--mount-proc), or run cowtop outside",
		       (int)getpid(), n > 0 ? text : "nothing");
}

/*
 * fs/proc/array.c, do_task_stat(): start_code is 0 without an address space (kernel threads,
 * zombies) and 1 where it is hidden from the reader; start_stack is 0 in both cases.
 */
static void read_node(const struct procfs *fs, struct table_entry *e, struct tree_node *n)
{
	struct proc_stat st;
	int r = procfs_stat(fs, e->pid, &st);

	/* what fails once, and says nothing of it, need not be so the next time */
	if (r < 0 && r != -ENOENT && r != -ESRCH)
		r = procfs_stat(fs, e->pid, &st);
	if (r < 0 && r != -ENOENT && r != -ESRCH && r != -EBADMSG)
		e->error = -r;
	if (r < 0 || st.start_ticks != e->start_ticks)
		return;
	if (st.state == 'Z' || st.state == 'X' || !st.start_code)
		return;

	n->alive = true;
	n->denied = !st.start_stack;
	n->minflt = st.minflt;
	n->pgrp = st.pgrp;
	n->session = st.session;
	image_from_stat(&st, &n->image);
	if (!n->denied)
		procfs_exe(fs, e->pid, &n->image.exe_dev, &n->image.exe_ino);
}

/* Nobody else has its stack's address, so nobody else has its image: what the table says is enough. */
static void from_table(struct tree_node *n)
{
	const struct table_entry *e = n->entry;

	n->alive = e->state != 'Z' && e->state != 'X' && e->start_code;
	if (!n->alive)
		return;
	n->denied = !e->start_stack;
	n->minflt = e->minflt;
	n->image = (struct image_facts){
		.start_code = e->start_code,
		.end_code = e->end_code,
		.start_stack = e->start_stack,
		.marks = marks_from_flags(e->flags),
	};
}

static int by_address(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Where the stacks of all begin, in order. */
static uint64_t *all_stacks(const struct table *t)
{
	uint64_t *ret = xcalloc(t->n + 1, sizeof(*ret));

	for (size_t i = 0; i < t->n; i++)
		ret[i] = t->items[i].start_stack;
	if (t->n)
		qsort(ret, t->n, sizeof(*ret), by_address);
	return ret;
}

/* Does another one than `e` have its address? */
static bool is_like_another(const uint64_t *stacks, size_t n, const struct table_entry *e)
{
	const uint64_t *at = bsearch(&e->start_stack, stacks, n, sizeof(*stacks), by_address);

	return e->start_stack && at &&
	       ((at > stacks && at[-1] == *at) || (at + 1 < stacks + n && at[1] == *at));
}

/* Clock ticks since boot. */
static uint64_t ticks_of_boot(void)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	return (uint64_t)clock_ns(CLOCK_BOOTTIME) / ((uint64_t)SECOND / hz);
}

/* Was somebody forked while the table was read? Its parent may have exec'ed before that, and stand in the table
 * as it was then. This process itself is no reason, it has forked nobody. */
static bool has_newborn(const struct table *t, uint64_t began)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].start_ticks >= began && t->items[i].pid != getpid())
			return true;
	return false;
}

/* Only those that may be of one image are looked at more closely. */
static void read_nodes(const struct procfs *fs, struct proctree *f, uint64_t began)
{
	cleanup_free uint64_t *stacks = all_stacks(&f->table);
	bool all = has_newborn(&f->table, began);

	for (size_t i = 0; i < f->n; i++) {
		struct table_entry *e = &f->table.items[i];

		f->nodes[i].entry = e;
		if (e->error)
			continue;
		if (all || is_like_another(stacks, f->n, e))
			read_node(fs, e, &f->nodes[i]);
		else
			from_table(&f->nodes[i]);
	}
}

static void join_parent(const struct procfs *fs, struct proctree *f, struct tree_node *n)
{
	struct tree_node *parent = proctree_find(f, n->entry->ppid);

	n->parent_hidden = !parent && n->entry->ppid > 1 && procfs_exists(fs, n->entry->ppid);
	/* A child is never older than its parent: otherwise the pid was reused while we read. */
	if (!n->alive || !parent || parent->entry->start_ticks > n->entry->start_ticks)
		return;

	n->parent = parent;
	if (!parent->alive)
		return;
	n->lineage = lineage_of(&n->image, &parent->image);
	/* It may have moved all that its stat shows, or its parent has. */
	if (n->lineage == LINEAGE_ADOPTED && parent->entry->ppid &&
	    forked_from(fs, parent->entry->pid, n->entry->pid,
			parent->image.marks & n->image.marks & IMAGE_RANDOM))
		n->lineage = LINEAGE_FORKED;
	if (n->lineage == LINEAGE_FORKED && procfs_same_mm(fs, n->entry->pid, parent->entry->pid) == 1)
		n->lineage = LINEAGE_EXECED;

	parent->forked += n->lineage == LINEAGE_FORKED;
	parent->execed += n->lineage == LINEAGE_EXECED;
	parent->unknown += n->lineage == LINEAGE_UNKNOWN;
}

int proctree_read(const struct procfs *fs, struct proctree *f, struct err *err)
{
	struct proctree new = { 0 };
	uint64_t began = ticks_of_boot();
	size_t i;

	new.read_ns = clock_now();
	if ((!fs->captured && check_namespace(fs, err) < 0) || table_read(fs, &new.table, err) < 0)
		return -1;

	new.n = new.table.n;
	new.nodes = xcalloc(new.n ? new.n : 1, sizeof(*new.nodes));
	read_nodes(fs, &new, began);
	for (i = 0; i < new.n; i++)
		join_parent(fs, &new, &new.nodes[i]);
	adopted_find(fs, &new);

	proctree_release(f);
	*f = new;
	return 0;
}

void proctree_release(struct proctree *f)
{
	free(f->nodes);
	table_release(&f->table);
	*f = (struct proctree){ 0 };
}

struct tree_node *proctree_find(const struct proctree *f, pid_t pid)
{
	const struct table_entry *e = table_find(&f->table, pid);

	return e ? &f->nodes[e - f->table.items] : NULL;
}

bool proctree_below(const struct tree_node *n, const struct tree_node *ancestor)
{
	int depth;

	for (depth = 0; n && depth < PROCTREE_DEPTH_MAX; depth++, n = n->parent)
		if (n == ancestor)
			return true;
	return false;
}

struct tree_node *proctree_master(struct tree_node *n)
{
	int depth;

	for (depth = 0; n->parent && n->lineage == LINEAGE_FORKED && depth < PROCTREE_DEPTH_MAX; depth++)
		n = n->parent;
	return n->leader ? n->leader : n;
}

bool proctree_is_master(const struct tree_node *n)
{
	return n->alive && proctree_forked(n) && !n->leader && n->lineage != LINEAGE_FORKED;
}

size_t proctree_forked(const struct tree_node *n)
{
	return n->forked + n->kin;
}

void proctree_title(const struct procfs *fs, const struct tree_node *n, struct buf *out)
{
	cleanup(buf_release) struct buf line = { .limit = TITLE_MAX + 1 };
	size_t i;

	if (procfs_read(fs, n->entry->pid, "cmdline", &line) < 0)
		buf_reset(&line);
	while (line.len && line.data[line.len - 1] == '\0')
		line.len--;
	if (!line.len) {
		buf_printf(out, "[%s]", n->entry->comm);
		return;
	}

	for (i = 0; i < line.len; i++)
		if (line.data[i] == '\0')
			line.data[i] = ' ';
	buf_add(out, line.data, line.len > TITLE_MAX ? TITLE_MAX : line.len);
	if (line.len > TITLE_MAX)
		buf_adds(out, "...");
}
