#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/clock_zone.h"
#include "base/when.h"

#define NINE (1795251600 * SECOND) /* 2026-11-21T09:00:00Z */
#define HOUR (3600 * SECOND)
/* In Berlin at 03:00 CEST it is 02:00 CET. */
#define AUTUMN (1792890000 * SECOND) /* 2026-10-25T01:00:00Z */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static const struct zone *zone_of(const char *tz)
{
	setenv("TZ", tz, 1);
	return clock_zone();
}

static const char *date(const char *tz, int64_t ns)
{
	static char text[ZONE_TEXT];

	return zone_date(text, zone_of(tz), ns);
}

static void test_zone__names(void **state)
{
	assert_string_equal(date("UTC", NINE), "2026-11-21 09:00:00 UTC");
	assert_string_equal(date("UTC0", NINE), "2026-11-21 09:00:00 UTC");
	assert_string_equal(date(BERLIN, NINE), "2026-11-21 10:00:00 CET");
	assert_string_equal(date("IST-5:30", NINE), "2026-11-21 14:30:00 IST");
	assert_string_equal(date("<-03>3", NINE), "2026-11-21 06:00:00 -03");
	assert_string_equal(date("GMT0BST,M3.5.0/1,M10.5.0", NINE), "2026-11-21 09:00:00 GMT");
	assert_string_equal(date(BERLIN, -SECOND / 2), "1970-01-01 00:59:59 CET");
	assert_string_equal(date("<+1245>-12:45", INT64_MAX), "2262-04-12 12:32:16 +1245");
	assert_string_equal(date("<+1245>-12:45", INT64_MIN), "1677-09-21 12:57:43 +1245");
}

