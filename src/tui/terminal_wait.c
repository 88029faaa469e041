#include "tui/terminal_wait.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* The flags that standard output gets back; 0: it has them. */
static volatile sig_atomic_t before;

void terminal_wait(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL), fd;

	if (flags < 0 || !(flags & O_NONBLOCK))
		return;
	fd = open("/proc/self/fd/1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		before = flags;
		fcntl(STDOUT_FILENO, F_SETFL, flags & ~O_NONBLOCK);
		return;
	}
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

void terminal_wait_over(void)
{
	if (before)
		fcntl(STDOUT_FILENO, F_SETFL, (int)before);
	before = 0;
}
