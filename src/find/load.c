#include "find/load.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/stop.h"
#include "find/spawn.h"
#include "sys/pidref.h"

#define POLL_MS 20
/* From SIGTERM to SIGKILL. */
#define GRACE_MS 5000

struct load {
	char *line;
	pid_t pid;
	struct pidref shell;
};

static void load_free(struct load *l)
{
	pidref_release(&l->shell);
	free(l->line);
	free(l);
}

int load_start(const char *line, struct load **ret, struct err *err)
{
	char shell[] = "/bin/sh", option[] = "-c";
	cleanup_free char *copy = xstrdup(line);
	char *argv[] = { shell, option, copy, NULL };
	struct pidref started;
	struct load *l;
	pid_t pid;
	int r = spawn_child(argv, &pid);

	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "%s: cannot run the load", shell);
	r = pidref_open(&started, pid);
	if (r < 0) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return err_errno(err, STATUS_FAILED, -r, "waiting for the load: %.400s", line);
	}
	l = xcalloc(1, sizeof(*l));
	l->line = xstrdup(line);
	l->pid = pid;
	l->shell = started;
	*ret = l;
	return 0;
}

int load_fd(const struct load *l)
{
	return l->shell.fd;
}

bool load_is_over(struct load *l)
{
	return pidref_ended(&l->shell);
}

/* It has ended, or somebody wants cowtop to: *ret_interrupted. */
static void wait_end(struct load *l, bool *ret_interrupted)
{
	while (!pidref_wait(&l->shell, POLL_MS) && !(*ret_interrupted = spawn_interrupted()))
		continue;
}

/* What becomes of the group; the shell is reaped. Who asks to stop once more does not wait for it. */
static int end_group(struct load *l)
{
	int64_t until = clock_now() + GRACE_MS * MILLISECOND;
	unsigned int asked = stop_asked();
	int status = 0;

	kill(-l->pid, SIGTERM);
	while (!pidref_wait(&l->shell, POLL_MS))
		if (clock_now() >= until || stop_asked() != asked) {
			kill(-l->pid, SIGKILL);
			break;
		}
	waitpid(l->pid, &status, 0);
	return status;
}

int load_end(struct load *l, struct err *err)
{
	bool interrupted = false;
	int status = 0, r = 0;

	wait_end(l, &interrupted);
	if (interrupted)
		status = end_group(l);
	else if (waitpid(l->pid, &status, 0) < 0)
		r = err_errno(err, STATUS_FAILED, errno, "waiting for the load: %.400s", l->line);
	if (interrupted)
		r = err_set(err, STATUS_FAILED, "interrupted during the load: %.400s", l->line);
	else if (r == 0 && WIFSIGNALED(status))
		r = err_set(err, STATUS_FAILED, "the load was killed by signal %d: %.400s", WTERMSIG(status),
			    l->line);
	else if (r == 0 && WEXITSTATUS(status))
		r = err_set(err, STATUS_FAILED, "the load ended with status %d: %.400s", WEXITSTATUS(status),
			    l->line);
	load_free(l);
	return r;
}

void load_stop(struct load *l)
{
	if (!l)
		return;
	end_group(l);
	load_free(l);
}
