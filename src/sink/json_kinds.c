#include "sink/json_kinds.h"

#include "model/label.h"

/* Kinds and modules that are listed; what follows them is in the sums alone. */
#define LISTED 1000

/* Means of nobody are not known. */
static figure of_workers(const struct kinds *k, double mean)
{
	return k->workers ? mean : UNKNOWN;
}

static void add_objects(cJSON *to, const struct kinds *k)
{
	cJSON *at = json_object(to, "objects");
	struct kind sum;

	kinds_sum(k, &sum);
	json_text(at, "reason", k->why);
	json_figure(at, "workers", (figure)k->workers);
	json_bool(at, "complete", !k->why && !k->cut);
	json_text(at, "exactness", k->why ? NULL : k->sampled ? "estimate" : "exact");
	json_figure(at, "count", k->why ? UNKNOWN : (figure)sum.count);
	json_figure(at, "bytes", k->why ? UNKNOWN : (figure)sum.bytes);
	json_figure(at, "copied_count", of_workers(k, sum.copied_count));
	json_figure(at, "copied_bytes", of_workers(k, sum.copied_bytes));
	json_figure(at, "shared_count", of_workers(k, sum.shared_count));
	json_figure(at, "shared_bytes", of_workers(k, sum.shared_bytes));
}

static void add_types(cJSON *to, const struct kinds *k)
{
	cJSON *array = json_array(to, "types"), *at;

	for (size_t i = 0; i < k->n && i < LISTED; i++) {
		const struct kind *t = &k->items[i];

		at = json_element(array);
		json_text(at, "name", t->name);
		json_bool(at, "tracked", t->tracked);
		json_figure(at, "count", (figure)t->count);
		json_figure(at, "bytes", (figure)t->bytes);
		json_figure(at, "blocks_bytes", (figure)t->blocks);
		json_figure(at, "tracked_count", (figure)t->in_lists);
		json_figure(at, "tracked_bytes", (figure)t->in_lists_bytes);
		json_figure(at, "copied_count", of_workers(k, t->copied_count));
		json_figure(at, "copied_bytes", of_workers(k, t->copied_bytes));
		json_figure(at, "copied_pages", of_workers(k, t->copied_pages));
		json_figure(at, "shared_count", of_workers(k, t->shared_count));
		json_figure(at, "shared_bytes", of_workers(k, t->shared_bytes));
		json_figure(at, "shared_pages", of_workers(k, t->shared_pages));
	}
}

static void add_modules(cJSON *to, const struct kinds *k)
{
	cJSON *array = json_array(to, "modules"), *at;

	for (size_t i = 0; i < k->nmodules && i < LISTED; i++) {
		const struct kind_module *m = &k->modules[i];

		at = json_element(array);
		json_text(at, "name", m->name);
		json_figure(at, "count", (figure)m->count);
		json_figure(at, "bytes", (figure)m->bytes);
		json_figure(at, "copied_bytes", of_workers(k, m->copied_bytes));
		json_figure(at, "shared_bytes", of_workers(k, m->shared_bytes));
	}
}

void json_kinds(cJSON *to, const struct kinds *k)
{
	if (!k || k->why) {
		if (k)
			add_objects(to, k);
		else
			json_null(to, "objects");
		json_null(to, "types");
		json_null(to, "modules");
		return;
	}
	add_objects(to, k);
	add_types(to, k);
	add_modules(to, k);
}
