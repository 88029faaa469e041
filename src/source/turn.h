#ifndef COWTOP_SOURCE_TURN_H
#define COWTOP_SOURCE_TURN_H

/*
 * Whose turn it is to be walked: whom the fault gate wants, as far as the budget goes. Everybody, when no gate
 * is on.
 */
#include "source/budget.h"
#include "source/gate.h"

struct turn {
	bool gated;
	struct gate_state gate;
	struct budget budget;
	bool pays; /* this sample: what the gate wants can be paid */
};

/*
 * Sets `skip` and `due` of each member. A first sample, of which nobody is known yet, has all. `first`: of this
 * sample; what was decided stands when somebody went away and it is done again.
 */
void turn_choose(struct turn *t, struct member_proc *members, size_t n, int64_t now_ns, bool first);

#endif
