/*
 * A shim for LD_PRELOAD that holds up whoever reads /proc/$HOLDUP_PID/pagemap, once, while the folder $HOLDUP has a
 * file `now`: it becomes `held`, and the read begins when `held` is gone. So something can happen between the
 * listing of the processes and the reading of their pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void hold_up(const char *folder)
{
	char now[256], held[256];

	snprintf(now, sizeof(now), "%s/now", folder);
	snprintf(held, sizeof(held), "%s/held", folder);
	if (rename(now, held))
		return;
	while (access(held, F_OK) == 0)
		usleep(1000);
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	const char *folder = getenv("HOLDUP"), *pid = getenv("HOLDUP_PID");
	char link[64], path[256], wanted[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	snprintf(wanted, sizeof(wanted), "/proc/%s/pagemap", pid ? pid : "");
	n = readlink(link, path, sizeof(path) - 1);
	if (n > 0 && folder) {
		path[n] = '\0';
		if (!strcmp(path, wanted))
			hold_up(folder);
	}
	return syscall(SYS_pread64, fd, to, len, at);
}

#ifndef pread64 /* in musl these are other words for the same */
ssize_t pread64(int fd, void *to, size_t len, off_t at)
{
	return pread(fd, to, len, at);
}
#endif
