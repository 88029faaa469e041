#include "parse/mountinfo.h"

#include <limits.h>
#include <string.h>

static bool skip_words(struct cursor *line, int n)
{
	const char *word;
	size_t len;

	while (n-- && line->at < line->end)
		cursor_until(line, ' ', &word, &len);
	return line->at < line->end;
}

static bool take_device(struct cursor *line, struct mount *ret)
{
	uint64_t major, minor;

	if (!cursor_u64(line, &major) || !cursor_char(line, ':') || !cursor_u64(line, &minor) ||
	    !cursor_char(line, ' ') || major > UINT_MAX || minor > UINT_MAX)
		return false;
	ret->dev_major = (unsigned int)major;
	ret->dev_minor = (unsigned int)minor;
	return true;
}

/* Behind any number of words that tell what is shared with whom. */
static bool skip_tags(struct cursor *line)
{
	const char *word;
	size_t len;

	while (line->at < line->end) {
		cursor_until(line, ' ', &word, &len);
		if (len == 1 && *word == '-')
			return line->at < line->end;
	}
	return false;
}

/* fs/proc_namespace.c, show_mountinfo() (Linux 6.18): "36 35 98:0 /root /at rw master:1 - TYPE source options". */
static bool take_mount(struct cursor line, struct mount *ret)
{
	if (!skip_words(&line, 2) || !take_device(&line, ret) || !skip_words(&line, 1))
		return false;
	cursor_until(&line, ' ', &ret->at, &ret->at_len);
	if (!ret->at_len || !skip_words(&line, 1) || !skip_tags(&line))
		return false;
	cursor_until(&line, ' ', &ret->type, &ret->type_len);
	return ret->type_len;
}

bool mountinfo_next(struct cursor *text, struct mount *ret)
{
	const char *line;
	size_t len;

	while (text->at < text->end) {
		cursor_until(text, '\n', &line, &len);
		if (take_mount((struct cursor){ line, line + len }, ret))
			return true;
	}
	return false;
}

bool mount_is_at(const struct mount *m, const char *folder)
{
	return strlen(folder) == m->at_len && !memcmp(m->at, folder, m->at_len);
}

bool mount_is_of(const struct mount *m, const char *type)
{
	return strlen(type) == m->type_len && !memcmp(m->type, type, m->type_len);
}
