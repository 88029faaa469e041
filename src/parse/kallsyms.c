#include "parse/kallsyms.h"

#include "parse/cursor.h"

static bool line(struct cursor *c, uint64_t *address, char *type, const char **name, size_t *len)
{
	if (!cursor_hex(c, address) || !cursor_char(c, ' ') || c->at == c->end)
		return false;
	*type = *c->at++;
	if (!cursor_char(c, ' '))
		return false;
	cursor_until(c, '\n', name, len);
	return true;
}

static bool is_module(const char *name, size_t len)
{
	return len && name[len - 1] == ']';
}

bool parse_kallsyms(const char *text, size_t len, size_t *at, struct kernel_symbol *ret)
{
	struct cursor c = { text + *at, text + len }, next;
	struct kernel_symbol s;
	const char *name;
	size_t name_len;
	char type;

	while (line(&c, &s.start, &type, &s.name, &s.name_len)) {
		*at = (size_t)(c.at - text);
		if (!s.start || (type != 't' && type != 'T') || is_module(s.name, s.name_len))
			continue;
		/* several names may begin at one address */
		next = c;
		do
			if (!line(&next, &s.end, &type, &name, &name_len))
				s.end = s.start + 1;
		while (s.end == s.start);
		if (s.end < s.start)
			continue;
		*ret = s;
		return true;
	}
	return false;
}
