#include "recording/replay_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/io.h"

/* What one call takes in from a pipe at most: a fast writer must not keep the view from drawing. */
#define GROW_MAX ((size_t)16 << 20)
/* Some fifty records of 64 workers. */
#define AHEAD ((size_t)64 << 10)

static int is_pipe(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode) || S_ISCHR(st->st_mode);
}

/* An unlinked file that goes with its descriptor. */
static int spool_open(struct err *err)
{
	FILE *file = tmpfile();
	int fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) : -1;
	int error = errno;

	if (file)
		fclose(file);
	return fd >= 0 ? fd : err_errno(err, STATUS_FAILED, error, "cannot make a temporary file");
}

int replay_file_input(const char *path, struct err *err)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) :
				     fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	enum status status = errno == ENOENT || errno == ENOTDIR ? STATUS_NO_TARGET :
			     errno == EACCES || errno == EPERM   ? STATUS_DENIED :
								   STATUS_FAILED;

	return fd >= 0 ? fd : err_errno(err, status, errno, "%.300s", path);
}

int replay_file_open(struct replay_file *f, int fd, const char *path, struct err *err)
{
	struct stat st;

	*f = (struct replay_file){ .fd = fd, .pipe = -1 };
	if (fstat(fd, &st) < 0)
		return err_errno(err, STATUS_FAILED, errno, "%.300s", path);
	if (S_ISREG(st.st_mode)) {
		f->size = (uint64_t)st.st_size;
		return 0;
	}
	if (!is_pipe(&st))
		return err_set(err, STATUS_FAILED, "%.300s: it is neither a file nor a pipe", path);
	f->pipe = fd;
	f->fd = spool_open(err);
	return f->fd < 0 ? -1 : 0;
}

static int grow_file(struct replay_file *f, struct err *err)
{
	struct stat st;
	uint64_t size = f->size;

	if (fstat(f->fd, &st) < 0)
		return err_errno(err, STATUS_FAILED, errno, "the recording");
	if ((uint64_t)st.st_size < size)
		return err_set(err, STATUS_FAILED, "the recording was cut while it was read");
	f->size = (uint64_t)st.st_size;
	return f->size > size;
}

static int keep(struct replay_file *f, const char *bytes, size_t len, struct err *err)
{
	while (len) {
		ssize_t n = pwrite(f->fd, bytes, len, (off_t)f->size);

		if (n < 0 && errno != EINTR)
			return err_errno(err, STATUS_FAILED, errno, "the temporary file");
		if (n <= 0)
			continue;
		bytes += n;
		len -= (size_t)n;
		f->size += (uint64_t)n;
	}
	return 0;
}

/* One read of the pipe: 1 when something came, 0 when not (now, or ever), -1. */
static int grow_pipe(struct replay_file *f, int wait_ms, struct err *err)
{
	struct pollfd p = { .fd = f->pipe, .events = POLLIN };
	char bytes[65536];
	ssize_t n;

	if (f->over)
		return 0;
	n = poll(&p, 1, wait_ms);
	if (n < 0 && wait_ms < 0)
		return err_errno(err, STATUS_FAILED, errno, "waiting for the recording");
	if (n <= 0)
		return 0;
	n = read(f->pipe, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ?
			       0 :
			       err_errno(err, STATUS_FAILED, errno, "cannot read the recording");
	f->over = !n;
	if (keep(f, bytes, (size_t)n, err) < 0)
		return -1;
	return n > 0;
}

int replay_file_grow(struct replay_file *f, struct err *err)
{
	uint64_t before = f->size;
	int got = 1;

	if (f->pipe < 0)
		return grow_file(f, err);
	while (got > 0 && f->size - before < GROW_MAX)
		got = grow_pipe(f, 0, err);
	return got < 0 ? -1 : f->size > before;
}

int replay_file_await(struct replay_file *f, uint64_t size, struct err *err)
{
	while (f->pipe >= 0 && !f->over && f->size < size) {
		if (grow_pipe(f, -1, err) < 0)
			return -1;
	}
	return 0;
}

static ssize_t read_at(const struct replay_file *f, uint64_t at, void *to, size_t len, struct err *err)
{
	ssize_t n = io_read_all_at(f->fd, to, len, at);

	return n < 0 ? err_errno(err, STATUS_FAILED, (int)-n, "cannot read the recording") : n;
}

static bool is_ahead(const struct replay_file *f, uint64_t at, size_t len)
{
	return at >= f->ahead_at && at - f->ahead_at <= f->nahead && len <= f->nahead - (at - f->ahead_at);
}

ssize_t replay_file_read(struct replay_file *f, uint64_t at, void *to, size_t len, struct err *err)
{
	uint64_t left = at < f->size ? f->size - at : 0;
	ssize_t n;

	if (at > INT64_MAX - len)
		return 0;
	/* What may still be in the making is read as it is now. */
	if (len > AHEAD / 2 || len > left)
		return read_at(f, at, to, len, err);
	if (!is_ahead(f, at, len)) {
		if (!f->ahead)
			f->ahead = xreallocarray(NULL, AHEAD, 1);
		f->nahead = 0;
		n = read_at(f, at, f->ahead, left < AHEAD ? left : AHEAD, err);
		if (n < 0)
			return -1;
		f->ahead_at = at;
		f->nahead = (size_t)n;
		len = len < f->nahead ? len : f->nahead;
	}
	memcpy(to, f->ahead + (at - f->ahead_at), len);
	return (ssize_t)len;
}

void replay_file_close(struct replay_file *f)
{
	if (f->pipe >= 0)
		close(f->pipe);
	if (f->fd >= 0 && f->fd != f->pipe)
		close(f->fd);
	free(f->ahead);
	*f = (struct replay_file){ .fd = -1, .pipe = -1 };
}
