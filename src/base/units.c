#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"

/* A decimal number as it is written: digits / 10^decimals, exact. */
struct decimal {
	uint64_t digits;
	unsigned int decimals;
};

/* A unit is worth mul / div. */
struct unit {
	const char *name;
	uint64_t mul, div;
};

/* In nanoseconds; read with div: in seconds. */
/* clang-format off */
static const struct unit times[] = {
	{"ms", MILLISECOND, SECOND},
	{"s", SECOND, SECOND},
	{"m", 60 * SECOND, SECOND},
	{"h", 3600 * SECOND, SECOND},
	{"d", 86400 * SECOND, SECOND},
	{NULL, 0, 0},
};
/* clang-format on */

/* clang-format off */
static const struct unit sizes[] = {
	{"B", 1, 1},
	{"K", 1ULL << 10, 1}, {"KiB", 1ULL << 10, 1}, {"kB", 1000ULL, 1},
	{"M", 1ULL << 20, 1}, {"MiB", 1ULL << 20, 1}, {"MB", 1000000ULL, 1},
	{"G", 1ULL << 30, 1}, {"GiB", 1ULL << 30, 1}, {"GB", 1000000000ULL, 1},
	{"T", 1ULL << 40, 1}, {"TiB", 1ULL << 40, 1}, {"TB", 1000000000000ULL, 1},
	{NULL, 0, 0},
};
/* clang-format on */

/* clang-format off */
static const uint64_t pow10_of[] = {
	1ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL,
	1000000000ULL, 10000000000ULL, 100000000000ULL, 1000000000000ULL, 10000000000000ULL,
	100000000000000ULL, 1000000000000000ULL, 10000000000000000ULL, 100000000000000000ULL,
	1000000000000000000ULL,
};
/* clang-format on */
#define MAX_DECIMALS 18

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool add_digit(uint64_t *digits, char c)
{
	uint64_t v;

	if (__builtin_mul_overflow(*digits, 10, &v) || __builtin_add_overflow(v, (uint64_t)(c - '0'), &v))
		return false;
	*digits = v;
	return true;
}

/* "12", "1.5", ".5": returns what follows, or NULL. Decimals that do not fit are dropped. */
static const char *parse_decimal(const char *s, struct decimal *ret)
{
	struct decimal d = { 0 };
	bool room = true;

	if (!is_digit(*s) && !(*s == '.' && is_digit(s[1])))
		return NULL;

	for (; is_digit(*s); s++) {
		if (!add_digit(&d.digits, *s))
			return NULL;
	}
	if (*s == '.') {
		if (!is_digit(*++s))
			return NULL;
		for (; is_digit(*s); s++) {
			room = room && d.decimals < MAX_DECIMALS && add_digit(&d.digits, *s);
			d.decimals += room;
		}
	}
	*ret = d;
	return s;
}

static const struct unit *find_unit(const struct unit *units, const char *name,
				    int (*compare)(const char *, const char *))
{
	for (; units->name; units++) {
		if (!compare(units->name, name))
			return units;
	}
	return NULL;
}

/* The whole number that d * mul is, rounded down; -1 when it is above `max`. */
static int scale(struct decimal d, uint64_t mul, uint64_t max, uint64_t *ret)
{
	unsigned __int128 v = (unsigned __int128)d.digits * mul / pow10_of[d.decimals];

	if (v > max)
		return -1;
	*ret = (uint64_t)v;
	return 0;
}

int units_parse_time(const char *s, int64_t *ret_ns)
{
	const struct unit *unit;
	struct decimal d;
	uint64_t ns;

	s = parse_decimal(s, &d);
	if (!s)
		return -1;
	unit = find_unit(times, *s ? s : "s", strcmp);
	if (!unit || scale(d, unit->mul, INT64_MAX, &ns) < 0)
		return -1;
	*ret_ns = (int64_t)ns;
	return 0;
}

int units_parse_size(const char *s, uint64_t *ret_bytes)
{
	const struct unit *unit;
	struct decimal d;

	s = parse_decimal(s, &d);
	if (!s)
		return -1;
	unit = find_unit(sizes, *s ? s : "B", strcasecmp);
	if (!unit)
		return -1;
	return scale(d, unit->mul, UINT64_MAX, ret_bytes);
}

