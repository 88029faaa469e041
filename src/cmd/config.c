#include "cmd/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "sys/confine.h"
#include "sys/priv.h"

/* The folder above cowtop's own; false when the environment names none. A relative path is none (XDG
 * Base Directory Specification). */
static bool config_home(struct buf *path)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		buf_adds(path, xdg);
	else if (home && *home == '/')
		buf_printf(path, "%s/.config", home);
	return path->len > 0;
}

/* ---- reading */

/* A pipe or a device would make the open or the read wait. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -1;
}

void config_load(struct config *ret)
{
	cleanup(buf_release) struct buf path = { 0 }, text = { .limit = CONFIG_BYTES };
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	cleanup_close int fd = -1;

	*ret = (struct config){ 0 };
	if (!config_home(&path))
		return;
	buf_adds(&path, "/cowtop/config");
	fd = open_regular(path.data);
	if (fd >= 0)
		(void)io_read_whole(fd, &text);
	config_parse(text.data, ret);
}

/* ---- writing */

static int trouble(struct err *err, const char *path)
{
	return err_errno(err, STATUS_FAILED, errno, "settings not saved: %.400s", path);
}

/* Our own folder, made with its parent when it is missing; a descriptor of it, or -1. */
static int open_folder(const char *home, struct err *err)
{
	cleanup_close int above = -1, fd = -1;
	struct stat st;
	int ret;

	if (mkdir(home, 0700) < 0 && errno != EEXIST)
		return trouble(err, home);
	/* of the folder above nothing is read, which who is confined may not */
	above = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (above < 0 || (mkdirat(above, "cowtop", 0700) < 0 && errno != EEXIST))
		return trouble(err, home);
	fd = openat(above, "cowtop", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return trouble(err, home);
	if (st.st_uid != geteuid())
		return err_set(err, STATUS_FAILED,
			       "settings not saved: %.400s/cowtop belongs to another "
			       "user",
			       home);
	ret = fd;
	fd = -1;
	return ret;
}

/* Is it this user's, or, where it is not there, the one that it would be made in? */
static bool is_ours(const char *home)
{
	cleanup(buf_release) struct buf above = { 0 };
	struct stat st;

	if (stat(home, &st) == 0)
		return st.st_uid == geteuid();
	buf_add(&above, home, (size_t)(strrchr(home, '/') - home));
	return stat(above.len ? above.data : "/", &st) == 0 && st.st_uid == geteuid();
}

void config_allow(void)
{
	cleanup(buf_release) struct buf path = { 0 };
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	struct err ignored = { 0 };
	int fd;

	if (!config_home(&path))
		return;
	fd = is_ours(path.data) ? open_folder(path.data, &ignored) : -1;
	if (fd >= 0)
		close(fd);
	buf_adds(&path, "/cowtop");
	confine_allow(path.data, CONFINE_IN);
}

static int write_new(int folder, const char *name, const struct buf *text)
{
	cleanup_close int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				      0600);

	if (fd < 0)
		return -1;
	errno = ENOSPC; /* of a write that was only cut short */
	if (write(fd, text->data, text->len) == (ssize_t)text->len && fsync(fd) == 0 &&
	    renameat(folder, name, folder, "config") == 0)
		return 0;
	return -1;
}

int config_save(const struct config *c, struct err *err)
{
	cleanup(buf_release) struct buf home = { 0 }, text = { 0 };
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	cleanup_close int folder = -1;
	char name[32];

	if (!config_home(&home))
		return err_set(err, STATUS_FAILED,
			       "settings not saved: neither XDG_CONFIG_HOME nor HOME "
			       "names a folder");
	folder = open_folder(home.data, err);
	if (folder < 0)
		return -1;
	config_print(&text, c);
	snprintf(name, sizeof(name), ".config.%d", (int)getpid());
	if (write_new(folder, name, &text) < 0) {
		trouble(err, home.data);
		unlinkat(folder, name, 0);
		return -1;
	}
	return 0;
}
