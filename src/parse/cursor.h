#ifndef COWTOP_PARSE_CURSOR_H
#define COWTOP_PARSE_CURSOR_H

/*
 * A cursor over foreign text: never reads past `end`, never needs a NUL. The take functions move
 * the cursor and return true, or leave it where it was and return false.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const char *at, *end;
};

bool cursor_char(struct cursor *c, char wanted);
bool cursor_blanks(struct cursor *c);             /* one or more ' ' or '\t' */
bool cursor_u64(struct cursor *c, uint64_t *ret); /* decimal; overflow is false */
bool cursor_hex(struct cursor *c, uint64_t *ret); /* no prefix */
/* The bytes up to (not including) `stop` or the end; moves behind `stop` when it is there. */
void cursor_until(struct cursor *c, char stop, const char **ret, size_t *ret_len);

#endif
