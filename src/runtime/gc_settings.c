#include "runtime/gc_settings.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* A name that ends in '*' stands for all that begin so. */
/* clang-format off */
static const char *const variables[] = {
	"PYTHONMALLOC", "PYTHONGC*", "PYTHON_GC*", "PYTHON_GIL",
	"RUBY_GC_*", "RUBYOPT", "RUBY_YJIT_ENABLE",
	"USE_ZEND_ALLOC", "NODE_OPTIONS",
	"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
	"MALLOC_ARENA_MAX", "MALLOC_ARENA_TEST", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_",
	"MALLOC_MMAP_MAX_", "MALLOC_TOP_PAD_", "MALLOC_CONF", "_RJEM_MALLOC_CONF", "TCMALLOC_*",
	"MIMALLOC_*", "GLIBC_TUNABLES",
};
/* clang-format on */

/* Of LD_PRELOAD only what replaces the allocator matters. */
static const char *const preloads[] = { "jemalloc", "tcmalloc", "mimalloc", "hoard", "scudo" };

/* Arguments that begin so. */
static const struct {
	enum runtime runtime;
	const char *argument;
} arguments[] = {
	{ RUNTIME_CPYTHON, "gil=" },        /* of "-X gil=0" */
	{ RUNTIME_PHP, "zend.enable_gc=" }, /* of "-d zend.enable_gc=0" */
	{ RUNTIME_PHP, "-dzend.enable_gc=" },
	{ RUNTIME_NODE, "--max-old-space-size" },
	{ RUNTIME_NODE, "--max-semi-space-size" },
	{ RUNTIME_NODE, "--expose-gc" },
	{ RUNTIME_NODE, "--gc-" },
	{ RUNTIME_JAVA, "-Xm" }, /* -Xms -Xmx -Xmn */
	{ RUNTIME_JAVA, "-XX:" },
};

static void copy(char *to, size_t size, const char *from, size_t len)
{
	if (len > size - 1)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

void gc_settings_add(struct gc_settings *s, const char *name, size_t name_len, const char *value,
		     size_t value_len)
{
	struct gc_setting new = { 0 };

	copy(new.name, sizeof(new.name), name, name_len);
	copy(new.value, sizeof(new.value), value, value_len);
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->items[i].name, new.name))
			return;
	if (s->n == GC_SETTINGS_MAX)
		return;
	vec_room(&s->items, s->n, &s->cap);
	s->items[s->n++] = new;
}

void gc_settings_copy(struct gc_settings *to, const struct gc_settings *from)
{
	*to = (struct gc_settings){ .n = from->n, .cap = from->n };
	if (!from->n)
		return;
	to->items = xcalloc(from->n, sizeof(*to->items));
	memcpy(to->items, from->items, from->n * sizeof(*to->items));
}

void gc_settings_release(struct gc_settings *s)
{
	free(s->items);
	*s = (struct gc_settings){ 0 };
}

static bool is_listed(const char *name, size_t len)
{
	for (size_t i = 0; i < LENGTH(variables); i++) {
		size_t n = strlen(variables[i]);

		if (variables[i][n - 1] == '*' ? len >= n - 1 && !memcmp(name, variables[i], n - 1) :
						 len == n && !memcmp(name, variables[i], n))
			return true;
	}
	return false;
}

static bool is_preload(const char *name, size_t len, const char *value, size_t value_len)
{
	static const char wanted[] = "LD_PRELOAD";

	if (len != sizeof(wanted) - 1 || memcmp(name, wanted, len))
		return false;
	for (size_t i = 0; i < LENGTH(preloads); i++)
		if (memmem(value, value_len, preloads[i], strlen(preloads[i])))
			return true;
	return false;
}

void gc_settings_environ(const char *text, size_t len, struct gc_settings *ret)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\0', (size_t)(end - text));
		const char *equals, *value;

		if (!stop)
			return; /* cut off: half a value is none */
		equals = memchr(text, '=', (size_t)(stop - text));
		value = equals ? equals + 1 : stop;
		if (equals && (is_listed(text, (size_t)(equals - text)) ||
			       is_preload(text, (size_t)(equals - text), value, (size_t)(stop - value))))
			gc_settings_add(ret, text, (size_t)(equals - text), value, (size_t)(stop - value));
		text = stop + 1;
	}
}

/* "NAME=VALUE"; of "-Xmx512m" and "-XX:+UseG1GC" all is the name. */
static void add_argument(const char *text, size_t len, struct gc_settings *ret)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;

	gc_settings_add(ret, text, name_len, equals ? equals + 1 : "", equals ? len - name_len - 1 : 0);
}

void gc_settings_cmdline(enum runtime runtime, const char *cmdline, struct gc_settings *ret)
{
	while (*cmdline) {
		size_t len = strcspn(cmdline, " ");

		for (size_t i = 0; i < LENGTH(arguments); i++) {
			size_t n = strlen(arguments[i].argument);

			if (arguments[i].runtime == runtime && len >= n &&
			    !memcmp(cmdline, arguments[i].argument, n))
				add_argument(cmdline, len, ret);
		}
		cmdline += len + (cmdline[len] == ' ');
	}
}
