#ifndef COWTOP_PARSE_RESIDENT_H
#define COWTOP_PARSE_RESIDENT_H

/*
 * /proc/PID/smaps, mapping by mapping: does the one that begins at an address hold any page?
 */
#include <stddef.h>
#include "model/sample.h"

/* Bytes resident and swapped of the mapping that starts at `start`; ABSENT when it is not there. */
fact parse_resident(const char *text, size_t len, uint64_t start);

#endif
