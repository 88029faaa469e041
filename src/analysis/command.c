#include "analysis/command.h"

#include <string.h>

#define COMM_MAX 15

/* A slice of the command line. */
struct word {
	const char *at;
	size_t len;
};

/* Programs that are known by what they run. A version may follow: python3.11, ruby3.1, php8.2. */
static const char *const interpreters[] = {"python", "pypy", "ruby", "perl", "php", "node", NULL};

/* Options of theirs that take the next word. */
static const char *const with_value[] = {"-W", "-X", "-I", "-r", NULL};

static const char forkserver_code[] = "from multiprocessing.forkserver import";

/* A command line that is read argument by argument. */
struct line {
	const char *at;
	uint64_t inner; /* bit 0: the next blank is an argument's own */
};

/* How long it is up to a blank that joins two arguments. */
static size_t argument_len(struct line *l)
{
	size_t len = strcspn(l->at, " ");

	while (l->at[len] && l->inner & 1) {
		len += 1 + strcspn(l->at + len + 1, " ");
		l->inner >>= 1;
	}
	return len;
}

static void skip_joints(struct line *l)
{
	for (; *l->at == ' ' && !(l->inner & 1); l->at++)
		l->inner >>= 1;
}

static struct word next_word(struct line *l)
{
	struct word w;

	skip_joints(l);
	w.at = l->at;
	w.len = argument_len(l);
	l->at += w.len;
	return w;
}

static bool is(struct word w, const char *text)
{
	return w.len == strlen(text) && !memcmp(w.at, text, w.len);
}

static struct word basename_of(struct word w)
{
	const char *slash = w.len ? memrchr(w.at, '/', w.len) : NULL;

	if (!slash || slash + 1 == w.at + w.len)
		return w;
	return (struct word){slash + 1, w.len - (size_t)(slash + 1 - w.at)};
}

/* The name in a title, its first word: without the '[' before and the ':' behind it. */
static struct word title_name(struct word title)
{
	const char *blank = title.len ? memchr(title.at, ' ', title.len) : NULL;
	struct word w = { title.at, blank ? (size_t)(blank - title.at) : title.len };

	if (w.len > 1 && *w.at == '[') {
		w.at++;
		w.len--;
	}
	while (w.len > 1 && (w.at[w.len - 1] == ':' || w.at[w.len - 1] == ']'))
		w.len--;
	return w;
}

static bool is_interpreter(struct word w)
{
	size_t i, n;

	for (i = 0; interpreters[i]; i++) {
		n = strlen(interpreters[i]);
		if (w.len >= n && !memcmp(w.at, interpreters[i], n) &&
		    strspn(w.at + n, "0123456789.") >= w.len - n)
			return true;
	}
	return false;
}

static bool takes_value(struct word option)
{
	size_t i;

	for (i = 0; with_value[i]; i++) {
		if (is(option, with_value[i]))
			return true;
	}
	return false;
}

/* What an interpreter runs, from its arguments; `otherwise` when they do not say. */
static struct word script_of(struct line args, struct word otherwise)
{
	struct word w;

	for (w = next_word(&args); w.len; w = next_word(&args)) {
		if (is(w, "-m") || is(w, "--")) {
			w = next_word(&args);
			return w.len ? basename_of(w) : otherwise;
		}
		if (is(w, "-c") || is(w, "-e")) {
			skip_joints(&args);
			if (!strncmp(args.at, forkserver_code, sizeof(forkserver_code) - 1))
				return (struct word){"forkserver", 10};
			return otherwise;
		}
		if (*w.at != '-')
			return basename_of(w);
		if (takes_value(w))
			next_word(&args);
	}
	return otherwise;
}

/* comm is what was exec'ed, without its folders and cut to 15 bytes (fs/exec.c, begin_new_exec()). */
static bool is_execed(struct word base, const char *comm)
{
	size_t len = base.len < COMM_MAX ? base.len : COMM_MAX;

	return comm && strlen(comm) == len && !memcmp(comm, base.at, len);
}

/*
 * The program's own path may have blanks, and a title has them. A title is all that is left of the arguments, and
 * no path; comm may be the same title, which begins where the path of a program does.
 */
static bool is_program(struct word first, const char *rest, const char *comm)
{
	bool more = rest[strspn(rest, " ")], path = memchr(first.at, '/', first.len);

	if (!memchr(first.at, ' ', first.len))
		return false;
	if (is_execed(basename_of(first), comm))
		return path || more;
	return more && (*first.at == '/' || *first.at == '.');
}

void command_of(const struct proc_sample *master, char *ret, size_t size)
{
	struct line line = { master->cmdline ? master->cmdline : "", master->inner_blanks };
	struct word first = next_word(&line), name;

	if (!is_program(first, line.at, master->comm))
		first = title_name(first);
	name = basename_of(first);
	if (is_interpreter(name))
		name = script_of(line, name);
	if (!name.len && master->comm)
		name = (struct word){master->comm, strlen(master->comm)};

	if (name.len >= size)
		name.len = size - 1;
	memcpy(ret, name.at, name.len);
	ret[name.len] = '\0';
}
