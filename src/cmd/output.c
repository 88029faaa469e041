#include "cmd/output.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/ticks.h"

/* How long a reader that does not read is waited for when cowtop is to stop. */
#define STUCK_NS 200000000L

enum { COLUMNS_LEAST = 80, COLUMNS_MOST = 1000 };

int output_wait(int fd)
{
	const struct timespec stuck = { .tv_nsec = STUCK_NS };
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	sigset_t none;

	sigemptyset(&none);
	for (;;) {
		bool stopped = ticks_stopped();
		int n = ppoll(&ready, 1, stopped ? &stuck : NULL, &none);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 || (stopped && n < 0))
			return -EINTR;
	}
}

/* Another process that shares the descriptor may have made it one that does not wait (O_NONBLOCK). */
int output_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		int r = n < 0 ? -errno : 0;

		if (r == -EAGAIN)
			r = output_wait(fd);
		else if (r == -EINTR)
			r = 0;
		if (r < 0)
			return r;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The reader of standard output has closed it: `head` has seen enough. */
static bool reader_left;

int output_write(const struct buf *out, struct err *err)
{
	int r;

	if (out->cut)
		return err_set(
			err, STATUS_FAILED,
			"cannot write standard output: a text of more than %zu MiB; ask for less at once",
			BUF_LIMIT >> 20);
	r = output_all(STDOUT_FILENO, out->data, out->len);
	if (r == -EPIPE) {
		reader_left = true;
		return err_set(err, STATUS_FAILED, "%s", "");
	}
	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "cannot write standard output");
	return 0;
}

int output_close(struct err *err)
{
	/* EBADF: it was closed from the start; whoever had something to write has noticed. */
	if (close(STDOUT_FILENO) < 0 && errno != EBADF)
		return err_errno(err, STATUS_FAILED, errno, "cannot write standard output");
	return 0;
}

/* What shells make of a program that SIGPIPE has ended. */
#define STATUS_OF_SIGPIPE (128 + SIGPIPE)

/* The end that a program has whose reader went away; what had to be put back, stopped or written to its end has been
 * by now. Process 1 of a container is ended by no signal of its own. */
static int end_by_pipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	return STATUS_OF_SIGPIPE;
}

int output_end(const struct err *err)
{
	enum status status = err->status;
	struct err closing = { 0 };

	if (reader_left && !err->msg[0])
		return end_by_pipe();

	if (err->msg[0])
		say("%s", err->msg);
	if (output_close(&closing) < 0 && status == STATUS_OK) {
		status = closing.status;
		say("%s", closing.msg);
	}
	return (int)status;
}

void output_leave(const struct err *err)
{
	static const struct err none;

	_exit(output_end(err ?: &none));
}

static void say_line(const char *before, const char *text)
{
	cleanup(buf_release) struct buf line = { 0 };

	buf_adds(&line, before);
	text_clean(&line, text, strlen(text));
	buf_addc(&line, '\n');
	/* There is nowhere left to tell when stderr is closed. */
	(void)output_all(STDERR_FILENO, line.data, line.len);
}

void say(const char *fmt, ...)
{
	char message[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	say_line("cowtop: ", message);
}

void say_plain(const char *text)
{
	say_line("", text);
}

size_t output_columns(void)
{
	const char *text = getenv("COLUMNS");
	struct winsize size = { 0 };
	int64_t columns = 0;

	if (text && units_parse_int(text, COLUMNS_LEAST, COLUMNS_MOST, &columns) == 0)
		return (size_t)columns;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > COLUMNS_LEAST)
		return size.ws_col < COLUMNS_MOST ? size.ws_col : COLUMNS_MOST;
	return COLUMNS_LEAST;
}
