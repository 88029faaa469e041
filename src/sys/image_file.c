#include "sys/image_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "parse/elf_load.h"
#include "sys/mem.h"
#include "sys/mounts.h"
#include "sys/patience.h"

#define FUSE_SUPER_MAGIC 0x65735546

/* So many pages of a segment are looked at for those that are there, and so many of these compared. */
#define PAGES_SEEN 64
#define PAGES_SAME 4

static bool read_file(void *ctx, uint64_t offset, void *out, size_t len)
{
	return patience_read_at(*(const int *)ctx, out, len, offset) == (ssize_t)len;
}

struct reader image_file_reader(const int *fd)
{
	return (struct reader){ read_file, NULL, (void *)fd };
}

struct comparison {
	struct reader memory;
	int fd;
	unsigned int same; /* pages */
	bool differs;
};

/* `size` bytes of the process and of the file, as far as pages are there. */
static void compare(struct comparison *c, uint64_t address, uint64_t offset, uint64_t size)
{
	char mapped[MEM_PAGE], page[MEM_PAGE];
	unsigned int same = 0;

	if (size > PAGES_SEEN * MEM_PAGE)
		size = PAGES_SEEN * MEM_PAGE;
	for (uint64_t at = 0; at < size && same < PAGES_SAME && !c->differs; at += MEM_PAGE) {
		size_t len = size - at < MEM_PAGE ? (size_t)(size - at) : MEM_PAGE;
		ssize_t n;

		if (!reader_read(&c->memory, address + at, mapped, len))
			continue;
		n = io_read_at(c->fd, page, len, offset + at);
		c->differs = n <= 0 || memcmp(mapped, page, (size_t)n) != 0; /* the file may end here */
		same++;
	}
	c->same += same;
}

/* Where the object lies of which a mapping is a part. */
static bool find_bias(const struct elf_load *l, const struct vma *v, uint64_t *ret)
{
	for (size_t i = 0; i < l->nsegments; i++) {
		const struct elf_load_segment *s = &l->segments[i];
		uint64_t skew = s->offset % MEM_PAGE;

		if (s->executable != v->executable || v->offset < s->offset - skew ||
		    v->offset >= s->offset + s->size)
			continue;
		*ret = v->start - (s->address + (v->offset - s->offset));
		return true;
	}
	return false;
}

/*
 * Does the process show what the file has, wherever nobody writes: its headers, build ID, names, code? stat(2) has a
 * device of its own for each subvolume (Btrfs) and layer (overlayfs), which the mapping does not name, so that
 * there any two files may have its inode.
 */
static bool shows(const struct procfs *fs, pid_t pid, const struct vma *v, int fd)
{
	cleanup_close int memory = procfs_file(fs, pid, "mem");
	cleanup_close int pagemap = procfs_file(fs, pid, "pagemap");
	cleanup(mem_release) struct mem m = { 0 };
	struct reader file = image_file_reader(&fd);
	struct comparison c = { .fd = fd };
	struct elf_load load;
	uint64_t bias;

	if (memory < 0 || pagemap < 0)
		return false;
	mem_init(&m, pagemap, memory, 1, (ELF_LOAD_SEGMENTS + 1) * PAGES_SAME);
	c.memory = mem_reader(&m);
	if (!v->writable)
		compare(&c, v->start, v->offset, v->end - v->start);
	if (elf_load_read(&file, &load) && find_bias(&load, v, &bias))
		for (size_t i = 0; i < load.nsegments; i++)
			if (!load.segments[i].writable)
				compare(&c, bias + load.segments[i].address, load.segments[i].offset,
					load.segments[i].size);
	return c.same && !c.differs;
}

static bool on_device(const struct stat *st, const struct vma *v)
{
	return major(st->st_dev) == v->dev_major && minor(st->st_dev) == v->dev_minor;
}

/*
 * First only a handle: opening a device or a pipe can do things, and only the handle's own inode is
 * certain. Then the same file for reading.
 */
