#ifndef COWTOP_TESTS_PLAIN_TEXT_H
#define COWTOP_TESTS_PLAIN_TEXT_H

/*
 * What every text for people is. Included behind cmocka.h.
 */
#include <string.h>
#include "base/text.h"

/* No line wider than 80, none with a blank at its end, nothing but printable bytes. */
static inline void assert_plain_text(const struct buf *b)
{
	const char *line = b->data, *end;

	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (text_width(line, (size_t)(end - line)) > 80)
			fail_msg("wider than 80: %.*s", (int)(end - line), line);
		if (end > line && end[-1] == ' ')
			fail_msg("blank at the end: %.*s", (int)(end - line), line);
		for (; line < end; line++)
			assert_true((unsigned char)*line >= 0x20 && *line != 0x7f);
	}
}

#endif
