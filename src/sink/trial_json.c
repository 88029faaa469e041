#include "sink/json_build.h"
#include "sink/trial.h"

static void add_figures(cJSON *to, const struct trial_variant *v)
{
	cJSON *figures = json_object(to, "figures"), *at;

	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		const struct trial_figure *f = &v->figures[i];

		at = json_object(figures, compare_fields[i].process_key);
		json_figure(at, "mean", f->mean.value);
		json_figure(at, "low", f->low);
		json_figure(at, "high", f->high);
		json_text(at, "label", label_name(f->mean.label));
	}
}

/* In the words of a variant's verdict. Of what is neither better nor worse when there is less of it: lower, higher. */
static const char *verdict_of(const struct compare_row *r)
{
	bool higher = r->verdict == COMPARE_HIGHER;
	int better = compare_better(r->field);

	switch (r->verdict) {
	case COMPARE_LOWER:
	case COMPARE_HIGHER:
		if (!better)
			return higher ? "higher" : "lower";
		return (better > 0) == higher ? "better" : "worse";
	case COMPARE_NOISE:
		return "within noise";
	case COMPARE_SAME:
		return "the same";
	case COMPARE_UNKNOWN:
	case COMPARE_UNSURE:
	case COMPARE_BY_TIME:
		break;
	}
	return NULL;
}

static void add_against(cJSON *to, const struct trial_variant *v)
{
	cJSON *against, *figures, *at;

	if (!v->compared) {
		json_null(to, "against_baseline");
		return;
	}
	against = json_object(to, "against_baseline");
	json_text(against, "verdict", v->verdict == TRIAL_NONE ? NULL : trial_verdict_name(v->verdict));
	json_text(against, "compared_by", compare_by_name(v->against.by));
	figures = json_object(against, "figures");
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		const struct compare_row *r = &v->against.rows[i];

		at = json_object(figures, r->field->process_key);
		json_figure(at, "difference", r->difference);
		json_figure(at, "low", r->low);
		json_figure(at, "high", r->high);
		json_text(at, "label", label_name(compare_label(r)));
		json_text(at, "verdict", verdict_of(r));
	}
}

static void add_variant(cJSON *to, const struct trial_variant *v, bool baseline)
{
	const struct trial_figure *load = &v->figures[compare_find("load_s") - compare_fields];

	json_text(to, "name", v->name);
	if (baseline || v->applied == TRIAL_UNKNOWN)
		json_null(to, "applied");
	else
		json_bool(to, "applied", v->applied == TRIAL_APPLIED);
	json_text(to, "evidence", v->evidence && *v->evidence ? v->evidence : NULL);
	json_text(to, "error", v->error);
	json_figure(to, "runs", (figure)v->runs);
	json_figure(to, "load_s", load->mean.value);
	add_figures(to, v);
	add_against(to, v);
}

void trial_json(struct buf *out, const struct trial *t)
{
	cJSON *root = json_begin(), *array;

	json_text(root, "schema", "cowtop.try/1");
	json_text(root, "version", COWTOP_VERSION);
	json_text(root, "command", t->command);
	json_text(root, "load", t->load);
	json_figure(root, "runs", (figure)t->runs);
	json_text(root, "decided_by", compare_fields[trial_deciding(t)].process_key);
	add_variant(json_object(root, "baseline"), &t->variants[0], true);
	array = json_array(root, "variants");
	for (size_t i = 1; i < t->n; i++)
		add_variant(json_element(array), &t->variants[i], false);
	json_text(root, "best", t->best < 0 ? NULL : t->variants[t->best].name);
	json_text(root, "text", t->text);
	json_end(out, root, true);
}
