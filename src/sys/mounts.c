#include "sys/mounts.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "base/cleanup.h"

struct mount {
	unsigned int dev_major, dev_minor;
	const char *at, *type; /* each ends at a blank */
};

/* fs/proc_namespace.c, show_mountinfo() (Linux 6.18): "36 35 98:0 /root /at rw master:1 - TYPE source options". */
static bool parse_mount(const char *line, struct mount *ret)
{
	const char *type = strstr(line, " - ");
	int at = 0;

	if (!type || sscanf(line, "%*u %*u %u:%u %*s %n", &ret->dev_major, &ret->dev_minor, &at) != 2 || !at)
		return false;
	ret->at = line + at;
	ret->type = type + 3;
	return true;
}

static bool is_one_of(const char *type, const char *const names[], size_t n)
{
	size_t len = strcspn(type, " ");

	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len && !strncmp(type, names[i], len))
			return true;
	return false;
}

static enum mounts_kind kind_of(const char *type)
{
	static const char *const local[] = { "ext2",  "ext3",    "ext4",      "xfs",      "btrfs",
					     "f2fs",  "zfs",     "bcachefs",  "jfs",      "tmpfs",
					     "ramfs", "rootfs",  "hugetlbfs", "devtmpfs", "squashfs",
					     "erofs", "iso9660", "vfat" };

	if (!strncmp(type, "fuse", 4) || !strncmp(type, "virtiofs ", 9))
		return MOUNTS_FUSE;
	return is_one_of(type, local, sizeof(local) / sizeof(*local)) ? MOUNTS_LOCAL : MOUNTS_FAR;
}

/* The next one of a mountinfo; false: there is none. */
static bool next_mount(char *text, char **next, struct mount *ret)
{
	char *line = strtok_r(text, "\n", next);

	while (line && !parse_mount(line, ret))
		line = strtok_r(NULL, "\n", next);
	return line != NULL;
}

static int read_mounts(const struct procfs *fs, pid_t pid, struct buf *ret)
{
	ret->limit = 4 << 20;
	return procfs_read(fs, pid, "mountinfo", ret) < 0 || !ret->len ? -1 : 0;
}

enum mounts_kind mounts_kind(const struct procfs *fs, pid_t pid, unsigned int dev_major,
			     unsigned int dev_minor)
{
	cleanup(buf_release) struct buf text = { 0 };
	char *next = NULL;
	struct mount m;

	if (read_mounts(fs, pid, &text) < 0)
		return MOUNTS_FAR;
	for (bool more = next_mount(text.data, &next, &m); more; more = next_mount(NULL, &next, &m))
		if (m.dev_major == dev_major && m.dev_minor == dev_minor)
			return kind_of(m.type);
	return MOUNTS_FAR;
}

static bool is_at(const struct mount *m, const char *folder)
{
	size_t len = strcspn(m->at, " ");

	return strlen(folder) == len && !strncmp(m->at, folder, len);
}

/* The one that was mounted last is on top; of the two the worse one is told, whose answer is waited for on the way. */
enum mounts_kind mounts_below_root(const struct procfs *fs, pid_t pid, const char *folder, dev_t *ret_system)
{
	cleanup(buf_release) struct buf text = { 0 };
	enum mounts_kind root = MOUNTS_FAR, own = MOUNTS_LOCAL;
	char *next = NULL;
	struct mount m;

	*ret_system = 0;
	if (read_mounts(fs, pid, &text) < 0)
		return MOUNTS_FAR;
	for (bool more = next_mount(text.data, &next, &m); more; more = next_mount(NULL, &next, &m)) {
		if (is_at(&m, "/"))
			root = kind_of(m.type);
		else if (is_at(&m, folder))
			own = kind_of(m.type);
		else
			continue;
		*ret_system = makedev(m.dev_major, m.dev_minor);
	}
	return root > own ? root : own;
}
