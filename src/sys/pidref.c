#include "sys/pidref.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/syscalls.h"
#include "parse/stat.h"

/* Between two looks without pidfds. */
#define LOOK_NS (20 * MILLISECOND)

static int open_timer(void)
{
	static const struct itimerspec looks = {
		.it_interval.tv_nsec = LOOK_NS,
		.it_value.tv_nsec = LOOK_NS,
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		timerfd_settime(fd, 0, &looks, NULL);
	return fd;
}

static int open_folder(struct pidref *ret, pid_t pid)
{
	cleanup_close int timer = -1;
	char path[32];
	int folder;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	timer = open_timer();
	if (timer < 0) {
		int r = -errno;

		close(folder);
		return r;
	}
	*ret = (struct pidref){ pid, timer, folder };
	timer = -1;
	return 0;
}

int pidref_open(struct pidref *ret, pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0u);

	*ret = (struct pidref)PIDREF_NONE;
	/* A filter says EPERM; the call itself never does. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_folder(ret, pid);
	if (fd < 0)
		return -errno;
	*ret = (struct pidref){ pid, (int)fd, -1 };
	return 0;
}

void pidref_release(struct pidref *p)
{
	cleanup_closep(&p->fd);
	cleanup_closep(&p->folder);
	*p = (struct pidref)PIDREF_NONE;
}

/* Once a process is reaped, its folder has no stat any more, whoever has its pid then. */
static bool folder_ended(const struct pidref *p)
{
	cleanup_close int fd = openat(p->folder, "stat", O_RDONLY | O_CLOEXEC);
	struct proc_stat st;
	char line[2048];
	ssize_t n;

	/* What cannot be looked at for want of descriptors or memory has not ended by that. */
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH;
	n = io_read(fd, line, sizeof(line));
	if (n < 0)
		return n == -ESRCH;
	if (n == 0 || parse_stat(line, (size_t)n, &st) < 0)
		return false;
	return (st.state == 'Z' || st.state == 'X') && st.threads <= 1;
}

bool pidref_ended(struct pidref *p)
{
	struct pollfd end = { .fd = p->fd, .events = POLLIN };
	uint64_t looks;

	if (p->folder < 0)
		return poll(&end, 1, 0) > 0;
	/* Not readable again before the next look. */
	if (read(p->fd, &looks, sizeof(looks)) < 0 && errno != EAGAIN)
		return false;
	return folder_ended(p);
}

bool pidref_wait(struct pidref *p, int timeout_ms)
{
	struct pollfd end = { .fd = p->fd, .events = POLLIN };
	int64_t until = clock_now() / MILLISECOND + timeout_ms, left;

	while (!pidref_ended(p)) {
		left = until - clock_now() / MILLISECOND;
		if (left <= 0 || poll(&end, 1, (int)left) < 0)
			return pidref_ended(p);
	}
	return true;
}

int pidref_signal(struct pidref *p, int sig)
{
	if (p->folder < 0)
		return syscall(SYS_pidfd_send_signal, p->fd, sig, NULL, 0u) < 0 ? -errno : 0;
	if (folder_ended(p))
		return -ESRCH;
	return kill(p->pid, sig) < 0 ? -errno : 0;
}
