#include "model/ruby_heap.h"

void ruby_heap_forget(struct ruby_heap_facts *f)
{
	f->pages = f->young_pages = f->old_pages = f->mixed_pages = f->other_pages = f->roomy_pages = ABSENT;
	f->young_objects = f->old_objects = f->unprotected_objects = f->free_slots = ABSENT;
}

fact ruby_heap_ageing_pages(const struct ruby_heap_facts *f)
{
	return f->pages == ABSENT ? ABSENT : f->young_pages + f->mixed_pages;
}
