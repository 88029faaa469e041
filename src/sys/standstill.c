#include "sys/standstill.h"

#include <sys/resource.h>
#include <unistd.h>
#include "base/cleanup.h"

void standstill_release(struct standstill *s)
{
	cleanup_closep(&s->stat);
	cleanup_closep(&s->schedstat);
	*s = (struct standstill)STANDSTILL_NONE;
}

/* Descriptors are given out from below: half of them stay for others. */
static int if_enough(int fd, rlim_t limit)
{
	if (fd < 0)
		return -1;
	if ((rlim_t)fd < limit / 2)
		return fd;
	close(fd);
	return -1;
}

void standstill_keep_files(struct standstill *s, const struct procfs *fs, pid_t pid)
{
	struct rlimit files;

	if (s->schedstat >= 0 || getrlimit(RLIMIT_NOFILE, &files))
		return;
	s->schedstat = if_enough(procfs_file(fs, pid, "schedstat"), files.rlim_cur);
	if (s->schedstat >= 0 && s->stat < 0)
		s->stat = if_enough(procfs_file(fs, pid, "stat"), files.rlim_cur);
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
