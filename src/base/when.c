#include "base/when.h"

#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/units.h"

#define DAY (24 * 60 * 60)

/* So many digits, whose number is within [min, max]. Returns what follows, or NULL. */
static const char *read_digits(const char *s, int digits, int min, int max, int *ret)
{
	int n = 0;

	for (; digits > 0; digits--, s++) {
		if (*s < '0' || *s > '9')
			return NULL;
		n = 10 * n + (*s - '0');
	}
	if (n < min || n > max)
		return NULL;
	*ret = n;
	return s;
}

static const char *read_sign(const char *s, char sign)
{
	return s && *s == sign ? s + 1 : NULL;
}

/* ".123", up to nine digits. */
static const char *read_fraction(const char *s, struct when *w)
{
	if (*s < '0' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9' && w->grain > 1; s++) {
		w->grain /= 10;
		w->ns += w->grain * (*s - '0');
	}
	return s;
}

/* "+02:00" "+0200" "+02" */
static const char *read_offset(const char *s, struct when *w)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes = 0;

	s = read_digits(s + 1, 2, 0, 23, &hours);
	if (s && *s)
		s = read_digits(*s == ':' ? s + 1 : s, 2, 0, 59, &minutes);
	if (!s)
		return NULL;
	w->fixed = true;
	w->ahead_s = sign * (hours * 3600 + minutes * 60);
	return s;
}

/* "CEST" */
static const char *read_name(const char *s, struct when *w)
{
	size_t len = 0;

	for (; ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') && len < sizeof(w->name) - 1; s++)
		w->name[len++] = *s;
	w->name[len] = '\0';
	w->fixed = strcasecmp(w->name, "Z") == 0 || strcasecmp(w->name, "UTC") == 0;
	return len ? s : NULL;
}

/* Nothing, or what zone it is in, perhaps behind a blank. */
static bool read_zone(const char *s, struct when *w)
{
	if (!*s)
		return true;
	s += *s == ' ';
	s = *s == '+' || *s == '-' ? read_offset(s, w) : read_name(s, w);
	return s && !*s;
}

/* HH:MM[:SS[.FRACTION]][ZONE] */
static bool read_clock(const char *s, struct when *w)
{
	s = read_digits(s, 2, 0, 23, &w->tm.tm_hour);
	s = read_sign(s, ':');
	s = s ? read_digits(s, 2, 0, 59, &w->tm.tm_min) : NULL;
	w->grain = 60 * SECOND;
	if (s && *s == ':') {
		w->grain = SECOND;
		s = read_digits(s + 1, 2, 0, 59, &w->tm.tm_sec);
		if (s && *s == '.')
			s = read_fraction(s + 1, w);
	}
	return s && read_zone(s, w);
}

/* YYYY-MM-DD and the time of day. */
static bool read_date(const char *s, struct when *w)
{
	struct tm normal;

	s = read_digits(s, 4, 1900, 2200, &w->tm.tm_year);
	s = read_sign(s, '-');
	s = s ? read_digits(s, 2, 1, 12, &w->tm.tm_mon) : NULL;
	s = read_sign(s, '-');
	s = s ? read_digits(s, 2, 1, 31, &w->tm.tm_mday) : NULL;
	if (!s || (*s != ' ' && *s != 'T') || !read_clock(s + 1, w))
		return false;
	w->tm.tm_year -= 1900;
	w->tm.tm_mon--;
	/* February 30 would be a day of March. */
	normal = w->tm;
	timegm(&normal);
	return normal.tm_mday == w->tm.tm_mday;
}

int when_parse(const char *s, struct when *ret, struct err *err)
{
	struct when w = { 0 };
	bool sound;

	if (*s == '+' || *s == '-') {
		w.kind = *s == '+' ? WHEN_AFTER : WHEN_BEFORE;
		sound = units_parse_time(s + 1, &w.ns) == 0;
	} else if (strlen(s) > 4 && s[4] == '-') {
		w.kind = WHEN_DATE;
		sound = read_date(s, &w);
	} else {
		w.kind = WHEN_CLOCK;
		sound = read_clock(s, &w);
	}
	if (!sound)
		return err_set(err, STATUS_USAGE,
			       "'%.100s' is no time of a recording: HH:MM[:SS], "
			       "'YYYY-MM-DD HH:MM[:SS]', with Z for UTC, +10m (after its beginning), "
			       "-10m (before its end)",
			       s);
	*ret = w;
	return 0;
}

/* What is beyond the years that 64 bits hold is their end. */
static int64_t plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

/* ---- a time of day of a zone */

/* A beginning is the first instant of what was written, an end the last one. */
enum side { BEGINNING, END };

/* What a clock on the wall shows, as if it were UTC. */
static int64_t wall_at(const struct zone *z, int64_t s)
{
	struct zone_offset offset;

	zone_at(z, s, &offset);
	return s + offset.ahead_s;
}

/* The second with which the clock is set, between two that show different offsets. */
static int64_t change_between(const struct zone *z, int64_t before, int64_t after)
{
	int64_t offset = wall_at(z, before) - before;

	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (wall_at(z, middle) - middle == offset)
			before = middle;
		else
			after = middle;
	}
	return after;
}

