#include "sink/ruby_heap.h"

void json_ruby(cJSON *to, const struct ruby_heap_facts *f, uint64_t page_size)
{
	fact ageing = ruby_heap_ageing_pages(f);
	cJSON *at;

	if (!f->any) {
		json_null(to, "ruby");
		return;
	}
	at = json_object(to, "ruby");
	json_text(at, "version", *f->version ? f->version : NULL);
	json_text(at, "ages_in", f->why ? NULL : f->ages_in_header ? "objects" : "bitmaps");
	json_fact(at, "pages", f->pages);
	json_fact(at, "young_pages", f->young_pages);
	json_fact(at, "old_pages", f->old_pages);
	json_fact(at, "mixed_pages", f->mixed_pages);
	json_fact(at, "other_pages", f->other_pages);
	json_fact(at, "pages_with_free_slots", f->roomy_pages);
	json_fact(at, "young_objects", f->young_objects);
	json_fact(at, "old_objects", f->old_objects);
	json_fact(at, "unprotected_objects", f->unprotected_objects);
	json_fact(at, "free_slots", f->free_slots);
	json_fact(at, "ageing_bytes", ageing == ABSENT ? ABSENT : fact_times((uint64_t)ageing, page_size));
	json_text(at, "ageing_label", ageing == ABSENT ? NULL : f->partly ? "estimate" : "upper_bound");
	json_text(at, "reason", f->why);
}
