/* parse_pressure, parse_cgroup and its numbers: bounded, and slices stay inside the text. */
#include "fuzz.h"
#include "parse/pressure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *path;
	fact some, full;
	size_t len;

	parse_pressure(text, size, &some, &full);
	must(some >= ABSENT && some <= 10099 && full >= ABSENT && full <= 10099);
	if (parse_cgroup(text, size, &path, &len))
		must(path >= text && len && path + len <= text + size && *path == '/');
	if (parse_cgroup_memory(text, size, &path, &len))
		must(path >= text && len && path + len <= text + size && *path == '/');
	must(parse_cgroup_number(text, size) >= ABSENT);
	return 0;
}
