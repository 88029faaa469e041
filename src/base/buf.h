#ifndef COWTOP_BASE_BUF_H
#define COWTOP_BASE_BUF_H

/*
 * A growing byte buffer with a ceiling. `data` is NULL while nothing was added and otherwise always
 * NUL-terminated at data[len]; the bytes themselves may contain NULs. A zeroed struct is a valid
 * empty buffer with the default ceiling (BUF_LIMIT). Adding past the ceiling keeps what fits and
 * sets `cut`: the buffer never grows without bound on foreign input.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdarg.h>

#define BUF_LIMIT ((size_t)64 << 20)

struct buf {
	char *data;
	size_t len, cap;
	size_t limit; /* 0: BUF_LIMIT */
	bool cut;
};

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for at least `len` more bytes (up to the ceiling); returns how much there is at data+len. */
size_t buf_room(struct buf *b, size_t len);
/* Forget the contents, keep the memory. */
void buf_reset(struct buf *b);
/* Free the memory; the buffer is empty and usable again. */
void buf_release(struct buf *b);

#endif
