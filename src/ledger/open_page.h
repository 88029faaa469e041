#ifndef COWTOP_LEDGER_OPEN_PAGE_H
#define COWTOP_LEDGER_OPEN_PAGE_H

/*
 * Pages of interest of which the entries alone tell too little, with what kpageflags says of their frames: a
 * block's are read in one question. Internal to ledger/.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct open_page {
	uint16_t k;         /* page of interest */
	uint64_t own, base; /* flags (KPF_*) of its frame, and of the base's page there */
};

struct ledger;
struct page_run;

/* Reads `own` of n pages; KPF_KSM is left out where every private page has it and no mapping was given to KSM.
 * False: not readable. */
bool open_pages_read_own(const struct ledger *l, const struct page_run *r, struct open_page *open, size_t n);
/* Reads `base` of n pages, where the base has one of private memory and r->like is there. False: not readable. */
bool open_pages_read_base(const struct ledger *l, const struct page_run *r, struct open_page *open, size_t n);

#endif
