#ifndef COWTOP_TESTS_REPLAY_BACK_H
#define COWTOP_TESTS_REPLAY_BACK_H

#include "recording/replay.h"

/* The nearest readable sample in front of the position, as replay_next_over() gives the one behind it. */
static inline int replay_back(struct replay *r, struct sample *ret, struct err *err)
{
	uint64_t from = replay_number(r);

	for (uint64_t n = from == UINT64_MAX ? 0 : from; n-- > 0;) {
		if (replay_at(r, n, ret, err) < 1)
			return -1; /* there is the one at the position */
		if (replay_number(r) < from)
			return 1;
		sample_release(ret);
	}
	replay_rewind(r, from + 1);
	return 0;
}

#endif
