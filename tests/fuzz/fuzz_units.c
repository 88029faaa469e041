/* units: the parsers agree with each other, and whatever they take can be shown. */
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "fuzz.h"

static void check_formats(double v)
{
	char out[16];

	must(memchr(units_format_mib(out, v), '\0', sizeof(out)));
	must(memchr(units_format_size(out, v), '\0', sizeof(out)));
	must(memchr(units_format_count(out, v), '\0', sizeof(out)));
	must(memchr(units_format_age(out, v), '\0', sizeof(out)));
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1 + fabs(b) * 1e-12;
}

static void check_text(const char *s)
{
	double quantity = NAN;
	int64_t ns = -1, integer = -1;
	uint64_t bytes = 0;
	bool is_quantity = units_parse_quantity(s, &quantity) == 0;
	bool is_time = units_parse_time(s, &ns) == 0;

	if (is_quantity) {
		must(isfinite(quantity));
		check_formats(quantity);
	}
	if (is_time) {
		must(ns >= 0);
		must(is_quantity);
		/* A number alone is seconds as a time, and itself as a quantity: the same. */
		must(near(quantity * 1e9, (double)ns));
	}
	/* "10m" is a size, a time, and as a quantity a time. */
	if (units_parse_size(s, &bytes) == 0 && s[strlen(s) - 1] != 'm') {
		must(is_quantity);
		must(near(quantity, (double)bytes));
	}
	if (units_parse_int(s, -1000, 1000000, &integer) == 0) {
		must(integer >= -1000 && integer <= 1000000);
		must(is_quantity && quantity == (double)integer);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *s = malloc(size + 1);
	double v;

	if (!s)
		return 0;
	memcpy(s, data, size);
	s[size] = '\0';
	check_text(s);

	if (size >= sizeof(v)) {
		memcpy(&v, data, sizeof(v));
		check_formats(v);
	}
	return 0;
}
