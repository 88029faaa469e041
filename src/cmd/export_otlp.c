#include "cmd/export_otlp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "cmd/output.h"
#include "cmd/record_file.h"
#include "cmd/stranger.h"
#include "sink/otlp.h"
#include "sys/priv.h"

/* Is it empty, or begun by one of us? What a full disk has left of a first line counts as well. */
static bool is_ours(int fd, off_t size)
{
	char head[sizeof(OTLP_BEGINS) - 1];
	size_t n = (size_t)size < sizeof(head) ? (size_t)size : sizeof(head);

	return io_read_at(fd, head, n, 0) == (ssize_t)n && memcmp(head, OTLP_BEGINS, n) == 0;
}

/* The file, and how long it is; -1. */
static int open_file(const char *path, off_t *ret_size, struct err *err)
{
	struct stat st;
	int fd;

	if (stranger_check(path, err) < 0)
		return -1;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
	if (fd < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot write %s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, STATUS_FAILED, "%s is no regular file; - is standard output", path);
	}
	if (!is_ours(fd, st.st_size)) {
		close(fd);
		return err_set(err, STATUS_FAILED,
			       "%s holds something else than OTLP: nothing is added to it", path);
	}
	*ret_size = st.st_size;
	return fd;
}

static int move_away(const char *path, struct err *err)
{
	cleanup(buf_release) struct buf name = { 0 };

	buf_printf(&name, "%s.1", path);
	if (rename(path, name.data) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot rename %s to %s", path, name.data);
	return 0;
}

/* The one to write to, which has room for `len` more bytes or is empty. */
static int open_with_room(const char *path, uint64_t most, size_t len, off_t *ret_size, struct err *err)
{
	int fd = open_file(path, ret_size, err);

	if (fd < 0 || !*ret_size || (uint64_t)*ret_size + len <= most)
		return fd;
	close(fd);
	if (move_away(path, err) < 0)
		return -1;
	return open_file(path, ret_size, err);
}

static bool ends_a_line(int fd, off_t size)
{
	char last = '\n';

	return !size || (io_read_at(fd, &last, 1, (uint64_t)size - 1) == 1 && last == '\n');
}

static int append(const char *path, uint64_t most, const struct buf *lines, struct err *err)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	cleanup(buf_release) struct buf all = { 0 };
	cleanup_close int fd = -1;
	off_t size = 0;
	int r;

	/* A file that may not grow is a failed write, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	fd = open_with_room(path, most, lines->len, &size, err);
	if (fd < 0)
		return -1;
	if (!ends_a_line(fd, size))
		buf_addc(&all, '\n');
	buf_add(&all, lines->data, lines->len);
	r = record_append(fd, &all);
	return r < 0 ? err_errno(err, STATUS_FAILED, -r, "cannot write %s", path) : 0;
}

int export_otlp(const char *path, uint64_t most, const struct metric_set *m, struct err *err)
{
	cleanup(buf_release) struct buf lines = { 0 };
	struct utsname host = { 0 };

	(void)uname(&host);
	otlp(&lines, m, host.nodename);
	return strcmp(path, "-") == 0 ? output_write(&lines, err) : append(path, most, &lines, err);
}
