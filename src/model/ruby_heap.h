#ifndef COWTOP_MODEL_RUBY_HEAP_H
#define COWTOP_MODEL_RUBY_HEAP_H

/*
 * How old the objects of a Ruby process are, and which of its pages they lie on. Made on demand for one process (the
 * master), beside the sample.
 *
 * A collection that an object survives makes it older, three of them old. Up to 3.2 its age stands in the object itself,
 * so that each of these collections writes it; from 3.3 on it stands beside the page, and the object is written once, when
 * it becomes old. An old one is written no more. So what workers inherit of young objects is copied by their first
 * collections, one after the other: the pages with young objects on them are what ageing copies at the most (those that
 * die before are not aged, and a page may be copied for other reasons as well).
 */
#include <stdbool.h>
#include "model/fact.h"

struct ruby_heap_facts {
	bool any;            /* it is a Ruby; a zeroed struct is none */
	char version[16];    /* "3.1.2"; "": not known */
	bool ages_in_header; /* up to 3.2 */
	/* Resident pages of the heap that objects begin on, and of these: */
	fact pages;
	fact young_pages, old_pages; /* with objects of one age only, whatever else there is; */
	fact mixed_pages;            /* with both; */
	fact other_pages;            /* with neither: free, or of objects that have no age */
	fact roomy_pages;            /* of all of them: with free slots, which new objects are written to */
	/* Unprotected ones have no age: C extensions keep pointers into them. */
	fact young_objects, old_objects, unprotected_objects, free_slots;
	bool partly;     /* not all of it could be read: the figures are too small */
	const char *why; /* of facts that are ABSENT: a static string, else NULL */
};

void ruby_heap_forget(struct ruby_heap_facts *f); /* all facts are ABSENT from now on */
/* Pages that ageing writes, at the most. ABSENT: not known. */
fact ruby_heap_ageing_pages(const struct ruby_heap_facts *f);

#endif