/* The C library takes these for UTC, and calls some of them otherwise. */
static void test_zone__unknown(void **state)
{
	static const char *const zones[] = { "",          "Foo/Bar",  "Foo", "Europe/Nowhere",
					     ":/nowhere", "\xff\xfe", "M99" };
	size_t i;

	for (i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		assert_string_equal(date(zones[i], NINE), "2026-11-21 09:00:00 UTC");
}

/* Whatever a file of a zone calls it. */
static void hostile_at(int64_t s, struct zone_offset *ret)
{
	(void)s;
	*ret = (struct zone_offset){ -12600, "<b>\033" };
}

static void test_zone__hostile(void **state)
{
	static const struct zone hostile = { hostile_at };
	char text[ZONE_TEXT];

	assert_string_equal(zone_clock(text, &hostile, NINE), "05:30:00 -0330");
}

/* Two instants that show the same on a wall are told apart. */
static void test_zone__repeated_hour(void **state)
{
	char text[ZONE_SPAN];
	const struct zone *z = zone_of(BERLIN);

	assert_string_equal(date(BERLIN, AUTUMN - SECOND), "2026-10-25 02:59:59 CEST");
	assert_string_equal(date(BERLIN, AUTUMN), "2026-10-25 02:00:00 CET");
	assert_string_equal(zone_span(text, z, AUTUMN - HOUR, AUTUMN),
			    "2026-10-25 02:00:00 CEST to 02:00:00 CET");
	assert_string_equal(zone_span(text, z, NINE, NINE + HOUR), "2026-11-21 10:00:00 to 11:00:00 CET");
	assert_string_equal(zone_span(text, z, NINE, NINE + 24 * HOUR),
			    "2026-11-21 10:00:00 to 2026-11-22 10:00:00 CET");
	assert_string_equal(zone_clock(text, z, AUTUMN), "02:00:00 CET");
	assert_string_equal(zone_day_clock(text, z, AUTUMN), "10-25 02:00:00 CET");
}

/* In a recording of two hours from then on; -1 is an error. */
static int64_t at(const char *tz, const char *s, int64_t begin)
{
	struct when w;
	int64_t ns;

	if (when_parse(s, &w, NULL) < 0 || when_at(&w, zone_of(tz), begin, begin + 2 * HOUR, &ns, NULL) < 0)
		return -1;
	return ns;
}

static void test_when__zones(void **state)
{
	assert_int_equal(at(BERLIN, "10:30", NINE), NINE + HOUR / 2);
	assert_int_equal(at(BERLIN, "10:30 CET", NINE), NINE + HOUR / 2);
	assert_int_equal(at(BERLIN, "10:30CET", NINE), NINE + HOUR / 2);
	assert_int_equal(at(BERLIN, "09:30Z", NINE), NINE + HOUR / 2);
	assert_int_equal(at(BERLIN, "09:30 UTC", NINE), NINE + HOUR / 2);
	assert_int_equal(at(BERLIN, "15:00+05:30", NINE), NINE + HOUR / 2);
	assert_int_equal(at(BERLIN, "06:30 -03", NINE), NINE + HOUR / 2);
	assert_int_equal(at(BERLIN, "2026-11-21T06:30:00.250-0300", NINE), NINE + HOUR / 2 + SECOND / 4);
	assert_int_equal(at("IST-5:30", "2026-11-21 15:00:00 IST", NINE), NINE + HOUR / 2);
	/* of another season, of another zone */
	assert_int_equal(at(BERLIN, "10:30 CEST", NINE), -1);
	assert_int_equal(at("IST-5:30", "10:30 CET", NINE), -1);
	assert_int_equal(at("Foo/Bar", "09:30 UTC", NINE), NINE + HOUR / 2);
}

/* A name says which of the two is meant; without, a beginning is the first. */
static void test_when__repeated_hour(void **state)
{
	assert_int_equal(at(BERLIN, "02:30", AUTUMN - HOUR), AUTUMN - HOUR / 2);
	assert_int_equal(at(BERLIN, "02:30 CEST", AUTUMN - HOUR), AUTUMN - HOUR / 2);
	assert_int_equal(at(BERLIN, "02:30 CET", AUTUMN - HOUR), AUTUMN + HOUR / 2);
	assert_int_equal(at(BERLIN, "2026-10-25 02:30:00 CET", AUTUMN - HOUR), AUTUMN + HOUR / 2);
}

static void test_when__wrong(void **state)
{
	static const char *const wrong[] = { "",         "9",        "9:00",       "24:00",
					     "09:60",    "09:00:60", "09:00 ",     "09:00+",
					     "09:00+1",  "09:00-24", "09:00+01:",  "09:00 CET x",
					     "-",        "-soon",    "--5",        "09.00",
					     "09:00  Z", "09:00/",   "2026-11-21", "2026-11-31 09:00" };
	struct err err = { 0 };
	struct when w;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(when_parse(wrong[i], &w, &err), -1);
}

static int64_t last(const char *tz, const char *s, int64_t now)
{
	struct when w;
	int64_t ns;

	if (when_parse(s, &w, NULL) < 0 || when_last(&w, zone_of(tz), now - HOUR, now, &ns, NULL) < 0)
		return -1;
	return ns;
}

/* Of what goes on: the last time of day that has been, to the end of its second. */
static void test_when__last(void **state)
{
	assert_int_equal(last("UTC", "08:59", NINE), NINE - 60 * SECOND + SECOND - 1);
	assert_int_equal(last("UTC", "09:00:00", NINE), NINE + SECOND - 1);
	assert_int_equal(last("UTC", "10:00:30", NINE), NINE + HOUR + 30 * SECOND - 24 * HOUR + SECOND - 1);
	assert_int_equal(last(BERLIN, "09:59", NINE), NINE - 60 * SECOND + SECOND - 1);
	assert_int_equal(last("IST-5:30", "14:29 IST", NINE), NINE - 60 * SECOND + SECOND - 1);
	/* midnight lies between: in Tokyo it is the 22nd at 01:00 */
	assert_int_equal(last("JST-9", "23:59", NINE + 7 * HOUR), NINE + 6 * HOUR - 60 * SECOND + SECOND - 1);
	assert_int_equal(last("UTC", "-5m", NINE), NINE - 300 * SECOND);
	assert_int_equal(last(BERLIN, "02:30", AUTUMN + HOUR), AUTUMN + HOUR / 2 + SECOND - 1);
	assert_int_equal(last(BERLIN, "02:30 CEST", AUTUMN + HOUR), AUTUMN - HOUR / 2 + SECOND - 1);
}

static void test_when__span(void **state)
{
	struct when_span span = { .zone = zone_of(BERLIN) };
	struct err err = { 0 };
	int64_t from, to;

	assert_true(when_span_open(&span));
	assert_int_equal(when_parse("11:00", &span.begin, NULL), 0);
	assert_int_equal(when_parse("10:30", &span.end, NULL), 0);
	assert_false(when_span_open(&span));
	assert_int_equal(when_span_at(&span, NINE, NINE + 2 * HOUR, &from, &to, &err), -1);
	assert_int_equal(err.status, STATUS_USAGE);
	assert_non_null(strstr(err.msg, "the recording has 2026-11-21 10:00:00 to 12:00:00 CET"));
	assert_int_equal(when_parse("10:30 CEST", &span.end, NULL), 0);
	assert_int_equal(when_span_at(&span, NINE, NINE + 2 * HOUR, &from, &to, &err), -1);
	assert_non_null(strstr(err.msg, "'CEST' is not what this time zone is called then"));
	assert_int_equal(when_parse("12:00", &span.end, NULL), 0);
	assert_int_equal(when_span_at(&span, NINE, NINE + 2 * HOUR, &from, &to, &err), 0);
	assert_int_equal(from, NINE + HOUR);
	assert_int_equal(to, NINE + 2 * HOUR + SECOND - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone__names),   cmocka_unit_test(test_zone__unknown),
		cmocka_unit_test(test_zone__hostile), cmocka_unit_test(test_zone__repeated_hour),
		cmocka_unit_test(test_when__zones),   cmocka_unit_test(test_when__repeated_hour),
		cmocka_unit_test(test_when__wrong),   cmocka_unit_test(test_when__last),
		cmocka_unit_test(test_when__span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
