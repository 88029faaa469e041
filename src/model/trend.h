#ifndef COWTOP_MODEL_TREND_H
#define COWTOP_MODEL_TREND_H

/* How a curve goes on, as far as it was watched: analysis/growth.h says when which. */
#include "model/label.h"

struct trend {
	bool told;       /* it was watched for long enough to say */
	bool grows;      /* and no end can be seen */
	bool levels_off; /* it has grown, towards an end */
	figure seen_s;   /* the second half of the time ... */
	figure gained;   /* ... and what it gained in it */
	/* Of one that grows: since when it has done so at such a pace, on the axis of its values, and what since then. */
	figure since_s, since_gained, per_s;
	figure all_gained, end; /* of one that levels off: in all of the time, and where it ends */
};

#endif
