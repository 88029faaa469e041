#include "base/clock_zone.h"

#include <string.h>
#include <time.h>

static void clock_local(int64_t s, struct zone_offset *ret)
{
	time_t t = (time_t)s;
	struct tm tm = { 0 };

	*ret = (struct zone_offset){ 0 };
	if (!localtime_r(&t, &tm))
		return;
	ret->ahead_s = (int32_t)tm.tm_gmtoff;
	if (tm.tm_zone && strlen(tm.tm_zone) < sizeof(ret->name))
		strcpy(ret->name, tm.tm_zone);
}

const struct zone *clock_zone(void)
{
	static const struct zone local = { clock_local };

	/* localtime_r() need not */
	tzset();
	return &local;
}
