#ifndef COWTOP_LEDGER_FIRST_WALK_NESTED_H
#define COWTOP_LEDGER_FIRST_WALK_NESTED_H

/*
 * First walk: pages that others map for another reason than the fork of this process by its base. Its own
 * children have what it made before it forked them ("nested"), even when they are gone by now: the fork has
 * cleared the flag of all its pages (first_walk.h, second part). And KSM merges pages that were never shared.
 * Internal to ledger/.
 */
#include "ledger/open_page.h"
#include "ledger/run.h"

/* Is it perhaps a copy that this process made before it forked children of its own? Needs its own flags. */
bool first_walk_is_nested(const struct ledger *l, const struct page_run *r, const struct open_page *o);
/* Decides such a page. `older`: the base's page was there when this process was forked. */
void first_walk_nested(const struct ledger *l, struct page_run *r, const struct open_page *o, bool older);
/* The state of page of interest `k` which the base had: the process's own copy, which it shared with its
 * children; or an ancestor's, when others have it as well. */
uint8_t first_walk_nested_copy(const struct ledger *l, struct page_run *r, size_t k);
/* ... which the base has not, and which was shared by a fork since it came to be: inherited, or the process's own
 * new one, which it shared with its children. */
uint8_t first_walk_nested_new(const struct ledger *l, struct page_run *r, size_t k);
/* The state of page of interest `k`, which others map: inherited. Where no flag tells exclusive pages (unflagged.h) a
 * process that has, or had, children may have made what none older than it has: one of them may be in the pool as
 * another's child. */
uint8_t first_walk_inherited(const struct ledger *l, const struct page_run *r, size_t k);
/* The state of a page that others map, or that KSM merged: inherited, or the process's own. */
uint8_t first_walk_merged(const struct ledger *l, const struct page_run *r, const struct open_page *o);

#endif
