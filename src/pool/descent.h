#ifndef COWTOP_POOL_DESCENT_H
#define COWTOP_POOL_DESCENT_H

/*
 * Who forked whom in a pool that is watched. At first a process's parent is taken for it; what a walk says of
 * shared frames corrects that (ledger/ancestry.h). Once known it stays, whoever the parent is later: when the
 * forking process ends, its children's base is its own base, and they are called adopted.
 */
#include "ledger/ledger.h"
#include "pool/member.h"

struct descent_members {
	struct member_proc *items;
	size_t n;
};

/* The base of `m` among those that are walked, or NULL. `gone`: members of the sample before that are not
 * found any more, perhaps. */
struct member_proc *descent_base(struct descent_members walked, struct descent_members gone,
				 struct member_proc *m);
/* Take what the ledger says of those that it has seen for the first time. True: walk again with it. */
bool descent_revise(struct descent_members walked, const struct ledger *ledger);

#endif
