#include "analysis/trial_sentence.h"

#include <string.h>
#include "base/units.h"

static const struct compare_row *row_of(const struct trial_variant *v, const char *key)
{
	return &v->against.rows[compare_find(key) - compare_fields];
}

/* By integers: printf's decimal point belongs to the locale. */
static void add_seconds(struct buf *out, figure seconds)
{
	long hundredths = lround(seconds * 100);
	char text[16];

	if (seconds < 10)
		buf_printf(out, "%ld.%02lds", hundredths / 100, hundredths % 100);
	else if (seconds < 100)
		buf_printf(out, "%ld.%lds", hundredths / 100, hundredths / 10 % 10);
	else
		buf_adds(out, units_format_age(text, seconds));
}

/* "230.1 MiB", "-0.3 MiB", "1.20s" */
static void add_amount(struct buf *out, const struct field *f, figure amount)
{
	char text[16];

	buf_adds(out, amount < 0 ? "-" : "");
	if (f->unit == UNIT_SECONDS)
		add_seconds(out, fabs(amount));
	else
		buf_adds(out, units_format_size(text, fabs(amount)));
}

/* "about 230.1 MiB less (228.0 MiB to 232.2 MiB)" */
static void add_difference(struct buf *out, const struct compare_row *r)
{
	bool less = r->difference < 0;

	buf_adds(out, label_words(compare_label(r)));
	add_amount(out, r->field, fabs(r->difference));
	buf_adds(out, less ? " less" : " more");
	if (!known(r->low))
		return;
	buf_adds(out, " (");
	add_amount(out, r->field, less ? -r->high : r->low);
	buf_adds(out, " to ");
	add_amount(out, r->field, less ? -r->low : r->high);
	buf_addc(out, ')');
}

/* "179.0 MiB instead of 409.1 MiB" */
static void add_sides(struct buf *out, const struct compare_row *r)
{
	buf_adds(out, label_words(r->b.doubt.label));
	add_amount(out, r->field, r->b.mean);
	buf_adds(out, " instead of ");
	buf_adds(out, label_words(r->a.doubt.label));
	add_amount(out, r->field, r->a.mean);
}

/* What the row that decides is of. */
static const char *costs(const struct trial *t)
{
	return &compare_fields[trial_deciding(t)] == compare_find("footprint_bytes") ?
		       "the pool costs " :
		       "a worker has for itself ";
}

/* "; a worker copied 14.4 MiB less (...) and has 15.5 MiB less (...) for itself" */
static void add_worker(struct buf *out, const struct trial_variant *v)
{
	const struct compare_row *copied = row_of(v, "cow_broken_bytes"),
				 *private = row_of(v, "private_bytes");

	if (!known(copied->difference) && !known(private->difference))
		return;
	buf_adds(out, "; a worker");
	if (known(copied->difference)) {
		buf_adds(out, " copied ");
		add_difference(out, copied);
	}
	if (known(private->difference)) {
		buf_adds(out, known(copied->difference) ? " and has " : " has ");
		add_difference(out, private);
		buf_adds(out, " for itself");
	}
}

/* The price of it. */
static void add_load(struct buf *out, const struct trial_variant *v)
{
	const struct compare_row *r = row_of(v, "load_s");

	if (!known(r->difference))
		return;
	buf_adds(out, ". The load took ");
	buf_adds(out, fabs(r->difference) < r->smallest ? "as long: " : "");
	add_sides(out, r);
	if (!known(r->low) || fabs(r->difference) < r->smallest)
		return;
	buf_adds(out, ", ");
	if (r->low <= 0 && r->high >= 0)
		buf_adds(out, "which is within noise");
	else
		add_difference(out, r);
}

static void add_name(struct buf *out, const struct trial_variant *v, size_t nth)
{
	buf_printf(out, "%s%s", nth ? ", " : "", v->name);
}

/* ". Not applied, so that nothing is said of them: X, Y" */
static void add_left_out(struct buf *out, const struct trial *t)
{
	size_t i, n = 0;

	for (i = 1; i < t->n; i++) {
		if (t->variants[i].applied != TRIAL_NOT_APPLIED)
			continue;
		if (!n)
			buf_adds(out, ". Not applied, so that nothing is known of it: ");
		add_name(out, &t->variants[i], n++);
	}
	for (i = 1, n = 0; i < t->n; i++) {
		if (!t->variants[i].error)
			continue;
		if (!n)
			buf_adds(out, ". Failed: ");
		add_name(out, &t->variants[i], n++);
	}
}

static void add_best(struct buf *out, const struct trial *t, const bool *as_good)
{
	const struct trial_variant *v = &t->variants[t->best];
	const struct compare_row *r = &v->against.rows[trial_deciding(t)];
	size_t i, n = 0;

	buf_printf(out, "%s is best: %s", v->name, costs(t));
	add_sides(out, r);
	buf_adds(out, ", ");
	add_difference(out, r);
	add_worker(out, v);
	add_load(out, v);
	for (i = 1; i < t->n; i++) {
		if (!as_good[i])
			continue;
		if (!n)
			buf_adds(out, ". As good, within noise: ");
		add_name(out, &t->variants[i], n++);
	}
}

/* What there is to say of a variant that is not better. */
static void add_verdict(struct buf *out, const struct trial *t, const struct trial_variant *v)
{
	buf_printf(out, "%s: ", v->name);
	if (v->verdict == TRIAL_NONE) {
		buf_adds(out, "cannot be told");
		return;
	}
	buf_adds(out, trial_verdict_name(v->verdict));
	buf_adds(out, ", ");
	add_difference(out, &v->against.rows[trial_deciding(t)]);
}

static bool is_judged(const struct trial_variant *v)
{
	return v->compared && v->applied != TRIAL_NOT_APPLIED;
}

/* None is better. */
static void add_none(struct buf *out, const struct trial *t)
{
	size_t judged = 0, i, n = 0;

	for (i = 1; i < t->n; i++)
		judged += is_judged(&t->variants[i]);
	if (!judged) {
		buf_adds(out, "No variant could be judged");
		return;
	}
	buf_adds(out, "No variant makes the pool smaller: ");
	for (i = 1; i < t->n; i++) {
		if (!is_judged(&t->variants[i]))
			continue;
		buf_adds(out, n++ ? "; " : "");
		add_verdict(out, t, &t->variants[i]);
	}
}

/* One run of each: what was seen, without a verdict. */
static void add_unsure(struct buf *out, const struct trial *t)
{
	const struct trial_variant *least = NULL;

	buf_adds(out, "One run of each does not tell a difference from noise: --runs 3 does");
	for (size_t i = 1; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];

		if (is_judged(v) && known(v->against.rows[trial_deciding(t)].difference) &&
		    (!least || trial_decides(t, v)->mean.value < trial_decides(t, least)->mean.value))
			least = v;
	}
	if (!least)
		return;
	buf_printf(out, ". Least with %s: %s", least->name, costs(t));
	add_sides(out, &least->against.rows[trial_deciding(t)]);
	add_worker(out, least);
	add_load(out, least);
}

void trial_sentence(const struct trial *t, const bool *as_good, struct buf *out)
{
	if (t->runs < 2)
		add_unsure(out, t);
	else if (t->best >= 0)
		add_best(out, t, as_good);
	else
		add_none(out, t);
	add_left_out(out, t);
	buf_addc(out, '.');
}
