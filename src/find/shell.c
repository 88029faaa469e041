#include "find/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/stop.h"
#include "find/spawn.h"
#include "sys/pidref.h"

#define POLL_MS 20
/* From SIGTERM to SIGKILL. */
#define GRACE_MS 5000

struct shell {
	pid_t pid;
	struct pidref ref;
};

static int start(const char *line, int input, int output, bool plain, struct shell **ret)
{
	char program[] = "/bin/sh", option[] = "-c";
	cleanup_free char *copy = xstrdup(line);
	char *argv[] = { program, option, copy, NULL };
	const struct spawn how = {
		.argv = argv, .thp_disable = -1, .output = output, .input = input, .plain = plain
	};
	struct pidref started;
	struct shell *s;
	pid_t pid;
	int r = spawn_child(&how, &pid);

	if (r < 0)
		return r;
	r = pidref_open(&started, pid);
	if (r < 0) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return r;
	}
	s = xcalloc(1, sizeof(*s));
	s->pid = pid;
	s->ref = started;
	*ret = s;
	return 0;
}

int shell_start(const char *line, int output, struct shell **ret)
{
	return start(line, 0, output, false, ret);
}

int shell_start_fed(const char *line, const struct buf *bytes, struct shell **ret)
{
	cleanup_close int in = -1, out = -1;
	int ends[2];

	if (bytes->len > PIPE_BUF)
		return -E2BIG;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	in = ends[0];
	out = ends[1];
	/* a pipe that is empty holds as much */
	if (bytes->len && write(out, bytes->data, bytes->len) < 0)
		return -errno;
	return start(line, in, -1, true, ret);
}

int shell_fd(const struct shell *s)
{
	return s->ref.fd;
}

bool shell_is_over(struct shell *s)
{
	return pidref_ended(&s->ref);
}

bool shell_wait(struct shell *s, int timeout_ms)
{
	return pidref_wait(&s->ref, timeout_ms);
}

void shell_kill(struct shell *s)
{
	kill(-s->pid, SIGKILL);
}

int shell_end(struct shell *s)
{
	int status = 0;

	/* as long as it is not reaped the group is its own */
	kill(-s->pid, SIGTERM);
	if (waitpid(s->pid, &status, 0) < 0)
		status = -errno;
	pidref_release(&s->ref);
	free(s);
	return status;
}

void shell_stop(struct shell *s)
{
	int64_t until = clock_now() + GRACE_MS * MILLISECOND;
	unsigned int asked = stop_asked();

	if (!s)
		return;
	kill(-s->pid, SIGTERM);
	/* Who asks to stop once more does not wait for it. */
	while (!shell_wait(s, POLL_MS))
		if (clock_now() >= until || stop_asked() != asked) {
			kill(-s->pid, SIGKILL);
			break;
		}
	shell_end(s);
}
