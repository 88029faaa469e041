#include "model/command.h"

#include <string.h>
#include "model/interpreter.h"

#define COMM_MAX 15

/* A slice of the command line. */
struct word {
	const char *at;
	size_t len;
};

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

static struct word basename_of(struct word w)
{
	const char *slash = w.len ? memrchr(w.at, '/', w.len) : NULL;

	if (!slash || slash + 1 == w.at + w.len)
		return w;
	return (struct word){ slash + 1, w.len - (size_t)(slash + 1 - w.at) };
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

/* What an interpreter runs, from its arguments; `otherwise` when they do not say. */
static struct word script_of(const struct interpreter *in, struct line args, struct word otherwise)
{
	const char *known;
	struct word w;
	size_t from;

	for (w = next_word(&args); w.len; w = next_word(&args)) {
		switch (interpreter_argument(in, w.at, w.len, &from)) {
		case ARGUMENT_SCRIPT:
			return basename_of((struct word){ w.at + from, w.len - from });
		case ARGUMENT_LAST:
		case ARGUMENT_MODULE:
			w = next_word(&args);
			return w.len ? basename_of(w) : otherwise;
		case ARGUMENT_CODE:
			skip_joints(&args);
			known = interpreter_code_name(args.at, strlen(args.at));
			return known ? (struct word){ known, strlen(known) } : otherwise;
		case ARGUMENT_VALUED:
			next_word(&args);
			break;
		case ARGUMENT_OPTION:
			break;
		}
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

/* The program that a command line begins with, or the name in a title; *ret_runs: what an interpreter runs. */
static struct word program_of(const struct proc_sample *p, struct word *ret_runs, struct word *ret_title)
{
	struct line line = { p->cmdline ? p->cmdline : "", p->inner_blanks };
	struct word first = next_word(&line), name;
	const struct interpreter *in;

	*ret_title = first;
	if (!is_program(first, line.at, p->comm))
		first = title_name(first);
	name = basename_of(first);
	in = interpreter_of(name.at, name.len);
	*ret_runs = in ? script_of(in, line, name) : (struct word){ name.at, 0 };
	return name;
}

static bool continues(char c)
{
	return (c & 0xc0) == 0x80;
}

/* At most so many bytes, and no part of a character. */
static size_t cut(struct word w, size_t most)
{
	size_t len = most;

	while (len && most - len < 3 && continues(w.at[len]))
		len--;
	return continues(w.at[len]) ? most : len;
}

static void put(struct word w, char *ret, size_t size)
{
	if (w.len >= size)
		w.len = cut(w, size - 1);
	memcpy(ret, w.at, w.len);
	ret[w.len] = '\0';
}

static struct word comm_of(const struct proc_sample *p)
{
	return (struct word){ p->comm ? p->comm : "", p->comm ? strlen(p->comm) : 0 };
}

void command_of(const struct proc_sample *master, char *ret, size_t size)
{
	struct word runs, title, name = program_of(master, &runs, &title);

	if (runs.len)
		name = runs;
	put(name.len ? name : comm_of(master), ret, size);
}

/* Is the name the beginning of it, cut? Where an argument has blanks that nothing says are its own, as in an old
 * recording, the whole line is a title's. */
static bool is_cut_from(struct word comm, struct word w)
{
	return comm.len == COMM_MAX && w.len > comm.len && !memcmp(w.at, comm.at, comm.len);
}

void command_whole(const struct proc_sample *p, char *ret, size_t size)
{
	struct word runs, title, name = program_of(p, &runs, &title), comm = comm_of(p);
	struct word line = { p->cmdline ? p->cmdline : "", p->cmdline ? strlen(p->cmdline) : 0 };
	/* what stands in the place of an interpreter's arguments is a title */
	bool retitled = name.len && !is_execed(name, p->comm) && interpreter_of(comm.at, comm.len);

	if (retitled || is_cut_from(comm, title))
		comm = title;
	else if (is_cut_from(comm, name))
		comm = name;
	else if (runs.len && (is_cut_from(comm, runs) || is_execed(name, p->comm)))
		comm = runs;
	else if (!is_execed(name, p->comm) && is_cut_from(comm, line))
		comm = line;
	while (comm.len && comm.at[comm.len - 1] == ' ')
		comm.len--;
	put(comm, ret, size);
}
