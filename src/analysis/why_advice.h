#ifndef COWTOP_ANALYSIS_WHY_ADVICE_H
#define COWTOP_ANALYSIS_WHY_ADVICE_H

/*
 * From why the workers of a pool have copied pages, and what else is known of it, to what would help and by how much.
 * Nothing is advised without a figure: what it would rest on and is not there leaves it out. Pure.
 *
 * Something helps from 1 MiB a worker on, and from a twentieth of what it is a part of: of the copies, or of what the
 * workers have of their own. What is nearest to hand is named with its amount all the same, as what does not help.
 */
#include "analysis/why_growth.h"
#include "model/allocator.h"
#include "model/equal.h"
#include "model/memory_use.h"
#include "model/region.h"
#include "model/ruby_heap.h"
#include "model/why_advice.h"

/* All borrowed; all but `snap` may be NULL. */
struct why_evidence {
	const struct snapshot *snap; /* the last one */
	const struct why_growth *growth;
	const struct allocator_inventory *master, *worker; /* of one worker, which stands for all */
	const struct equal_facts *equal;
	const struct ruby_heap_facts *ruby; /* of the master */
	const struct memory_uses *uses;     /* sums of so many workers: */
	size_t nuses;
	const struct address_space *space; /* of the master */
	long cores;                        /* 0: not known */
};

/* Fills w->advice, which is empty or of before, and w->how. The most comes first, and behind what helps how many workers
 * more there is room for. */
void why_advise(struct why *w, const struct why_evidence *e);

#endif
