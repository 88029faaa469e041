#include "source/names.h"

#include <string.h>

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

/* The word is the name, or the name and a version: php-fpm8.2, python3.11, ruby3.1. */
static bool is_named(struct word w, const char *name)
{
	size_t len = strlen(name), i;

	if (!len || w.len < len || memcmp(w.at, name, len))
		return false;
	if (w.len == len)
		return true;
	/* "web1" does not mean web12, "python3.1" does not mean python3.11. */
	if (is_digit(name[len - 1]) && w.at[len] != '.')
		return false;
	for (i = len; i < w.len; i++)
		if (!is_digit(w.at[i]) && (w.at[i] != '.' || i + 1 == w.len))
			return false;
	return true;
}

/* Titles whose first word is not what people type. */
static const struct {
	const char *prefix, *name;
} titles[] = {
	{"[celeryd:", "celery"}, /* celery worker, with python3-setproctitle */
	{"[celeryd:", "celeryd"},
	{"[celery ", "celery"},  /* celery beat */
	{"uWSGI ", "uwsgi"},     /* auto-procname */
	{"php-fpm:", "php-fpm"},
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
 * whose value is the next argument; `inline_`: options after which no script follows.
 */
static const struct interpreter {
	const char *name, *valued, *inline_, *module;
} interpreters[] = {
	{"python", "WX", "c", "-m"},
	{"pypy", "WX", "c", "-m"},
	{"ruby", "IrCE", "e", NULL},
	{"perl", "I", "eE", NULL},
	{"php", "cdz", "rB", NULL},
	{"node", "r", "ep", NULL},
	{"nodejs", "r", "ep", NULL},
	{"sh", "oO", "c", NULL},
	{"dash", "o", "c", NULL},
	{"bash", "oO", "c", NULL},
};

static const struct interpreter *interpreter_of(struct word program)
{
	size_t i;

	for (i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++)
		if (is_named(program, interpreters[i].name))
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

/* The script or the `-m MODULE` that an interpreter runs. */
static bool script_named(const struct interpreter *in, const struct proc_names *p, size_t at,
			 const char *name)
{
	struct word arg;

	while (next_argument(p, &at, &arg)) {
		if (arg.len < 2 || arg.at[0] != '-')
			return is_named(base_name(arg), name);
		if (in->module && arg.len == 2 && !memcmp(arg.at, in->module, 2)) {
			if (!next_argument(p, &at, &arg))
				return false;
			return is_named(arg, name) || is_named(word_before(arg, "."), name);
		}
		if (arg.at[1] != '-' && strchr(in->inline_, arg.at[arg.len - 1]))
			return false;
		if (arg.len == 2 && strchr(in->valued, arg.at[1]) && !next_argument(p, &at, &arg))
			return false;
	}
	return false;
}

static bool command_named(const char *name, const struct proc_names *p)
{
	const struct interpreter *in;
	struct word title;
	size_t at = 0;

	if (!next_argument(p, &at, &title))
		return false;
	if (title_named(title, name))
		return true;
	/* "gunicorn: master [app]", "postgres: 15/main: walwriter", "/usr/sbin/apache2" */
	if (is_named(base_name(word_before(title, " :")), name))
		return true;

	in = interpreter_of(base_name(title));
	if (!in && p->exe)
		in = interpreter_of(base_name(word_of(p->exe)));
	return in && script_named(in, p, at, name);
}

/* What the kernel appends to the path of a program that was replaced by an upgrade. */
#define GONE " (deleted)"
#define GONE_LEN (sizeof(GONE) - 1)

bool name_matches(const char *name, const struct proc_names *p)
{
	struct word comm = word_of(p->comm), exe;

	if (is_named(comm, name) || title_named(comm, name))
		return true;
	if (p->exe) {
		exe = word_of(p->exe);
		if (exe.len > GONE_LEN && !memcmp(exe.at + exe.len - GONE_LEN, GONE, GONE_LEN))
			exe.len -= GONE_LEN;
		if (is_named(base_name(exe), name))
			return true;
	}
	return command_named(name, p);
}
