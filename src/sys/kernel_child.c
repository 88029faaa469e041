#include "sys/kernel_child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/io.h"

/* Only what may be called in the child of a process with threads. */
static void live(int go, int done, char *const written[KERNEL_CHILD_PAGES])
{
	char c;

	for (size_t i = 0; i < KERNEL_CHILD_PAGES; i++)
		if (written[i])
			(*(volatile char *)written[i])++;
	if (write(done, "", 1) == 1)
		io_read(go, &c, 1);
	_exit(0);
}

static pid_t start(int go[2], int done[2], char *const written[KERNEL_CHILD_PAGES])
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pid = (pid_t)syscall(SYS_clone, 0UL, 0UL, 0UL, 0UL, 0UL);
	if (pid == 0) {
		close(go[1]);
		live(go[0], done[1], written);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

bool kernel_child_start(struct kernel_child *c, const struct procfs *fs,
			char *const written[KERNEL_CHILD_PAGES])
{
	int go[2], done[2];
	char byte;

	*c = (struct kernel_child){ .pid = -1, .go = -1, .done = -1, .map = -1 };
	if (pipe2(go, O_CLOEXEC))
		return false;
	if (pipe2(done, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return false;
	}
	c->pid = start(go, done, written);
	close(go[0]);
	close(done[1]);
	c->go = go[1];
	c->done = done[0];
	if (c->pid < 0)
		return false;
	c->map = procfs_file(fs, c->pid, "pagemap");
	return io_read(c->done, &byte, 1) == 1;
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void kernel_child_end(struct kernel_child *c)
{
	close_one(c->go);
	close_one(c->done);
	close_one(c->map);
	if (c->pid > 0)
		while (waitpid(c->pid, NULL, __WALL) < 0 && errno == EINTR)
			;
	*c = (struct kernel_child){ .pid = -1, .go = -1, .done = -1, .map = -1 };
}
