#include "sink/otlp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "sink/json_build.h"
#include "sink/metric_rows.h"

#define CUMULATIVE 2 /* AGGREGATION_TEMPORALITY_CUMULATIVE */
#define NAME 128
/* A line ends behind the point that passes this: collectors read lines of up to 1 MiB, unless they are told otherwise. */
#define LINE_MOST ((size_t)512 << 10)
/* From here on a whole number is no int64 any more. */
#define INT_END 0x1p63

struct lines {
	struct buf *out;
	const struct metric_set *set;
	const char *host;
	size_t begin;                /* of the line, in `out` */
	size_t families;             /* whose heads are in the line */
	const struct metric *metric; /* the family that is written */
	bool named;                  /* its head is in the line */
	struct json_document points; /* of the family */
};

/* ---- names */

static void cut(char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	if (len > n && strcmp(name + len - n, end) == 0)
		name[len - n] = '\0';
}

/* Behind "cowtop" and behind what the figure is of there are dots. A ratio is called one: its unit says nothing. */
static void name_of(const struct metric *m, char out[static NAME])
{
	char *at;

	snprintf(out, NAME, "%s%s", m->name, m->type == METRIC_INFO ? "_info" : "");
	cut(out, "_bytes");
	cut(out, "_seconds");
	for (int i = 0; i < 2 && (at = strchr(out, '_')); i++)
		*at = '.';
}

/* As UCUM has it; "": a number of things, which has none. */
static const char *unit_of(const struct metric *m)
{
	const char *unit = metric_unit(m);

	if (!unit)
		return "";
	return strcmp(unit, "bytes") == 0 ? "By" : strcmp(unit, "seconds") == 0 ? "s" : "1";
}

/* ---- a line */

static void add_attribute(cJSON *attributes, const char *key, const char *foreign)
{
	cJSON *one = json_element(attributes);

	json_text(one, "key", key);
	json_text(json_object(one, "value"), "stringValue", foreign);
}

static void add_object(struct buf *out, cJSON *object)
{
	struct json_document d = { .out = out };

	json_print_element(&d, object);
}

static cJSON *resource(const char *host)
{
	cJSON *root = json_begin(), *attributes = json_array(root, "attributes");

	add_attribute(attributes, "service.name", "cowtop");
	add_attribute(attributes, "service.version", COWTOP_VERSION);
	if (*host)
		add_attribute(attributes, "host.name", host);
	return root;
}

static cJSON *scope(void)
{
	cJSON *root = json_begin();

	json_text(root, "name", "cowtop");
	json_text(root, "version", COWTOP_VERSION);
	return root;
}

static void begin_line(struct lines *o)
{
	o->begin = o->out->len;
	o->families = 0;
	buf_adds(o->out, OTLP_BEGINS "[{\"resource\":");
	add_object(o->out, resource(o->host));
	buf_adds(o->out, ",\"scopeMetrics\":[{\"scope\":");
	add_object(o->out, scope());
	buf_adds(o->out, ",\"metrics\":[");
}

static void end_line(struct lines *o)
{
	buf_adds(o->out, "]}]}]}\n");
}

/* ---- a family */

static void end_family(struct lines *o)
{
	if (o->named)
		buf_adds(o->out, "]}}");
	o->named = false;
}

static void begin_family(void *data, const struct metric *m)
{
	struct lines *o = data;

	end_family(o);
	o->metric = m;
}

static void add_head(struct lines *o)
{
	const struct metric *m = o->metric;
	struct json_document head;
	cJSON *root = json_begin();
	char name[NAME];

	name_of(m, name);
	json_text(root, "name", name);
	json_text(root, "description", metric_help(m));
	json_text(root, "unit", unit_of(m));
	if (o->families++)
		buf_addc(o->out, ',');
	json_open(&head, o->out, root, false);
	if (m->type == METRIC_COUNTER)
		buf_printf(o->out,
			   ",\"sum\":{\"aggregationTemporality\":%d,\"isMonotonic\":true,\"dataPoints\":[",
			   CUMULATIVE);
	else
		buf_adds(o->out, ",\"gauge\":{\"dataPoints\":[");
	o->points = (struct json_document){ .out = o->out };
	o->named = true;
}

/* ---- a point */

/* 64 bits are text: readers of JSON have no such numbers. */
static void add_int(cJSON *to, const char *key, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	json_text(to, key, text);
}

/* A series has one kind of numbers: those of processes that have no unit are means where these are a group. */
static bool is_whole(const struct metric *m)
{
	const char *unit = metric_unit(m);

	if (unit)
		return strcmp(unit, "bytes") == 0;
	return m->source != METRIC_PROCESS && m->source != METRIC_THRESHOLDS;
}

static void add_times(const struct lines *o, const struct metric_pool *p, cJSON *point)
{
	bool looked = p && p->snap && o->metric->source != METRIC_UP;
	int64_t time_ns = looked ? p->snap->facts->time_ns : o->set->time_ns;
	int64_t start_ns = p ? p->counts->start_ns : o->set->start_ns;

	/* The clock of the day may have been set back since. */
	if (o->metric->type == METRIC_COUNTER)
		add_int(point, "startTimeUnixNano", start_ns < time_ns ? start_ns : time_ns);
	add_int(point, "timeUnixNano", time_ns);
}

static void add_point(void *data, const struct metric_pool *p, const struct metric_label *labels,
		      figure value)
{
	struct lines *o = data;
	cJSON *point, *attributes;

	if (!isfinite(value))
		return;
	if (!o->named)
		add_head(o);
	point = json_begin();
	attributes = json_array(point, "attributes");
	for (; labels->name; labels++)
		if (labels->value && *labels->value)
			add_attribute(attributes, labels->name, labels->value);
	add_times(o, p, point);
	if (is_whole(o->metric) && fabs(value) < INT_END)
		add_int(point, "asInt", llround(value));
	else
		json_figure(point, "asDouble", value);
	json_print_element(&o->points, point);
	if (o->out->len - o->begin < LINE_MOST)
		return;
	end_family(o);
	end_line(o);
	begin_line(o);
}

void otlp(struct buf *out, const struct metric_set *s, const char *host)
{
	struct lines lines = { .out = out, .set = s, .host = host };
	const struct metric_writer w = { .data = &lines, .family = begin_family, .add = add_point };

	begin_line(&lines);
	metric_rows(s, &w);
	end_family(&lines);
	end_line(&lines);
}
