#include "sys/standstill.h"

#include <unistd.h>
#include "base/cleanup.h"
#include "sys/file_limit.h"

void standstill_release(struct standstill *s)
{
	cleanup_closep(&s->stat);
	cleanup_closep(&s->schedstat);
	*s = (struct standstill)STANDSTILL_NONE;
}

static int if_enough(int fd)
{
	if (fd < 0)
		return -1;
	if (file_limit_may_keep(fd))
		return fd;
	close(fd);
	return -1;
}

void standstill_keep_files(struct standstill *s, const struct procfs *fs, pid_t pid)
{
	if (s->schedstat >= 0)
		return;
	s->schedstat = if_enough(procfs_file(fs, pid, "schedstat"));
	if (s->schedstat >= 0 && s->stat < 0)
		s->stat = if_enough(procfs_file(fs, pid, "stat"));
}

static bool same(struct ran a, struct ran b)
{
	return a.ns && a.ns == b.ns && a.times == b.times;
}

static struct ran ran(const struct standstill *s)
{
	struct ran r;

	if (s->schedstat < 0 || proc_schedstat(s->schedstat, &r.ns, &r.times) < 0)
		return (struct ran){ 0 };
	return r;
}

int standstill_stat(struct standstill *s, const struct procfs *fs, pid_t pid, struct proc_stat *ret)
{
	int r;

	s->now = ran(s);
	r = s->stat >= 0 ? proc_stat_said(s->stat, ret) : procfs_stat(fs, pid, ret);
	if (s->stat >= 0 && !r)
		proc_stat_complete(fs->fd, ret);
	s->off = !r && ret->threads == 1 && (ret->state == 'S' || ret->state == 'T');
	return r;
}

bool standstill_since_mark(const struct standstill *s)
{
	return s->marked && same(s->now, s->mark);
}

void standstill_mark(struct standstill *s)
{
	s->mark = s->now;
	s->marked = s->off;
}

long standstill_children(struct standstill *s)
{
	struct ran now = ran(s);

	if (s->marked && same(now, s->mark) && same(now, s->counted))
		return s->children;
	s->counted = now;
	s->children = -1;
	return -1;
}

void standstill_counted(struct standstill *s, long children)
{
	s->children = children;
}
