#ifndef COWTOP_BASE_ZONE_H
#define COWTOP_BASE_ZONE_H

/*
 * Instants as people read them: local time with the name of its zone. What programs read is UTC (sink/when.h).
 *
 *	2026-10-25 02:59:59 CEST
 *	2026-10-25 02:00:00 CET		a second later
 *
 * What a clock on the wall shows twice is told apart by that name: it is always there.
 *
 * A zone is asked, never known: clock_zone() (base/clock_zone.h) is that of the user, zone_utc the other one. Who
 * prints gets it handed in; where that is NULL it is UTC.
 */
#include <stdint.h>
#include <time.h>

#define ZONE_NAME 12

struct zone_offset {
	int32_t ahead_s;      /* local time is so much ahead of UTC */
	char name[ZONE_NAME]; /* "CET", "-03"; letters, digits and signs */
};

struct zone {
	/* At an instant, in seconds since 1970. `name` may be anything: zone_at() mends it. */
	void (*at)(int64_t s, struct zone_offset *ret);
};

extern const struct zone zone_utc;

/* The C library calls a zone that it does not know, or whose data is not installed, by what stands in TZ, and takes
 * it for UTC: such a name is "UTC" here. */
void zone_at(const struct zone *z, int64_t s, struct zone_offset *ret);
/* The clock on the wall at an instant in ns; its fraction of a second is left out. */
struct tm zone_tm(const struct zone *z, int64_t ns);

#define ZONE_TEXT 32
#define ZONE_SPAN 80
/* "2026-11-21 10:00:00 CET"; "10:00:00 CET"; "11-21 10:00:00 CET". */
char *zone_date(char out[static ZONE_TEXT], const struct zone *z, int64_t ns);
char *zone_clock(char out[static ZONE_TEXT], const struct zone *z, int64_t ns);
char *zone_day_clock(char out[static ZONE_TEXT], const struct zone *z, int64_t ns);
/* "2026-11-21 10:00:00 to 10:08:46 CET", with what differs at both ends. */
char *zone_span(char out[static ZONE_SPAN], const struct zone *z, int64_t from_ns, int64_t to_ns);

#endif
