#include "sink/json_stored.h"

#include <cjson/cJSON.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/student.h"

/* Runs that anybody makes. */
#define RUNS_MOST 1e6

static void delete (cJSON **root)
{
	cJSON_Delete(*root);
}

static const cJSON *get(const cJSON *object, const char *key)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

static bool is_text(const cJSON *item, const char *text)
{
	return cJSON_IsString(item) && !strcmp(item->valuestring, text);
}

static bool is_within(const struct field *f, double value)
{
	return isfinite(value) && value >= field_least(f) && value <= field_most(f);
}

/* A number that the figure can be, or null, or nothing: unknown. */
static int take_figure(const cJSON *from, const struct field *f, const char *key, figure *ret,
		       struct err *err)
{
	const cJSON *item = get(from, key);

	*ret = UNKNOWN;
	if (!item || cJSON_IsNull(item))
		return 0;
	if (!cJSON_IsNumber(item) || !is_within(f, item->valuedouble))
		return err_set(err, STATUS_FAILED, "%.64s is nothing that it can be", key);
	*ret = item->valuedouble;
	return 0;
}

static enum label label_of(const char *name)
{
	for (enum label label = LABEL_EXACT; label < LABELS; label++) {
		if (!strcmp(label_name(label), name))
			return label;
	}
	return LABEL_NONE;
}

/* Of a figure that is known; without one it stays as it is. */
static int take_label(const cJSON *from, const char *key, struct measure *m, struct err *err)
{
	const cJSON *label = get(from, "label");

	if (!known(m->value) || !label || cJSON_IsNull(label))
		return 0;
	m->label = cJSON_IsString(label) ? label_of(label->valuestring) : LABEL_NONE;
	return m->label ? 0 : err_set(err, STATUS_FAILED, "the label of %s is none", key);
}

/* ---- a sample */

/* What json_measure() wrote of a figure that is not exact. */
static int take_bounds(const cJSON *pool, const struct field *f, struct measure *m, struct err *err)
{
	const cJSON *at = get(get(pool, "bounds"), f->pool_key);
	figure low, high;

	if (!at || !known(m->value))
		return 0;
	if (take_label(at, f->pool_key, m, err) < 0 || take_figure(at, f, "low", &low, err) < 0 ||
	    take_figure(at, f, "high", &high, err) < 0)
		return -1;
	if (!known(low) || !known(high))
		return 0;
	if (low > m->value || high < m->value)
		return err_set(err, STATUS_FAILED, "%s does not lie between its bounds", f->pool_key);
	m->low = low;
	m->high = high;
	return 0;
}

static int take_level(const cJSON *item, struct standing *ret, struct err *err)
{
	ret->leveled = cJSON_IsString(item);
	for (enum level level = LEVEL_NONE; ret->leveled && level <= LEVEL_EXACT; level++) {
		ret->level = level;
		if (is_text(item, level_name(level)))
			return 0;
	}
	return ret->leveled ? err_set(err, STATUS_FAILED, "accounting.level is none") : 0;
}

static int take_sample(const cJSON *root, struct standing *ret, struct err *err)
{
	const cJSON *pool = get(root, "pool");
	struct standing_source from;

	if (!cJSON_IsObject(pool))
		return err_set(err, STATUS_FAILED, "it has no pool");
	if (take_level(get(get(root, "accounting"), "level"), ret, err) < 0 ||
	    take_figure(pool, FIELD(workers), "workers", &ret->workers, err) < 0)
		return -1;
	for (size_t i = 0; standing_source(i, &from); i++) {
		struct measure *m = &ret->means[from.row - compare_fields];
		figure value;

		if (take_figure(pool, from.pool, from.pool->pool_key, &value, err) < 0)
			return -1;
		*m = measure_make(value, UNKNOWN, false);
		if (take_bounds(pool, from.pool, m, err) < 0)
			return -1;
		if (from.of_worker)
			*m = measure_times(*m, ret->workers > 0 ? 1 / ret->workers : UNKNOWN);
	}
	ret->runs = 1;
	return 0;
}

/* ---- a trial */

static const cJSON *find_variant(const cJSON *root, const char *name)
{
	const cJSON *item;

	if (!name && cJSON_IsObject(get(root, "baseline")))
		return get(root, "baseline");
	cJSON_ArrayForEach(item, get(root, "variants"))
	{
		if (is_text(get(item, "name"), name ?: "baseline"))
			return item;
	}
	return name && is_text(get(get(root, "baseline"), "name"), name) ? get(root, "baseline") : NULL;
}

