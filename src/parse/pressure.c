#include "parse/pressure.h"

#include <string.h>
#include "parse/cursor.h"

#define NO_LIMIT (1ULL << 62)

static bool take_word(struct cursor *c, const char *word)
{
	struct cursor at = *c;

	for (; *word; word++)
		if (!cursor_char(&at, *word))
			return false;
	*c = at;
	return true;
}

/* "12.34" -> 1234; the kernel prints two decimals. */
static fact take_hundredths(struct cursor *c)
{
	uint64_t whole, part;
	const char *dot;

	if (!cursor_u64(c, &whole) || whole > 100 || !cursor_char(c, '.'))
		return ABSENT;
	dot = c->at;
	if (!cursor_u64(c, &part) || c->at - dot != 2)
		return ABSENT;
	return (fact)(whole * 100 + part);
}

void parse_pressure(const char *text, size_t len, fact *ret_some, fact *ret_full)
{
	struct cursor c = { text, text + len };

	*ret_some = *ret_full = ABSENT;
	while (c.at < c.end) {
		struct cursor line;
		const char *at;
		size_t n;

		cursor_until(&c, '\n', &at, &n);
		line = (struct cursor){ at, at + n };
		if (take_word(&line, "some avg10="))
			*ret_some = take_hundredths(&line);
		else if (take_word(&line, "full avg10="))
			*ret_full = take_hundredths(&line);
	}
}

/* "ID:CONTROLLERS:" of a line. False: it is none. */
static bool take_hierarchy(struct cursor *line, uint64_t *ret_id, struct cursor *ret_controllers)
{
	const char *at;
	size_t n;

	if (!cursor_u64(line, ret_id) || !cursor_char(line, ':') ||
	    !memchr(line->at, ':', (size_t)(line->end - line->at)))
		return false;
	cursor_until(line, ':', &at, &n);
	*ret_controllers = (struct cursor){ at, at + n };
	return line->at < line->end && *line->at == '/';
}

static bool has_memory(struct cursor controllers)
{
	const char *at;
	size_t n;

	while (controllers.at < controllers.end) {
		cursor_until(&controllers, ',', &at, &n);
		if (n == strlen("memory") && !memcmp(at, "memory", n))
			return true;
	}
	return false;
}

static bool find_path(const char *text, size_t len, bool unified, const char **ret_path, size_t *ret_len)
{
	struct cursor c = { text, text + len };

	while (c.at < c.end) {
		struct cursor line, controllers;
		const char *at;
		uint64_t id;
		size_t n;

		cursor_until(&c, '\n', &at, &n);
		line = (struct cursor){ at, at + n };
		if (!take_hierarchy(&line, &id, &controllers))
			continue;
		if (unified ? id == 0 && controllers.at == controllers.end : has_memory(controllers)) {
			*ret_path = line.at;
			*ret_len = (size_t)(line.end - line.at);
			return !memmem(*ret_path, *ret_len, "..", 2);
		}
	}
	return false;
}

bool parse_cgroup(const char *text, size_t len, const char **ret_path, size_t *ret_len)
{
	return find_path(text, len, true, ret_path, ret_len);
}

bool parse_cgroup_memory(const char *text, size_t len, const char **ret_path, size_t *ret_len)
{
	return find_path(text, len, false, ret_path, ret_len);
}

fact parse_cgroup_number(const char *text, size_t len)
{
	struct cursor c = { text, text + len };
	uint64_t n;

	if (!cursor_u64(&c, &n) || n > NO_LIMIT)
		return ABSENT;
	return c.at == c.end || *c.at == '\n' ? (fact)n : ABSENT;
}
