/* parse_pressure, parse_cgroup and its numbers, and who is in a cgroup: bounded, and slices stay inside the text. */
#include "fuzz.h"
#include "parse/cgroup.h"
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
	if (cgroup_container(text, size, &path))
		must(path >= text && path + 64 <= text + size);
	must(!cgroup_has_path(text, size, "/"));
	must(!cgroup_has_name(text, size, "a/b"));
	cgroup_has_path(text, size, "/sys/fs/cgroup/memory/pod");
	cgroup_has_container(text, size, "0123456789ab");
	return 0;
}
