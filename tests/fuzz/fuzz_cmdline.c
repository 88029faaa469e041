/*
 * /proc/PID/cmdline: joined it is one text, not longer than it was, and the bits say which blanks stood in an argument.
 * What is set in it, and in an environment of the same bytes, is taken by its name alone.
 */
#include <string.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "parse/cmdline.h"
#include "runtime/gc_settings.h"

static void check_settings(const struct gc_settings *s)
{
	must(s->n <= GC_SETTINGS_MAX);
	for (size_t i = 0; i < s->n; i++) {
		must(*s->items[i].name && memchr(s->items[i].name, '\0', sizeof(s->items[i].name)));
		must(memchr(s->items[i].value, '\0', sizeof(s->items[i].value)));
		for (size_t k = 0; k < i; k++)
			must(strcmp(s->items[i].name, s->items[k].name) != 0);
	}
}

static void settings(const uint8_t *data, size_t size, const char *line)
{
	cleanup(gc_settings_release) struct gc_settings s = { 0 };

	gc_settings_environ((const char *)data, size, &s);
	check_settings(&s);
	for (int r = RUNTIME_NONE; r <= RUNTIME_JAVA; r++) {
		cleanup(gc_settings_release) struct gc_settings more = { 0 };

		gc_settings_copy(&more, &s);
		gc_settings_cmdline((enum runtime)r, line, &more);
		check_settings(&more);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_release) struct buf b = { 0 };
	size_t blanks = 0, kept;
	uint64_t inner;

	buf_add(&b, data, size);
	inner = cmdline_join(&b);
	kept = b.len;
	must(kept <= size && kept <= CMDLINE_MAX);
	must(!kept || (b.data[kept] == '\0' && strlen(b.data) == kept));
	for (size_t i = 0; i < kept; i++) {
		must(b.data[i] == ' ' ? !data[i] || data[i] == ' ' : b.data[i] == (char)data[i]);
		if (b.data[i] == ' ' && blanks < 64)
			must((inner >> blanks++ & 1) == (data[i] == ' '));
	}
	settings(data, size, kept ? b.data : "");
	return 0;
}