/*
 * When a clock on the wall shows this: once; twice, in the hour that comes again when summer time ends; or never, in
 * the one that is left out when it begins, and then the change stands for it. No zone changes twice in two days.
 */
static void instants(const struct zone *z, int64_t wall, int64_t *ret_first, int64_t *ret_last)
{
	int64_t before = wall - wall_at(z, wall - DAY) + (wall - DAY),
		after = wall - wall_at(z, wall + DAY) + (wall + DAY);
	bool first = wall_at(z, before) == wall, last = wall_at(z, after) == wall;

	*ret_first = first ? before : after;
	*ret_last = last ? after : before;
	if (!first && !last) {
		*ret_first = change_between(z, wall - DAY, wall + DAY);
		*ret_last = *ret_first - 1;
	}
}

/* A recording, and which end of a part of it is asked for, in which zone. */
struct within {
	int64_t begin_ns, end_ns;
	enum side side;
	const struct zone *zone;
	struct err *err;
};

static bool holds(const struct within *r, int64_t second, const struct when *w)
{
	int64_t ns = plus(second * SECOND, w->ns);

	return plus(ns, w->grain) > r->begin_ns && ns <= r->end_ns;
}

static bool is_named(const struct within *r, int64_t second, const char *name)
{
	struct zone_offset offset;

	zone_at(r->zone, second, &offset);
	return strcasecmp(offset.name, name) == 0;
}

/* Of two instants the one that has the name. */
static int pick_named(const struct within *r, const char *name, int64_t *first, int64_t *last)
{
	bool has_first = is_named(r, *first, name), has_last = is_named(r, *last, name);

	if (!has_first && !has_last)
		return err_set(r->err, STATUS_USAGE,
			       "'%s' is not what this time zone is called then; Z is UTC", name);
	if (!has_first)
		*first = *last;
	if (!has_last)
		*last = *first;
	return 0;
}

/* Of two instants the one that lies in the recording is meant; the first as a beginning, the last as an end. */
static int instant(const struct when *w, struct tm tm, const struct within *r, int64_t *ret)
{
	int64_t wall = timegm(&tm), first = wall - w->ahead_s, last = first, s;

	if (!w->fixed)
		instants(r->zone, wall, &first, &last);
	if (!w->fixed && *w->name && pick_named(r, w->name, &first, &last) < 0)
		return -1;
	s = r->side == END ? last : first;
	if (first < last && holds(r, first, w) != holds(r, last, w))
		s = holds(r, first, w) ? first : last;
	*ret = plus(s * SECOND, w->ns);
	return 0;
}

