#include "find/pool_place.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"

static bool ends_with(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && memcmp(name + len - n, end, n) == 0;
}

/* Units that hold processes: systemd.service(5), systemd.scope(5). */
static bool is_unit(const char *name, size_t len)
{
	return ends_with(name, len, ".service") || ends_with(name, len, ".scope");
}

void pool_place(const struct procfs *fs, const struct target *t, struct pool_place *ret)
{
	cleanup(buf_release) struct buf text = { 0 };
	const char *path, *at, *id;
	size_t len;

	*ret = (struct pool_place){ 0 };
	if (procfs_cgroup(fs, t->master, &text) < 0 || !text.data)
		return;
	if (cgroup_container(text.data, text.len, &id))
		snprintf(ret->container, sizeof(ret->container), "%s", id);
	if ((!parse_cgroup(text.data, text.len, &path, &len) || len <= 1) &&
	    (!parse_cgroup_memory(text.data, text.len, &path, &len) || len <= 1))
		return;
	snprintf(ret->cgroup, sizeof(ret->cgroup), "%.*s", (int)len, path);
	for (at = ret->cgroup; *at; at += strcspn(at, "/")) {
		at += strspn(at, "/");
		if (is_unit(at, strcspn(at, "/")))
			snprintf(ret->unit, sizeof(ret->unit), "%.*s", (int)strcspn(at, "/"), at);
	}
}
