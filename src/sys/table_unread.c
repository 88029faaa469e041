#include "sys/table_unread.h"

#include <stdio.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "parse/cursor.h"
#include "sys/needs.h"

/* Of so many threads of a process the children are asked. */
#define THREADS_ASKED 256
#define CHILDREN_BYTES (1 << 20)

/* Who is it among them? NULL: somebody who can be read. */
static struct table_entry *find(const struct table *unread, uint64_t pid)
{
	const struct table_entry *e = pid <= INT32_MAX ? table_find(unread, (pid_t)pid) : NULL;

	return e ? &unread->items[e - unread->items] : NULL;
}

static void take_children(const struct table_entry *parent, const struct buf *text,
			  const struct table *unread)
{
	struct cursor c = { text->data, text->data + text->len };
	struct table_entry *child;
	uint64_t pid;

	while (c.at < c.end && cursor_u64(&c, &pid)) {
		child = find(unread, pid);
		if (child) {
			child->ppid = parent->pid;
			child->start_ticks = parent->start_ticks;
		}
		cursor_blanks(&c);
	}
}

static void ask_parent(const struct procfs *fs, const struct table_entry *parent, const struct table *unread)
{
	cleanup(buf_release) struct buf text = { .limit = CHILDREN_BYTES };
	pid_t threads[THREADS_ASKED];
	ssize_t n = proc_threads(fs->fd, parent->pid, threads, THREADS_ASKED);

	for (ssize_t i = 0; i < n; i++) {
		char name[40];

		snprintf(name, sizeof(name), "task/%d/children", (int)threads[i]);
		if (procfs_read(fs, parent->pid, name, &text) == 0)
			take_children(parent, &text, unread);
	}
}

void table_place_unread(const struct procfs *fs, struct table *t, struct table *unread)
{
	size_t known = t->n;

	for (size_t i = 0; unread->n && i < known; i++)
		ask_parent(fs, &t->items[i], unread);
	for (size_t i = 0; i < unread->n; i++) {
		struct table_entry *e = &unread->items[i];

		if (!e->ppid && is_refusal(e->error))
			continue;
		vec_room(&t->items, t->n, &t->cap);
		t->items[t->n++] = *e;
		*e = (struct table_entry){ 0 };
	}
	table_release(unread);
}
