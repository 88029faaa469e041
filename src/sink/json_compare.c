#include "base/cleanup.h"
#include "sink/compare_parts.h"
#include "sink/json_report.h"
#include "sink/json_story.h"

static void add_side(cJSON *to, const char *key, const struct compare_side *side)
{
	cJSON *at = json_object(to, key);

	json_figure(at, "from_s", side->from_s);
	json_figure(at, "to_s", side->to_s);
	json_figure(at, "mean", side->mean);
	json_spread(at, "over_workers", &side->workers);
	json_spread(at, "over_time", &side->time);
	json_spread(at, "over_runs", &side->runs);
	json_figure(at, "standard_error", side->error);
	json_text(at, "label", label_name(side->doubt.label));
	json_figure(at, "low", side->doubt.low < side->doubt.high ? side->doubt.low : UNKNOWN);
	json_figure(at, "high", side->doubt.low < side->doubt.high ? side->doubt.high : UNKNOWN);
}

/* Null where there are not both, what was foretold and what was measured. */
static void add_foretold(cJSON *root, const struct comparison *c)
{
	const struct compare_foretold *f = &c->foretold;
	bool bounded = f->gain.low < f->gain.high;
	cJSON *to;

	if (!f->there) {
		json_null(root, "foretold");
		return;
	}
	to = json_object(root, "foretold");
	json_text(to, "by", f->by_a ? "a" : "b");
	json_figure(to, "gain_bytes", f->gain.value);
	json_text(to, "gain_label", label_name(f->gain.label));
	json_figure(to, "gain_low", bounded ? f->gain.low : f->gain.value);
	json_figure(to, "gain_high", bounded ? f->gain.high : f->gain.value);
	json_figure(to, "measured_bytes", f->measured);
	json_figure(to, "measured_low", f->low);
	json_figure(to, "measured_high", f->high);
	if (known(f->measured))
		json_bool(to, "within", f->within);
	else
		json_null(to, "within");
}

void json_comparison(struct buf *out, const struct comparison *c, bool pretty)
{
	cJSON *root = json_begin(), *array, *diff, *to;
	cleanup(buf_release) struct buf kernels = { 0 }, headline = { 0 };
	char levels[120];
	size_t i;

	json_text(root, "schema", "cowtop.diff/1");
	json_text(root, "version", COWTOP_VERSION);
	compare_headline(&headline, c);
	json_text(root, "headline", headline.data);
	add_foretold(root, c);
	json_text(root, "compared_by", compare_by_name(c->by));
	to = json_object(root, "runs");
	json_figure(to, "a", (figure)c->runs_a);
	json_figure(to, "b", (figure)c->runs_b);
	to = json_object(root, "requests");
	json_figure(to, "a", c->requests_a);
	json_figure(to, "b", c->requests_b);
	json_recording(json_object(root, "a"), c->a);
	json_recording(json_object(root, "b"), c->b);
	json_text(root, "levels_differ", *compare_levels(levels, c) ? levels : NULL);
	compare_kernels(&kernels, c);
	json_text(root, "kernels_differ", kernels.len ? kernels.data : NULL);
	diff = json_object(root, "diff");
	for (i = 0; i < COMPARE_ROWS; i++)
		json_figure(diff, compare_fields[i].process_key, compare_get(&compare_fields[i], &c->diff));
	array = json_array(root, "rows");
	for (i = 0; i < COMPARE_ROWS; i++) {
		const struct compare_row *row = &c->rows[i];

		to = json_element(array);
		json_text(to, "key", row->field->process_key);
		add_side(to, "a", &row->a);
		add_side(to, "b", &row->b);
		json_figure(to, "difference", row->difference);
		json_text(to, "label", label_name(compare_measure(row->field, c).label));
		json_figure(to, "low", row->low);
		json_figure(to, "high", row->high);
		json_figure(to, "smallest", row->smallest);
		json_text(to, "verdict", compare_verdict_name(row->verdict));
	}
	json_end(out, root, pretty);
}
