#ifndef COWTOP_SYS_KSM_H
#define COWTOP_SYS_KSM_H

/*
 * Has KSM merged pages of a process? smaps_rollup tells it since Linux 6.6 ("KSM:"); before that
 * /proc/PID/ksm_merging_pages (5.19), and before that only whether KSM has merged anything on this
 * machine (/sys/kernel/mm/ksm/pages_shared, mm/ksm.c).
 */
#include "sys/proc.h"

/* Has it merged anything on this machine? */
bool ksm_is_at_work(const struct procfs *fs);
/* May be true of a process without merged pages where only the whole machine is known. */
bool ksm_may_have_merged(const struct procfs *fs, pid_t pid);

#endif
