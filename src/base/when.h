#ifndef COWTOP_BASE_WHEN_H
#define COWTOP_BASE_WHEN_H

/*
 * An instant of a recording, or of the past of a view, as people write it. A time of day or a date is in the zone
 * that times are shown in, unless it says another one; what is shown can be given back, and so can every "time" of
 * the JSON: seconds may have decimals.
 *
 *	14:30  14:30:05            on the day of the beginning; on the next day when it had passed
 *	                           by then and the recording goes on for so long
 *	2026-11-21 14:30[:05]      with a blank or a T
 *	2026-11-21T14:30:05.123Z   Z, UTC: in UTC
 *	14:30+02:00  14:30 -03     so much ahead of UTC, or behind it
 *	02:30 CEST                 by the name that the zone has then
 *	+10m  +90                  after the beginning (TIME as everywhere)
 *	-10m                       before the end
 *
 * What a clock shows twice, when summer time ends, is the one that lies in the recording; where both do, a
 * beginning is the first and an end the last. What it leaves out, when summer time begins, is the change.
 *
 * Words are taken apart before there is a recording, so that a bad one is an error of usage; what
 * they stand for is asked when its beginning and end are known.
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "base/err.h"
#include "base/zone.h"

enum when_kind {
	WHEN_OPEN,   /* none was given */
	WHEN_AFTER,  /* +TIME */
	WHEN_BEFORE, /* -TIME */
	WHEN_CLOCK,  /* a time of day */
	WHEN_DATE,
};

struct when {
	enum when_kind kind;
	int64_t ns;           /* AFTER, BEFORE: so long; CLOCK, DATE: the fraction of the second */
	struct tm tm;         /* CLOCK: hour, minute, second; DATE: all of it */
	bool fixed;           /* Z, UTC, an offset: ... */
	int32_t ahead_s;      /* ... so much ahead of UTC */
	char name[ZONE_NAME]; /* "CEST"; "": none was given */
	int64_t grain;        /* CLOCK, DATE: its last digit counts so many ns: "14:30" is a minute long */
};

/* A part of a recording, both ends included: the end is that second, or what its decimals say, as
 * a whole. Zeroed: all of the recording, in UTC. */
struct when_span {
	struct when begin, end;
	const struct zone *zone; /* of what is typed, and of what is said; NULL: UTC */
};

/* 0, or STATUS_USAGE with a message that lists what can be written. */
int when_parse(const char *s, struct when *ret, struct err *err);
/* In ns since the epoch, for a recording from `begin_ns` to `end_ns`; its beginning for WHEN_OPEN. STATUS_USAGE: the
 * zone has no such time. */
int when_at(const struct when *w, const struct zone *zone, int64_t begin_ns, int64_t end_ns, int64_t *ret,
	    struct err *err);
/* The same of what is still going on: a time of day is the last one that is not after `end_ns`. Of what has no
 * decimals the end of that second: instants have fractions. */
int when_last(const struct when *w, const struct zone *zone, int64_t begin_ns, int64_t end_ns, int64_t *ret,
	      struct err *err);
/* Both ends; INT64_MIN and INT64_MAX where they are open. STATUS_USAGE: nothing can be between. */
int when_span_at(const struct when_span *span, int64_t begin_ns, int64_t end_ns, int64_t *ret_from,
		 int64_t *ret_to, struct err *err);
/* Is all of it wanted? */
bool when_span_open(const struct when_span *span);

#endif
