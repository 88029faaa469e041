#ifndef COWTOP_BASE_UNITS_H
#define COWTOP_BASE_UNITS_H

/*
 * Numbers as people write them. All parsers take a whole string: trailing bytes are an error.
 * They return 0, or -1 with *ret untouched. Negative, empty, NaN, infinite and overflowing
 * input is an error; nothing depends on the locale.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/* "90" "1.5s" "250ms" "10m" "2h" "1d": nanoseconds, at most about 292 years. */
int units_parse_time(const char *s, int64_t *ret_ns);

/* "4096" "200MiB" "1.5GB" "64k": bytes. KiB MiB GiB TiB are powers of 1024, kB MB GB TB of 1000;
 * a bare K M G T (any case) is KiB MiB GiB TiB. */
int units_parse_size(const char *s, uint64_t *ret_bytes);

/* A plain decimal integer within [min, max]. */
int units_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret);

/* What a rule compares with: a signed number with an optional unit: sizes as above, times as above
 * (in seconds), "%" (divides by 100). */
int units_parse_quantity(const char *s, double *ret);

/* Human forms into `out` (at least 16 bytes), returned. MiB with one decimal below 1000. */
char *units_format_mib(char out[static 16], double bytes);
/* Bytes with a fitting unit: "512 B", "3.9 KiB", "611.5 MiB", "5.2 GiB". */
char *units_format_size(char out[static 16], double bytes);
/* A count or rate in at most 6 columns: "0", "3.2", "941", "23.1k", "1.4M". */
char *units_format_count(char out[static 16], double count);
/* A duration in at most 6 columns: "12s", "3m07s", "2h15m", "41d". */
char *units_format_age(char out[static 16], double seconds);

#endif
