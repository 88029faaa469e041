/*
 * A shim for LD_PRELOAD that makes system calls fail on chosen files, as slow disks, signals and
 * full file systems do.
 *
 *	FAULT=CALL:HOW:PATTERN[,CALL:HOW:PATTERN...]
 *
 * CALL is read (also pread), write, close or open (also openat); HOW is `short` (at most 64 bytes a
 * call), `eintr` (every second call), `held` (it waits for as long as the file $FAULT_HELD is there,
 * and does not fail) or the name of an errno value; PATTERN is a part of the file's path, for a pipe
 * "pipe:". Every fault appends one byte to the file $FAULT_LOG, so that a test can tell that it has
 * happened.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/errname.h"

#define SHORT 64
#define HELD_US 1000
/* Above all that the program opens. */
#define TRACE_FD 900

/* What is to happen to a call; `error` 0: nothing, or a short or held one. */
struct fault {
	int error;
	bool short_one, held;
};

/* Opened before the program may have given up the right to; closed descriptors are for its own files. */
static long trace_fd = -1;

__attribute__((constructor)) static void open_trace(void)
{
	const char *path = getenv("FAULT_LOG");
	long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	trace_fd = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, TRACE_FD);
	if (trace_fd >= 0)
		syscall(SYS_close, fd);
	else
		trace_fd = fd;
}

static void leave_a_trace(void)
{
	if (trace_fd >= 0)
		syscall(SYS_write, trace_fd, "!", 1);
}

static int error_number(const char *name, size_t len)
{
	for (int e = 1; e < 134; e++) {
		const char *known = err_name(e);

		if (known && strlen(known) == len && strncmp(known, name, len) == 0)
			return e;
	}
	return EIO;
}

/* The fault that `FAULT` has for this call on this path. */
static struct fault look_up(const char *call, const char *path)
{
	static unsigned int turn;
	const char *rule = getenv("FAULT");

	while (rule && *rule) {
		size_t len = strcspn(rule, ","), name = strcspn(rule, ":"), how;
		const char *second = rule + name + 1;
		char pattern[128];

		how = strcspn(second, ":");
		snprintf(pattern, sizeof(pattern), "%.*s", (int)(len - name - how - 2), second + how + 1);
		if (strlen(call) == name && strncmp(rule, call, name) == 0 && strstr(path, pattern)) {
			if (how == 5 && strncmp(second, "short", how) == 0)
				return (struct fault){ .short_one = true };
			if (how == 4 && strncmp(second, "held", how) == 0)
				return (struct fault){ .held = true };
			if (how == 5 && strncmp(second, "eintr", how) == 0)
				return (struct fault){ .error = turn++ % 2 ? 0 : EINTR };
			return (struct fault){ .error = error_number(second, how) };
		}
		rule += len + (rule[len] == ',');
	}
	return (struct fault){ 0 };
}

static struct fault look_up_fd(const char *call, int fd)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return (struct fault){ 0 };
	path[n] = '\0';
	return look_up(call, path);
}

static void hold(void)
{
	const char *path = getenv("FAULT_HELD");

	if (!path || access(path, F_OK) < 0)
		return;
	leave_a_trace();
	while (access(path, F_OK) == 0)
		usleep(HELD_US);
}

/* Apply a fault to a call of `*len` bytes: true when it has failed. */
static bool strike(struct fault f, size_t *len)
{
	if (f.error) {
		leave_a_trace();
		errno = f.error;
		return true;
	}
	if (f.held)
		hold();
	if (f.short_one && len && *len > SHORT) {
		leave_a_trace();
		*len = SHORT;
	}
	return false;
}

ssize_t read(int fd, void *to, size_t len)
{
	return strike(look_up_fd("read", fd), &len) ? -1 : syscall(SYS_read, fd, to, len);
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	return strike(look_up_fd("read", fd), &len) ? -1 : syscall(SYS_pread64, fd, to, len, at);
}

#ifndef pread64 /* in musl these are other words for the same */
ssize_t pread64(int fd, void *to, size_t len, off_t at)
{
	return pread(fd, to, len, at);
}
#endif

ssize_t write(int fd, const void *from, size_t len)
{
	return strike(look_up_fd("write", fd), &len) ? -1 : syscall(SYS_write, fd, from, len);
}

int close(int fd)
{
	struct fault f = look_up_fd("close", fd);
	int r = (int)syscall(SYS_close, fd);

	return strike(f, NULL) ? -1 : r;
}

/* The mode is there only when a file may be made. */
static int open_at(int dir, const char *path, int flags, va_list args)
{
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;

	return strike(look_up("open", path), NULL) ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	int fd;

	va_start(args, flags);
	fd = open_at(dir, path, flags, args);
	va_end(args);
	return fd;
}

#ifndef openat64
int openat64(int dir, const char *path, int flags, ...) __attribute__((alias("openat")));
#endif

int open(const char *path, int flags, ...)
{
	va_list args;
	int fd;

	va_start(args, flags);
	fd = open_at(AT_FDCWD, path, flags, args);
	va_end(args);
	return fd;
}

#ifndef open64
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
#endif
