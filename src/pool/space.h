#ifndef COWTOP_POOL_SPACE_H
#define COWTOP_POOL_SPACE_H

/*
 * The address space of one walked process, for the regions pane and the page map: its mappings as
 * they are now, filled with what the ledger knew after the last walk.
 */
#include "base/err.h"
#include "ledger/ledger.h"
#include "pool/member.h"

int space_read(const struct procfs *fs, const struct ledger *ledger, size_t proc, const struct member_proc *m,
	       struct address_space *ret, struct err *err);

#endif
