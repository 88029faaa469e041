#include "cmd/when.h"

#include <string.h>
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

/* HH:MM[:SS[.FRACTION]][Z] */
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
	if (s && *s == 'Z') {
		w->utc = true;
		s++;
	}
	return s && !*s;
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
	} else if (strchr(s, '-')) {
		w.kind = WHEN_DATE;
		sound = read_date(s, &w);
	} else {
		w.kind = WHEN_CLOCK;
		sound = read_clock(s, &w);
	}
	if (!sound)
		return err_set(err, STATUS_USAGE,
			       "'%.100s' is no time of a recording: HH:MM[:SS], "
			       "'YYYY-MM-DD HH:MM[:SS]', +10m (after its beginning), "
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

static int64_t floor_seconds(int64_t ns)
{
	return ns / SECOND - (ns % SECOND < 0);
}

/* What a clock on the wall shows, as if it were UTC. */
static int64_t wall_at(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm = { 0 };

	localtime_r(&t, &tm);
	return timegm(&tm);
}

/* The second with which the clock is set, between two that show different offsets. */
static int64_t change_between(int64_t before, int64_t after)
{
	int64_t offset = wall_at(before) - before;

	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (wall_at(middle) - middle == offset)
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
static void instants(int64_t wall, int64_t *ret_first, int64_t *ret_last)
{
	int64_t before = wall - wall_at(wall - DAY) + (wall - DAY),
		after = wall - wall_at(wall + DAY) + (wall + DAY);
	bool first = wall_at(before) == wall, last = wall_at(after) == wall;

	*ret_first = first ? before : after;
	*ret_last = last ? after : before;
	if (!first && !last) {
		*ret_first = change_between(wall - DAY, wall + DAY);
		*ret_last = *ret_first - 1;
	}
}

/* A recording, and which end of a part of it is asked for. */
struct within {
	int64_t begin_ns, end_ns;
	enum side side;
};

static bool holds(const struct within *r, int64_t second, const struct when *w)
{
	int64_t ns = plus(second * SECOND, w->ns);

	return plus(ns, w->grain) > r->begin_ns && ns <= r->end_ns;
}

/* Of two instants the one that lies in the recording is meant; the first as a beginning, the last as an end. */
static int64_t instant(const struct when *w, struct tm tm, const struct within *r)
{
	int64_t wall = timegm(&tm), first = wall, last = wall, s;

	if (!w->utc)
		instants(wall, &first, &last);
	s = r->side == END ? last : first;
	if (first < last && holds(r, first, w) != holds(r, last, w))
		s = holds(r, first, w) ? first : last;
	return plus(s * SECOND, w->ns);
}

/* The time of day, `days` after the day of the beginning. */
static int64_t on_day(const struct when *w, const struct within *r, int days)
{
	time_t s = (time_t)floor_seconds(r->begin_ns);
	struct tm tm = { 0 };

	if (w->utc)
		gmtime_r(&s, &tm);
	else
		localtime_r(&s, &tm);
	tm.tm_mday += days;
	tm.tm_hour = w->tm.tm_hour;
	tm.tm_min = w->tm.tm_min;
	tm.tm_sec = w->tm.tm_sec;
	return instant(w, tm, r);
}

static int64_t of_clock(const struct when *w, const struct within *r)
{
	int64_t same = on_day(w, r, 0), next = on_day(w, r, 1);

	return plus(same, w->grain) <= r->begin_ns && next <= r->end_ns ? next : same;
}

static int64_t when_within(const struct when *w, const struct within *r)
{
	switch (w->kind) {
	case WHEN_AFTER:
		return plus(r->begin_ns, w->ns);
	case WHEN_BEFORE:
		return plus(r->end_ns, -w->ns);
	case WHEN_CLOCK:
		return of_clock(w, r);
	case WHEN_DATE:
		return instant(w, w->tm, r);
	case WHEN_OPEN:
		break;
	}
	return r->begin_ns;
}

int64_t when_at(const struct when *w, int64_t begin_ns, int64_t end_ns)
{
	return when_within(w, &(struct within){ begin_ns, end_ns, BEGINNING });
}

int when_span_at(const struct when_span *span, int64_t begin_ns, int64_t end_ns, int64_t *ret_from,
		 int64_t *ret_to, struct err *err)
{
	const struct when *b = &span->begin, *e = &span->end;
	const struct within end = { begin_ns, end_ns, END };
	int64_t from = b->kind == WHEN_OPEN ? INT64_MIN : when_at(b, begin_ns, end_ns);
	int64_t to = e->kind == WHEN_OPEN ? INT64_MAX : when_within(e, &end);

	if (e->kind == WHEN_CLOCK || e->kind == WHEN_DATE)
		to = plus(to, (e->grain < SECOND ? e->grain : SECOND) - 1);
	/* of the hour that summer time leaves out nothing is between the two */
	if (plus(to, 1) < from)
		return err_set(err, STATUS_USAGE, "the end of the window is before its beginning");
	*ret_from = from;
	*ret_to = to;
	return 0;
}

const char *when_no_sample(const struct when_span *span, uint64_t samples)
{
	if (!samples)
		return "there is no sample in it";
	if (span->begin.kind == WHEN_OPEN && span->end.kind == WHEN_OPEN)
		return "no sample of it can be read";
	return "there is no sample in this part of it";
}
