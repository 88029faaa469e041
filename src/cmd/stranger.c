#include "cmd/stranger.h"

#include <libgen.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"

static bool stranger_put(const char *path)
{
	cleanup_free char *copy = xstrdup(path);
	struct stat it, folder;
	size_t len = strlen(copy);

	/* what stands behind a slash is where a link leads to */
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	if (lstat(copy, &it) < 0 || S_ISREG(it.st_mode) || it.st_uid == geteuid())
		return false;
	return stat(dirname(copy), &folder) == 0 && folder.st_mode & S_ISVTX && folder.st_mode & S_IWOTH &&
	       folder.st_uid != it.st_uid;
}

int stranger_check(const char *path, struct err *err)
{
	if (!stranger_put(path))
		return 0;
	return err_set(err, STATUS_DENIED,
		       "%.300s is another user's, where everybody may put one: it is not written to", path);
}
