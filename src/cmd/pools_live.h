#ifndef COWTOP_CMD_POOLS_LIVE_H
#define COWTOP_CMD_POOLS_LIVE_H

/*
 * The live list of all pools of a machine: what cowtop pools is when stdin and stdout are a terminal. Enter opens
 * the live view of one, which goes on with what is known of it and leads back.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/zone.h"

struct pools_live {
	int64_t interval_ns;
	double share; /* of one CPU, that cowtop may use; 0: no limit */
	bool color, mouse;
	const struct zone *zone; /* of times; NULL: UTC */
};

/* Until the user leaves or a signal comes. Does not come back where a thread did not end in time: the process ends. */
int pools_live_run(const struct pools_live *set, struct err *err);

#endif
