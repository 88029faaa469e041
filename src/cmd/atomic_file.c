#include "cmd/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/unfinished.h"
#include "cmd/output.h"
#include "cmd/recording.h"
#include "cmd/stranger.h"
#include "sys/confine.h"
#include "sys/priv.h"

static bool in_place(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static void forget_name(struct atomic_file *f)
{
	unfinished_forget(f->name);
	free(f->name);
	f->name = NULL;
}

/* mkostemp(3) overwrites the name also when it fails. */
static int make_beside(struct atomic_file *f)
{
	size_t len = strlen(f->path);

	forget_name(f);
	f->name = xcalloc(len + sizeof(".XXXXXX"), 1);
	memcpy(f->name, f->path, len);
	memcpy(f->name + len, ".XXXXXX", sizeof(".XXXXXX"));
	f->fd = mkostemp(f->name, O_CLOEXEC);
	if (f->fd < 0)
		return -errno;
	unfinished_add(f->name);
	return 0;
}

/* Into a folder of another user root may write by privilege alone, which the file then needs to its end. */
static int make_beside_as_user(struct atomic_file *f)
{
	cleanup(priv_return) struct priv_lent plain = priv_lend(PRIV_PLAIN);
	int r = make_beside(f);

	if (r == -EACCES) {
		cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

		r = make_beside(f);
		if (r == 0)
			priv_hold_lent();
	}
	return r;
}

/* mkostemp(3) lets nobody else read the file; those who may are said by the umask, as always. */
static int open_beside(struct atomic_file *f)
{
	mode_t mask = umask(0);
	int r;

	umask(mask);
	r = make_beside_as_user(f);
	if (r < 0) {
		forget_name(f);
		return r;
	}
	return fchmod(f->fd, 0666 & ~mask) < 0 ? -errno : 0;
}

int atomic_file_open(struct atomic_file *f, const char *path, struct err *err)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	int r = 0;

	f->path = path;
	if (strcmp(path, "-") == 0)
		return 0;
	/* Words in the wrong order must not cost the evidence. */
	if (recording_is_at(path))
		return err_set(err, STATUS_FAILED, "%s is a recording: it is not overwritten", path);
	if (stranger_check(path, err) < 0)
		return -1;
	/* A file that may not grow is a failed write, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	if (in_place(path)) {
		f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		r = f->fd < 0 ? -errno : 0;
	} else {
		r = open_beside(f);
		confine_allow(path, CONFINE_BESIDE);
	}
	return r < 0 ? err_errno(err, STATUS_FAILED, -r, "cannot write %s", path) : 0;
}

static int finish(struct atomic_file *f, const struct buf *bytes)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	int r = output_all(f->fd, bytes->data, bytes->len);

	/* Some file systems report a full disk only here. */
	if (close(f->fd) < 0 && r == 0)
		r = -errno;
	f->fd = -1;
	if (r == 0 && f->name && rename(f->name, f->path) < 0)
		r = -errno;
	if (r == 0)
		forget_name(f);
	return r;
}

int atomic_file_add(struct atomic_file *f, const struct buf *bytes, struct err *err)
{
	int r;

	if (f->fd < 0)
		return output_write(bytes, err);
	r = output_all(f->fd, bytes->data, bytes->len);
	return r < 0 ? err_errno(err, STATUS_FAILED, -r, "cannot write %s", f->path) : 0;
}

int atomic_file_write(struct atomic_file *f, const struct buf *bytes, struct err *err)
{
	int r;

	if (f->fd < 0)
		return output_write(bytes, err);
	r = finish(f, bytes);
	return r < 0 ? err_errno(err, STATUS_FAILED, -r, "cannot write %s", f->path) : 0;
}

void atomic_file_release(struct atomic_file *f)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

	if (f->fd >= 0)
		close(f->fd);
	if (f->name)
		unlink(f->name);
	forget_name(f);
	*f = (struct atomic_file)ATOMIC_FILE_NONE;
}
