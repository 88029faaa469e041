#ifndef COWTOP_BASE_SYSCALLS_H
#define COWTOP_BASE_SYSCALLS_H

/*
 * Numbers of system calls for syscall(2). Those that came after the headers of Linux 4.18 (RHEL 8) are given
 * here where they are absent: from 424 on a call has one number on every architecture but Alpha
 * (Documentation/process/adding-syscalls.rst, Linux 5.1). An older kernel says ENOSYS.
 */
#include <sys/syscall.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* Linux 5.1 */
#endif
#ifndef SYS_io_uring_enter
#define SYS_io_uring_enter 426
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430 /* 5.2 */
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig 431
#endif
#ifndef SYS_fsmount
#define SYS_fsmount 432
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* 5.3 */
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444 /* 5.13 */
#endif
#ifndef SYS_landlock_add_rule
#define SYS_landlock_add_rule 445
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

#endif
