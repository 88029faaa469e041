#ifndef COWTOP_SYS_MACHINE_H
#define COWTOP_SYS_MACHINE_H

/*
 * The machine that a procfs belongs to: its files outside of /proc, its names and when it was started. Of this
 * machine's own /proc they are this machine's. Of another root (a tree of files that was captured elsewhere, see
 * tests/README.md) they are what lies beside it: `sys/` for /sys, and the files of the tree itself.
 */
#include "model/sample.h"
#include "sys/proc.h"

/* Open a file or a folder read-only by its absolute name ("/sys/kernel/mm/ksm/pages_shared"): a descriptor or
 * -errno. */
int machine_file(const struct procfs *fs, const char *name);
/* The number that such a file holds. ABSENT: there is no such file. */
fact machine_number(const struct procfs *fs, const char *name);

/* Wall clock when it was started, in ns; whole seconds (btime of stat) of another root, which may have none: 0. */
int64_t machine_boot_ns(const struct procfs *fs);
/* Its name and its kernel's release: empty when another root does not tell. 0 or -errno. */
int machine_names(const struct procfs *fs, struct host_sample *ret);

#endif
