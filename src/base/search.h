#ifndef COWTOP_BASE_SEARCH_H
#define COWTOP_BASE_SEARCH_H

/*
 * How many of `n` elements come before a place, found by halves: `before` is an expression over the element
 * number `at`, true for those in front of the place and for no other. So it is the number of the first one
 * behind, `n` if there is none:
 *
 *	size_t i = search(at, maps->n, maps->items[at].end <= address);
 *
 * bsearch(3) finds equal keys alone; here what is looked for mostly lies between two.
 */
#include <stddef.h>

#define search(at, n, before) \
	({ \
		size_t search_low = 0, search_high = (n); \
\
		while (search_low < search_high) { \
			size_t at = search_low + (search_high - search_low) / 2; \
\
			if (before) \
				search_low = (at) + 1; \
			else \
				search_high = at; \
		} \
		search_low; \
	})

#endif
