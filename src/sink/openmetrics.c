#include "sink/openmetrics.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "sink/metric_rows.h"

struct text {
	struct buf *out;
	enum metric_format format;
	const struct metric *metric; /* the family that is written */
	bool named;                  /* its head is there */
};

const char *metric_format_type(enum metric_format f)
{
	return f == METRIC_FORMAT_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8" :
						"text/plain; version=0.0.4; charset=utf-8";
}

/* What stands behind the name of the family in a sample. */
static const char *suffix(const struct metric *m)
{
	return m->type == METRIC_COUNTER ? "_total" : m->type == METRIC_INFO ? "_info" : "";
}

static const char *type_name(enum metric_type t, enum metric_format f)
{
	if (t == METRIC_COUNTER)
		return "counter";
	return t == METRIC_INFO && f == METRIC_FORMAT_OPENMETRICS ? "info" : "gauge";
}

/* In Prometheus' own text the family is called as its samples are. */
static void add_head(struct text *o)
{
	const struct metric *m = o->metric;
	bool open = o->format == METRIC_FORMAT_OPENMETRICS;
	const char *end = open ? "" : suffix(m);

	buf_printf(o->out, "# HELP %s%s %s\n", m->name, end, metric_help(m));
	buf_printf(o->out, "# TYPE %s%s %s\n", m->name, end, type_name(m->type, o->format));
	if (open && metric_unit(m))
		buf_printf(o->out, "# UNIT %s %s\n", m->name, metric_unit(m));
	o->named = true;
}

/* text_clean() leaves no newline. */
static void add_value(struct buf *out, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };

	text_clean(&clean, foreign, strlen(foreign));
	for (size_t i = 0; i < clean.len; i++) {
		if (clean.data[i] == '"' || clean.data[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, clean.data[i]);
	}
}

/* ---- as a writer */

static void begin_family(void *data, const struct metric *m)
{
	struct text *o = data;

	o->metric = m;
	o->named = false;
}

static void add_sample(void *data, const struct metric_pool *p, const struct metric_label *labels,
		       figure value)
{
	struct text *o = data;
	char text[NUMBER_LEN];
	char before = '{';

	(void)p;
	if (!o->named)
		add_head(o);
	buf_printf(o->out, "%s%s", o->metric->name, suffix(o->metric));
	for (; labels->name; labels++) {
		if (!labels->value || !*labels->value)
			continue;
		buf_printf(o->out, "%c%s=\"", before, labels->name);
		add_value(o->out, labels->value);
		buf_addc(o->out, '"');
		before = ',';
	}
	buf_printf(o->out, "%s %s\n", before == ',' ? "}" : "", number_format(text, value));
}

void openmetrics(struct buf *out, const struct metric_set *s, enum metric_format f)
{
	struct text text = { .out = out, .format = f };
	const struct metric_writer w = { .data = &text, .family = begin_family, .add = add_sample };

	metric_rows(s, &w);
	if (f == METRIC_FORMAT_OPENMETRICS)
		buf_adds(out, "# EOF\n");
}
