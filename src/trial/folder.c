#include "trial/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/unfinished.h"

#define OPEN_FOLDERS 8
/* A folder that could not be listed may be the next time. */
#define TRIES 3

/* ':' ends a path in PYTHONPATH and PHP_INI_SCAN_DIR, a blank an option in RUBYOPT. */
static const char *parent(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder == '/' && !strpbrk(folder, ": \t\n") ? folder : "/tmp";
}

int folder_make(char **ret, struct err *err)
{
	cleanup(buf_release) struct buf path = { 0 };

	buf_printf(&path, "%s/cowtop-try-XXXXXX", parent());
	if (!mkdtemp(path.data))
		return err_errno(err, STATUS_FAILED, errno,
				 "%s: cannot make a folder there (TMPDIR names another place)", parent());
	*ret = path.data;
	path = (struct buf){ 0 };
	unfinished_add(*ret);
	return 0;
}

int folder_write(const char *folder, const char *name, const char *text, struct err *err)
{
	cleanup(buf_release) struct buf path = { 0 };
	cleanup_close int fd = -1;
	size_t len = strlen(text);

	buf_printf(&path, "%s/%s", folder, name);
	for (char *slash = path.data + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path.data, 0700);
		*slash = '/';
	}
	fd = open(path.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, STATUS_FAILED, errno, "%s", path.data);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, STATUS_FAILED, n < 0 ? errno : EIO, "%s", path.data);
		done += (size_t)n;
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	remove(path);
	return 0;
}

int folder_remove(const char *folder)
{
	int error = 0;

	unfinished_forget(folder);
	for (int i = 0; i < TRIES; i++) {
		errno = 0;
		if (nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) < 0)
			error = errno;
		if (rmdir(folder) == 0 || errno == ENOENT)
			return 0;
		error = error ?: errno;
	}
	return -error;
}
