#include "parse/cgroup.h"

#include <string.h>
#include "parse/cursor.h"

#define NO_LIMIT (1ULL << 62)

/* A line of the file. */
struct hierarchy {
	uint64_t id;
	struct cursor controllers; /* "cpu,memory", "name=systemd", "" */
	struct cursor path;        /* begins with '/' */
};

/* The next line that is one; moves behind it. */
static bool next_hierarchy(struct cursor *text, struct hierarchy *ret)
{
	struct cursor line;
	const char *at;
	size_t n;

	while (text->at < text->end) {
		cursor_until(text, '\n', &at, &n);
		line = (struct cursor){ at, at + n };
		if (!cursor_u64(&line, &ret->id) || !cursor_char(&line, ':') ||
		    !memchr(line.at, ':', (size_t)(line.end - line.at)))
			continue;
		cursor_until(&line, ':', &at, &n);
		ret->controllers = (struct cursor){ at, at + n };
		ret->path = line;
		if (line.at < line.end && *line.at == '/')
			return true;
	}
	return false;
}

static bool is_unified(const struct hierarchy *h)
{
	return h->id == 0 && h->controllers.at == h->controllers.end;
}

static bool is_word(const char *at, size_t n, const char *word)
{
	return n == strlen(word) && !memcmp(at, word, n);
}

static bool has_controller(struct cursor controllers, const char *name)
{
	const char *at;
	size_t n;

	while (controllers.at < controllers.end) {
		cursor_until(&controllers, ',', &at, &n);
		if (is_word(at, n, name))
			return true;
	}
	return false;
}

static bool take_path(const struct hierarchy *h, const char **ret_path, size_t *ret_len)
{
	*ret_path = h->path.at;
	*ret_len = (size_t)(h->path.end - h->path.at);
	return !memmem(*ret_path, *ret_len, "..", 2);
}

bool parse_cgroup(const char *text, size_t len, const char **ret_path, size_t *ret_len)
{
	struct cursor c = { text, text + len };
	struct hierarchy h;

	while (next_hierarchy(&c, &h))
		if (is_unified(&h))
			return take_path(&h, ret_path, ret_len);
	return false;
}

bool parse_cgroup_memory(const char *text, size_t len, const char **ret_path, size_t *ret_len)
{
	struct cursor c = { text, text + len };
	struct hierarchy h;

	while (next_hierarchy(&c, &h))
		if (has_controller(h.controllers, "memory"))
			return take_path(&h, ret_path, ret_len);
	return false;
}

fact parse_cgroup_number(const char *text, size_t len)
{
	struct cursor c = { text, text + len };
	uint64_t n;

	if (!cursor_u64(&c, &n) || n > NO_LIMIT)
		return ABSENT;
	return c.at == c.end || *c.at == '\n' ? (fact)n : ABSENT;
}

/* ---- is a process in it? */

/* The next name of a path, without slashes; moves behind it. */
static bool next_name(struct cursor *path, const char **ret, size_t *ret_len)
{
	while (path->at < path->end) {
		cursor_until(path, '/', ret, ret_len);
		if (*ret_len)
			return true;
	}
	return false;
}

/* Do the names of `path` begin with those of `wanted`, of which there is one at least? */
static bool begins_with(struct cursor path, struct cursor wanted)
{
	const char *a, *b;
	size_t n, m, names;

	for (names = 0; next_name(&wanted, &b, &m); names++)
		if (!next_name(&path, &a, &n) || n != m || memcmp(a, b, n) != 0)
			return false;
	return names != 0;
}

/* Is it the folder in which this hierarchy of version 1 is mounted: a controller of it ("cpu", which is a link, or
 * "cpu,cpuacct"), or its name; or that of version 2 beside them? */
