#ifndef COWTOP_LEDGER_SIBLINGS_H
#define COWTOP_LEDGER_SIBLINGS_H

/*
 * What the siblings of a process, forked from the same base, show of a page that its base may have had at the
 * fork. Internal to ledger/. `i`: page of the current block.
 */
#include <stdbool.h>
#include <stddef.h>

struct ledger;
struct page_run;

/* Has a sibling nothing at page `i`? Then the base had nothing there before the forks. */
bool sibling_lacks(const struct ledger *l, const struct page_run *r, size_t i);
/* Has a child of the base's youngest burst of forks nothing there? Then the base's page may be younger than the
 * fork of this process. False where the base's entries cannot be compared (r->like). */
bool burst_lacks(const struct ledger *l, const struct page_run *r, size_t i);
/* Has an older sibling that never forked inherited its page there? Needs r->like. */
bool sibling_inherited(const struct ledger *l, const struct page_run *r, size_t i);
/* ... one of the same burst of forks? Then both had the same page, and still one of them has it. */
bool burst_inherited(const struct ledger *l, const struct page_run *r, size_t i);

#endif
