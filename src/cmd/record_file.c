#include "cmd/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/unfinished.h"
#include "cmd/output.h"
#include "sys/priv.h"

/* The index and the end, and marks of others that came meanwhile. */
#define END_ROOM 4096
/* A pipe that is not full takes so much without blocking. */
#define PIPE_PIECE PIPE_BUF

static bool is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* ---- bytes */

/* Cut off what a failed write has left, unless another process has appended behind it: then readers step over
 * it. */
static void take_back(int fd, size_t done)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (done && fstat(fd, &st) == 0 && st.st_size == end && ftruncate(fd, end - (off_t)done) < 0)
		return;
}

int record_append(int fd, const struct buf *bytes)
{
	size_t done = 0;

	while (done < bytes->len) {
		ssize_t n = write(fd, bytes->data + done, bytes->len - done);
		int error = errno;

		if (n < 0 && error != EINTR) {
			take_back(fd, done);
			return -error;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int write_pipe(int fd, const struct buf *bytes)
{
	size_t done = 0;

	while (done < bytes->len) {
		size_t left = bytes->len - done;
		int r = output_wait(fd);
		ssize_t n;

		if (r < 0)
			return r;
		n = write(fd, bytes->data + done, left < PIPE_PIECE ? left : PIPE_PIECE);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int write_failed(struct record_file *f, int error, struct err *err)
{
	const char *name = is_stdout(f->path) ? "standard output" : f->path;

	f->broken = true;
	if (f->regular && f->samples)
		return err_errno(err, STATUS_FAILED, error, "cannot write %s, which holds %llu sample%s",
				 name, (unsigned long long)f->samples, f->samples == 1 ? "" : "s");
	return err_errno(err, STATUS_FAILED, error, "cannot write %s", name);
}

/* Another program has truncated the file (a log rotation, say): what the recorder writes means nothing without
 * what stood there. */
static int was_truncated(struct record_file *f, size_t len, struct err *err)
{
	f->broken = true;
	take_back(f->fd, len);
	return err_set(err, STATUS_FAILED,
		       "%s has been truncated by something else: the recording "
		       "cannot go on",
		       f->path);
}

/* Write what the recorder has made. A pipe that nobody reads when cowtop is to stop is given up. */
static int flush(struct record_file *f, struct err *err)
{
	size_t len = f->out.len;
	int r = -EINTR;

	if (!f->broken)
		r = f->regular ? record_append(f->fd, &f->out) : write_pipe(f->fd, &f->out);
	buf_reset(&f->out);
	if (r == -EINTR) {
		f->broken = true;
		return 0;
	}
	if (r < 0)
		return write_failed(f, -r, err);
	f->size += len;
	f->last += len;
	if (f->last > f->largest)
		f->largest = f->last;
	if (f->regular && !is_stdout(f->path)) {
		uint64_t end = (uint64_t)lseek(f->fd, 0, SEEK_CUR);

		if (end < f->size)
			return was_truncated(f, len, err);
		f->size = end;
		recorder_written(f->recorder, f->size);
	}
	return 0;
}

/* ---- the file */

bool record_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

static int check_stdout(struct err *err)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot write standard output");
	if (isatty(STDOUT_FILENO))
		return err_set(err, STATUS_FAILED,
			       "-o -: a recording is not for a terminal: "
			       "redirect standard output, or name a file");
	return 0;
}

static int cannot(int error, const char *what, const char *path, struct err *err)
{
	enum status status = error == EACCES || error == EPERM ? STATUS_DENIED : STATUS_FAILED;

	return err_errno(err, status, error, "cannot %s %s", what, path);
}

/* At `path` may stand nothing, or a file that may be replaced and that no other cowtop is recording into. */
static int check_place(const char *path, enum record_over over, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : cannot(errno, "read", path, err);
	if (!S_ISREG(st.st_mode))
		return err_set(err, STATUS_FAILED,
			       "%s is not a regular file: it is not replaced; "
			       "-o - writes into a pipe",
			       path);
	if (over == OVER_NOTHING)
		return err_set(err, STATUS_FAILED, "%s is there already; -f replaces it", path);
	if (fd >= 0 && !record_lock(fd))
		return err_set(err, STATUS_FAILED, "%s: another cowtop is recording into it", path);
	return 0;
}

int record_file_check(const char *path, enum record_over over, struct err *err)
{
	cleanup_free char *copy = xstrdup(path);
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	const char *folder = dirname(copy);

	if (is_stdout(path))
		return check_stdout(err);
	if (check_place(path, over, err) < 0)
		return -1;
	return access(folder, W_OK | X_OK) < 0 ? cannot(errno, "make", path, err) : 0;
}

static void forget_part(struct record_file *f)
{
	unfinished_forget(f->part);
	free(f->part);
	f->part = NULL;
}

/* Make the file beside its place, with the mode that a new file gets. */
static int open_part(struct record_file *f, struct err *err)
{
	cleanup(buf_release) struct buf name = { 0 };
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	mode_t mask = umask(0);

	umask(mask);
	buf_printf(&name, "%s.XXXXXX", f->path);
	f->fd = mkostemp(name.data, O_APPEND | O_CLOEXEC);
	if (f->fd < 0)
		return cannot(errno, "make", f->path, err);
	f->part = name.data;
	name = (struct buf){ 0 };
	unfinished_add(f->part);
	record_lock(f->fd);
	if (fchmod(f->fd, 0666 & ~mask) < 0)
		return cannot(errno, "make", f->path, err);
	return 0;
}

/* Not renameat2(3): an older musl has none. */
static int rename_new(const char *from, const char *to)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

/* Give the file its name. File systems without RENAME_NOREPLACE have links. */
static int publish(struct record_file *f, struct err *err)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	int r;

	if (f->over == OVER_FILE) {
		if (check_place(f->path, f->over, err) < 0)
			return -1;
		r = rename(f->part, f->path);
	} else {
		r = rename_new(f->part, f->path);
		if (r < 0 && (errno == EINVAL || errno == ENOSYS)) {
			r = link(f->part, f->path);
			if (r == 0)
				unlink(f->part);
		}
	}
	if (r < 0)
		return cannot(errno, "make", f->path, err);
	forget_part(f);
	return 0;
}

int record_file_begin(struct record_file *f, const char *path, enum record_over over,
		      const struct record_setup *setup, struct err *err)
{
	struct stat st;

	*f = (struct record_file){
		.path = xstrdup(path),
		.fd = is_stdout(path) ? STDOUT_FILENO : -1,
		.over = over,
		.began_ns = setup->time_ns,
		.regular = true,
	};
	if (!is_stdout(path) && open_part(f, err) < 0)
		return -1;
	if (is_stdout(path))
		f->regular = fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode);
	f->recorder = recorder_new(setup, &f->out);
	return flush(f, err);
}

int record_file_sample(struct record_file *f, const struct sample *s, struct err *err)
{
	if (recorder_sample(f->recorder, s, &f->out, err) < 0)
		return -1;
	f->last = 0;
	if (flush(f, err) < 0 || (f->part && publish(f, err) < 0))
		return -1;
	f->samples += !f->broken;
	return 0;
}

int record_file_space(struct record_file *f, const struct address_space *space, struct err *err)
{
	if (recorder_space(f->recorder, space, &f->out, NULL) < 0)
		return 0;
	return flush(f, err);
}

int record_file_stacks(struct record_file *f, const struct stacks *s, struct err *err)
{
	if (recorder_stacks(f->recorder, s, &f->out, NULL) < 0)
		return 1;
	return flush(f, err);
}

int record_file_mark(struct record_file *f, int64_t time_ns, const char *text, struct err *err)
{
	recorder_mark(f->recorder, time_ns, text, &f->out);
	return flush(f, err);
}

int record_file_end(struct record_file *f, int64_t time_ns, struct err *err)
{
	if (f->broken)
		return 0;
	recorder_end(f->recorder, time_ns, &f->out);
	if (flush(f, err) < 0)
		return -1;
	if (!f->regular)
		return 0;
	while (fdatasync(f->fd) < 0)
		/* EINVAL, EROFS: a file that cannot be synchronised. */
		if (errno != EINTR)
			return errno == EINVAL || errno == EROFS ? 0 : write_failed(f, errno, err);
	return 0;
}

void record_file_close(struct record_file *f)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

	if (f->part)
		unlink(f->part);
	if (f->fd >= 0 && f->fd != STDOUT_FILENO)
		close(f->fd);
	recorder_free(f->recorder);
	buf_release(&f->out);
	forget_part(f);
	free(f->path);
	*f = (struct record_file)RECORD_FILE_NONE;
}

bool record_file_is_named(const struct record_file *f)
{
	struct stat own, named;

	return fstat(f->fd, &own) == 0 && lstat(f->path, &named) == 0 && own.st_dev == named.st_dev &&
	       own.st_ino == named.st_ino;
}

bool record_file_has_room(const struct record_file *f, unsigned int samples, uint64_t most)
{
	return f->size + samples * f->largest + END_ROOM <= most;
}
