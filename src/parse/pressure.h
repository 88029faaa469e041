#ifndef COWTOP_PARSE_PRESSURE_H
#define COWTOP_PARSE_PRESSURE_H

/*
 * /proc/pressure/memory (Documentation/accounting/psi.rst).
 */
#include <stddef.h>
#include "model/fact.h"

/* "some avg10=0.12 avg60=... total=N" and the line of "full": avg10 in hundredths of a percent.
 * A line that is not there leaves its fact ABSENT. */
void parse_pressure(const char *text, size_t len, fact *ret_some, fact *ret_full);

#endif
