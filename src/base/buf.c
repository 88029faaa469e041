#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* The byte for the NUL is outside the ceiling: `limit` bytes of content fit. */
static size_t ceiling(const struct buf *b)
{
	return b->limit ? b->limit : BUF_LIMIT;
}

size_t buf_room(struct buf *b, size_t len)
{
	size_t limit = ceiling(b), cap;

	if (b->len >= limit)
		return 0;
	if (len > limit - b->len)
		len = limit - b->len;

	if (!b->data || b->cap - b->len <= len) {
		cap = b->cap ? b->cap : 64;
		while (cap - b->len <= len)
			cap *= 2;
		if (cap > limit + 1)
			cap = limit + 1;
		b->data = xreallocarray(b->data, cap, 1);
		b->data[b->len] = '\0';
		b->cap = cap;
	}
	return b->cap - 1 - b->len;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	size_t room = buf_room(b, len);

	if (len > room) {
		len = room;
		b->cut = true;
	}
	if (!len)
		return;

	memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	size_t room, need;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);

	need = n < 0 ? 0 : (size_t)n;
	room = buf_room(b, need);
	if (need > room) {
		need = room;
		b->cut = true;
	}
	if (need) {
		vsnprintf(b->data + b->len, need + 1, fmt, again);
		b->len += need;
	}
	va_end(again);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->cut = false;
	if (b->data)
		b->data[0] = '\0';
}

void buf_release(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->cut = false;
}
