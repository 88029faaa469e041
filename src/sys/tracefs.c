#include "sys/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "base/syscalls.h"

/* include/uapi/linux/mount.h. */
#define FSCONFIG_CREATE 6
#define OPEN_CLOEXEC 1

/* The mount points that the kernel makes are empty directories until something is mounted there. */
static int open_mounted(const char *path)
{
	cleanup_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int events;

	if (dir < 0)
		return -errno;
	events = openat(dir, "events", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (events < 0)
		return -errno;
	close(events);
	return fcntl(dir, F_DUPFD_CLOEXEC, 0);
}

static int open_detached(void)
{
	cleanup_close int fs = (int)syscall(SYS_fsopen, "tracefs", OPEN_CLOEXEC);
	int dir;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	dir = (int)syscall(SYS_fsmount, fs, OPEN_CLOEXEC, 0);
	return dir < 0 ? -errno : dir;
}

int tracefs_open(void)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	int denied = 0, dir;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		dir = open_mounted(places[i]);
		if (dir >= 0)
			return dir;
		if (dir == -EACCES)
			denied = dir;
	}
	dir = open_detached();
	return dir < 0 && denied ? denied : dir;
}

int tracefs_format(int dir, const char *event, struct buf *out)
{
	char path[128];
	int r;

	buf_reset(out);
	if (snprintf(path, sizeof(path), "events/%s/format", event) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = io_read_file(dir, path, out);
	return r == 0 && out->cut ? -EFBIG : r;
}
