#include "parse/cpython_version.h"

#include <stdio.h>
#include <string.h>
#include "parse/cursor.h"

#define FINAL 0xf
/* "%.80s (%.80s) %.80s" */
#define TEXT_MAX 176
#define SCAN_MAX (4ULL << 20)
#define PAGE 4096

/* A number of at most 8 bits. */
static bool take_byte(struct cursor *c, uint32_t *ret)
{
	struct cursor t = *c;
	uint64_t v;

	if (!cursor_u64(&t, &v) || v > 255)
		return false;
	*c = t;
	*ret = (uint32_t)v;
	return true;
}

/* "a1", "b2", "rc1", or nothing; then perhaps "+". */
static bool take_level(struct cursor *c, uint32_t *ret)
{
	uint32_t level = FINAL, serial = 0;

	if (cursor_char(c, 'a'))
		level = 0xa;
	else if (cursor_char(c, 'b'))
		level = 0xb;
	else if (cursor_char(c, 'r') && cursor_char(c, 'c'))
		level = 0xc;
	if (level != FINAL && (!take_byte(c, &serial) || serial > 15))
		return false;
	cursor_char(c, '+');
	*ret = level << 4 | serial;
	return true;
}

/* " (BUILD) [COMPILER": a newline and blanks in between up to 3.9, a blank from 3.10. */
static bool take_tail(struct cursor *c)
{
	const char *text;
	size_t len;

	if (!cursor_char(c, ' ') || !cursor_char(c, '('))
		return false;
	cursor_until(c, ')', &text, &len);
	if (len > 80 || c->at == text + len)
		return false;
	while (cursor_blanks(c) || cursor_char(c, '\n'))
		;
	return cursor_char(c, '[');
}

bool cpython_version_parse(const char *text, size_t len, uint32_t *ret)
{
	struct cursor c = { text, text + (len < TEXT_MAX ? len : TEXT_MAX) };
	uint32_t major, minor, micro = 0, level;

	if (!take_byte(&c, &major) || major < 2 || major > 3 || !cursor_char(&c, '.') ||
	    !take_byte(&c, &minor))
		return false;
	if (cursor_char(&c, '.') && !take_byte(&c, &micro))
		return false;
	if (!take_level(&c, &level) || !take_tail(&c))
		return false;
	*ret = major << 24 | minor << 16 | micro << 8 | level;
	return true;
}

bool cpython_version_scan(const struct reader *r, uint64_t start, uint64_t end, uint32_t *ret)
{
	char text[PAGE + TEXT_MAX];
	uint64_t stop = end - start > SCAN_MAX ? start + SCAN_MAX : end;

	for (uint64_t at = start; at < stop; at = (at / PAGE + 1) * PAGE) {
		size_t here = PAGE - at % PAGE, len = here + TEXT_MAX;

		if (!reader_read(r, at, text, len) && !reader_read(r, at, text, len = here))
			continue;
		for (size_t i = 0; i + 1 < here; i++)
			if ((text[i] == '2' || text[i] == '3') && text[i + 1] == '.' &&
			    (!i || !text[i - 1]) && cpython_version_parse(text + i, len - i, ret))
				return true;
	}
	return false;
}

void cpython_version_format(uint32_t hex, char *out, size_t size)
{
	static const char *const levels[16] = { [0xa] = "a", [0xb] = "b", [0xc] = "rc" };
	const char *level = levels[hex >> 4 & 15];
	int n = snprintf(out, size, "%u.%u.%u", hex >> 24, hex >> 16 & 255, hex >> 8 & 255);

	if (level && n > 0 && (size_t)n < size)
		snprintf(out + n, size - (size_t)n, "%s%u", level, hex & 15);
}
