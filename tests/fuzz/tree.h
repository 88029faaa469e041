#ifndef COWTOP_TESTS_TREE_H
#define COWTOP_TESTS_TREE_H

/* A folder with files that a fuzzer fills, one for the run of a process; it is removed when that ends. */
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fuzz.h"

static char tree_root[64];

static inline int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

static inline void tree_remove(void)
{
	nftw(tree_root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void tree_begin(const char *name)
{
	const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";

	must(strlen(folder) + strlen(name) < sizeof(tree_root) - 10);
	snprintf(tree_root, sizeof(tree_root), "%s/%s.XXXXXX", folder, name);
	must(mkdtemp(tree_root));
	atexit(tree_remove);
}

/* "proc/9/stat": an empty file, with the folders on the way. */
static inline int tree_file(const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tree_root, name);
	for (char *at = path + strlen(tree_root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(path, 0700);
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(fd >= 0);
	return fd;
}

static inline void tree_link(const char *name, const char *to)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", tree_root, name);
	must(symlink(to, path) == 0);
}

static inline void tree_set(int fd, const void *bytes, size_t len)
{
	must(ftruncate(fd, 0) == 0);
	must(pwrite(fd, bytes, len, 0) == (ssize_t)len);
}

#endif
