#include "trial/library.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include "base/cleanup.h"
#include "base/io.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define CACHE "/etc/ld.so.cache"

/* Of the names of a library's file the first that is there; a version of its interface each. */
static const struct library {
	enum allocator_kind kind;
	const char *files[4];
	const char *package; /* of Debian */
} libraries[] = {
	{ ALLOCATOR_JEMALLOC, { "libjemalloc.so.2", "libjemalloc.so.1" }, "libjemalloc2" },
	{ ALLOCATOR_TCMALLOC, { "libtcmalloc_minimal.so.4", "libtcmalloc.so.4" }, "libtcmalloc-minimal4" },
	{ ALLOCATOR_MIMALLOC,
	  { "libmimalloc.so.2", "libmimalloc.so.3", "libmimalloc.so.2.0" },
	  "libmimalloc2.0" },
};

enum allocator_kind library_kind(const char *name)
{
	for (size_t i = 0; i < LENGTH(libraries); i++)
		if (!strcmp(allocator_name(libraries[i].kind), name))
			return libraries[i].kind;
	return ALLOCATOR_KINDS;
}

enum allocator_kind library_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;

	for (size_t i = 0; i < LENGTH(libraries); i++)
		if (!strncmp(file, "lib", strlen("lib")) && strstr(file, allocator_name(libraries[i].kind)))
			return libraries[i].kind;
	return ALLOCATOR_KINDS;
}

/* Is it a library of 64 bits? */
static bool is_library(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char ident[EI_NIDENT];

	return fd >= 0 && io_read(fd, ident, sizeof(ident)) == sizeof(ident) &&
	       !memcmp(ident, ELFMAG, SELFMAG) && ident[EI_CLASS] == ELFCLASS64;
}

static bool try_folder(const char *root, const char *folder, const char *under, const char *file,
		       struct buf *path)
{
	buf_reset(path);
	buf_printf(path, "%s%s%s/%s", root, folder, under, file);
	return is_library(path->data);
}

static bool in_folders(const char *root, const char *file, struct buf *path)
{
	static const char *const folders[] = { "/usr/lib64", "/lib64", "/usr/lib", "/lib", "/usr/local/lib" };
	cleanup(buf_release) struct buf triplet = { 0 };
	struct utsname machine;

	if (uname(&machine) == 0) {
		buf_printf(&triplet, "/%s-linux-gnu", machine.machine);
		if (try_folder(root, "/usr/lib", triplet.data, file, path) ||
		    try_folder(root, "/lib", triplet.data, file, path) ||
		    try_folder(root, "/usr/local/lib", triplet.data, file, path))
			return true;
	}
	for (size_t i = 0; i < LENGTH(folders); i++)
		if (try_folder(root, folders[i], "", file, path))
			return true;
	return false;
}

/* Paths stand in the cache as texts that end in NULs (ldconfig(8)). */
static bool in_cache(const char *root, const struct buf *cache, const char *file, struct buf *path)
{
	const char *end = cache->data + cache->len;
	size_t len = strlen(file) + 1;

	for (const char *at = cache->data; at < end; at++) {
		const char *start;

		at = memmem(at, (size_t)(end - at), file, len);
		if (!at)
			return false;
		for (start = at; start > cache->data && start[-1]; start--)
			;
		if (*start != '/' || at[-1] != '/')
			continue;
		buf_reset(path);
		buf_printf(path, "%s%s", root, start);
		if (is_library(path->data))
			return true;
	}
	return false;
}

int library_find(const char *root, enum allocator_kind kind, struct buf *ret, struct err *err)
{
	cleanup(buf_release) struct buf cache = { 0 }, path = { 0 };
	const struct library *lib = NULL;

	for (size_t i = 0; i < LENGTH(libraries); i++)
		if (libraries[i].kind == kind)
			lib = &libraries[i];
	if (!lib)
		return err_set(err, STATUS_FAILED, "%s has no library to load", allocator_name(kind));

	buf_printf(&path, "%s" CACHE, root);
	if (io_read_file(AT_FDCWD, path.data, &cache) < 0)
		buf_reset(&cache);
	for (size_t i = 0; i < LENGTH(lib->files) && lib->files[i]; i++) {
		if (in_folders(root, lib->files[i], ret) ||
		    (cache.len && in_cache(root, &cache, lib->files[i], ret)))
			return 0;
	}
	return err_set(err, STATUS_FAILED,
		       "malloc=%s: there is no %s here: install %s (Debian's name of the package)",
		       allocator_name(kind), lib->files[0], lib->package);
}
