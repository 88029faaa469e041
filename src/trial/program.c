#include "trial/program.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "model/interpreter.h"
#include "trial/words.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define FIRST_LINE 256
#define SCRIPTS 4 /* that name one another as their interpreters */

/* Servers by their own names: what stands at PATH may be a wrapper of a version manager. */
static const struct server {
	const char *name;
	enum runtime runtime;
} servers[] = {
	{ "gunicorn", RUNTIME_CPYTHON },  { "celery", RUNTIME_CPYTHON },   { "uvicorn", RUNTIME_CPYTHON },
	{ "hypercorn", RUNTIME_CPYTHON }, { "puma", RUNTIME_RUBY },        { "pumactl", RUNTIME_RUBY },
	{ "unicorn", RUNTIME_RUBY },      { "rails", RUNTIME_RUBY },       { "bundle", RUNTIME_RUBY },
	{ "rackup", RUNTIME_RUBY },       { "resque-pool", RUNTIME_RUBY }, { "php-fpm", RUNTIME_PHP },
};

/* They run a command as another user, who may not read what is the first one's alone. */
static const char *const other_users[] = { "sudo", "su",      "runuser", "setpriv",  "chpst",
					   "gosu", "su-exec", "doas",    "setuidgid" };

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The file that a word of a command is run from; false: there is none. */
static bool find_file(const char *word, const struct environment *env, struct buf *path)
{
	const char *at = environment_get(env, "PATH");

	buf_reset(path);
	buf_adds(path, word);
	if (strchr(word, '/'))
		return true;
	for (at = at ? at : "/bin:/usr/bin"; *at;) {
		size_t len = strcspn(at, ":");

		buf_reset(path);
		buf_add(path, at, len);
		buf_printf(path, "%s%s", len ? "/" : "", word);
		if (access(path->data, X_OK) == 0)
			return true;
		at += len + (at[len] == ':');
	}
	return false;
}

/* The words of a script's first line, if it is one. */
static bool first_line(const char *path, struct words *ret)
{
	char text[FIRST_LINE];

	if (io_read_text(AT_FDCWD, path, text, sizeof(text)) < 3 || text[0] != '#' || text[1] != '!')
		return false;
	text[strcspn(text, "\n")] = '\0';
	return words_split(text + 2, ret) == 0 && ret->n;
}

static void keep(char to[32], const char *word)
{
	if (*to)
		return;
	strncpy(to, word, 31);
	to[31] = '\0';
}

/* Options of CPython up to what it runs. */
static void python_options(char *const argv[], struct program *p)
{
	const struct interpreter *in = interpreter_of("python", strlen("python"));

	for (size_t i = 1, at; argv[i]; i++) {
		const char *word = argv[i];
		enum interpreter_argument what = interpreter_argument(in, word, strlen(word), &at);
		size_t letters = what == ARGUMENT_SCRIPT || word[1] == '-' ? 0 : strcspn(word, "WXcm");

		for (size_t k = 1; k < letters; k++) {
			if (strchr("EI", word[k]))
				keep(p->no_environment, word);
			if (strchr("SI", word[k]))
				keep(p->no_site, word);
		}
		if (what == ARGUMENT_VALUED)
			i++;
		else if (what != ARGUMENT_OPTION)
			return;
		if (!argv[i])
			return;
	}
}

static bool is_option(const char *word, const char *name)
{
	size_t n = strlen(name);

	word += strspn(word, "-");
	return !strncmp(word, name, n) && (!word[n] || word[n] == '=');
}

/* By the words, or the lines of a file of settings that one of them names (uwsgi app.ini). */
static void uwsgi_option(const char *word, struct program *p)
{
	if (is_option(word, "lazy-apps") || is_option(word, "lazy"))
		keep(p->lazy, word);
	if (is_option(word, "no-site"))
		keep(p->no_site, word);
	if (is_option(word, "rack") || is_option(word, "psgi") || is_option(word, "php-docroot"))
		p->runtime = RUNTIME_NONE;
}

static void uwsgi_settings(const char *path, struct program *p)
{
	cleanup(buf_release) struct buf text = { .limit = 1 << 16 };
	char *line, *rest;

	if (io_read_file(AT_FDCWD, path, &text) < 0 || !text.len)
		return;
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t len;

		line += strspn(line, " \t");
		len = strcspn(line, " \t=");
		/* "lazy-apps = false" leaves it as it is. */
		if (!strstr(line + len, "false")) {
			line[len] = '\0';
			uwsgi_option(line, p);
		}
	}
}

static void uwsgi_options(char *const argv[], struct program *p)
{
	p->uwsgi = true;
	p->runtime = RUNTIME_CPYTHON;
	for (size_t i = 1; argv[i]; i++) {
		size_t len = strlen(argv[i]);
		const char *equals = strchr(argv[i], '=');

		if (*argv[i] == '-')
			uwsgi_option(argv[i], p);
		if (len > 4 && !strcmp(argv[i] + len - 4, ".ini"))
			uwsgi_settings(*argv[i] == '-' && equals ? equals + 1 : argv[i], p);
	}
}

/* Behind env(1)'s own options and variables. */
static char *const *behind_env(char *const argv[])
{
	if (*argv && !strcmp(file_name(*argv), "env"))
		for (argv++; *argv && (**argv == '-' || strchr(*argv, '=')); argv++)
			;
	return argv;
}

static enum runtime by_name(const char *name)
{
	const struct interpreter *in = interpreter_of(name, strlen(name));

	if (in && !in->shell)
		return in->runtime;
	for (size_t i = 0; i < LENGTH(servers); i++) {
		size_t n = strlen(servers[i].name);

		if (!strncmp(name, servers[i].name, n) && interpreter_version(name + n, strlen(name + n)))
			return servers[i].runtime;
	}
	return RUNTIME_NONE;
}

/* "python3.11", or ".../versions/3.3.0/bin/ruby". */
static void find_version(const char *path, struct program *p)
{
	cleanup_free char *real = realpath(path, NULL);
	const char *name = real ? file_name(real) : "", *folder = real ? strstr(real, "/versions/") : NULL;
	const char *digits = name + strcspn(name, "0123456789");

	if (sscanf(digits, "%u.%u", &p->major, &p->minor) == 2 ||
	    (folder && sscanf(folder, "/versions/%u.%u", &p->major, &p->minor) == 2))
		return;
	p->major = p->minor = 0;
}

/* What is run by these words, of a command or of the first line of a script. */
static void look(char *const argv[], const struct environment *env, int depth, struct program *p)
{
	cleanup(words_release) struct words line = { 0 };
	cleanup(buf_release) struct buf path = { 0 };
	const char *name;

	argv = behind_env(argv);
	if (!*argv)
		return;
	name = file_name(*argv);
	if (!strncmp(name, "uwsgi", strlen("uwsgi"))) {
		uwsgi_options(argv, p);
		return;
	}
	for (size_t i = 0; i < LENGTH(other_users); i++)
		if (!strcmp(name, other_users[i]))
			keep(p->other_user, name);
	if (p->runtime == RUNTIME_NONE)
		p->runtime = by_name(name);
	if (!strncmp(name, "python", strlen("python")))
		python_options(argv, p);
	if (!find_file(*argv, env, &path))
		return;
	if (depth < SCRIPTS && first_line(path.data, &line))
		look(line.items, env, depth + 1, p);
	else
		find_version(path.data, p);
}

void program_look(char *const command[], const struct environment *env, struct program *ret)
{
	*ret = (struct program){ 0 };
	look(command, env, 0, ret);
}
