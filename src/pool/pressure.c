#include "pool/pressure.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "parse/cgroup.h"
#include "parse/pressure.h"
#include "sys/machine.h"

static ssize_t read_small(const struct procfs *fs, const char *path, char *text, size_t size)
{
	cleanup_close int fd = machine_file(fs, path);

	return fd < 0 ? fd : io_read(fd, text, size);
}

/* Where a hierarchy is mounted, as systemd and containers do it, and what its files are called. */
struct hierarchy {
	const char *mount, *limit, *used;
};

static const struct hierarchy unified[] = {
	{ "/sys/fs/cgroup", "memory.max", "memory.current" },
	{ "/sys/fs/cgroup/unified", "memory.max", "memory.current" },
};
static const struct hierarchy version_1 = {
	"/sys/fs/cgroup/memory",
	"memory.limit_in_bytes",
	"memory.usage_in_bytes",
};

static fact cgroup_number(const struct procfs *fs, const char *mount, const char *path, size_t len,
			  const char *file)
{
	char name[4096], text[64];
	ssize_t n;

	snprintf(name, sizeof(name), "%s%.*s/%s", mount, (int)len, path, file);
	n = read_small(fs, name, text, sizeof(text));
	return n > 0 ? parse_cgroup_number(text, (size_t)n) : ABSENT;
}

/* Is less of the first limit left, for its size, than of the second? */
static bool is_nearer(fact limit, fact used, fact limit_b, fact used_b)
{
	return limit_b == ABSENT || (double)used / (double)limit > (double)used_b / (double)limit_b;
}

/* The cgroup itself and all above it, up to the root of the hierarchy or of a container's view of it. */
static void read_ancestors(const struct procfs *fs, const struct hierarchy *h, const char *path, size_t len,
			   struct host_sample *ret)
{
	if (len > 2048)
		return;
	for (;;) {
		fact limit, used;

		while (len && path[len - 1] == '/')
			len--;
		limit = cgroup_number(fs, h->mount, path, len, h->limit);
		used = limit > 0 ? cgroup_number(fs, h->mount, path, len, h->used) : ABSENT;
		if (used != ABSENT &&
		    is_nearer(limit, used, ret->cgroup_limit_bytes, ret->cgroup_used_bytes)) {
			ret->cgroup_limit_bytes = limit;
			ret->cgroup_used_bytes = used;
		}
		if (!len)
			return;
		while (len && path[len - 1] != '/')
			len--;
	}
}

static void read_cgroup(const struct procfs *fs, pid_t master, struct host_sample *ret)
{
	cleanup(buf_release) struct buf text = { .limit = 65536 };
	const char *path;
	size_t len;

	if (procfs_cgroup(fs, master, &text) < 0)
		return;
	if (parse_cgroup(text.data, text.len, &path, &len))
		for (size_t i = 0; i < sizeof(unified) / sizeof(*unified); i++)
			read_ancestors(fs, &unified[i], path, len, ret);
	if (parse_cgroup_memory(text.data, text.len, &path, &len))
		read_ancestors(fs, &version_1, path, len, ret);
}

void pressure_read(const struct procfs *fs, pid_t master, struct host_sample *ret)
{
	char text[512];
	ssize_t n = io_read_text(fs->fd, "pressure/memory", text, sizeof(text));

	ret->pressure_some = ret->pressure_full = ABSENT;
	ret->cgroup_limit_bytes = ret->cgroup_used_bytes = ABSENT;
	if (n > 0)
		parse_pressure(text, (size_t)n, &ret->pressure_some, &ret->pressure_full);
	read_cgroup(fs, master, ret);
}
