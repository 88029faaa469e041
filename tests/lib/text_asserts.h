#ifndef COWTOP_TESTS_TEXT_ASSERTS_H
#define COWTOP_TESTS_TEXT_ASSERTS_H

/*
 * What stands in a text, and what does not. Included behind cmocka.h.
 */
#include <string.h>
#include "base/buf.h"

static inline void assert_has(const struct buf *b, const char *part)
{
	if (!strstr(b->data, part))
		fail_msg("no '%s' in\n%.4000s", part, b->data);
}

static inline void assert_lacks(const struct buf *b, const char *part)
{
	if (strstr(b->data, part))
		fail_msg("'%s' in\n%.4000s", part, b->data);
}

#endif
