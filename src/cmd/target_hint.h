#ifndef COWTOP_CMD_TARGET_HINT_H
#define COWTOP_CMD_TARGET_HINT_H

/* What was probably meant by a TARGET that no pool was found by: a recording, or a pool that is called nearly so. */
#include "base/err.h"
#include "find/target.h"

/* `err` is why target_find() has failed; it is made one that says what was meant, or stays as it is. True: waiting
 * brings no such pool. */
bool target_hint(const struct procfs *fs, const char *word, struct err *err);

#endif