/* The mean, and of its interval the error behind it. */
static int take_mean(const cJSON *from, size_t row, struct standing *ret, struct err *err)
{
	const struct field *f = &compare_fields[row];
	const cJSON *at = get(from, f->process_key), *low = get(at, "low"), *high = get(at, "high");
	figure mean, half;

	if (take_figure(at, f, "mean", &mean, err) < 0)
		return -1;
	ret->means[row] = measure_make(mean, UNKNOWN, false);
	if (take_label(at, f->process_key, &ret->means[row], err) < 0)
		return -1;
	if (!known(mean) || ret->runs < 2 || !cJSON_IsNumber(low) || !cJSON_IsNumber(high))
		return 0;
	/* where one end would be less than nothing it is cut off there */
	half = fmax(high->valuedouble - mean, mean - low->valuedouble);
	if (!isfinite(half) || !(low->valuedouble <= mean && mean <= high->valuedouble))
		return err_set(err, STATUS_FAILED, "the interval of %s is none", f->process_key);
	ret->freedoms[row] = (figure)(ret->runs - 1);
	ret->errors[row] = half / student(SURE_95, ret->freedoms[row]);
	return 0;
}

/* It is what was measured of the variant, which must have been tried, and have taken. */
static int take_runs(const cJSON *variant, struct standing *ret, struct err *err)
{
	const cJSON *runs = get(variant, "runs");

	if (cJSON_IsFalse(get(variant, "applied")))
		return err_set(err, STATUS_FAILED, "that variant did not take in the trial");
	if (!cJSON_IsNumber(runs) || !(runs->valuedouble >= 1 && runs->valuedouble <= RUNS_MOST))
		return err_set(err, STATUS_FAILED, "that variant has no run in the trial");
	ret->runs = (size_t)runs->valuedouble;
	return 0;
}

static int take_trial(const cJSON *root, const char *name, struct standing *ret, struct err *err)
{
	const cJSON *variant = find_variant(root, name), *figures = get(variant, "figures");

	if (!variant)
		return err_set(err, STATUS_FAILED, "the trial has no variant '%.100s'", name ?: "baseline");
	if (take_runs(variant, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		if (take_mean(figures, i, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the document */

static bool has_figures(const struct standing *s)
{
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		if (known(s->means[i].value))
			return true;
	}
	return false;
}

static int take(const cJSON *root, const char *variant, struct standing *ret, struct err *err)
{
	const cJSON *schema = get(root, "schema");
	int r;

	standing_clear(ret);
	if (is_text(schema, "cowtop.try/1"))
		r = take_trial(root, variant, ret, err);
	else if (!is_text(schema, "cowtop.sample/1"))
		return err_set(err, STATUS_FAILED,
			       "its schema is '%.40s': neither cowtop.sample/1 nor cowtop.try/1",
			       cJSON_IsString(schema) ? schema->valuestring : "");
	else if (variant)
		return err_set(err, STATUS_FAILED, "it is a sample, which has no variant '%.100s'", variant);
	else
		r = take_sample(root, ret, err);
	if (r == 0 && !has_figures(ret))
		return err_set(err, STATUS_FAILED, "it has no figure that could be compared");
	return r;
}

/* Values are parted by these; what stands in texts counts as well. */
static bool has_too_many(const char *bytes, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{';
	return n > JSON_STORED_VALUES;
}

static size_t skip_blanks(const char *bytes, size_t at, size_t len)
{
	while (at < len && strchr(" \t\r\n", bytes[at]) && bytes[at])
		at++;
	return at;
}

int json_stored(const char *bytes, size_t len, const char *variant, struct standing *ret, struct err *err)
{
	cleanup(delete) cJSON *last = NULL;
	struct standing found;
	const char *end;

	if (len > JSON_STORED_SIZE || has_too_many(bytes, len))
		return err_set(err, STATUS_FAILED,
			       "it is too large; of many samples one is enough, the last line");
	for (size_t at = skip_blanks(bytes, 0, len); at < len;
	     at = skip_blanks(bytes, (size_t)(end - bytes), len)) {
		cJSON_Delete(last);
		last = cJSON_ParseWithLengthOpts(bytes + at, len - at, &end, false);
		if (!last)
			return err_set(err, STATUS_FAILED, "it is no JSON from byte %zu on, or cut off",
				       (size_t)(end - bytes) + 1);
	}
	if (!last)
		return err_set(err, STATUS_FAILED, "it is empty");
	if (take(last, variant, &found, err) < 0)
		return -1;
	*ret = found;
	return 0;
}
