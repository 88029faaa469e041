/*
 * Times of a recording as people write them. An input is which zone (a byte), where the recording begins and how long it
 * is (8 bytes each), and two times, the second behind a NUL. What is accepted lies where it can, and the end of a part
 * never in front of its beginning, though nothing may lie between the two.
 */
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/when.h"
#include "fuzz.h"

#define SECONDS 1000000000LL

/* Summer time of half a year, by 90 minutes, and names that are no names. */
static void strange_at(int64_t s, struct zone_offset *ret)
{
	bool summer = (uint64_t)s / 15552000 % 2;

	*ret = summer ? (struct zone_offset){ 45000, "CEST" } : (struct zone_offset){ 39600, "\033<CET>" };
}

static const struct zone strange = { strange_at };

static void check_said(const struct err *err)
{
	must(err->status == STATUS_USAGE && *err->msg);
}

static void check_one(const struct when *w, const struct zone *zone, int64_t begin, int64_t end)
{
	struct err err = { 0 };
	int64_t at = 42;

	must(w->ns >= 0 && memchr(w->name, '\0', sizeof(w->name)));
	if (when_at(w, zone, begin, end, &at, &err) < 0)
		check_said(&err);
	else if (w->kind == WHEN_AFTER)
		must(at >= begin);
	else if (w->kind == WHEN_BEFORE)
		must(at <= end);
	if (when_last(w, zone, begin, end, &at, &err) < 0)
		check_said(&err);
	else if (w->kind == WHEN_CLOCK && begin + 2 * 86400 * SECONDS < end)
		must(at <= end + 86400 * SECONDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = NULL;
	struct when_span span = { .zone = NULL };
	struct err err = { 0 };
	int64_t begin, length, from, to;
	const char *second;

	if (size < 17)
		return 0;
	memcpy(&begin, data + 1, 8);
	memcpy(&length, data + 9, 8);
	/* A recording's times are those of clock_gettime(2): a century around today, or what is left of it. */
	begin = begin % (100LL * 366 * 86400 * SECONDS);
	length = (int64_t)((uint64_t)length % (100ULL * 366 * 86400 * SECONDS));
	span.zone = *data % 3 == 0 ? NULL : *data % 3 == 1 ? &zone_utc : &strange;
	text = xmemdupz(data + 17, size - 17);
	second = text + strlen(text) + (strlen(text) < size - 17);
	if (when_parse(text, &span.begin, &err) < 0 || when_parse(second, &span.end, &err) < 0) {
		check_said(&err);
		return 0;
	}
	check_one(&span.begin, span.zone, begin, begin + length);
	check_one(&span.end, span.zone, begin, begin + length);
	if (when_span_at(&span, begin, begin + length, &from, &to, &err) < 0)
		check_said(&err);
	else
		must(from <= to || from == to + 1);
	return 0;
}
