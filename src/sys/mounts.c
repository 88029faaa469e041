#include "sys/mounts.h"

#include <string.h>
#include <sys/sysmacros.h>
#include "base/cleanup.h"
#include "parse/mountinfo.h"

static enum mounts_kind kind_of(const struct mount *m)
{
	static const char *const local[] = { "ext2",  "ext3",    "ext4",      "xfs",      "btrfs",
					     "f2fs",  "zfs",     "bcachefs",  "jfs",      "tmpfs",
					     "ramfs", "rootfs",  "hugetlbfs", "devtmpfs", "squashfs",
					     "erofs", "iso9660", "vfat" };

	/* "fuse.sshfs", "fuseblk" */
	if ((m->type_len >= 4 && !memcmp(m->type, "fuse", 4)) || mount_is_of(m, "virtiofs"))
		return MOUNTS_FUSE;
	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++)
		if (mount_is_of(m, local[i]))
			return MOUNTS_LOCAL;
	return MOUNTS_FAR;
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
	struct cursor at;
	struct mount m;

	if (read_mounts(fs, pid, &text) < 0)
		return MOUNTS_FAR;
	at = (struct cursor){ text.data, text.data + text.len };
	while (mountinfo_next(&at, &m))
		if (m.dev_major == dev_major && m.dev_minor == dev_minor)
			return kind_of(&m);
	return MOUNTS_FAR;
}

/* The one that was mounted last is on top; of the two the worse one is told, whose answer is waited for on the way. */
enum mounts_kind mounts_below_root(const struct procfs *fs, pid_t pid, const char *folder, dev_t *ret_system)
{
	cleanup(buf_release) struct buf text = { 0 };
	enum mounts_kind root = MOUNTS_FAR, own = MOUNTS_LOCAL;
	struct cursor at;
	struct mount m;

	*ret_system = 0;
	if (read_mounts(fs, pid, &text) < 0)
		return MOUNTS_FAR;
	at = (struct cursor){ text.data, text.data + text.len };
	while (mountinfo_next(&at, &m)) {
		if (mount_is_at(&m, "/"))
			root = kind_of(&m);
		else if (mount_is_at(&m, folder))
			own = kind_of(&m);
		else
			continue;
		*ret_system = makedev(m.dev_major, m.dev_minor);
	}
	return root > own ? root : own;
}
