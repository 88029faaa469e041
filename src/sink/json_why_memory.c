#include <math.h>
#include "sink/allocators.h"
#include "sink/ruby_heap.h"
#include "sink/why_memory.h"

void json_why_copies(cJSON *pool, const struct why_memory *m)
{
	static const struct copies none;
	const struct copies *c = m ? &m->copies : &none;
	figure each = m && m->n ? 1 / (figure)m->n : NAN;
	cJSON *at = json_object(pool, "changed_bytes_per_page");

	json_figure(at, "mean", copies_bytes_mean(c, 0));
	json_figure(at, "median", copies_bytes_median(c, 0));
	json_figure(pool, "compared_bytes", (figure)c->compared * (figure)c->page_size * each);
	json_text(pool, "identical_exactness", !c->compared ? NULL : m->exact ? "exact" : "estimate");
}

static void add_each(cJSON *root, const struct why_memory *m)
{
	cJSON *array = json_allocators(root, "worker_allocators", &m->each), *at;

	cJSON_ArrayForEach(at, array) json_figure(at, "workers", (figure)m->nread);
}

void json_why_memory(cJSON *root, const struct why_memory *m, double page_size)
{
	if (m && m->nspaces)
		json_regions(root, &m->regions, (uint64_t)page_size, m->nspaces);
	else
		json_null(root, "regions");
	if (m && m->read) {
		json_allocators(root, "allocators", &m->allocators);
		json_size_classes(root, &m->allocators);
	} else {
		json_null(root, "allocators");
		json_null(root, "size_classes");
	}
	json_text(root, "allocators_reason", m ? m->why : NULL);
	if (m && m->nread)
		add_each(root, m);
	else
		json_null(root, "worker_allocators");
	if (m)
		json_ruby(root, &m->ruby, (uint64_t)page_size);
	else
		json_null(root, "ruby");
}

void json_why_worker(cJSON *worker, const struct why_memory_worker *k)
{
	const struct copies none = { 0 }, *c = k ? &k->copies : &none;
	cJSON *at = json_object(worker, "changed_bytes_per_page");

	json_figure(at, "mean", copies_bytes_mean(c, 0));
	json_figure(at, "median", copies_bytes_median(c, 0));
	if (k && k->read)
		json_allocators(worker, "allocators", &k->allocators);
	else
		json_null(worker, "allocators");
}
