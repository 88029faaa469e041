#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "analysis/did_you_mean.h"
#include "cmd/help.h"
#include "cmd/list_keys.h"
#include "cmd/option_hint.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "sys/priv.h"

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

/*
 * What a sample of a thousand processes takes for a moment, the kernel gets back. Left alone the C library keeps all that
 * was freed once for what comes later, and much of it in pieces that are too small for that.
 */
#define MAPPED_LEAST (512 << 10)

static void settle_memory(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, MAPPED_LEAST);
	mallopt(M_TRIM_THRESHOLD, 2 * MAPPED_LEAST);
#endif
}

/* ---- words that are no verb, or not quite */

/* The words that may come first, those that run() answers among them. */
#define NAME(name) #name,
static const char *const words[] = { VERBS(NAME) "help", "version", NULL };
#undef NAME

/* `word` is no verb, but nearly one: say so in front of what was wrong with it as a TARGET, if anything. */
static int suggest(const char *word, const char *because, struct err *err)
{
	const char *near = did_you_mean_word(word, words);

	if (!near)
		return err_set(err, STATUS_USAGE, "no verb is called '%.100s'; see cowtop --help", word);
	return err_set(err, STATUS_USAGE, "no verb is called '%.100s': did you mean 'cowtop %s'?%s%s%s", word,
		       near, *because ? " (" : "", because, *because ? ")" : "");
}

/* What was no verb was taken for a TARGET, and failed as one. */
static void add_suggestion(const char *word, struct err *err)
{
	const char *near = *word == '-' ? NULL : did_you_mean_word(word, words);

	if (!near || !err->msg[0])
		return;
	if (err->status == STATUS_NO_TARGET)
		err_set(err, STATUS_NO_TARGET,
			"no verb and no process is called '%.100s': did you mean 'cowtop %s'?", word, near);
	else if (err->status == STATUS_USAGE)
		suggest(word, err->msg, err);
}

/* "help [VERB]" and "version": what -h and -V are. */
static int run_word(int argc, char *argv[], struct err *err)
{
	bool version = strcmp(argv[1], "version") == 0;
	const struct verb *verb = &verb_sample;

	if (argc > 3 - version)
		return usage_error(verb, err, "cowtop %s: '%.100s' is one too many",
				   version ? "version" : "help [VERB]", argv[3 - version]);
	if (version)
		return version_print(err);
	if (argc == 3 && !find_verb(argv[2]))
		return suggest(argv[2], "", err);
	return help_print(argc == 3 ? find_verb(argv[2]) : verb, verbs, err);
}

/* Is a command among the words, which is to have what its user has? */
static bool starts_command(const struct verb *verb, char *argv[])
{
	bool starts = false;

	for (; *argv; argv++)
		starts |= strcmp(*argv, "--") == 0;
	return starts && strstr(verb->synopsis, "-- COMMAND");
}

static int run_verb(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	bool starts = starts_command(verb, argv);

	if (priv_keep(verb->keeps | (starts ? PRIV_KILL : 0), verb->lends, verb->hands, starts, err) < 0)
		return -1;
	switch (verb->run(verb, argc, argv, err)) {
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

static int run(int argc, char *argv[], struct err *err)
{
	const struct verb *named = argc > 1 ? find_verb(argv[1]) : NULL;

	if (named)
		return run_verb(named, argc - 1, argv + 1, err);
	if (argc > 1 && (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "version") == 0))
		return run_word(argc, argv, err);
	if (run_verb(&verb_sample, argc, argv, err) == 0)
		return 0;
	if (argc > 1)
		add_suggestion(argv[1], err);
	return -1;
}

/* The only place that decides the exit status (output_end() prints the error). */
int main(int argc, char *argv[])
{
	struct err err = { 0 };

	option_hint_verbs(&verb_sample, verbs);
	occupy_standard_files();
	settle_signals();
	settle_memory();
	if (priv_begin(&err) == 0 && run(argc, argv, &err) == 0)
		err.msg[0] = '\0';
	return output_end(&err);
}
