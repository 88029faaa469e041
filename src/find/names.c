#include "find/names.h"

#include <string.h>
#include <strings.h>

/* A slice of foreign text. */
struct word {
	const char *at;
	size_t len;
};

static struct word word_of(const char *s)
{
	return (struct word){s, strlen(s)};
}

/* Up to (not including) the first byte that is in `stops`. */
static struct word word_before(struct word w, const char *stops)
{
	size_t i;

	for (i = 0; i < w.len; i++)
		if (strchr(stops, w.at[i]))
			return (struct word){w.at, i};
	return w;
}

static struct word base_name(struct word w)
{
	const char *slash = w.len ? memrchr(w.at, '/', w.len) : NULL;

	if (!slash)
		return w;
	return (struct word){slash + 1, (size_t)(w.at + w.len - slash - 1)};
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

/* A version behind a name: 8.2 of php-fpm8.2, -2.0.0 of resque-2.0.0. Nothing is one as well. */
static bool is_version(struct word w)
{
	size_t i = w.len > 1 && w.at[0] == '-' ? 1 : 0;

	for (; i < w.len; i++)
		if (!is_digit(w.at[i]) && (w.at[i] != '.' || i + 1 == w.len))
			return false;
	return true;
}

static enum name_match match(struct word w, const char *name)
{
	size_t len = strlen(name);
	struct word rest;
	bool same;

	if (!len || w.len < len || strncasecmp(w.at, name, len) != 0)
		return NAME_OTHER;
	same = !memcmp(w.at, name, len);
	rest = (struct word){w.at + len, w.len - len};
	/* "web1" does not mean web12, "python3.1" does not mean python3.11. */
	if (rest.len && is_digit(name[len - 1]) && is_digit(rest.at[0]))
		return NAME_OTHER;
	if (is_version(rest))
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
	{"[celeryd:", "celery"}, /* celery worker, with python3-setproctitle */
	{"[celeryd:", "celeryd"},
	{"[celery ", "celery"},  /* celery beat */
	{"uWSGI ", "uwsgi"},     /* auto-procname */
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

/*
 * Programs whose first argument that is no option is what runs. `valued`: options of one letter
 * whose value is the next argument; `inline_`: options after which no script follows; `module`: the
 * option whose value is a module; `file`: the one whose value, behind a '=', is the script.
 */
static const struct interpreter {
	const char *name, *valued, *inline_, *module, *file;
} interpreters[] = {
	{"python", "WX", "c", "-m", NULL},
	{"pypy", "WX", "c", "-m", NULL},
	{"ruby", "IrCE", "e", NULL, NULL},
	{"perl", "I", "eE", NULL, NULL},
	{"php", "cdz", "rB", NULL, NULL},
	{"node", "r", "ep", NULL, NULL},
	{"nodejs", "r", "ep", NULL, NULL},
	{"lua", "l", "e", NULL, NULL},
	{"tclsh", "", "", NULL, NULL},
	{"R", "f", "e", NULL, "--file="}, /* what Rscript runs */
	{"sh", "oO", "c", NULL, NULL},
	{"dash", "o", "c", NULL, NULL},
	{"bash", "oO", "c", NULL, NULL},
};

static const struct interpreter *interpreter_of(struct word program)
{
	size_t i;

	for (i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++)
		if (match(program, interpreters[i].name) == NAME_EXACT)
			return &interpreters[i];
	return NULL;
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

static bool begins(struct word w, const char *start)
{
	size_t len = strlen(start);

	return w.len >= len && !memcmp(w.at, start, len);
}

/* The script or the `-m MODULE` that an interpreter runs. */
static enum name_match script_match(const struct interpreter *in, const struct proc_names *p, size_t at,
				    const char *name)
{
	struct word arg;

	while (next_argument(p, &at, &arg)) {
		if (arg.len < 2 || arg.at[0] != '-')
			return match(base_name(arg), name);
		if (in->file && begins(arg, in->file)) {
			arg.at += strlen(in->file);
			arg.len -= strlen(in->file);
			return match(base_name(arg), name);
		}
		if (in->module && arg.len == 2 && !memcmp(arg.at, in->module, 2)) {
			if (!next_argument(p, &at, &arg))
				return NAME_OTHER;
			return better(match(arg, name), match(word_before(arg, "."), name));
		}
		if (arg.at[1] != '-' && strchr(in->inline_, arg.at[arg.len - 1]))
			return NAME_OTHER;
		if (arg.len == 2 && strchr(in->valued, arg.at[1]) && !next_argument(p, &at, &arg))
			return NAME_OTHER;
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
		title = (struct word){title.at + 1, title.len - 1};
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

	in = interpreter_of(base_name(title));
	if (!in && p->exe)
		in = interpreter_of(base_name(word_of(p->exe)));
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
	static const char *const shells[] = {"sh", "dash", "bash", "zsh", "ksh", "mksh", "fish", "busybox"};
	const char *slash = exe ? strrchr(exe, '/') : NULL;
	size_t i;

	for (i = 0; slash && i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(slash + 1, shells[i]))
			return true;
	return false;
}
