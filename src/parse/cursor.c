#include "parse/cursor.h"

#include <endian.h>
#include <string.h>

bool cursor_char(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

bool cursor_blanks(struct cursor *c)
{
	const char *from = c->at;

	/* In maps the padding is a third of the text. */
	while (c->end - c->at >= 8 && !memcmp(c->at, "        ", 8))
		c->at += 8;
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
	return c->at > from;
}

bool cursor_u64(struct cursor *c, uint64_t *ret)
{
	const char *p = c->at;
	uint64_t v = 0;

	for (; p < c->end; p++) {
		unsigned int digit = (unsigned char)*p - '0';

		if (digit > 9)
			break;
		if (v >= UINT64_MAX / 10 && (v > UINT64_MAX / 10 || digit > UINT64_MAX % 10))
			return false;
		v = v * 10 + digit;
	}
	if (p == c->at)
		return false;

	c->at = p;
	*ret = v;
	return true;
}

/* Value + 1 of a hexadecimal digit, 0 for every other byte: no branch on unpredictable digits. */
/* clang-format off */
static const unsigned char hex_digit[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10,
	['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};
/* clang-format on */

#define EACH_BYTE(byte) (0x0101010101010101ULL * (byte))

/*
 * Eight digits at once, as the kernel writes them (lower case); every address in maps has as many.
 * Each byte becomes its value; written back as a digit it must be the byte that was there.
 */
static bool take_eight(const char *p, uint64_t *ret)
{
	uint64_t text, value, letter;

	memcpy(&text, p, 8);
	letter = text >> 6 & EACH_BYTE(1);
	value = (text & EACH_BYTE(0x0f)) + letter * 9;
	letter = (value + EACH_BYTE(6)) >> 4 & EACH_BYTE(1);
	if ((value & EACH_BYTE(0xf0)) || value + EACH_BYTE('0') + letter * ('a' - '9' - 1) != text)
		return false;

	value = be64toh(value);
	value = (value | value >> 4) & 0x00ff00ff00ff00ffULL;
	value = (value | value >> 8) & 0x0000ffff0000ffffULL;
	*ret = (uint32_t)(value | value >> 16);
	return true;
}

bool cursor_hex(struct cursor *c, uint64_t *ret)
{
	const char *p = c->at, *stop = c->end - p > 17 ? p + 17 : c->end;
	unsigned int digit;
	uint64_t v = 0;

	if (stop - p >= 8 && take_eight(p, &v))
		p += 8;
	while (p < stop && (digit = hex_digit[(unsigned char)*p])) {
		v = v << 4 | (digit - 1);
		p++;
	}
	if (p == c->at || p - c->at > 16)
		return false;

	c->at = p;
	*ret = v;
	return true;
}

void cursor_until(struct cursor *c, char stop, const char **ret, size_t *ret_len)
{
	size_t left = c->end - c->at;
	const char *found = left ? memchr(c->at, stop, left) : NULL;

	*ret = c->at;
	*ret_len = found ? (size_t)(found - c->at) : left;
	c->at += *ret_len + (found ? 1 : 0);
}
