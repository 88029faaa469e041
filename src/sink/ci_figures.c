#include "sink/ci_figures.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/number.h"
#include "base/student.h"
#include "base/text.h"
#include "sink/json_build.h"

#define MIB 1048576.0

/* Levels, and what a request costs: these do not hang on how long somebody watched, or how busy the machine was. */
bool ci_has(const struct field *f)
{
	return standing_is_level(f) || compare_per(f) == PER_REQUEST;
}

/* What a figure is told in, and what one of that is in the figure's own unit. */
struct told_in {
	const char *word, *sign;
	figure worth, step; /* rounded to so much of its own unit */
};

static struct told_in told_in(const struct field *f)
{
	if (f->unit == UNIT_BYTES && compare_per(f) == PER_REQUEST)
		return (struct told_in){ "kibibytes", "KiB", 1024, 0.5 * 1024 };
	if (f->unit == UNIT_BYTES)
		return (struct told_in){ "mebibytes", "MiB", MIB, 0.5 * MIB };
	if (f->unit == UNIT_RATIO)
		return (struct told_in){ "percent", "%", 0.01, 0.01 };
	return (struct told_in){ "", f->unit == UNIT_PAGES ? "pages" : "", 1, 0.1 };
}

/* ---- OpenMetrics */

/* Whose figure it is: GitLab shows nothing but the name. */
static const char *scope(const struct field *f)
{
	if (strncmp(f->process_key, "master_", 7) == 0)
		return "";
	return f->offset < offsetof(struct compare_figures, footprint_bytes) ? "worker_" : "pool_";
}

/* "cowtop_worker_cow_broken_percent" of cow_broken_ratio: the unit is the end of the name. */
static void put_name(const struct field *f, char out[static 96])
{
	static const char *const units[] = { "_bytes", "_ratio" };
	const char *key = f->process_key, *unit = told_in(f).word;

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		const char *at = strstr(key, units[i]);

		if (at) {
			snprintf(out, 96, "cowtop_%s%.*s%s_%s", scope(f), (int)(at - key), key,
				 at + strlen(units[i]), unit);
			return;
		}
	}
	snprintf(out, 96, "cowtop_%s%s", scope(f), key);
}

/* A label's text. GitLab takes what follows a # for a comment, also there. */
static void add_label(struct buf *out, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };

	text_clean(&clean, foreign, strlen(foreign));
	buf_adds(out, "{pool=\"");
	for (size_t i = 0; i < clean.len; i++) {
		if (clean.data[i] == '"' || clean.data[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, clean.data[i] == '#' ? '_' : clean.data[i]);
	}
	buf_adds(out, "\"}");
}

static void add_head(struct buf *out, const struct field *f, const char *name)
{
	const char *unit = told_in(f).word;

	buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, f->help, name);
	if (*unit)
		buf_printf(out, "# UNIT %s %s\n", name, unit);
}

static void add_row(struct buf *out, const struct field *f, const struct judged *j)
{
	struct told_in in = told_in(f);
	char name[96], digits[NUMBER_LEN];
	size_t n = 0;

	put_name(f, name);
	for (size_t i = 0; i < j->nseries; i++) {
		figure value = j->series[i].standing.means[f - compare_fields].value;

		if (!known(value))
			continue;
		if (!n++)
			add_head(out, f, name);
		buf_adds(out, name);
		if (j->series[i].label)
			add_label(out, j->series[i].label);
		/* in tenths: no number has more digits than were meant */
		value = round(10 * round(value / in.step) * in.step / in.worth) / 10;
		buf_printf(out, " %s\n", number_format(digits, value));
	}
}

void ci_metrics(struct buf *out, const struct judged *j)
{
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		if (ci_has(&compare_fields[i]))
			add_row(out, &compare_fields[i], j);
	}
	buf_adds(out, "# EOF\n");
}

/* ---- github-action-benchmark */

static figure hundredths(figure value)
{
	return round(100 * value) / 100;
}

/* What the mean varies by; of one run the bounds of a figure that has some. */
static void add_range(cJSON *to, const struct standing *s, size_t row, figure worth)
{
	const struct measure *m = &s->means[row];
	char text[96];

	if (known(s->errors[row]))
		snprintf(text, sizeof(text), "\302\261 %.2f",
			 s->errors[row] * student(SURE_95, s->freedoms[row]) / worth);
	else if (m->low < m->high)
		snprintf(text, sizeof(text), "%.2f to %.2f", m->low / worth, m->high / worth);
	else
		return;
	cJSON_AddStringToObject(to, "range", text);
}

static void add_entry(cJSON *array, const struct field *f, const struct judged_series *series)
{
	size_t row = (size_t)(f - compare_fields);
	const struct measure *m = &series->standing.means[row];
	cleanup(buf_release) struct buf name = { 0 };
	struct told_in in = told_in(f);
	cJSON *to;

	if (!known(m->value))
		return;
	if (series->label)
		buf_printf(&name, "%s: ", series->label);
	buf_adds(&name, f->help);
	to = json_element(array);
	json_text(to, "name", name.data);
	json_text(to, "unit", *in.sign ? in.sign : f->process_key);
	json_figure(to, "value", hundredths(m->value / in.worth));
	add_range(to, &series->standing, row, in.worth);
	buf_reset(&name);
	buf_printf(&name, "%s, %s", f->process_key, label_name(m->label));
	json_text(to, "extra", name.data);
}

void ci_benchmark(struct buf *out, const struct judged *j)
{
	cJSON *array;

	cJSON_Delete(json_begin());
	array = cJSON_CreateArray();
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		for (size_t k = 0; k < j->nseries; k++) {
			if (ci_has(&compare_fields[i]) && compare_better(&compare_fields[i]) < 0)
				add_entry(array, &compare_fields[i], &j->series[k]);
		}
	}
	json_end(out, array, true);
}
