#include "find/load.h"

#include <stdlib.h>
#include <sys/wait.h>
#include "base/alloc.h"
#include "find/shell.h"
#include "find/spawn.h"

#define POLL_MS 20

struct load {
	char *line;
	struct shell *shell;
};

static void load_free(struct load *l)
{
	free(l->line);
	free(l);
}

int load_start(const char *line, int output, struct load **ret, struct err *err)
{
	struct shell *shell;
	struct load *l;
	int r = shell_start(line, output, &shell);

	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "cannot run the load: %.400s", line);
	l = xcalloc(1, sizeof(*l));
	l->line = xstrdup(line);
	l->shell = shell;
	*ret = l;
	return 0;
}

int load_fd(const struct load *l)
{
	return shell_fd(l->shell);
}

bool load_is_over(struct load *l)
{
	return shell_is_over(l->shell);
}

static int tell(const struct load *l, int status, struct err *err)
{
	if (status < 0)
		return err_errno(err, STATUS_FAILED, -status, "waiting for the load: %.400s", l->line);
	if (WIFSIGNALED(status))
		return err_set(err, STATUS_FAILED, "the load was killed by signal %d: %.400s",
			       WTERMSIG(status), l->line);
	if (WEXITSTATUS(status))
		return err_set(err, STATUS_FAILED, "the load ended with status %d: %.400s",
			       WEXITSTATUS(status), l->line);
	return 0;
}

int load_end(struct load *l, struct err *err)
{
	bool interrupted = false;
	int r;

	while (!shell_wait(l->shell, POLL_MS) && !(interrupted = spawn_interrupted()))
		continue;
	if (interrupted) {
		shell_stop(l->shell);
		r = err_set(err, STATUS_FAILED, "interrupted during the load: %.400s", l->line);
	} else {
		r = tell(l, shell_end(l->shell), err);
	}
	load_free(l);
	return r;
}

void load_stop(struct load *l)
{
	if (!l)
		return;
	shell_stop(l->shell);
	load_free(l);
}
