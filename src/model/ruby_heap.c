#include "model/ruby_heap.h"

void ruby_heap_init(struct ruby_heap_facts *f)
{
	*f = (struct ruby_heap_facts){
		.pages = ABSENT,
		.young_pages = ABSENT,
		.old_pages = ABSENT,
		.mixed_pages = ABSENT,
		.other_pages = ABSENT,
		.roomy_pages = ABSENT,
		.young_objects = ABSENT,
		.old_objects = ABSENT,
		.unprotected_objects = ABSENT,
		.free_slots = ABSENT,
		.why = "",
	};
}

fact ruby_heap_ageing_pages(const struct ruby_heap_facts *f)
{
	return f->pages == ABSENT ? ABSENT : f->young_pages + f->mixed_pages;
}
