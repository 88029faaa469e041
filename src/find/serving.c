#include "find/serving.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"

/* In /proc/net/tcp those that listen come first: net/ipv4/tcp_ipv4.c, tcp_get_idx() of Linux 6.12. */
#define TCP_MOST (1 << 20)
#define UNIX_MOST (8 << 20)
/* So many descriptors of a process are looked at. */
#define DESCRIPTORS_MOST 65536

/* The inodes of a process's open sockets, from those in `among` alone when that is given. */
static int open_sockets(const struct procfs *fs, pid_t pid, const struct sockets *among, struct sockets *ret)
{
	int fd = openat(fs->fd, procfs_path(fs, pid, "fd").name, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    seen = 0;
	cleanup(buf_release) struct buf link = { 0 };
	cleanup(io_entries_end) DIR *dir = NULL;
	struct dirent *e;

	if (fd < 0)
		return -errno;
	dir = io_entries(fd);
	if (!dir)
		return -errno;
	while (errno = 0, seen++ < DESCRIPTORS_MOST && (e = readdir(dir))) {
		char name[32];
		uint64_t inode;

		snprintf(name, sizeof(name), "fd/%.20s", e->d_name);
		if (procfs_link(fs, pid, name, &link) < 0)
			continue;
		inode = socket_inode(link.data);
		if (!inode || !sockets_have(among, inode))
			continue;
		vec_room(&ret->items, ret->n, &ret->cap);
		ret->items[ret->n++] = inode;
	}
	return -errno;
}

void serving_all(const struct procfs *fs, pid_t pid, struct sockets *ret)
{
	cleanup(buf_release) struct buf tcp = { .limit = TCP_MOST };
	cleanup(buf_release) struct buf local = { .limit = UNIX_MOST };

	if (procfs_read(fs, pid, "net/tcp", &tcp) == 0 && tcp.len)
		sockets_parse_tcp(tcp.data, tcp.len, ret);
	if (procfs_read(fs, pid, "net/tcp6", &tcp) == 0 && tcp.len)
		sockets_parse_tcp(tcp.data, tcp.len, ret);
	if (procfs_read(fs, pid, "net/unix", &local) == 0 && local.len)
		sockets_parse_unix(local.data, local.len, ret);
}

int serving_sockets(const struct procfs *fs, pid_t pid, struct sockets *ret)
{
	cleanup(sockets_release) struct sockets all = { 0 };

	serving_all(fs, pid, &all);
	return open_sockets(fs, pid, &all, ret);
}

int serving_any(const struct procfs *fs, pid_t pid, const struct sockets *these)
{
	cleanup(sockets_release) struct sockets held = { 0 };
	int r = open_sockets(fs, pid, these, &held);

	return r < 0 ? r : held.n > 0;
}
