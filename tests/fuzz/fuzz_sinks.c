/*
 * What is shown of any facts that a recording may hold: samples, each with its length in front, the first one a key frame.
 * All forms are clean UTF-8 without anything that a terminal obeys, JSON is JSON, and each row of CSV as long as its head.
 * The first byte is how wide the texts may be.
 */
#include <string.h>
#include "analysis/analysis.h"
#include "analysis/standing.h"
#include "analysis/story.h"
#include "base/cleanup.h"
#include "codec/sample.h"
#include "fuzz.h"
#include "shown.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink/json_report.h"
#include "sink/json_stored.h"
#include "sink/metric_page.h"
#include "sink/openmetrics.h"
#include "sink/otlp.h"
#include "sink/perfetto.h"
#include "sink/report.h"
#include "sink/text.h"

#define SAMPLES 40

static size_t row_length(const char **at)
{
	size_t n = 1;
	bool quoted = false;

	for (; **at && (quoted || **at != '\n'); ++*at) {
		quoted ^= **at == '"';
		n += !quoted && **at == ',';
	}
	*at += **at == '\n';
	return n;
}

static void check_csv(const struct snapshot *s)
{
	cleanup(buf_release) struct buf b = { 0 };
	const char *at;
	size_t n;

	csv_header(&b);
	csv_snapshot(&b, s);
	must_be_clean(&b);
	at = b.data;
	for (n = row_length(&at); *at;)
		must(row_length(&at) == n);
}

/* Each line for itself, and each begins alike. */
static void check_otlp(const struct metric_set *set, const char *host)
{
	cleanup(buf_release) struct buf all = { 0 }, line = { 0 };
	const char *end;

	otlp(&all, set, host);
	for (const char *at = all.data; *at; at = end + 1) {
		end = strchr(at, '\n');
		must(end && !strncmp(at, OTLP_BEGINS, strlen(OTLP_BEGINS)));
		buf_add(&line, at, (size_t)(end - at));
		must_be_json(&line);
	}
}

static void check_metrics(const struct snapshot *s)
{
	struct metric_counts counts;
	struct metric_pool pool = {
		.name = s->command, .unit = s->command, .cgroup = "", .snap = s, .counts = &counts, .up = true
	};
	struct metric_set set = { .pools = &pool, .n = 1, .cpu_s = 1, .samples = 1, .duration_s = UNKNOWN };
	cleanup(buf_release) struct buf b = { 0 };

	metric_counts_init(&counts);
	metric_counts_next(&counts, s);
	metric_set_bound(&set, METRIC_SERIES_MOST);
	for (int f = METRIC_FORMAT_OPENMETRICS; f <= METRIC_FORMAT_PROMETHEUS; f++)
		openmetrics(&b, &set, (enum metric_format)f);
	metric_page(&b, &set);
	must_be_clean(&b);
	check_otlp(&set, s->command);
	metric_counts_release(&counts);
}

/* A sample that is kept is a baseline for the next run: it stands as it stood. */
static void check_stored(const struct snapshot *s, const struct buf *json)
{
	struct standing was, is;
	struct err err = { 0 };
	size_t figures = 0;

	standing_of_snapshot(s, &was);
	for (size_t i = 0; i < COMPARE_ROWS; i++)
		figures += known(was.means[i].value);
	if (json_stored(json->data, json->len, NULL, &is, &err) < 0) {
		must(!figures);
		return;
	}
	must(is.runs == was.runs && is.level == was.level);
	for (size_t i = 0; i < COMPARE_ROWS; i++)
		must(known(is.means[i].value) == known(was.means[i].value));
}

static void show(const struct snapshot *s, size_t columns)
{
	cleanup(buf_release) struct buf b = { 0 };

	json_snapshot(&b, s, false);
	check_stored(s, &b);
	must_be_json(&b);
	for (size_t i = 0; i < s->nevents; i++) {
		json_event(&b, s, &s->events[i], i);
		must_be_json(&b);
	}
	text_snapshot(&b, s, NULL, columns);
	must_be_clean(&b);
	check_csv(s);
	check_metrics(s);
}

static void tell(struct storyteller *t, size_t columns)
{
	cleanup(story_release) struct story story = { 0 };
	cleanup(buf_release) struct buf b = { 0 };

	story_end(t, &story);
	if (!story.samples)
		return;
	json_report(&b, &story, true);
	must_be_json(&b);
	report_text(&b, &story, columns);
	report_html(&b, &story);
	must_be_clean(&b);
}

/* Samples are decoded anew for each round, as a file is read anew. */
static void trace(struct perfetto *p, const uint8_t *data, size_t size)
{
	cleanup(sample_codec_release) struct sample_codec f;
	struct analysis *a = analysis_new();
	struct pieces at = { .data = data, .size = size };

	sample_codec_init(&f);
	for (int i = 0; i < SAMPLES && next_piece(&at) && sample_take(&f, i == 0, at.piece, at.len); i++) {
		cleanup(snapshot_release) struct snapshot snap = { 0 };

		analysis_next(a, &f.now, &snap);
		perfetto_snapshot(p, &snap);
	}
	analysis_free(a);
}

static void check_trace(const uint8_t *data, size_t size)
{
	struct perfetto *all = perfetto_count(), *p;
	cleanup(buf_release) struct buf b = { 0 };

	trace(all, data, size);
	p = perfetto_begin(all, &b);
	trace(p, data, size);
	perfetto_end(p);
	must_be_json(&b);
	perfetto_free(p);
	perfetto_free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(sample_codec_release) struct sample_codec f;
	struct storyteller *t;
	struct analysis *a;
	struct pieces p;

	sample_codec_init(&f);
	if (!size)
		return 0;
	p = (struct pieces){ .data = data + 1, .size = size - 1 };
	a = analysis_new();
	t = story_begin();
	for (int i = 0; i < SAMPLES && next_piece(&p) && sample_take(&f, i == 0, p.piece, p.len); i++) {
		cleanup(snapshot_release) struct snapshot snap = { 0 };

		analysis_next(a, &f.now, &snap);
		analysis_add_why(a, &snap);
		show(&snap, 80 + *data);
		story_add(t, &snap);
	}
	tell(t, 80 + *data);
	analysis_free(a);
	check_trace(data + 1, size - 1);
	return 0;
}
