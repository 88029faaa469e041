#include "source/pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "parse/pressure.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

static ssize_t read_small(int dir, const char *path, char *text, size_t size)
{
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read(fd, text, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static fact cgroup_number(const char *path, size_t len, const char *file)
{
	char name[4096], text[64];
	ssize_t n;

	if (len > sizeof(name) / 2 || memmem(path, len, "..", 2))
		return ABSENT;
	snprintf(name, sizeof(name), CGROUP_ROOT "%.*s/%s", (int)len, path, file);
	n = read_small(AT_FDCWD, name, text, sizeof(text));
	return n > 0 ? parse_cgroup_number(text, (size_t)n) : ABSENT;
}

static void read_cgroup(const struct procfs *fs, pid_t master, struct host_sample *ret)
{
	cleanup(buf_release) struct buf text = { .limit = 65536 };
	const char *path;
	size_t len;

	if (procfs_read(fs, master, "cgroup", &text) < 0 ||
	    !parse_cgroup(text.data, text.len, &path, &len))
		return;
	ret->cgroup_limit_bytes = cgroup_number(path, len, "memory.max");
	if (ret->cgroup_limit_bytes != ABSENT)
		ret->cgroup_used_bytes = cgroup_number(path, len, "memory.current");
}

void pressure_read(const struct procfs *fs, pid_t master, struct host_sample *ret)
{
	char text[512];
	ssize_t n = read_small(fs->fd, "pressure/memory", text, sizeof(text));

	ret->pressure_some = ret->pressure_full = ABSENT;
	ret->cgroup_limit_bytes = ret->cgroup_used_bytes = ABSENT;
	if (n > 0)
		parse_pressure(text, (size_t)n, &ret->pressure_some, &ret->pressure_full);
	read_cgroup(fs, master, ret);
}
