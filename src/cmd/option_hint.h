#ifndef COWTOP_CMD_OPTION_HINT_H
#define COWTOP_CMD_OPTION_HINT_H

/* What was probably meant by a word that is no option of a verb: "--jsn", "-json", "--html" of a verb that has none. */
#include "base/buf.h"
#include "cmd/options.h"

/* What runs without a verb, and all verbs up to a NULL: those that have an option which another one does not have are
 * named. */
void option_hint_verbs(const struct verb *nameless, const struct verb *const all[]);
/* Appends ": did you mean --json?", or ": cowtop report has it"; nothing when it is like none. */
void option_hint(const struct verb *verb, const char *word, struct buf *out);
/* Is it the long name of an option of the verb behind a single dash? */
bool option_is_single_dashed(const struct verb *verb, const char *word);

#endif
