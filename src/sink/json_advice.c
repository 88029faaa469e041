#include "sink/advice.h"

#include "model/why_advice.h"
#include "sink/json_why_parts.h"

static void add_one(cJSON *to, const struct why *w, const struct why_advice *d)
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
		add_one(json_element(array), w, &w->advice[i]);
}
