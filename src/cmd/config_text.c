#include "cmd/config_text.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/units.h"

#define INTERVAL_LEAST (SECOND / 10)
#define INTERVAL_MOST (3600 * SECOND)

/* The text without blanks around it, in place. */
static char *strip(char *s)
{
	size_t len;

	s += strspn(s, " \t\r");
	len = strlen(s);
	while (len && strchr(" \t\r", s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* Names of columns and the commas between them: nothing that needs cleaning. */
static bool is_names(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-,% /+.")] == '\0';
}

static void read_line(struct config *c, char *line)
{
	char *value = strchr(line, '='), *key;
	int64_t ns;

	if (*line == '#' || !value)
		return;
	*value++ = '\0';
	key = strip(line);
	value = strip(value);
	if (strcmp(key, "sort") == 0 && is_names(value) && strlen(value) < sizeof(c->sort)) {
		c->ascending = *value != '-';
		snprintf(c->sort, sizeof(c->sort), "%s", value + (*value == '-'));
	} else if (strcmp(key, "hide") == 0 && is_names(value) && strlen(value) < sizeof(c->hide)) {
		snprintf(c->hide, sizeof(c->hide), "%s", value);
	} else if (strcmp(key, "tree") == 0) {
		c->tree = strcmp(value, "yes") == 0;
	} else if (strcmp(key, "mouse") == 0) {
		c->no_mouse = strcmp(value, "no") == 0;
	} else if (strcmp(key, "interval") == 0 && units_parse_time(value, &ns) == 0 &&
		   ns >= INTERVAL_LEAST && ns <= INTERVAL_MOST) {
		c->interval_ns = ns;
	}
}

void config_parse(char *text, struct config *ret)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		read_line(ret, line);
}

void config_print(struct buf *out, const struct config *c)
{
	buf_adds(out, "# What cowtop's live view remembers; see cowtop(1), SETTINGS.\n");
	if (c->sort[0])
		buf_printf(out, "sort = %s%s\n", c->ascending ? "" : "-", c->sort);
	if (c->hide[0])
		buf_printf(out, "hide = %s\n", c->hide);
	if (c->tree)
		buf_adds(out, "tree = yes\n");
	if (c->no_mouse)
		buf_adds(out, "mouse = no\n");
	if (c->interval_ns)
		buf_printf(out, "interval = %lldms\n", (long long)(c->interval_ns / 1000000));
}
