#include "cmd/common_options.h"

#include <stdlib.h>
#include "base/clock_zone.h"

/* Seconds of its budget that a run has to spend at the beginning, when its user has not asked for a limit. */
#define SAVED_S 5

void common_release(struct common_settings *c)
{
	fail_if_release(&c->fail_if);
}

bool common_limit(const struct common_settings *c, double share, struct live *live)
{
	if (c->budget)
		share = c->budget > 0 ? c->budget : 0;
	live_set_budget(live, share, c->budget ? 0 : SAVED_S);
	return share > 0;
}

const struct zone *common_zone(bool utc)
{
	return utc ? &zone_utc : clock_zone();
}

bool common_color(const struct common_settings *c)
{
	return !c->no_color && !*(getenv("NO_COLOR") ?: "");
}
