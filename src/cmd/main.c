#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "cmd/output.h"
#include "cmd/verb.h"

/* The verbs, in the order of --help; the first one runs when no verb is named. */
const struct verb *const verbs[] = {
	&verb_sample,
	&verb_pools,
	&verb_record,
	&verb_mark,
	&verb_replay,
	&verb_report,
	&verb_diff,
	&verb_stacks,
	&verb_doctor,
};

const size_t nverbs = sizeof(verbs) / sizeof(*verbs);

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < nverbs; i++) {
		if (*name && strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	}
	return NULL;
}

/*
 * A closed 0, 1 or 2 would be given to the next file that is opened, and output would go into it.
 * Open read-only, so that writing there stays the error that it is.
 */
static void occupy_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * What was ignored or blocked by whoever started cowtop is so after exec as well. Where SIGCHLD is ignored there
 * is nothing to wait for when a child has ended; a reader that went away is a failed write like any other, not a
 * silent death.
 */
static void settle_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

/* The only place that prints a fatal error and that decides the exit status. */
int main(int argc, char *argv[])
{
	const struct verb *verb = argc > 1 ? verb_find(argv[1]) : NULL;
	struct err err = {0}, closing = {0};
	int skip = verb != NULL;

	occupy_standard_files();
	settle_signals();
	if (!verb)
		verb = verbs[0];
	if (verb->run(verb, argc - skip, argv + skip, &err) < 0 && err.msg[0])
		say("%s", err.msg);
	if (output_close(&closing) < 0 && err.status == STATUS_OK) {
		err.status = closing.status;
		say("%s", closing.msg);
	}
	return (int)err.status;
}
