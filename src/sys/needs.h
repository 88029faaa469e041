#ifndef COWTOP_SYS_NEEDS_H
#define COWTOP_SYS_NEEDS_H

/*
 * What a gap needs. A file that was refused needs a permission; one that is not there, or could not be opened
 * for want of descriptors, needs something else, and no capability gives it.
 */
#include <stdbool.h>

/* Did the kernel refuse it to this user? */
bool is_refusal(int error);
/* `permission` when it was refused; otherwise what would help against that errno value, in a few words. */
const char *proc_needs(int error, const char *permission);

#endif
