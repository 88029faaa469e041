#include "find/children.h"

#include <stdint.h>
#include <stdio.h>
#include "parse/cursor.h"

#define THREADS_MOST 4096

static bool any_of_thread(const struct procfs *fs, pid_t pid, pid_t tid, children_test test, void *ctx,
			  struct buf *text)
{
	char name[32];
	struct cursor c;
	uint64_t child;

	snprintf(name, sizeof(name), "task/%d/children", (int)tid);
	if (procfs_read(fs, pid, name, text) < 0 || !text->len)
		return false;
	c = (struct cursor){ text->data, text->data + text->len };
	while (cursor_u64(&c, &child) && child <= INT32_MAX) {
		if (test(ctx, (pid_t)child))
			return true;
		cursor_blanks(&c);
	}
	return false;
}

bool children_any(const struct procfs *fs, pid_t pid, children_test test, void *ctx, struct buf *text)
{
	pid_t threads[THREADS_MOST];
	ssize_t n = proc_threads(fs->fd, pid, threads, THREADS_MOST);

	for (ssize_t i = 0; i < n; i++)
		if (any_of_thread(fs, pid, threads[i], test, ctx, text))
			return true;
	return false;
}
