#include "sink/trial_parts.h"

#include <stdio.h>
#include <string.h>
#include "sink/compare_parts.h"
#include "sink/trial_words.h"

const struct trial_column trial_columns[TRIAL_COLUMNS] = {
	{ "footprint_bytes", "Pool", true },
	{ "shared_bytes", "Shared", true },
	{ "cow_broken_bytes", "Copied", true },
	{ "new_bytes", "New", false },
	{ "private_bytes", "Private", true },
	{ "gained_bytes", "Gained", false },
	{ "growth_bytes_per_min", "Growth a minute", false },
	{ "first_full_collection_bytes", "First full gc", false },
	{ "saved_bytes", "Saved", false },
	{ "load_s", "Load", true },
};

#define MINUTE 60
#define MIB 1048576.0

static bool lasts_minutes(const struct trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < t->variants[i].runs; k++) {
			if (!(t->variants[i].stories[k]->elapsed_s >= MINUTE))
				return false;
		}
	}
	return true;
}

bool trial_has_column(const struct trial *t, const struct trial_column *c)
{
	if (!strcmp(c->key, "growth_bytes_per_min") && !lasts_minutes(t))
		return false;
	for (size_t i = 0; i < t->n; i++) {
		if (known(trial_figure(&t->variants[i], c->key)->mean.value))
			return true;
	}
	return false;
}

const struct field *trial_field(const char *key)
{
	return compare_find(key);
}

const struct trial_figure *trial_figure(const struct trial_variant *v, const char *key)
{
	return &v->figures[compare_find(key) - compare_fields];
}

const struct compare_row *trial_row(const struct trial_variant *v, const struct field *f)
{
	const struct compare_row *r = &v->against.rows[f - compare_fields];

	return v->compared && known(r->difference) ? r : NULL;
}

char *trial_value(char out[static TRIAL_VALUE], const struct field *f, struct measure m)
{
	char text[24];

	snprintf(out, TRIAL_VALUE, "%s%s", known(m.value) ? label_mark(m.label) : "",
		 compare_value(text, f, m.value));
	return out;
}

char *trial_mib(char out[static TRIAL_VALUE], const struct field *f, struct measure m)
{
	char text[16];

	if (f->unit != UNIT_BYTES || !known(m.value))
		return trial_value(out, f, m);
	snprintf(out, TRIAL_VALUE, "%s%s", label_mark(m.label), compare_mib(text, f, m.value));
	return out;
}

/* Two values, the unit once when it is that of both. */
static void put_both(char out[static TRIAL_INTERVAL], const char *low, const char *high)
{
	const char *unit = strchr(low, ' '), *same = strchr(high, ' ');
	int digits = (int)strlen(low);

	if (unit && same && !strcmp(unit, same))
		digits = (int)(unit - low);
	snprintf(out, TRIAL_INTERVAL, "%.*s to %s", digits, low, high);
}

char *trial_interval(char out[static TRIAL_INTERVAL], const struct field *f, figure low, figure high)
{
	char a[24], b[24];

	*out = '\0';
	if (known(low) && known(high))
		put_both(out, compare_value(a, f, low), compare_value(b, f, high));
	return out;
}

/* Below 1 MiB with two decimals, by integers: printf's decimal point belongs to the locale. What is shown as zero has no
 * sign. */
static char *signed_mib(char out[static 24], const struct field *f, figure bytes)
{
	char text[16];
	unsigned int hundredths = (unsigned int)lround(fmin(fabs(bytes) / MIB, 1) * 100);

	if (hundredths < 100)
		snprintf(text, sizeof(text), "0.%02u", hundredths);
	else
		compare_mib(text, f, fabs(bytes));
	snprintf(out, 24, "%s%s", compare_is_zero(text) ? "" : bytes < 0 ? "-" : "+", text);
	return out;
}

char *trial_difference(char out[static TRIAL_DIFFERENCE], const struct trial *t,
		       const struct trial_variant *v, const char *unit)
{
	const struct compare_row *r = trial_row(v, &compare_fields[trial_deciding(t)]);
	char difference[24], low[24], high[24];
	int n;

	strcpy(out, "-");
	if (!r)
		return out;
	n = snprintf(out, TRIAL_DIFFERENCE, "%s%s%s", label_mark(compare_label(r)),
		     signed_mib(difference, r->field, r->difference), unit);
	if (known(r->low) && known(r->high))
		snprintf(out + n, TRIAL_DIFFERENCE - (size_t)n, " (%s to %s%s)",
			 signed_mib(low, r->field, r->low), signed_mib(high, r->field, r->high), unit);
	return out;
}

bool trial_decides_pool(const struct trial *t)
{
	return &compare_fields[trial_deciding(t)] == compare_find("footprint_bytes");
}

const char *trial_difference_head(const struct trial *t)
{
	return trial_decides_pool(t) ? "The pool's difference" : "Private: difference";
}

bool trial_is_baseline(const struct trial *t, const struct trial_variant *v)
{
	return v == t->variants;
}

bool trial_is_void(const struct trial *t, const struct trial_variant *v)
{
	return !v->runs || (!trial_is_baseline(t, v) && v->applied == TRIAL_NOT_APPLIED);
}

bool trial_is_marked(const struct trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < COMPARE_ROWS; k++) {
			struct measure m = t->variants[i].figures[k].mean;

			if (known(m.value) && *label_mark(m.label))
				return true;
		}
	}
	return false;
}

bool trial_is_best(const struct trial *t, const struct trial_variant *v)
{
	return t->best >= 0 && v == &t->variants[t->best];
}

const char *trial_verdict(const struct trial *t, const struct trial_variant *v)
{
	return trial_is_baseline(t, v) && v->runs ? "-" : trial_verdict_words(v);
}

const char *trial_class(const struct trial *t, const struct trial_variant *v)
{
	if (trial_is_void(t, v))
		return "void";
	if (v->verdict == TRIAL_BETTER)
		return "good";
	return v->verdict == TRIAL_WORSE ? "bad" : "";
}

void trial_task(struct buf *out, const struct trial *t)
{
	size_t variants = t->n - 1;

	buf_printf(out, "the command as it is and with %zu variant%s, %zu run%s of each%s", variants,
		   variants == 1 ? "" : "s", t->runs, t->runs == 1 ? "" : "s",
		   t->load ? ", under the load " : ", for as long each, without a load");
}

void trial_shown(struct buf *out, const struct trial *t, const struct trial_variant *v)
{
	if (v->runs && v->evidence && *v->evidence)
		buf_adds(out, v->evidence);
	if (!v->error)
		return;
	if (v->runs)
		buf_printf(out, "%s%zu of %zu runs: ", out->len ? "; " : "", v->runs, t->runs);
	buf_adds(out, v->error);
}
