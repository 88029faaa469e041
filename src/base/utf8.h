#ifndef COWTOP_BASE_UTF8_H
#define COWTOP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The first character of `s` into *ret: its length in bytes (1 to 4), or 0 when `len` is 0 or the
 * bytes are no well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret);

/* The bytes of a character up to U+10FFFF; their number. Not every one is valid: see utf8_decode(). */
size_t utf8_encode(char out[static 4], uint32_t c);

#endif
