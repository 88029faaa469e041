#include "parse/pressure.h"

#include <string.h>
#include "parse/cursor.h"

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
