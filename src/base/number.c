#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Were these digits enough? Then it is 0.3 and not 0.30000000000000004. */
static bool is_close(double a, double b)
{
	return fabs(a - b) <= fmax(fabs(a), fabs(b)) * DBL_EPSILON;
}

char *number_format(char out[static NUMBER_LEN], double value)
{
	if (!isfinite(value)) {
		*out = '\0';
	} else if (floor(value) == value && fabs(value) < 0x1p63) {
		snprintf(out, NUMBER_LEN, "%lld", (long long)value);
	} else {
		snprintf(out, NUMBER_LEN, "%.15g", value);
		if (!is_close(strtod(out, NULL), value))
			snprintf(out, NUMBER_LEN, "%.17g", value);
	}
	return out;
}
