#ifndef COWTOP_LEDGER_GROWTH_H
#define COWTOP_LEDGER_GROWTH_H

/*
 * The faults that a walk explains, and what changed without one: struct growth_facts. Internal to ledger/.
 */
#include "ledger/pass.h"

/* Pages of one process in a block whose change of state took a fault, and those that a collapse changed
 * without one. */
struct faults {
	uint32_t touched, copied, doubted;
	uint32_t collapsed, filled;
};

/* One page whose state has changed; in a block that turned into a huge page the block says how. */
void count_change(struct faults *n, enum turned turned, uint8_t was, uint8_t is);
/* A huge page takes one fault, whether it is new or a copy. */
void add_faults(struct member *m, const struct faults *n, bool huge);
/*
 * How the file pages came that a process had at cowtop's first walk is not asked. But they explain faults
 * where those bound the copies (unflagged.h): fork leaves out the page tables of file mappings that have no
 * page of their own (mm/memory.c, vma_needs_copy()).
 */
void add_file_faults(struct ledger *l, struct page_run *r);

#endif
