/* parse/perf_map.h: functions are sorted, names lie in the text, and the one that is found is around the
 * address. sys/demangle.h on the same bytes: never more than some kilobytes. */
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "parse/perf_map.h"
#include "sys/demangle.h"

static void check_found(const struct perf_map *map, uint64_t address, bool must_be)
{
	const struct perf_symbol *s = perf_map_find(map, address);

	must(s || !must_be);
	if (s)
		must(s->start <= address && address - s->start < s->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(perf_map_release) struct perf_map map = { 0 };
	cleanup_free char *text = xmemdupz(data, size);
	cleanup_free char *plain = demangle(text);
	struct perf_python python;

	must(!plain || strlen(plain) <= 4096);
	perf_map_parse(&map, (const char *)data, size);
	for (size_t i = 0; i < map.n; i++) {
		const struct perf_symbol *s = &map.items[i];
		const char *name = (const char *)data + s->name_at;

		must(s->size && s->name_at <= size && s->name_len <= size - s->name_at);
		must(!memchr(name, '\n', s->name_len));
		must(i == 0 || map.items[i - 1].start <= s->start);
		check_found(&map, s->start, true);
		check_found(&map, s->start + s->size, false);
		if (perf_map_python(name, s->name_len, &python))
			must(python.name_len && python.name_len + python.file_len < s->name_len);
	}
	return 0;
}
