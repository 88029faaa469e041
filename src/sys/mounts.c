#include "sys/mounts.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"

/* fs/proc_namespace.c, show_mountinfo() (Linux 6.18): "36 35 98:0 /root /at rw master:1 - TYPE source options". */
static bool line_is_fuse(const char *line, const char *device)
{
	const char *dev = strchr(line, ' '), *type = strstr(line, " - ");
	size_t len = strlen(device);

	dev = dev ? strchr(dev + 1, ' ') : NULL;
	if (!dev || !type || strncmp(dev + 1, device, len) || dev[1 + len] != ' ')
		return false;
	return !strncmp(type + 3, "fuse", 4) || !strncmp(type + 3, "virtiofs ", 9);
}

bool mounts_is_fuse(const struct procfs *fs, pid_t pid, unsigned int dev_major, unsigned int dev_minor)
{
	cleanup(buf_release) struct buf text = { .limit = 4 << 20 };
	char device[32], *line, *next = NULL;

	snprintf(device, sizeof(device), "%u:%u", dev_major, dev_minor);
	if (procfs_read(fs, pid, "mountinfo", &text) < 0 || !text.len)
		return false;
	for (line = strtok_r(text.data, "\n", &next); line; line = strtok_r(NULL, "\n", &next))
		if (line_is_fuse(line, device))
			return true;
	return false;
}
