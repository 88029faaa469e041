#include "find/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "base/stop.h"
#include "sys/priv.h"

int spawn_stop_signal(const char *program)
{
	const char *slash = strrchr(program, '/');

	return strncmp(slash ? slash + 1 : program, "uwsgi", 5) ? SIGTERM : SIGINT;
}

bool spawn_interrupted(void)
{
	return stop_asked();
}

static int set_thp(const struct spawn *how)
{
	if (how->thp_disable < 0)
		return 0;
	return prctl(PR_SET_THP_DISABLE, (unsigned long)how->thp_disable, how->thp_flags, 0UL, 0UL);
}

/* In the child: nothing of cowtop's terminal, signals or stdout is left to the command. */
static void become(const struct spawn *how, pid_t cowtop, int report)
{
	int in = how->input > 0 ? how->input : open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	int sig, error;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, spawn_stop_signal(how->argv[0]));
	if (getppid() != cowtop)
		_exit(127); /* it died before the line above */

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	if (how->output >= 0)
		dup2(how->output, STDERR_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	priv_be_user();
	if (how->plain)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);
	if (how->env)
		environ = (char **)how->env;

	if (set_thp(how) == 0)
		execvp(how->argv[0], how->argv);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

int spawn_child(const struct spawn *how, pid_t *ret_pid)
{
	cleanup_close int in = -1;
	pid_t self = getpid(), pid;
	int report[2], error = 0;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	in = report[0];
	pid = fork();
	if (pid < 0) {
		error = errno;
		close(report[1]);
		return -error;
	}
	if (pid == 0)
		become(how, self, report[1]);

	/* The pipe closes at exec; before that it brings the error. */
	close(report[1]);
	n = io_read(in, &error, sizeof(error));
	if (n == sizeof(error)) {
		waitpid(pid, NULL, 0);
		return -error;
	}
	*ret_pid = pid;
	return 0;
}
