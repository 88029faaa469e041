#ifndef COWTOP_FIND_POOL_NAME_H
#define COWTOP_FIND_POOL_NAME_H

/* What everybody may know of who leads a pool, and the word by which it can be found again (model/command.h). */
#include "find/target.h"

#define POOL_NAME 64

/* pid, user and names, "" where they are not known any more. proc_sample_release() */
void pool_leader(const struct procfs *fs, const struct target *t, struct proc_sample *ret);
/* Foreign bytes, NUL-terminated; "" when nothing is known of it any more. */
void pool_name(const struct procfs *fs, const struct target *t, char ret[static POOL_NAME]);

#endif
