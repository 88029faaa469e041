#include "parse/tracepoint.h"

#include <string.h>
#include "parse/cursor.h"

/* "(( gfp_t)((((1UL))) << (10)))" is six deep; all flags of a name together some twenty. */
#define DEPTH_MAX 64

struct expression {
	struct cursor c;
	int depth;
};

static void skip_blanks(struct expression *e)
{
	cursor_blanks(&e->c);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* 1024, 0x400u, 1UL. */
static bool number(struct expression *e, uint64_t *ret)
{
	struct cursor *c = &e->c;
	bool got;

	if (c->end - c->at > 2 && c->at[0] == '0' && (c->at[1] == 'x' || c->at[1] == 'X')) {
		c->at += 2;
		got = cursor_hex(c, ret);
	} else {
		got = cursor_u64(c, ret);
	}
	while (got &&
	       (cursor_char(c, 'u') || cursor_char(c, 'U') || cursor_char(c, 'l') || cursor_char(c, 'L')))
		;
	return got;
}

static bool or_level(struct expression *e, uint64_t *ret);

/* A number, "(expression)", "(type)unary", "~unary". */
static bool unary(struct expression *e, uint64_t *ret)
{
	const char *word;
	size_t len;
	bool got;

	skip_blanks(e);
	if (e->depth >= DEPTH_MAX)
		return false;
	e->depth++;
	if (cursor_char(&e->c, '~')) {
		got = unary(e, ret);
		*ret = got ? ~*ret : 0;
	} else if (!cursor_char(&e->c, '(')) {
		got = number(e, ret);
	} else {
		skip_blanks(e);
		if (e->c.at < e->c.end && is_letter(*e->c.at)) {
			cursor_until(&e->c, ')', &word, &len);
			got = unary(e, ret);
		} else {
			got = or_level(e, ret);
			skip_blanks(e);
			got = got && cursor_char(&e->c, ')');
		}
	}
	e->depth--;
	return got;
}

static bool shift_level(struct expression *e, uint64_t *ret)
{
	uint64_t by;

	if (!unary(e, ret))
		return false;
	skip_blanks(e);
	while (e->c.end - e->c.at >= 2 && e->c.at[0] == '<' && e->c.at[1] == '<') {
		e->c.at += 2;
		if (!unary(e, &by) || by > 63)
			return false;
		*ret <<= by;
		skip_blanks(e);
	}
	return true;
}

static bool and_level(struct expression *e, uint64_t *ret)
{
	uint64_t other;

	if (!shift_level(e, ret))
		return false;
	while (cursor_char(&e->c, '&')) {
		if (!shift_level(e, &other))
			return false;
		*ret &= other;
	}
	return true;
}

static bool or_level(struct expression *e, uint64_t *ret)
{
	uint64_t other;

	if (!and_level(e, ret))
		return false;
	while (cursor_char(&e->c, '|')) {
		if (!and_level(e, &other))
			return false;
		*ret |= other;
	}
	return true;
}

bool parse_tracepoint_id(const char *text, size_t len, uint64_t *ret)
{
	const char *at = len ? memmem(text, len, "\nID: ", 5) : NULL;
	struct cursor c;

	if (!at)
		return false;
	c = (struct cursor){ at + 5, text + len };
	return cursor_u64(&c, ret);
}

/* "\tfield:unsigned int order;\toffset:16;...": the name is the last word before ';' or '['. */
bool parse_tracepoint_field(const char *text, size_t len, const char *name)
{
	struct cursor c = { text, text + len };
	size_t want = strlen(name), n;
	const char *line;

	while (c.at < c.end) {
		cursor_until(&c, '\n', &line, &n);
		if (n < 7 || memcmp(line, "\tfield:", 7))
			continue;
		for (n = 7; line + n < c.at && !strchr(";[\n", line[n]); n++)
			;
		if (n > want && !memcmp(line + n - want, name, want) &&
		    (line[n - want - 1] == ' ' || line[n - want - 1] == '*'))
			return true;
	}
	return false;
}

bool parse_tracepoint_flag(const char *text, size_t len, const char *name, uint64_t *ret)
{
	const char *at = text, *end = text + len, *open;
	size_t n = strlen(name);
	struct expression e = { 0 };
	uint64_t value;

	/* {EXPRESSION, "NAME"} */
	while (at < end && (at = memmem(at, (size_t)(end - at), name, n))) {
		if (at - text >= 3 && !memcmp(at - 3, ", \"", 3) && (size_t)(end - at) > n && at[n] == '"')
			break;
		at += n;
	}
	if (!at || at >= end)
		return false;
	open = memrchr(text, '{', (size_t)(at - text));
	if (!open)
		return false;
	e.c = (struct cursor){ open + 1, at - 3 };
	if (!or_level(&e, &value))
		return false;
	skip_blanks(&e);
	if (e.c.at != e.c.end)
		return false;
	*ret = value;
	return true;
}
