#include "sys/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"

#define STAT_MAX (1 << 20) /* the lines of a thousand processors and all interrupts */

int machine_file(const struct procfs *fs, const char *name)
{
	char beside[4200];
	int fd;

	if (!fs->captured) {
		fd = open(name, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	if ((size_t)snprintf(beside, sizeof(beside), "..%s", name) >= sizeof(beside))
		return -ENAMETOOLONG;
	fd = openat(fs->fd, beside, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

fact machine_number(const struct procfs *fs, const char *name)
{
	cleanup_close int fd = machine_file(fs, name);

	return proc_read_number(fd);
}

int64_t machine_boot_ns(const struct procfs *fs)
{
	static const char key[] = "\nbtime ";
	cleanup(buf_release) struct buf text = { .limit = STAT_MAX };
	long long seconds;
	const char *at;

	if (!fs->captured)
		return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	if (io_read_file(fs->fd, "stat", &text) < 0 || !text.len)
		return 0;
	at = strstr(text.data, key);
	seconds = at ? strtoll(at + strlen(key), NULL, 10) : 0;
	return seconds > 0 && seconds < INT64_MAX / SECOND ? seconds * SECOND : 0;
}

/* The only line of a file, or nothing. */
static void read_line(const struct procfs *fs, const char *name, char *ret, size_t size)
{
	if (io_read_text(fs->fd, name, ret, size) >= 0)
		ret[strcspn(ret, "\n")] = '\0';
}

int machine_names(const struct procfs *fs, struct host_sample *ret)
{
	struct utsname name;

	memset(ret->name, 0, sizeof(ret->name));
	memset(ret->kernel, 0, sizeof(ret->kernel));
	if (fs->captured) {
		read_line(fs, "sys/kernel/hostname", ret->name, sizeof(ret->name));
		read_line(fs, "sys/kernel/osrelease", ret->kernel, sizeof(ret->kernel));
		return 0;
	}
	if (uname(&name) < 0)
		return -errno;
	memcpy(ret->name, name.nodename, sizeof(ret->name));
	memcpy(ret->kernel, name.release, sizeof(ret->kernel));
	return 0;
}
