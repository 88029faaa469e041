#include "base/zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

static void utc_at(int64_t s, struct zone_offset *ret)
{
	(void)s;
	*ret = (struct zone_offset){ 0, "UTC" };
}

const struct zone zone_utc = { utc_at };

static bool is_sound(const char *name)
{
	const char *c;

	for (c = name; (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
		       *c == '+' || *c == '-';
	     c++)
		;
	return c > name && !*c;
}

/* Zones that keep the time of UTC and have a name of their own. */
static bool is_western(const char *name)
{
	return strcmp(name, "GMT") == 0 || strcmp(name, "WET") == 0;
}

void zone_at(const struct zone *z, int64_t s, struct zone_offset *ret)
{
	int32_t minutes;

	(z ?: &zone_utc)->at(s, ret);
	minutes = abs(ret->ahead_s) / 60;
	if (!ret->ahead_s && !is_western(ret->name))
		strcpy(ret->name, "UTC");
	else if (!is_sound(ret->name))
		snprintf(ret->name, sizeof(ret->name), "%c%02d%02d", ret->ahead_s < 0 ? '-' : '+',
			 minutes / 60 % 100, minutes % 60);
}

static int64_t floor_seconds(int64_t ns)
{
	return ns / SECOND - (ns % SECOND < 0);
}

/* Every instant of 64 bits of ns is in a year of four digits. */
static struct tm split(const struct zone *z, int64_t ns, struct zone_offset *ret)
{
	struct tm tm = { 0 };
	time_t s;

	zone_at(z, floor_seconds(ns), ret);
	s = (time_t)(floor_seconds(ns) + ret->ahead_s);
	gmtime_r(&s, &tm);
	return tm;
}

struct tm zone_tm(const struct zone *z, int64_t ns)
{
	struct zone_offset offset;

	return split(z, ns, &offset);
}

enum { DAY_SIZE = 12, CLOCK_SIZE = 12 };

static char *day_of(char out[static DAY_SIZE], const struct tm *tm)
{
	snprintf(out, DAY_SIZE, "%04u-%02u-%02u", (tm->tm_year + 1900U) % 10000, (tm->tm_mon + 1U) % 100,
		 tm->tm_mday % 100U);
	return out;
}

static char *clock_of(char out[static CLOCK_SIZE], const struct tm *tm)
{
	snprintf(out, CLOCK_SIZE, "%02u:%02u:%02u", tm->tm_hour % 100U, tm->tm_min % 100U, tm->tm_sec % 100U);
	return out;
}

/* The day from its `from`-th character on, where it is wanted at all. */
static char *instant(char out[static ZONE_TEXT], const struct zone *z, int64_t ns, bool day, size_t from)
{
	char date[DAY_SIZE], clock[CLOCK_SIZE];
	struct zone_offset offset;
	struct tm tm = split(z, ns, &offset);

	snprintf(out, ZONE_TEXT, "%s%s%s %s", day ? day_of(date, &tm) + from : "", day ? " " : "",
		 clock_of(clock, &tm), offset.name);
	return out;
}

char *zone_date(char out[static ZONE_TEXT], const struct zone *z, int64_t ns)
{
	return instant(out, z, ns, true, 0);
}

char *zone_clock(char out[static ZONE_TEXT], const struct zone *z, int64_t ns)
{
	return instant(out, z, ns, false, 0);
}

char *zone_day_clock(char out[static ZONE_TEXT], const struct zone *z, int64_t ns)
{
	return instant(out, z, ns, true, strlen("2026-"));
}

char *zone_span(char out[static ZONE_SPAN], const struct zone *z, int64_t from_ns, int64_t to_ns)
{
	char from_day[DAY_SIZE], to_day[DAY_SIZE], from_clock[CLOCK_SIZE], to_clock[CLOCK_SIZE];
	struct zone_offset a, b;
	struct tm from = split(z, from_ns, &a), to = split(z, to_ns, &b);
	bool same_zone = a.ahead_s == b.ahead_s && strcmp(a.name, b.name) == 0;
	bool same_day = strcmp(day_of(from_day, &from), day_of(to_day, &to)) == 0;

	snprintf(out, ZONE_SPAN, "%s %s%s%s to %s%s%s %s", from_day, clock_of(from_clock, &from),
		 same_zone ? "" : " ", same_zone ? "" : a.name, same_day ? "" : to_day, same_day ? "" : " ",
		 clock_of(to_clock, &to), b.name);
	return out;
}
