#include "sink/json_access.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/errname.h"
#include "base/text.h"
#include "sink/json_build.h"

static void add_row(cJSON *to, const struct access_row *row)
{
	json_text(to, "what", row->what);
	json_bool(to, "readable", row->readable);
	json_text(to, "error", row->error ? err_name(row->error) : NULL);
	json_text(to, "gives", row->gives);
	json_text(to, "needs", row->readable ? NULL : row->needs);
}

static void add_subject(cJSON *to, const struct access_subject *s)
{
	cJSON *rows;
	size_t i;

	json_fact(to, "pid", s->pid);
	json_text(to, "command", s->comm);
	json_text(to, "user", s->user);
	json_text(to, "why", s->why);
	json_text(to, "level", level_name(s->level));
	rows = json_array(to, "interfaces");
	for (i = 0; i < s->nrows; i++)
		add_row(json_element(rows), &s->rows[i]);
}

/* What follows without a property, and what would give it, is told of one that is missing. */
static void add_property(cJSON *to, const struct kernel_facts *k, enum kernel_property p)
{
	enum kernel_answer answer = kernel_answer(k, p);
	bool missing = answer == KERNEL_NO;

	json_text(to, "property", kernel_property_key(p));
	json_answer(to, "answer", answer);
	json_text(to, "means", kernel_property_help(p));
	json_text(to, "without", missing ? kernel_property_without(p) : NULL);
	json_text(to, "needs", missing ? kernel_property_needs(p) : NULL);
}

/* An array of strings: a string of several lines would come out with its newlines cleaned away. */
static void add_lines(cJSON *to, const char *lines)
{
	cJSON *array = json_array(to, "lines");
	cleanup(buf_release) struct buf clean = { 0 };
	size_t len;

	while (*lines) {
		len = strcspn(lines, "\n");
		buf_reset(&clean);
		text_clean(&clean, lines, len);
		cJSON_AddItemToArray(array, cJSON_CreateString(clean.data ? clean.data : ""));
		lines += len + (lines[len] == '\n');
	}
}

void json_access(struct buf *out, const struct access *a, bool pretty)
{
	cJSON *root = json_begin(), *list, *one;
	size_t i;

	json_text(root, "schema", "cowtop.doctor/1");
	json_text(root, "version", COWTOP_VERSION);
	json_text(root, "level", a->nsubjects ? level_name(access_level(a)) : NULL);

	list = json_array(root, "processes");
	for (i = 0; i < a->nsubjects; i++)
		add_subject(json_element(list), &a->subjects[i]);

	list = json_array(root, "kernel");
	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++)
		add_property(json_element(list), &a->kernel, p);

	list = json_array(root, "settings");
	for (i = 0; i < a->nsettings; i++) {
		one = json_element(list);
		json_text(one, "name", a->settings[i].name);
		json_text(one, "value", a->settings[i].value);
		json_text(one, "means", a->settings[i].means[0] ? a->settings[i].means : NULL);
	}

	list = json_array(root, "fixes");
	for (i = 0; i < a->nfixes; i++) {
		one = json_element(list);
		json_text(one, "title", a->fixes[i].title);
		add_lines(one, a->fixes[i].lines);
	}
	json_end(out, root, pretty);
}
