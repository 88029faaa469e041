#include "parse/perf_map.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/search.h"
#include "parse/cursor.h"

#define SYMBOLS_MAX (1U << 20)
/* Names longer than that are cut. */
#define NAME_MAX_LEN 1024
/* Lines before an address that are looked at: code that was replaced leaves its line behind. */
#define LOOK_BACK 64

void perf_map_release(struct perf_map *map)
{
	free(map->items);
	*map = (struct perf_map){ 0 };
}

static bool take_line(struct cursor *c, const char *text, struct perf_symbol *ret)
{
	struct perf_symbol s;

	if (!cursor_hex(c, &s.start) || !cursor_char(c, ' ') || !cursor_hex(c, &s.size) ||
	    !cursor_char(c, ' ') || c->at == c->end || !s.size || s.start > INT64_MAX || s.size > INT64_MAX)
		return false;
	s.name_at = (uint32_t)(c->at - text);
	s.name_len = (uint32_t)(c->end - c->at);
	if (s.name_len > NAME_MAX_LEN)
		s.name_len = NAME_MAX_LEN;
	*ret = s;
	return true;
}

/* Slices of one text: the later line has the higher offset. */
static int by_start(const void *a, const void *b)
{
	const struct perf_symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->name_at > y->name_at) - (x->name_at < y->name_at);
}

void perf_map_parse(struct perf_map *map, const char *text, size_t len)
{
	const char *at = text, *newline;

	map->n = 0;
	if (len > UINT32_MAX)
		return;
	while (len && (newline = memchr(at, '\n', (size_t)(text + len - at))) && map->n < SYMBOLS_MAX) {
		struct cursor line = { at, newline };

		vec_room(&map->items, map->n, &map->cap);
		if (take_line(&line, text, &map->items[map->n]))
			map->n++;
		at = newline + 1;
	}
	if (map->n)
		qsort(map->items, map->n, sizeof(*map->items), by_start);
}

const struct perf_symbol *perf_map_find(const struct perf_map *map, uint64_t address)
{
	const struct perf_symbol *best = NULL;
	size_t behind = search(at, map->n, map->items[at].start <= address);

	for (size_t i = behind; i-- > 0 && behind - i <= LOOK_BACK;) {
		const struct perf_symbol *s = &map->items[i];

		if (address - s->start < s->size && (!best || s->name_at > best->name_at))
			best = s;
	}
	return best;
}

bool perf_map_python(const char *name, size_t len, struct perf_python *ret)
{
	static const char prefix[] = "py::";
	const size_t skip = sizeof(prefix) - 1;
	const char *colon;

	if (len <= skip || memcmp(name, prefix, skip))
		return false;
	colon = memchr(name + skip, ':', len - skip);
	if (!colon || colon == name + skip)
		return false;
	*ret = (struct perf_python){ name + skip, colon + 1, (size_t)(colon - name) - skip,
				     (size_t)(name + len - colon - 1) };
	return true;
}
