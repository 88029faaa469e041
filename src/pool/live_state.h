#ifndef COWTOP_POOL_LIVE_STATE_H
#define COWTOP_POOL_LIVE_STATE_H

/* What the files behind live.h share: the pool, its ledger, and with what both are read. */
#include "ledger/ledger.h"
#include "pool/gather.h"
#include "pool/live.h"
#include "pool/walk.h"
#include "pool/walk_turn.h"
#include "sys/pidref.h"

struct live {
	struct gather pool;
	struct table found; /* all processes, when the pool was found; empty once that is over */
	int64_t found_ns;
	struct table_recent *tables; /* of live_set_tables() */
	struct pidref watched;       /* the leader, once somebody waits for its end */
	struct ledger *ledger;
	struct zero_frames zero;
	struct member_io io;
	struct walk_io walk;
	struct kernel_facts kernel;
	struct walk_turn turn;
	fact huge_pages;         /* that khugepaged had made by the last whole walk */
	fact footprint, private; /* of the last walk that left nobody out */
	int64_t table_ns;        /* when the machine's process table was read last */
	bool behind;             /* after the last sample: somebody is still to be walked */
};

#endif