static int open_checked(int folder, const char *path, uint64_t inode, struct stat *ret)
{
	cleanup_close int handle = openat(folder, path, O_PATH | O_CLOEXEC);
	char self[32];
	struct statfs fs;

	if (handle < 0 || fstat(handle, ret) < 0 || !S_ISREG(ret->st_mode) || ret->st_ino != inode ||
	    fstatfs(handle, &fs) < 0 || (unsigned long)fs.f_type == FUSE_SUPER_MAGIC)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", handle);
	return open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* What a path leads to now is not for certain what was mapped. */
static int open_path(const struct procfs *fs, pid_t pid, int folder, const char *path, const struct vma *v)
{
	struct stat st;
	int fd = open_checked(folder, path, v->inode, &st);

	if (fd < 0 || on_device(&st, v) || shows(fs, pid, v, fd))
		return fd;
	close(fd);
	return -1;
}

/* A newline of a path is "\\012" in maps (seq_file_path()), and nothing else is another byte than it was. */
static size_t plain_path(const char *name, size_t len, char ret[static PATH_MAX])
{
	static const char newline[] = "\\012";
	size_t n = 0;

	for (size_t i = 0; i < len; n++) {
		bool is = len - i >= 4 && !memcmp(name + i, newline, 4);

		ret[n] = is ? '\n' : name[i];
		i += is ? 4 : 1;
	}
	ret[n] = '\0';
	return n;
}

static int open_named(const struct procfs *fs, pid_t pid, const struct vma *v, const char *name, size_t len)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof(path), "%s%.*s", procfs_path(fs, pid, "root").name, (int)len, name);
	fd = open_path(fs, pid, fs->fd, path, v);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%.*s", (int)len, name);
	return open_path(fs, pid, AT_FDCWD, path, v);
}

static int open_now(const struct procfs *fs, pid_t pid, const struct vma *v, const char *name)
{
	char path[64], plain[PATH_MAX];
	struct stat st;
	size_t len;
	int fd;

	snprintf(path, sizeof(path), "%d/map_files/%lx-%lx", (int)pid, v->start, v->end);
	fd = open_checked(fs->fd, path, v->inode, &st);
	if (fd >= 0)
		return fd;
	fd = open_path(fs, pid, fs->fd, procfs_path(fs, pid, "exe").name, v);
	if (fd >= 0 || !name || !v->name_len || v->name_len >= PATH_MAX || name[0] != '/' ||
	    memchr(name, '\0', v->name_len))
		return fd;
	fd = open_named(fs, pid, v, name, v->name_len);
	len = fd < 0 ? plain_path(name, v->name_len, plain) : v->name_len;
	return len < v->name_len ? open_named(fs, pid, v, plain, len) : fd;
}

struct opening {
	struct procfs fs; /* borrowed */
	pid_t pid;
	struct vma vma;
	char *name; /* or NULL */
	int fd;
};

static void opening_do(void *job)
{
	struct opening *o = job;

	o->fd = open_now(&o->fs, o->pid, &o->vma, o->name);
}

static void opening_drop(void *job)
{
	struct opening *o = job;

	cleanup_closep(&o->fd);
	free(o->name);
	free(o);
}

static const struct patience_work opening = { opening_do, opening_drop };

static int open_patiently(const struct procfs *fs, pid_t pid, const struct vma *v, const char *name)
{
	struct opening *o = xcalloc(1, sizeof(*o));
	cleanup_free char *known = name ? xmemdupz(name, v->name_len) : xstrdup("");
	dev_t system = makedev(v->dev_major, v->dev_minor);
	int fd;

	*o = (struct opening){ *fs, pid, *v, name ? xmemdupz(name, v->name_len) : NULL, -1 };
	if (!patience_do(system, known, &opening, o))
		return -1;
	fd = o->fd;
	o->fd = -1;
	opening_drop(o);
	if (fd >= 0)
		patience_keep(fd, system, known);
	return fd;
}

int image_file_open(const struct procfs *fs, pid_t pid, const struct vma *v, const char *name)
{
	switch (mounts_kind(fs, pid, v->dev_major, v->dev_minor)) {
	case MOUNTS_LOCAL:
		return open_now(fs, pid, v, name);
	case MOUNTS_FAR:
		return open_patiently(fs, pid, v, name);
	case MOUNTS_FUSE:
		break;
	}
	return -1;
}