static bool is_mount(const struct hierarchy *h, const char *name, size_t n)
{
	struct cursor all = h->controllers;
	const char *at;
	size_t len;

	if (is_unified(h))
		return is_word(name, n, "unified");
	if (n == (size_t)(all.end - all.at) && !memcmp(all.at, name, n))
		return true;
	while (all.at < all.end) {
		cursor_until(&all, ',', &at, &len);
		if (len > strlen("name=") && !memcmp(at, "name=", strlen("name="))) {
			at += strlen("name=");
			len -= strlen("name=");
		}
		if (len == n && !memcmp(at, name, n))
			return true;
	}
	return false;
}

/* `wanted`: behind the place where cgroups are mounted. */
static bool below_mount(const struct hierarchy *h, struct cursor wanted)
{
	struct cursor rest = wanted;
	const char *name;
	size_t n;

	if (is_unified(h) && begins_with(h->path, wanted))
		return true;
	return next_name(&rest, &name, &n) && is_mount(h, name, n) && begins_with(h->path, rest);
}

/* Move behind the place where cgroups are mounted, if `path` is below it. */
static bool take_mount(struct cursor *path)
{
	static const char *const names[] = { "sys", "fs", "cgroup" };
	struct cursor c = *path;
	const char *name;
	size_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!next_name(&c, &name, &n) || !is_word(name, n, names[i]))
			return false;
	*path = c;
	return true;
}

bool cgroup_has_path(const char *text, size_t len, const char *path)
{
	struct cursor c = { text, text + len }, wanted = { path, path + strlen(path) };
	bool mounted = take_mount(&wanted);
	struct hierarchy h;

	while (next_hierarchy(&c, &h))
		if (mounted ? below_mount(&h, wanted) : begins_with(h.path, wanted))
			return true;
	return false;
}

typedef bool (*name_test)(const char *name, size_t n, const char *wanted);

static bool any_name(const char *text, size_t len, name_test test, const char *wanted)
{
	struct cursor c = { text, text + len };
	struct hierarchy h;
	const char *name;
	size_t n;

	while (next_hierarchy(&c, &h))
		while (next_name(&h.path, &name, &n))
			if (test(name, n, wanted))
				return true;
	return false;
}

static bool is_unit(const char *name, size_t n, const char *wanted)
{
	if (n && *name == '_' && *wanted != '_') {
		name++;
		n--;
	}
	return is_word(name, n, wanted);
}

bool cgroup_has_name(const char *text, size_t len, const char *name)
{
	return any_name(text, len, is_unit, name);
}

#define HEX "0123456789abcdef"
#define ID_LEN CGROUP_CONTAINER_LEN

static bool is_hex(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!at[i] || !strchr(HEX, at[i]))
			return false;
	return true;
}

/* Where its id begins; NULL: it is the name of no container. */
static const char *id_in(const char *name, size_t n)
{
	static const char scope[] = ".scope", monitor[] = "conmon-";

	if (n > strlen(scope) && !memcmp(name + n - strlen(scope), scope, strlen(scope)))
		n -= strlen(scope);
	if (n < ID_LEN || !is_hex(name + n - ID_LEN, ID_LEN))
		return NULL;
	/* Podman's and CRI-O's monitor of a container is outside of it. */
	if (n > ID_LEN && (!strchr("-:", name[n - ID_LEN - 1]) || memmem(name, n, monitor, strlen(monitor))))
		return NULL;
	return name + n - ID_LEN;
}

static bool is_container(const char *name, size_t n, const char *wanted)
{
	const char *id = id_in(name, n);

	return id && !memcmp(id, wanted, strlen(wanted));
}

bool cgroup_container(const char *text, size_t len, const char **ret)
{
	struct cursor c = { text, text + len };
	const char *name, *id = NULL;
	struct hierarchy h;
	size_t n;

	while (!id && next_hierarchy(&c, &h))
		while (next_name(&h.path, &name, &n))
			id = id_in(name, n) ?: id;
	if (id)
		*ret = id;
	return id != NULL;
}

bool cgroup_is_container_id(const char *word)
{
	size_t n = strlen(word);

	return n >= 12 && n <= ID_LEN && is_hex(word, n);
}

bool cgroup_has_container(const char *text, size_t len, const char *id)
{
	return cgroup_is_container_id(id) && any_name(text, len, is_container, id);
}
