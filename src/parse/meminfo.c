#include "parse/meminfo.h"

#include <string.h>
#include "parse/cursor.h"

static const struct key {
	const char *name;
	size_t offset;
} keys[] = {
	{ "MemTotal", offsetof(struct meminfo, total) },
	{ "MemAvailable", offsetof(struct meminfo, available) },
	{ "Cached", offsetof(struct meminfo, cached) },
};

static bool is(const char *wanted, const char *name, size_t len)
{
	return strlen(wanted) == len && !memcmp(wanted, name, len);
}

/* "   N kB" behind the colon. */
static fact bytes_of(struct cursor *c)
{
	uint64_t kib;

	cursor_blanks(c);
	if (!cursor_u64(c, &kib) || kib > INT64_MAX / 1024)
		return ABSENT;
	if (!cursor_char(c, ' ') || !cursor_char(c, 'k') || !cursor_char(c, 'B') || c->at != c->end)
		return ABSENT;
	return (fact)(kib * 1024);
}

static void take_line(struct cursor *c, struct meminfo *ret, fact *swap_total, fact *swap_free)
{
	const char *name;
	size_t len, i;
	fact bytes;

	if (c->at == c->end)
		return;
	cursor_until(c, ':', &name, &len);
	bytes = bytes_of(c);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (is(keys[i].name, name, len))
			*(fact *)((char *)ret + keys[i].offset) = bytes;
	}
	if (is("SwapTotal", name, len))
		*swap_total = bytes;
	if (is("SwapFree", name, len))
		*swap_free = bytes;
}

void parse_meminfo(const char *text, size_t len, struct meminfo *ret)
{
	struct cursor c = { text, text + len };
	fact swap_total = ABSENT, swap_free = ABSENT;

	*ret = (struct meminfo){ ABSENT, ABSENT, ABSENT, ABSENT };
	while (c.at < c.end) {
		struct cursor line;
		const char *start;
		size_t n;

		cursor_until(&c, '\n', &start, &n);
		line = (struct cursor){ start, start + n };
		take_line(&line, ret, &swap_total, &swap_free);
	}
	if (swap_total != ABSENT && swap_free != ABSENT && swap_free <= swap_total)
		ret->swap_used = swap_total - swap_free;
}
