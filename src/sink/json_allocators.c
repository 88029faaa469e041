#include "sink/allocators.h"

#include <math.h>

static fact sum_of(fact a, fact b)
{
	return a == ABSENT || b == ABSENT ? ABSENT : a + b;
}

static void add_allocator(cJSON *at, const struct allocator_facts *f)
{
	bool amounts = f->used != ABSENT;

	json_text(at, "name", allocator_name(f->kind));
	json_text(at, "sign", allocator_sign_name(f->sign));
	json_fact(at, "arenas", f->arenas);
	json_fact(at, "held_bytes", f->held);
	json_fact(at, "used_bytes", f->used);
	json_fact(at, "cached_bytes", f->cached);
	json_fact(at, "free_bytes", sum_of(f->free, f->top));
	json_fact(at, "unused_bytes", f->top);
	json_fact(at, "own_bytes", f->own);
	json_fact(at, "trimmable_bytes", f->trimmable);
	json_fact(at, "pinned_bytes", f->pinned);
	json_fact(at, "mapped_bytes", f->mapped);
	json_fact(at, "mapped_blocks", f->nmapped);
	json_text(at, "exactness", !amounts ? NULL : f->guessed ? "estimate" : "exact");
	json_text(at, "reason", f->why);
}

cJSON *json_allocators(cJSON *to, const char *key, const struct allocator_inventory *i)
{
	cJSON *array = json_array(to, key);

	for (size_t k = 0; k < i->nitems; k++)
		add_allocator(json_element(array), &i->items[k]);
	return array;
}

void json_size_classes(cJSON *to, const struct allocator_inventory *i)
{
	cJSON *array = json_array(to, "size_classes"), *at;

	for (size_t k = 0; k < i->nclasses; k++) {
		const struct size_class_facts *c = &i->classes[k];

		at = json_element(array);
		json_fact(at, "size", c->size);
		json_fact(at, "pools", fact_of(c->pools));
		json_fact(at, "used_blocks", fact_of(c->used));
		json_fact(at, "free_blocks", fact_of(c->free));
	}
}

void json_regions(cJSON *to, const struct memory_uses *u, uint64_t page_size, size_t n)
{
	cJSON *array = json_array(to, "regions"), *at;
	figure each = n ? (figure)page_size / (figure)n : NAN;

	for (size_t k = 0; k < u->n; k++) {
		const struct memory_use *m = &u->items[k];

		if (!memory_use_copied(m) && !m->pages.shared && !m->pages.new)
			continue;
		at = json_element(array);
		json_text(at, "kind", memory_use_name(m->kind));
		json_text(at, "name", m->name);
		json_figure(at, "bytes", (figure)m->bytes / (figure)n);
		json_figure(at, "copied_bytes", (figure)memory_use_copied(m) * each);
		json_figure(at, "shared_bytes", (figure)m->pages.shared * each);
		json_figure(at, "new_bytes", (figure)m->pages.new *each);
	}
}
