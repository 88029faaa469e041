#include "base/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 64
/* Folders in a folder. */
#define DEEPEST 4

static const char *paths[MOST];

void unfinished_add(const char *path)
{
	for (size_t i = 0; path && i < MOST; i++) {
		if (!paths[i]) {
			paths[i] = path;
			return;
		}
	}
}

void unfinished_forget(const char *path)
{
	for (size_t i = 0; path && i < MOST; i++)
		if (paths[i] == path)
			paths[i] = NULL;
}

/* What getdents64(2) says of an entry; readdir(3) takes memory. */
struct entry {
	uint64_t ino;
	int64_t next;
	unsigned short len;
	unsigned char type;
	char name[];
};

static void remove_below(int folder, const char *name, int depth);

static void empty(int folder, int depth)
{
	_Alignas(struct entry) char said[1024];
	long n;

	while ((n = syscall(SYS_getdents64, folder, said, sizeof(said))) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *e = (const struct entry *)(const void *)(said + at);

			if (strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
				remove_below(folder, e->name, depth + 1);
			at += e->len;
		}
	}
}

static void remove_below(int folder, const char *name, int depth)
{
	int fd;

	if (unlinkat(folder, name, 0) == 0 || errno != EISDIR || depth > DEEPEST)
		return;
	fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	empty(fd, depth);
	close(fd);
	unlinkat(folder, name, AT_REMOVEDIR);
}

void unfinished_remove(void)
{
	for (size_t i = 0; i < MOST; i++)
		if (paths[i])
			remove_below(AT_FDCWD, paths[i], 0);
}
