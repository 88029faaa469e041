#ifndef COWTOP_TESTS_SHOWN_H
#define COWTOP_TESTS_SHOWN_H

/* What holds of all that is shown, whatever it is made from. */
#include <cjson/cJSON.h>
#include "base/buf.h"
#include "base/utf8.h"
#include "fuzz.h"

/* UTF-8 without anything that a terminal obeys. */
static inline void must_be_clean(const struct buf *b)
{
	size_t n;

	for (size_t at = 0; at < b->len; at += n) {
		uint32_t c = 0;

		n = utf8_decode(b->data + at, b->len - at, &c);
		must(n > 0 && !(c >= 0x7f && c <= 0x9f));
		/* A line of CSV ends with both (RFC 4180). */
		must(c >= ' ' || c == '\n' || c == '\t' || (c == '\r' && b->data[at + 1] == '\n'));
	}
}

/* Clean, and one JSON text; the buffer is empty then. */
static inline void must_be_json(struct buf *b)
{
	cJSON *json;

	must_be_clean(b);
	json = cJSON_ParseWithLength(b->data ? b->data : "", b->len);
	must(json);
	cJSON_Delete(json);
	buf_reset(b);
}

#endif
