#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "cmd/help.h"
#include "cmd/list_keys.h"
#include "cmd/output.h"
#include "cmd/verb.h"

#define ROW(name) &verb_##name,
static const struct verb *const verbs[] = { VERBS(ROW) NULL };
#undef ROW

/* The verb with this name, or NULL. */
static const struct verb *find_verb(const char *name)
{
	for (const struct verb *const *verb = verbs; *verb; verb++)
		if (strcmp((*verb)->name, name) == 0)
			return *verb;
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
 * is nothing to wait for when a child has ended; a reader that went away is a failed write, after which a run
 * puts everything back and then ends as others do (cmd/output.h).
 */
static void settle_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

static int run(int argc, char *argv[], struct err *err)
{
	const struct verb *named = argc > 1 ? find_verb(argv[1]) : NULL;
	const struct verb *verb = named ?: &verb_sample;
	int skip = named != NULL;

	switch (verb->run(verb, argc - skip, argv + skip, err)) {
	case 0:
		return 0;
	case VERB_HELP:
		return help_print(verb, verbs, err);
	case VERB_VERSION:
		return version_print(err);
	case VERB_LIST_KEYS:
		return list_keys(verb == &verb_diff, err);
	default:
		return -1;
	}
}

/* The only place that decides the exit status (output_end() prints the error). */
int main(int argc, char *argv[])
{
	struct err err = { 0 };

	occupy_standard_files();
	settle_signals();
	if (run(argc, argv, &err) == 0)
		err.msg[0] = '\0';
	return output_end(&err);
}
