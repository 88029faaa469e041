#ifndef COWTOP_SINK_TEXT_WRAP_H
#define COWTOP_SINK_TEXT_WRAP_H

/*
 * Sentences broken into lines.
 */
#include "base/buf.h"

/*
 * `foreign` cleaned and broken at blanks into lines of at most `columns`, the second and further ones
 * indented; the caller has written up to column `indent`. A word that is too long stays whole.
 */
void text_wrap(struct buf *out, const char *foreign, size_t indent, size_t columns);

#endif
