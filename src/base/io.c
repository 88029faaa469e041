#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/cleanup.h"

/* What seq_file gives in one read(2), about. */
#define PIECE 4096

ssize_t io_read(int fd, void *to, size_t len)
{
	ssize_t n;

	do
		n = read(fd, to, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t io_read_at(int fd, void *to, size_t len, uint64_t at)
{
	ssize_t n;

	if (at > INT64_MAX)
		return -EINVAL;
	do
		n = pread(fd, to, len, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t io_read_all_at(int fd, void *to, size_t len, uint64_t at)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = io_read_at(fd, (char *)to + have, len - have, at + have);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

ssize_t io_read_on(int fd, struct buf *out)
{
	size_t room = buf_room(out, PIECE);
	ssize_t n;

	if (!room) {
		out->cut = true;
		return 0;
	}
	n = io_read(fd, out->data + out->len, room);
	if (n > 0) {
		out->len += (size_t)n;
		out->data[out->len] = '\0';
	}
	return n;
}

int io_read_whole(int fd, struct buf *out)
{
	ssize_t n;

	do
		n = io_read_on(fd, out);
	while (n > 0);
	return (int)n;
}

int io_read_file(int folder, const char *path, struct buf *out)
{
	cleanup_close int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : io_read_whole(fd, out);
}

DIR *io_entries(int fd)
{
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	int error = errno;

	if (!entries && fd >= 0)
		close(fd);
	errno = error;
	return entries;
}

void io_entries_end(DIR **entries)
{
	if (*entries)
		closedir(*entries);
}

ssize_t io_read_text(int folder, const char *path, char *text, size_t size)
{
	cleanup_close int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -errno : io_read(fd, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	return n;
}
