#include "sys/image_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/cleanup.h"

#define FUSE_SUPER_MAGIC 0x65735546

/*
 * First only a handle: opening a device or a pipe can do things, and only the handle's own inode is
 * certain. Then the same file for reading.
 */
static int open_checked(int folder, const char *path, uint64_t inode)
{
	cleanup_close int handle = openat(folder, path, O_PATH | O_CLOEXEC);
	char self[32];
	struct stat st;
	struct statfs fs;

	if (handle < 0 || fstat(handle, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != inode ||
	    fstatfs(handle, &fs) < 0 || (unsigned long)fs.f_type == FUSE_SUPER_MAGIC)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", handle);
	return open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

int image_file_open(const struct procfs *fs, pid_t pid, const struct vma *v, const char *name)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof(path), "%d/map_files/%lx-%lx", (int)pid, v->start, v->end);
	fd = open_checked(fs->fd, path, v->inode);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%d/exe", (int)pid);
	fd = open_checked(fs->fd, path, v->inode);
	if (fd >= 0 || !name || !v->name_len || v->name_len >= PATH_MAX || name[0] != '/' ||
	    memchr(name, '\0', v->name_len))
		return fd;
	snprintf(path, sizeof(path), "%d/root%.*s", (int)pid, (int)v->name_len, name);
	fd = open_checked(fs->fd, path, v->inode);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%.*s", (int)v->name_len, name);
	return open_checked(AT_FDCWD, path, v->inode);
}
