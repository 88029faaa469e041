#ifndef COWTOP_POOL_WALK_TURN_H
#define COWTOP_POOL_WALK_TURN_H

/*
 * Whose turn it is to be walked: who has to be (walk_skip.h), as far as the budget goes. Everybody, when nobody
 * may be left out.
 */
#include "pool/budget.h"
#include "pool/walk_skip.h"

struct walk_turn {
	bool skips;
	struct walk_skip walk_skip;
	struct budget budget;
	bool pays; /* this sample: all who have to be walked can be paid */
};

/*
 * Sets `skip` and `due` of each member. A first sample, of which nobody is known yet, has all. `first`: of this
 * sample; what was decided stands when somebody went away and it is done again.
 */
void walk_turn_choose(struct walk_turn *t, struct member_proc *members, size_t n, int64_t now_ns, bool first);

#endif