int units_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	long long v;
	char *end;

	/* strtoll(3) would take blanks and a plus. */
	if (!is_digit(s[*s == '-']))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end || v < min || v > max)
		return -1;
	*ret = v;
	return 0;
}

/* A quantity's unit. Times first and in their own case: "10m" are minutes, "10M" is a size. */
static const struct unit *quantity_unit(const char *name)
{
	static const struct unit one = { "", 1, 1 }, percent = { "%", 1, 100 };
	const struct unit *unit;

	if (!*name)
		return &one;
	if (!strcmp(name, "%"))
		return &percent;
	unit = find_unit(times, name, strcmp);
	return unit ? unit : find_unit(sizes, name, strcasecmp);
}

int units_parse_quantity(const char *s, double *ret)
{
	bool negative = *s == '-';
	const struct unit *unit;
	struct decimal d;
	double v, divisor;

	s = parse_decimal(s + negative, &d);
	if (!s)
		return -1;
	unit = quantity_unit(s);
	if (!unit)
		return -1;

	/* One division: "0.2" and "20%" are the same double as C's 0.2. */
	divisor = (double)pow10_of[d.decimals] * (double)unit->div;
	v = (double)d.digits * (double)unit->mul / divisor;
	*ret = negative ? -v : v;
	return 0;
}

/*
 * A number with or without tenths and a suffix. By integers: printf's decimal point belongs to the
 * locale. Clamped to 32 bits (as MiB: 4 PiB); what is no number is a dash.
 */
static char *put(char out[static 16], double v, bool tenths, const char *suffix)
{
	const char *sign;
	unsigned int n;

	if (isnan(v)) {
		strcpy(out, "-");
		return out;
	}
	n = (unsigned int)fmin(round(fabs(v) * (tenths ? 10 : 1)), UINT32_MAX);
	sign = v < 0 && n ? "-" : "";

	if (tenths)
		snprintf(out, 16, "%s%u.%u%s", sign, n / 10, n % 10, suffix);
	else
		snprintf(out, 16, "%s%u%s", sign, n, suffix);
	return out;
}

char *units_format_mib(char out[static 16], double bytes)
{
	double mib = bytes / 1048576;

	return put(out, mib, fabs(mib) < 999.95, "");
}

/* Divides by `step` while it is at least `most`, at most `last` times; returns how often. */
static size_t reduce(double *v, double step, double most, size_t last)
{
	size_t n = 0;

	for (; n < last && fabs(*v) >= most; n++)
		*v /= step;
	return n;
}

char *units_format_size(char out[static 16], double bytes)
{
	static const char *const suffix[] = { " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
	double v = bytes;
	size_t i;

	if (fabs(v) < 1023.5)
		return put(out, v, false, suffix[0]);
	v /= 1024;
	i = 1 + reduce(&v, 1024, 1023.95, sizeof(suffix) / sizeof(*suffix) - 2);
	return put(out, v, true, suffix[i]);
}

char *units_format_count(char out[static 16], double count)
{
	static const char *const suffix[] = { "", "k", "M", "G", "T", "P", "E" };
	double v = count;
	bool tenths;
	size_t i;

	if (fabs(v) < 9999.5) {
		tenths = fabs(v) < 99.95 && lround(v * 10) % 10;
		return put(out, v, tenths, suffix[0]);
	}
	v /= 1000;
	i = 1 + reduce(&v, 1000, 999.95, sizeof(suffix) / sizeof(*suffix) - 2);
	return put(out, v, true, suffix[i]);
}

char *units_format_age(char out[static 16], double seconds)
{
	unsigned int s;

	if (isnan(seconds))
		return put(out, seconds, false, "");

	s = (unsigned int)fmin(fmax(seconds, 0), UINT32_MAX);
	if (s < 60)
		snprintf(out, 16, "%us", s);
	else if (s < 3600)
		snprintf(out, 16, "%um%02us", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, 16, "%uh%02um", s / 3600, s / 60 % 60);
	else
		snprintf(out, 16, "%ud", s / 86400);
	return out;
}
