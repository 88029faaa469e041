#ifndef COWTOP_BASE_TEXT_H
#define COWTOP_BASE_TEXT_H

/*
 * Bytes of other processes made harmless. Names, command lines and paths are hostile: they may hold
 * terminal escapes, newlines, bidirectional controls, broken UTF-8. They are kept as they are in the
 * sample and cleaned where they are shown, by this one function, for every sink.
 */
#include <stddef.h>
#include "base/buf.h"

/*
 * Append `len` bytes to `out` as valid UTF-8 without control characters: newline, tab and carriage
 * return become \n \t \r; every other control byte (C0, DEL), C1 control, bidirectional or
 * zero-width format character, non-character and each byte of broken UTF-8 becomes \xNN per byte.
 * Everything else, a backslash included, stays as it is.
 */
void text_clean(struct buf *out, const char *bytes, size_t len);

/*
 * Columns a terminal needs for the clean UTF-8 string `s` (wcwidth semantics, own table, no locale).
 */
size_t text_width(const char *s, size_t len);

/* Bytes of the longest prefix of clean UTF-8 `s` that fits into `columns` columns. */
size_t text_fit(const char *s, size_t len, size_t columns);

#endif
