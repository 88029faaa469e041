#include "sink/json_why_parts.h"

#include <string.h>
#include "model/why_advice.h"
#include "model/why_field.h"

void json_why_amount(cJSON *to, const char *key, struct why_amount a, double page_size)
{
	cJSON *at;

	if (!known(a.pages) && !known(a.low) && !known(a.high)) {
		json_null(to, key);
		return;
	}
	at = json_object(to, key);
	json_figure(at, "bytes", a.pages * page_size);
	json_figure(at, "low", a.low * page_size);
	json_figure(at, "high", a.high * page_size);
}

void json_why_causes(cJSON *to, const struct why_amount causes[WHY_CAUSES], double page_size)
{
	cJSON *at = json_object(to, "causes");

	for (size_t i = 0; i < WHY_CAUSES; i++)
		json_why_amount(at, why_cause_names[i], causes[i], page_size);
}

/* The keys that --fail-if has, without "why." */
static void add_figures(cJSON *to, const struct why *w)
{
	cJSON *bounds;

	for (size_t i = 0; i < WHY_FIGURES; i++)
		json_figure(to, strchr(why_fields[i].pool_key, '.') + 1,
			    why_measure(&why_fields[i], w).value);
	bounds = json_object(to, "bounds");
	for (size_t i = 0; i < WHY_FIGURES; i++)
		json_measure(bounds, strchr(why_fields[i].pool_key, '.') + 1, why_measure(&why_fields[i], w));
}

static void add_worker(cJSON *array, const struct why *w, const struct why_worker *k)
{
	cJSON *to = json_element(array);

	json_pid(to, "pid", k->pid);
	json_text(to, "basis", why_basis_name(k->basis));
	json_text(to, "reason", k->reason);
	json_figure(to, "looks", (figure)k->snapshots);
	json_figure(to, "copied_bytes", k->copied * w->page_size);
	json_why_causes(to, k->causes, w->page_size);
}

static void add_advice(cJSON *to, const struct why *w, const struct why_advice *d)
{
	json_text(to, "kind", why_advice_name(d->kind));
	json_bool(to, "helps", d->helps);
	json_why_amount(to, "per_worker", d->per_worker, w->page_size);
	json_why_amount(to, "pool", d->pool, w->page_size);
	json_text(to, "text", d->text);
	json_text(to, "how", d->how);
	json_text(to, "rests_on", d->rests_on);
	if (d->kind != ADVICE_WORKERS)
		return;
	json_figure(to, "workers", d->fit);
	json_figure(to, "workers_after", d->fit_after);
}

void json_advice(cJSON *to, const struct why *w)
{
	cJSON *array = json_array(to, "advice");

	for (size_t i = 0; i < w->nadvice; i++)
		add_advice(json_element(array), w, &w->advice[i]);
}

void json_why_members(cJSON *to, const struct why *w)
{
	cJSON *workers;

	json_text(to, "basis", why_basis_name(w->basis));
	json_text(to, "reason", w->reason);
	json_figure(to, "watched_workers", (figure)w->n);
	json_text(to, "how", w->how);
	add_figures(to, w);
	json_why_causes(to, w->causes, w->page_size);
	json_advice(to, w);
	workers = json_array(to, "workers");
	for (size_t i = 0; i < w->n; i++)
		add_worker(workers, w, &w->workers[i]);
}
