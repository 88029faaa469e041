#include "parse/resident.h"

#include "parse/cursor.h"

/* "START-END ..." with this start? */
static bool starts_at(struct cursor c, uint64_t start)
{
	uint64_t at;

	return cursor_hex(&c, &at) && cursor_char(&c, '-') && at == start;
}

static bool is_header(struct cursor c)
{
	uint64_t start, end;

	return cursor_hex(&c, &start) && cursor_char(&c, '-') && cursor_hex(&c, &end) && cursor_char(&c, ' ');
}

/* The number of a "KEY:  N kB" line, when it is this key. */
static bool kib_of(struct cursor c, const char *key, uint64_t *ret)
{
	for (; *key; key++)
		if (!cursor_char(&c, *key))
			return false;
	cursor_blanks(&c);
	return cursor_u64(&c, ret);
}

fact parse_resident(const char *text, size_t len, uint64_t start)
{
	struct cursor c = { text, text + len };
	bool inside = false;
	uint64_t sum = 0, kib;

	while (c.at < c.end) {
		struct cursor line;
		const char *at;
		size_t n;

		cursor_until(&c, '\n', &at, &n);
		line = (struct cursor){ at, at + n };
		if (!inside) {
			inside = starts_at(line, start);
		} else if (is_header(line)) {
			break;
		} else if (kib_of(line, "Rss:", &kib) || kib_of(line, "Swap:", &kib)) {
			if (__builtin_add_overflow(sum, kib, &sum))
				return ABSENT;
		}
	}
	return inside && sum <= INT64_MAX / 1024 ? (fact)(sum * 1024) : ABSENT;
}
