#ifndef COWTOP_FIND_POOL_NAME_H
#define COWTOP_FIND_POOL_NAME_H

/* The word by which a pool that was found can be found again (model/command.h). */
#include "find/target.h"

#define POOL_NAME 64

/* Foreign bytes, NUL-terminated; "" when nothing is known of it any more. */
void pool_name(const struct procfs *fs, const struct target *t, char ret[static POOL_NAME]);

#endif
