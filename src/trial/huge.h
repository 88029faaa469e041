#ifndef COWTOP_TRIAL_HUGE_H
#define COWTOP_TRIAL_HUGE_H

/*
 * Huge pages of one command: prctl(2) can only refuse to a program what the machine gives. So thp=always is there where
 * the machine has that, thp=madvise where the kernel can refuse them to all but what asks for them (Linux 6.18), and
 * where the machine has it so.
 */
#include "base/err.h"

/* The second and third argument of prctl(PR_SET_THP_DISABLE) for `thp=VALUE`. `folder`: HUGE_FOLDER, or a test's.
 * STATUS_USAGE: it cannot be had here; the message says what would give it. */
int huge_choose(const char *folder, const char *value, int *ret_disable, unsigned long *ret_flags,
		struct err *err);
#define HUGE_FOLDER "/sys/kernel/mm/transparent_hugepage"

/* What this machine gives: "always" "madvise" "never"; "": it does not say. */
void huge_machine(const char *folder, char ret[16]);

#endif
