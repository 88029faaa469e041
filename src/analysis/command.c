#include "analysis/command.h"

#include <string.h>

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

static struct word next_word(const char **line)
{
	struct word w;

	*line += strspn(*line, " ");
	w.at = *line;
	w.len = strcspn(w.at, " ");
	*line += w.len;
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

/* The name in a title: without the '[' before and the ':' behind it. */
static struct word title_name(struct word w)
{
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
static struct word script_of(const char *args, struct word otherwise)
{
	struct word w;

	for (w = next_word(&args); w.len; w = next_word(&args)) {
		if (is(w, "-m") || is(w, "--")) {
			w = next_word(&args);
			return w.len ? basename_of(w) : otherwise;
		}
		if (is(w, "-c") || is(w, "-e")) {
			args += strspn(args, " ");
			if (!strncmp(args, forkserver_code, sizeof(forkserver_code) - 1))
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

void command_of(const struct proc_sample *master, char *ret, size_t size)
{
	const char *line = master->cmdline ? master->cmdline : "";
	struct word name = basename_of(title_name(next_word(&line)));

	if (is_interpreter(name))
		name = script_of(line, name);
	if (!name.len && master->comm)
		name = (struct word){master->comm, strlen(master->comm)};

	if (name.len >= size)
		name.len = size - 1;
	memcpy(ret, name.at, name.len);
	ret[name.len] = '\0';
}
