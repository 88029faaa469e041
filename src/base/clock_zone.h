#ifndef COWTOP_BASE_CLOCK_ZONE_H
#define COWTOP_BASE_CLOCK_ZONE_H

/* The user's zone: what TZ says, or else the machine's. */
#include "base/zone.h"

const struct zone *clock_zone(void);

#endif
