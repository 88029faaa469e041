/*
 * Variants for the tests:
 *
 *	setup all COMMAND...		names of those that apply, a line each
 *	setup make VARIANT COMMAND...	what is made ready, a line each: "argv WORD", "env NAME=VALUE" of what is new,
 *					"gone NAME", "thp DISABLE FLAGS", "folder PATH MODE"
 *	setup run VARIANT COMMAND...	runs it with its own input and output, and ends as it does
 *	setup look VARIANT COMMAND...	runs it; for each line of standard input that has a pid says what shows in the
 *					pool of that process: "yes TEXT", "no TEXT", "unknown TEXT", or "error TEXT"; at the
 *					end of input it ends the command and its group and waits for it
 *
 * An error of cowtop's is one line on standard error, and its exit status.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "find/spawn.h"
#include "find/target.h"
#include "pool/live.h"
#include "trial/evidence.h"

static int fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->msg);
	return (int)err->status;
}

static int say_all(char *const command[])
{
	struct err err = { 0 };
	char **names;

	if (variant_all(command, &names, &err) < 0)
		return fail(&err);
	for (size_t i = 0; names[i]; i++) {
		puts(names[i]);
		free(names[i]);
	}
	free(names);
	return 0;
}

static bool has(char *const env[], const char *item, size_t len)
{
	for (size_t i = 0; env[i]; i++)
		if (!strncmp(env[i], item, len) && (env[i][len] == '\0' || item[len - 1] == '='))
			return true;
	return false;
}

static int say_made(const struct setup *s)
{
	struct stat st;

	for (size_t i = 0; s->argv[i]; i++)
		printf("argv %s\n", s->argv[i]);
	for (size_t i = 0; s->env[i]; i++)
		if (!has(environ, s->env[i], strlen(s->env[i])))
			printf("env %s\n", s->env[i]);
	for (size_t i = 0; environ[i]; i++) {
		size_t len = strcspn(environ[i], "=");

		if (!has(s->env, environ[i], len + 1))
			printf("gone %.*s\n", (int)len, environ[i]);
	}
	printf("thp %d %lu\n", s->thp_disable, s->thp_flags);
	if (s->folder && stat(s->folder, &st) == 0)
		printf("folder %s %o\n", s->folder, st.st_mode & 07777);
	return 0;
}

static pid_t start(const struct setup *s)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	setpgid(0, 0);
	if (s->thp_disable >= 0)
		prctl(PR_SET_THP_DISABLE, s->thp_disable, s->thp_flags, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvpe(s->argv[0], s->argv, s->env);
	perror(s->argv[0]);
	_exit(127);
}

static int ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void look(const struct setup *s, const char *pid)
{
	static const char *const words[] = {
		[TRIAL_UNKNOWN] = "unknown", [TRIAL_APPLIED] = "yes", [TRIAL_NOT_APPLIED] = "no"
	};
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	cleanup(target_release) struct target target = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	struct err err = { 0 };
	struct live *live = NULL;
	struct sample sample;
	enum trial_applied applied;

	sample_init(&sample);
	if (procfs_open(&fs, "/proc") < 0 || target_find(&fs, pid, &target, &err) < 0 ||
	    live_open(&fs, &target, &live, &err) < 0 || live_sample(live, &sample, &err) <= 0) {
		printf("error %s\n", err.msg);
	} else {
		applied = evidence_look(s, &fs, &sample, &text);
		printf("%s %s\n", words[applied], text.len ? text.data : "");
	}
	fflush(stdout);
	live_close(live);
	sample_release(&sample);
}

static int run(const struct setup *s, bool looks)
{
	pid_t pid = start(s);
	char line[64];

	if (!looks)
		return ended(pid);
	printf("pid %d\n", (int)pid);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		look(s, line);
	}
	kill(-pid, spawn_stop_signal(s->argv[0]));
	return ended(pid);
}

int main(int argc, char **argv)
{
	cleanup(setup_release) struct setup s = { 0 };
	struct variant *v;
	struct err err = { 0 };
	int r;

	if (argc > 2 && !strcmp(argv[1], "all"))
		return say_all(argv + 2);
	if (argc < 4)
		return 64;
	if (variant_parse(argv[2], &v, &err) < 0)
		return fail(&err);
	if (setup_make(v, argv + 3, &s, &err) < 0)
		r = fail(&err);
	else
		r = !strcmp(argv[1], "make") ? say_made(&s) : run(&s, !strcmp(argv[1], "look"));
	variant_free(v);
	return r;
}
