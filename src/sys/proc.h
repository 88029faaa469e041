#ifndef COWTOP_SYS_PROC_H
#define COWTOP_SYS_PROC_H

/*
 * The files of /proc/PID that cowtop reads itself, because libproc2 cannot tell "denied" from zero.
 * All access is openat() below one handle, so tests can point at a tree of files that was captured on another
 * machine (tests/README.md).
 *
 * A process whose first thread has ended is read through one that lives (sys/proc_stat.h).
 *
 * Errors: the functions return 0 (or a byte count) or -errno. ESRCH means that the process is gone, ENOENT that it
 * is gone (or hidden by hidepid: see procfs_exists()) or that this kernel has no such file: procfs_is_gone() tells.
 */
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "parse/stat.h"
#include "parse/smaps.h"
#include "parse/maps.h"
#include "sys/proc_path.h"
#include "sys/proc_stat.h"

struct procfs {
	int fd;        /* of the directory */
	bool captured; /* not the /proc of this machine */
};

/*
 * Open `root`. -errno on failure. "/proc" is this machine's. Any other root is taken for one that was captured: all
 * is read below it, what is outside of /proc beside it (sys/machine.h), and no system call is asked about its
 * pids, which are other processes' here or nobody's.
 */
int procfs_open(struct procfs *fs, const char *root);
void procfs_release(struct procfs *fs);

/* The number that a small file holds; ABSENT: there is no such file (fd < 0). */
fact proc_read_number(int fd);
/* The whole file /proc/PID/NAME into `out` (reset first), at most out->limit bytes. */
int procfs_read(const struct procfs *fs, pid_t pid, const char *name, struct buf *out);
/* Open /proc/PID/NAME read-only; the descriptor or -errno. */
int procfs_file(const struct procfs *fs, pid_t pid, const char *name);
/* Where a file or folder of a process is below `fs`: PID/NAME, or that of a thread that lives. */
struct proc_path procfs_path(const struct procfs *fs, pid_t pid, const char *name);
/* Its cgroup, which is not that of a first thread that has ended (kernel/cgroup/cgroup.c, proc_cgroup_show()). */
int procfs_cgroup(const struct procfs *fs, pid_t pid, struct buf *out);
/* A thread of the process that lives: the first, or another one where that has ended. */
pid_t procfs_thread(const struct procfs *fs, pid_t pid);
/* readlink of /proc/PID/NAME. */
int procfs_link(const struct procfs *fs, pid_t pid, const char *name, struct buf *out);
/* Is its CLOCK_MONOTONIC another one than ours? Only a time namespace shifts it (Linux 5.6). */
bool procfs_other_time(const struct procfs *fs, pid_t pid);
/* st_dev and st_ino of what /proc/PID/exe names. */
int procfs_exe(const struct procfs *fs, pid_t pid, uint64_t *ret_dev, uint64_t *ret_ino);
/* What the kernel told the program when it was exec'ed (getauxval(3)); 0: nothing, or it is not for us. */
uint64_t procfs_auxv(const struct procfs *fs, pid_t pid, uint64_t type);

/* Does something else stand over this file of /proc (in a container, lxcfs), and on which device? Nobody is asked. */
bool procfs_covered(const struct procfs *fs, const char *name, dev_t *ret_system);
/* The pid or thread id that was given last in this /proc's namespace: another one after every fork (loadavg,
 * fs/proc/loadavg.c, Linux 2.6). 0: not known, as where another file stands over loadavg. */
pid_t procfs_newest(const struct procfs *fs, struct buf *scratch);

int procfs_stat(const struct procfs *fs, pid_t pid, struct proc_stat *ret);
/* Pages that the kernel counts as resident (statm). -ESRCH also of who ends: its address space goes before it is a
 * zombie, and then all of statm is 0 (fs/proc/array.c, proc_pid_statm()). */
int procfs_resident(const struct procfs *fs, pid_t pid, uint64_t *ret_pages);
/* Bytes of hugetlb pages that it maps (status, HugetlbPages: Linux 4.4), or ABSENT. */
fact procfs_hugetlb(const struct procfs *fs, pid_t pid, struct buf *scratch);
/* How often its first thread has left the processor to wait for something (status, voluntary_ctxt_switches), or
 * ABSENT. A fork begins with 0. */
fact procfs_switches(const struct procfs *fs, pid_t pid, struct buf *scratch);
/* The sums of smaps_rollup, or of smaps where the kernel has none (before Linux 4.14). */
int procfs_rollup(const struct procfs *fs, pid_t pid, struct smaps_totals *ret);
/* Has each page of its memory taken a fault of its own? False as well when that cannot be said: it may have
 * pages that it inherited from before its exec, or huge ones. Reads all of smaps. */
bool procfs_one_fault_each(const struct procfs *fs, pid_t pid, struct buf *scratch);
/* `maps` is reset and filled; `scratch` is the caller's buffer, kept for the next call. */
int procfs_maps(const struct procfs *fs, pid_t pid, struct buf *scratch, struct vma_list *maps);

/*
 * Does this kernel print the flags of a process (stat, field 9)? One that is none of Linux's (gVisor) prints 0 for
 * each. On Linux they are 0 of a process that was exec'ed without ASLR; cowtop's own tell: PF_RANDOMIZE is set
 * by exec where ASLR is on (fs/binfmt_elf.c, load_elf_binary()).
 */
bool proc_flags_told(void);
/* Does the error `r` of one of its files mean that the process is gone? */
bool procfs_is_gone(const struct procfs *fs, pid_t pid, int r);
/* Does the pid exist as far as kill(2) can tell? True also when hidepid hides it. */
bool procfs_exists(const struct procfs *fs, pid_t pid);
/* Do both run in one address space (vfork, CLONE_VM)? kcmp(2): 1 yes, 0 no, -errno unknown. */
int procfs_same_mm(const struct procfs *fs, pid_t a, pid_t b);

#endif
