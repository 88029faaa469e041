#include "sys/http_accept.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

/* 3: the name itself; 2: its kind, "text" and a star; 1: all; 0: another one. */
static int match(const char *entry, size_t len, const char *name)
{
	size_t kind = strcspn(name, "/");

	if (len == strlen(name) && strncasecmp(entry, name, len) == 0)
		return 3;
	if (name[kind] && len == kind + 2 && strncasecmp(entry, name, kind + 1) == 0 &&
	    entry[kind + 1] == '*')
		return 2;
	return (len == 1 && *entry == '*') || (len == 3 && memcmp(entry, "*/*", 3) == 0);
}

/* "q=0.5" among the parameters behind an entry. */
static double weight_of(const char *at, const char *end)
{
	while (at < end && (at = memchr(at, ';', (size_t)(end - at)))) {
		at++;
		at += strspn(at, BLANKS);
		if (at + 2 < end && (*at == 'q' || *at == 'Q') && at[1] == '=') {
			/* one digit, a point and three digits at the most: no locale is asked */
			double ret = at[2] == '1', part = 0.1;

			for (const char *d = at + 4; at[3] == '.' && d < end && *d >= '0' && *d <= '9'; d++) {
				ret += (*d - '0') * part;
				part /= 10;
			}
			return ret > 1 ? 1 : ret;
		}
	}
	return 1;
}

double http_weight(const char *header, const char *name)
{
	const char *at = header ?: "*";
	double ret = 0;
	int best = 0;

	while (*at) {
		size_t len = strcspn(at, ","), word;
		const char *end = at + len;
		int m;

		at += strspn(at, BLANKS);
		word = strcspn(at, ";," BLANKS);
		m = match(at, word, name);
		if (m && m >= best) {
			double w = weight_of(at + word, end);

			ret = m > best || w > ret ? w : ret;
			best = m;
		}
		at = *end ? end + 1 : end;
	}
	return ret;
}
