#include "find/names.h"

#include <string.h>
#include <strings.h>
#include "model/interpreter.h"

/* A slice of foreign text. */
struct word {
	const char *at;
	size_t len;
};

static struct word word_of(const char *s)
{
	return (struct word){ s, strlen(s) };
}

/* Up to (not including) the first byte that is in `stops`. */
static struct word word_before(struct word w, const char *stops)
{
	size_t i;

	for (i = 0; i < w.len; i++)
		if (strchr(stops, w.at[i]))
			return (struct word){ w.at, i };
	return w;
}

static struct word base_name(struct word w)
{
	const char *slash = w.len ? memrchr(w.at, '/', w.len) : NULL;

	if (!slash)
		return w;
	return (struct word){ slash + 1, (size_t)(w.at + w.len - slash - 1) };
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands between a program's name and the rest of a longer one. */
static bool is_joint(char c)
{
	return c && strchr("-_.+@", c);
}

static enum name_match match(struct word w, const char *name)
{
	size_t len = strlen(name);
	struct word rest;
	bool same;

	if (!len || w.len < len || strncasecmp(w.at, name, len) != 0)
		return NAME_OTHER;
	same = !memcmp(w.at, name, len);
	rest = (struct word){ w.at + len, w.len - len };
	/* "web1" does not mean web12, "python3.1" does not mean python3.11. */
	if (rest.len && is_digit(name[len - 1]) && is_digit(rest.at[0]))
		return NAME_OTHER;
	if (interpreter_version(rest.at, rest.len))
		return same ? NAME_EXACT : NAME_ALMOST;
	return is_joint(rest.at[0]) ? NAME_ALMOST : NAME_OTHER;
}

static enum name_match better(enum name_match a, enum name_match b)
{
	return a > b ? a : b;
}

/* Titles whose first word is not what people type. */
static const struct {
	const char *prefix, *name;
} titles[] = {
	{ "[celeryd:", "celery" }, /* celery worker, with python3-setproctitle */
	{ "[celeryd:", "celeryd" },
	{ "[celery ", "celery" }, /* celery beat */
	{ "uWSGI ", "uwsgi" },    /* auto-procname */
};

static bool title_named(struct word title, const char *name)
{
	size_t i, len;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		len = strlen(titles[i].prefix);
		if (!strcmp(titles[i].name, name) && title.len >= len &&
		    !memcmp(title.at, titles[i].prefix, len))
			return true;
	}
	return false;
}

static const struct interpreter *program_of(const char *path, size_t len)
{
	struct word program = base_name((struct word){ path, len });

	return interpreter_of(program.at, program.len);
}

/* The argument at *at; moves behind it. */
static bool next_argument(const struct proc_names *p, size_t *at, struct word *ret)
{
	if (*at >= p->cmdline_len)
		return false;
	ret->at = p->cmdline + *at;
	ret->len = strnlen(ret->at, p->cmdline_len - *at);
	*at += ret->len + 1;
	return true;
}

/* What an interpreter runs: a script, a module, or code that has a name. */
static enum name_match script_match(const struct interpreter *in, const struct proc_names *p, size_t at,
				    const char *name)
{
	const char *known;
	struct word arg;
	size_t from;

	while (next_argument(p, &at, &arg)) {
		switch (interpreter_argument(in, arg.at, arg.len, &from)) {
		case ARGUMENT_SCRIPT:
			return match(base_name((struct word){ arg.at + from, arg.len - from }), name);
		case ARGUMENT_LAST:
			return next_argument(p, &at, &arg) ? match(base_name(arg), name) : NAME_OTHER;
		case ARGUMENT_MODULE:
			if (!next_argument(p, &at, &arg))
				return NAME_OTHER;
			return better(match(arg, name), match(word_before(arg, "."), name));
		case ARGUMENT_CODE:
			known = next_argument(p, &at, &arg) ? interpreter_code_name(arg.at, arg.len) : NULL;
			return known ? match(word_of(known), name) : NAME_OTHER;
		case ARGUMENT_VALUED:
			next_argument(p, &at, &arg);
			break;
		case ARGUMENT_OPTION:
			break;
		}
	}
	return NAME_OTHER;
}

/*
 * "gunicorn: master [app]", "postgres: 15/main: walwriter", "/usr/sbin/apache2", "sidekiqswarm, managing
 * 2 processes", "resque-pool-master[app]: managing [12]", "(wsgi:shop) -k start", "[celery beat]".
 */
static enum name_match title_match(struct word title, const char *name)
{
	if (title.len && strchr("([", title.at[0]))
		title = (struct word){ title.at + 1, title.len - 1 };
	return match(base_name(word_before(title, " :,;[](){}|=")), name);
}

static enum name_match command_match(const char *name, const struct proc_names *p)
{
	const struct interpreter *in;
	enum name_match found;
	struct word title;
	size_t at = 0;

	if (!next_argument(p, &at, &title))
		return NAME_OTHER;
	if (title_named(title, name))
		return NAME_EXACT;
	found = title_match(title, name);

	in = program_of(title.at, title.len);
	if (!in && p->exe)
		in = program_of(p->exe, strlen(p->exe));
	return in ? better(found, script_match(in, p, at, name)) : found;
}

/* What the kernel appends to the path of a program that was replaced by an upgrade. */
#define GONE " (deleted)"
#define GONE_LEN (sizeof(GONE) - 1)

enum name_match name_match(const char *name, const struct proc_names *p)
{
	struct word comm = word_of(p->comm), exe;
	enum name_match found = better(match(comm, name), title_match(comm, name));

	if (title_named(comm, name))
		return NAME_EXACT;
	if (p->exe) {
		exe = word_of(p->exe);
		if (exe.len > GONE_LEN && !memcmp(exe.at + exe.len - GONE_LEN, GONE, GONE_LEN))
			exe.len -= GONE_LEN;
		found = better(found, match(base_name(exe), name));
	}
	return better(found, command_match(name, p));
}

bool name_is_shell(const char *exe)
{
	const char *slash = exe ? strrchr(exe, '/') : NULL;

	for (const struct interpreter *in = interpreters; slash && in->name; in++)
		if (in->shell && !strcmp(slash + 1, in->name))
			return true;
	return false;
}
