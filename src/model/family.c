#include "model/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* So deep a branch is drawn: two columns each, of three bytes at most. */
#define DEPTH_DRAWN 8
#define DEPTH_MOST 63

#define NOBODY (-1)

/* The list as a tree of indexes. */
struct tree {
	const struct proc_sample *const *list;
	int n;
	int *by_pid; /* the list in the order of pids */
	int *parent, *first, *next;
};

static pid_t forker_of(const struct proc_sample *p)
{
	return p->forked ? p->base_pid : p->ppid;
}

bool family_nested(const struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = s->procs[i].facts;

		if (s->procs[i].role == ROLE_WORKER && p->base_pid && p->base_pid != s->facts->master_pid)
			return true;
	}
	return false;
}

static int by_pid(const void *left, const void *right, void *arg)
{
	const struct tree *t = arg;
	int a = *(const int *)left, b = *(const int *)right;
	pid_t pa = t->list[a]->pid, pb = t->list[b]->pid;

	return pa != pb ? (pa > pb) - (pa < pb) : (a > b) - (a < b);
}

/* The first one there of this pid that is not younger: a pid may have been given again. */
static int find_listed(const struct tree *t, pid_t pid, uint64_t not_after)
{
	int low = 0, high = t->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (t->list[t->by_pid[mid]]->pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < t->n && t->list[t->by_pid[low]]->pid == pid; low++) {
		if (t->list[t->by_pid[low]]->start_ticks <= not_after)
			return t->by_pid[low];
	}
	return NOBODY;
}

static const struct proc_sample *find_any(const struct snapshot *s, pid_t pid)
{
	size_t i;

	for (i = 0; pid && i < s->nprocs; i++) {
		if (s->procs[i].facts->pid == pid)
			return s->procs[i].facts;
	}
	return NULL;
}

static int find_parent(const struct tree *t, const struct snapshot *s, int of)
{
	const struct proc_sample *p = t->list[of];
	uint64_t born = p->start_ticks;
	size_t steps;
	int at;

	for (steps = 0; p && forker_of(p) && steps <= s->nprocs; steps++) {
		at = find_listed(t, forker_of(p), born);
		if (at != NOBODY)
			return at == of ? NOBODY : at;
		p = find_any(s, forker_of(p));
	}
	return NOBODY;
}

/* Processes that say of each other that they forked them. */
static void break_circle(struct tree *t, int of)
{
	int at, steps = 0;

	for (at = t->parent[of]; at != NOBODY && steps <= t->n; at = t->parent[at])
		steps++;
	if (at != NOBODY)
		t->parent[of] = NOBODY;
}

static void link_children(struct tree *t)
{
	int i, first = NOBODY, *at;

	for (i = 0; i < t->n; i++)
		t->first[i] = t->next[i] = NOBODY;
	/* From the last one on, each before those that are there. The roots are linked as well. */
	for (i = t->n; i-- > 0;) {
		at = t->parent[i] == NOBODY ? &first : &t->first[t->parent[i]];
		t->next[i] = *at;
		*at = i;
	}
	t->first[t->n] = first;
}

/* The one behind `at`; *depth follows. */
static int step(const struct tree *t, int at, int *depth)
{
	if (t->first[at] != NOBODY) {
		++*depth;
		return t->first[at];
	}
	while (at != NOBODY && t->next[at] == NOBODY) {
		at = t->parent[at];
		--*depth;
	}
	return at == NOBODY ? NOBODY : t->next[at];
}

static void write_rows(const struct tree *t, struct family_row *ret)
{
	uint64_t more = 0, bit;
	int at = t->first[t->n], depth = 0;

	for (; at != NOBODY; at = step(t, at, &depth)) {
		bit = UINT64_C(1) << (depth < DEPTH_MOST ? depth : DEPTH_MOST);
		more = (more & (bit - 1)) | (t->next[at] != NOBODY ? bit : 0);
		*ret++ = (struct family_row){ .at = (size_t)at, .depth = depth, .more = more };
	}
}

void family_order(const struct snapshot *s, const struct proc_sample *const *list, size_t n,
		  struct family_row *ret)
{
	cleanup_free int *room = xcalloc(4 * n + 1, sizeof(*room));
	struct tree t = { .list = list,
			  .n = (int)n,
			  .by_pid = room,
			  .parent = room + n,
			  .next = room + 2 * n,
			  .first = room + 3 * n };
	int i;

	for (i = 0; i < t.n; i++)
		t.by_pid[i] = i;
	qsort_r(t.by_pid, n, sizeof(*t.by_pid), by_pid, &t);
	for (i = 0; i < t.n; i++)
		t.parent[i] = find_parent(&t, s, i);
	for (i = 0; i < t.n; i++)
		break_circle(&t, i);
	link_children(&t);
	write_rows(&t, ret);
}

char *family_branch(char out[static FAMILY_BRANCH], const struct family_row *row, bool ascii)
{
	int depth = row->depth < DEPTH_DRAWN ? row->depth : DEPTH_DRAWN, i;
	size_t len = 0;

	*out = '\0';
	for (i = 1; i <= depth; i++) {
		bool more = row->more >> i & 1;
		const char *glyph = i < depth ? (more ? (ascii ? "| " : "│ ") : "  ") :
				    more      ? (ascii ? "|-" : "├─") :
						(ascii ? "`-" : "└─");

		len += (size_t)snprintf(out + len, FAMILY_BRANCH - len, "%s", glyph);
	}
	return out;
}
