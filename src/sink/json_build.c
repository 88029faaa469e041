#include "sink/json_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "model/field.h"
#include "sink/when.h"

static void *allocate(size_t size)
{
	return xcalloc(1, size);
}

cJSON *json_begin(void)
{
	cJSON_Hooks hooks = { allocate, free };

	cJSON_InitHooks(&hooks);
	return cJSON_CreateObject();
}

/* As text, and freed. */
static char *print(cJSON *item, bool pretty)
{
	char *text = pretty ? cJSON_Print(item) : cJSON_PrintUnformatted(item);

	cJSON_Delete(item);
	return text;
}

void json_end(struct buf *out, cJSON *root, bool pretty)
{
	cleanup_free char *text = print(root, pretty);

	buf_adds(out, text);
	buf_addc(out, '\n');
}

/* How cJSON ends an object that has members. */
static const char *end_of_object(const struct json_document *d)
{
	return d->pretty ? "\n}" : "}";
}

void json_open(struct json_document *d, struct buf *out, cJSON *root, bool pretty)
{
	cleanup_free char *text = print(root, pretty);

	*d = (struct json_document){ .out = out, .pretty = pretty };
	buf_add(out, text, strlen(text) - strlen(end_of_object(d)));
}

void json_open_array(struct json_document *d, const char *key)
{
	d->n = 0;
	buf_printf(d->out, d->pretty ? ",\n\t\"%s\":\t[" : ",\"%s\":[", key);
}

void json_print_element(struct json_document *d, cJSON *object)
{
	cleanup_free char *text = print(object, d->pretty);
	const char *line = text, *end;

	if (d->n++)
		buf_adds(d->out, d->pretty ? ", " : ",");
	/* strings have none: they are line ends of the print, which stands in two more brackets here */
	while ((end = strchr(line, '\n'))) {
		buf_add(d->out, line, (size_t)(end - line));
		buf_adds(d->out, "\n\t\t");
		line = end + 1;
	}
	buf_adds(d->out, line);
}

void json_close_array(struct json_document *d)
{
	buf_addc(d->out, ']');
}

void json_close(struct json_document *d)
{
	buf_adds(d->out, end_of_object(d));
	buf_addc(d->out, '\n');
}

cJSON *json_object(cJSON *to, const char *key)
{
	return cJSON_AddObjectToObject(to, key);
}

cJSON *json_array(cJSON *to, const char *key)
{
	return cJSON_AddArrayToObject(to, key);
}

cJSON *json_element(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddItemToArray(array, object);
	return object;
}

void json_null(cJSON *to, const char *key)
{
	cJSON_AddNullToObject(to, key);
}

void json_bool(cJSON *to, const char *key, bool value)
{
	cJSON_AddBoolToObject(to, key, value);
}

void json_figure(cJSON *to, const char *key, figure value)
{
	char digits[NUMBER_LEN];

	if (!isfinite(value))
		json_null(to, key);
	else
		cJSON_AddRawToObject(to, key, number_format(digits, value));
}

void json_fact(cJSON *to, const char *key, fact value)
{
	char digits[32];

	if (value == ABSENT) {
		json_null(to, key);
		return;
	}
	snprintf(digits, sizeof(digits), "%lld", (long long)value);
	cJSON_AddRawToObject(to, key, digits);
}

void json_text(cJSON *to, const char *key, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };

	if (!foreign) {
		json_null(to, key);
		return;
	}
	text_clean(&clean, foreign, strlen(foreign));
	cJSON_AddStringToObject(to, key, clean.data ? clean.data : "");
}

void json_pid(cJSON *to, const char *key, pid_t pid)
{
	json_fact(to, key, pid ? pid : ABSENT);
}

void json_time(cJSON *to, const char *key, int64_t ns)
{
	char text[32];

	cJSON_AddStringToObject(to, key, when_ms(text, ns));
}

void json_answer(cJSON *to, const char *key, enum kernel_answer answer)
{
	if (answer == KERNEL_UNKNOWN)
		json_null(to, key);
	else
		json_bool(to, key, answer == KERNEL_YES);
}

void json_kernel(cJSON *to, const char *key, const struct kernel_facts *k)
{
	cJSON *at = json_object(to, key);

	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++)
		json_answer(at, kernel_property_key(p), kernel_answer(k, p));
}

/* `value` at "a.b": in the object "a", which is made when it is not there yet. */
static void add_at(cJSON *to, const char *path, figure value)
{
	const char *dot = strchr(path, '.');
	char name[32];
	cJSON *inner;

	if (!dot) {
		json_figure(to, path, value);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
	inner = cJSON_GetObjectItemCaseSensitive(to, name);
	json_figure(inner ? inner : json_object(to, name), dot + 1, value);
}

void json_measure(cJSON *bounds, const char *key, struct measure m)
{
	bool bounded = m.low < m.high;
	cJSON *at;

	if (m.label == LABEL_NONE || m.label == LABEL_EXACT)
		return;
	at = json_object(bounds, key);
	json_text(at, "label", label_name(m.label));
	json_figure(at, "low", bounded ? m.low : UNKNOWN);
	json_figure(at, "high", bounded ? m.high : UNKNOWN);
}

void json_process_figures(cJSON *to, const struct proc_snapshot *p)
{
	cJSON *bounds;
	size_t i;

	for (i = 0; i < nfields; i++) {
		if (fields[i].process_key && strncmp(fields[i].process_key, "gc.", 3) != 0)
			add_at(to, fields[i].process_key, field_get(&fields[i], &p->figures));
	}
	bounds = json_object(to, "bounds");
	for (i = 0; i < nfields; i++) {
		if (fields[i].process_key)
			json_measure(bounds, fields[i].process_key, field_of_process(&fields[i], p));
	}
}

void json_pool_figures(cJSON *to, const struct snapshot *s)
{
	cJSON *bounds;
	size_t i;

	for (i = 0; i < nfields; i++) {
		if (fields[i].pool_key)
			add_at(to, fields[i].pool_key, field_get(&fields[i], &s->pool));
	}
	bounds = json_object(to, "bounds");
	for (i = 0; i < nfields; i++) {
		if (fields[i].pool_key)
			json_measure(bounds, fields[i].pool_key, field_of_pool(&fields[i], s));
	}
}