/* The time of day, `days` after the day of an instant. */
static int on_day(const struct when *w, const struct within *r, int64_t day_ns, int days, int64_t *ret)
{
	struct tm tm = zone_tm(w->fixed ? NULL : r->zone, plus(day_ns, w->ahead_s * SECOND));

	tm.tm_mday += days;
	tm.tm_hour = w->tm.tm_hour;
	tm.tm_min = w->tm.tm_min;
	tm.tm_sec = w->tm.tm_sec;
	return instant(w, tm, r, ret);
}

static int of_clock(const struct when *w, const struct within *r, int64_t *ret)
{
	int64_t next;

	if (on_day(w, r, r->begin_ns, 0, ret) < 0)
		return -1;
	if (plus(*ret, w->grain) > r->begin_ns)
		return 0;
	if (on_day(w, r, r->begin_ns, 1, &next) < 0)
		return -1;
	if (next <= r->end_ns)
		*ret = next;
	return 0;
}

static int when_within(const struct when *w, const struct within *r, int64_t *ret)
{
	switch (w->kind) {
	case WHEN_AFTER:
		*ret = plus(r->begin_ns, w->ns);
		return 0;
	case WHEN_BEFORE:
		*ret = plus(r->end_ns, -w->ns);
		return 0;
	case WHEN_CLOCK:
		return of_clock(w, r, ret);
	case WHEN_DATE:
		return instant(w, w->tm, r, ret);
	case WHEN_OPEN:
		break;
	}
	*ret = r->begin_ns;
	return 0;
}

int when_at(const struct when *w, const struct zone *zone, int64_t begin_ns, int64_t end_ns, int64_t *ret,
	    struct err *err)
{
	return when_within(w, &(struct within){ begin_ns, end_ns, BEGINNING, zone, err }, ret);
}

/* The end of what was written: of its second, or of its last decimal. */
static int64_t end_of(const struct when *w, int64_t ns)
{
	if (w->kind != WHEN_CLOCK && w->kind != WHEN_DATE)
		return ns;
	return plus(ns, (w->grain < SECOND ? w->grain : SECOND) - 1);
}

int when_last(const struct when *w, const struct zone *zone, int64_t begin_ns, int64_t end_ns, int64_t *ret,
	      struct err *err)
{
	const struct within r = { begin_ns, end_ns, END, zone, err };
	int got;

	if (w->kind != WHEN_CLOCK)
		got = when_within(w, &r, ret);
	else if ((got = on_day(w, &r, end_ns, 0, ret)) == 0 && *ret > end_ns)
		got = on_day(w, &r, end_ns, -1, ret);
	if (got == 0)
		*ret = end_of(w, *ret);
	return got;
}

int when_span_at(const struct when_span *span, int64_t begin_ns, int64_t end_ns, int64_t *ret_from,
		 int64_t *ret_to, struct err *err)
{
	const struct within begin = { begin_ns, end_ns, BEGINNING, span->zone, err };
	const struct within end = { begin_ns, end_ns, END, span->zone, err };
	int64_t from = INT64_MIN, to = INT64_MAX;
	char text[ZONE_SPAN];

	if (span->begin.kind != WHEN_OPEN && when_within(&span->begin, &begin, &from) < 0)
		return -1;
	if (span->end.kind != WHEN_OPEN && when_within(&span->end, &end, &to) < 0)
		return -1;
	to = end_of(&span->end, to);
	/* of the hour that summer time leaves out nothing is between the two */
	if (plus(to, 1) < from)
		return err_set(err, STATUS_USAGE,
			       "the end of the window is before its beginning; the recording has %s",
			       zone_span(text, span->zone, begin_ns, end_ns));
	*ret_from = from;
	*ret_to = to;
	return 0;
}

bool when_span_open(const struct when_span *span)
{
	return span->begin.kind == WHEN_OPEN && span->end.kind == WHEN_OPEN;
}
