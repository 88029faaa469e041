#include "cmd/taken.h"

#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "cmd/recording.h"
#include "find/target.h"
#include "find/word.h"

/* Does a process go by that name, be it a pool or not? */
static bool is_process(const char *name)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	cleanup(target_release) struct target target = { 0 };
	struct err err = { 0 };

	if (procfs_open(&fs, "/proc") < 0)
		return false;
	return target_find(&fs, name, &target, &err) == 0 || err.status != STATUS_NO_TARGET;
}

/* What a file is hardly ever called: a number, or as a process that runs, when there is no such file yet. */
static bool is_target(const char *word)
{
	if (strchr(word, '/') || !strcmp(word, "-") || access(word, F_OK) == 0)
		return false;
	return word_is_pid(word) || (!strchr(word, '.') && is_process(word));
}

int taken_check(const struct verb *verb, const struct operands *rest, struct err *err)
{
	const struct option_row *by = rest->taker;
	const char *word = rest->taken;

	if (rest->target || rest->command || !word)
		return 0;
	/* a recorder says itself what it finds in the place of its file */
	if (!strcmp(by->arg, "OUT") && recording_is_at(word))
		return usage_error(verb, err,
				   "RECORDING is missing: '%.100s', which is one, was taken as OUT of --%s",
				   word, by->name);
	if (!is_target(word))
		return 0;
	return usage_error(
		verb, err,
		"'%.100s' was taken as %s of --%s, and TARGET is missing: cowtop %s --%s %s %.100s; a file "
		"of that name is ./%.100s",
		word, by->arg, by->name, verb->name, by->name, by->arg, word, word);
}
