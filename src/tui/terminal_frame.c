#include "tui/terminal_frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

/* More than a frame of 200 by 50 takes; a larger one is written in parts. */
#define AT_ONCE 65536

static struct {
	FILE *stream; /* NULL: stdout is, and nothing is gathered */
	int memory;
} frame = { NULL, -1 };

FILE *frame_open(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	frame.memory = memfd_create("frame", MFD_CLOEXEC);
	if (fd >= 0 && frame.memory >= 0)
		frame.stream = fdopen(fd, "w");
	if (frame.stream)
		return frame.stream;
	if (fd >= 0)
		close(fd);
	frame_close();
	return stdout;
}

/* From here on what ncurses writes goes there. */
static void lead_to(int fd)
{
	while (dup3(fd, fileno(frame.stream), O_CLOEXEC) < 0 && errno == EINTR)
		;
}

void frame_begin(void)
{
	if (frame.stream)
		lead_to(frame.memory);
}

/* false: the terminal is gone. */
static bool write_all(const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, bytes, len);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

void frame_end(void)
{
	static char bytes[AT_ONCE];
	bool good = true;
	off_t at = 0, len;

	if (!frame.stream)
		return;
	lead_to(STDOUT_FILENO);
	len = lseek(frame.memory, 0, SEEK_CUR);
	while (good && at < len) {
		size_t most = len - at < AT_ONCE ? (size_t)(len - at) : AT_ONCE;
		ssize_t n = pread(frame.memory, bytes, most, at);

		good = n > 0 && write_all(bytes, (size_t)n);
		at += n;
	}
	lseek(frame.memory, 0, SEEK_SET);
}

void frame_close(void)
{
	if (frame.stream)
		fclose(frame.stream);
	if (frame.memory >= 0)
		close(frame.memory);
	frame.stream = NULL;
	frame.memory = -1;
}
