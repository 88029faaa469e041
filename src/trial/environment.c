#include "trial/environment.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"

static void add(struct environment *e, char *item)
{
	if (e->n + 1 >= e->cap) {
		e->cap = e->cap ? e->cap * 2 : 64;
		e->items = xreallocarray(e->items, e->cap, sizeof(*e->items));
	}
	e->items[e->n++] = item;
	e->items[e->n] = NULL;
}

void environment_copy(struct environment *e, char *const from[])
{
	*e = (struct environment){ .cap = 64 };
	e->items = xcalloc(e->cap, sizeof(*e->items));
	for (size_t i = 0; from[i]; i++)
		add(e, xstrdup(from[i]));
}

void environment_release(struct environment *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->items[i]);
	free(e->items);
	*e = (struct environment){ 0 };
}

/* Its number, or e->n. */
static size_t find(const struct environment *e, const char *name)
{
	size_t len = strlen(name), i = 0;

	while (i < e->n && (strncmp(e->items[i], name, len) != 0 || e->items[i][len] != '='))
		i++;
	return i;
}

const char *environment_get(const struct environment *e, const char *name)
{
	size_t i = find(e, name);

	return i < e->n ? e->items[i] + strlen(name) + 1 : NULL;
}

void environment_set(struct environment *e, const char *name, const char *value)
{
	cleanup(buf_release) struct buf item = { 0 };
	size_t i = find(e, name);

	buf_printf(&item, "%s=%s", name, value);
	if (i == e->n) {
		add(e, xstrdup(item.data));
		return;
	}
	free(e->items[i]);
	e->items[i] = xstrdup(item.data);
}

void environment_unset(struct environment *e, const char *name)
{
	size_t i = find(e, name);

	if (i == e->n)
		return;
	free(e->items[i]);
	memmove(&e->items[i], &e->items[i + 1], (e->n - i) * sizeof(*e->items));
	e->n--;
}

static void join(struct environment *e, const char *name, const char *a, const char *b, char between)
{
	cleanup(buf_release) struct buf list = { 0 };

	buf_adds(&list, a);
	buf_addc(&list, between);
	buf_adds(&list, b);
	environment_set(e, name, list.data);
}

void environment_put_first(struct environment *e, const char *name, const char *value, char between)
{
	const char *old = environment_get(e, name);

	if (old && *old)
		join(e, name, value, old, between);
	else
		environment_set(e, name, value);
}

void environment_put_last(struct environment *e, const char *name, const char *value, char between)
{
	const char *old = environment_get(e, name);

	if (old && *old)
		join(e, name, old, value, between);
	else
		environment_set(e, name, value);
}

void environment_take_out(struct environment *e, const char *name, const char *between,
			  int (*is_meant)(const char *item, const void *data), const void *data)
{
	cleanup(buf_release) struct buf list = { 0 };
	const char *at = environment_get(e, name);
	int taken = 0;

	while (at && *at) {
		size_t len = strcspn(at, between);
		cleanup_free char *item = xmemdupz(at, len);

		at += len + (at[len] != '\0');
		if (is_meant(item, data)) {
			taken = 1;
			continue;
		}
		if (list.len)
			buf_addc(&list, between[0]);
		buf_adds(&list, item);
	}
	if (taken && list.len)
		environment_set(e, name, list.data);
	else if (taken)
		environment_unset(e, name);
}
