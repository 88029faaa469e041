#ifndef COWTOP_PARSE_CPYTHON_VERSION_H
#define COWTOP_PARSE_CPYTHON_VERSION_H

/*
 * CPython's version as one number, PY_VERSION_HEX: major, minor, micro, level and serial in 8, 8, 8, 4
 * and 4 bits (Include/patchlevel.h); level 0xf is a final release.
 */
#include "parse/reader.h"

#define CPYTHON_MINOR(hex) ((hex) >> 16) /* 0x030b: compares as versions do */

/*
 * What Py_GetVersion() builds (sys.version): "3.9.2 (default, Feb 28 2021) \n[GCC 10.2.1]". `text` begins
 * with it. The tail is part of the test: version numbers alone stand everywhere.
 */
bool cpython_version_parse(const char *text, size_t len, uint32_t *ret);

/* The first such text in [start, end) of a process; at most 4 MiB are looked through. */
bool cpython_version_scan(const struct reader *r, uint64_t start, uint64_t end, uint32_t *ret);

/* "3.11.2", "3.14.0rc1". */
void cpython_version_format(uint32_t hex, char *out, size_t size);

#endif
