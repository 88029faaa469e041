#ifndef COWTOP_SYS_ARCH_CALLS_H
#define COWTOP_SYS_ARCH_CALLS_H

/*
 * Rows of struct arch_call for the system calls that every processor has: the beginning of its table.
 */
#include "base/syscalls.h"

#define ARCH_CALLS \
	{ SYS_read, "read" }, { SYS_pread64, "pread64" }, { SYS_readv, "readv" }, { SYS_preadv, "preadv" }, \
		{ SYS_preadv2, "preadv2" }, { SYS_recvfrom, "recvfrom" }, { SYS_recvmsg, "recvmsg" }, \
		{ SYS_recvmmsg, "recvmmsg" }, { SYS_accept, "accept" }, { SYS_accept4, "accept4" }, \
		{ SYS_getrandom, "getrandom" }, { SYS_getdents64, "getdents64" }, { SYS_ppoll, "ppoll" }, \
		{ SYS_pselect6, "pselect6" }, { SYS_epoll_pwait, "epoll_pwait" }, \
		{ SYS_io_uring_enter, "io_uring_enter" }, { SYS_io_getevents, "io_getevents" }, \
		{ SYS_fstat, "fstat" }, { SYS_newfstatat, "newfstatat" }, { SYS_statx, "statx" }, \
		{ SYS_getcwd, "getcwd" }, { SYS_readlinkat, "readlinkat" }, { SYS_ioctl, "ioctl" }, \
		{ SYS_futex, "futex" }, { SYS_clone, "clone" }, { SYS_clone3, "clone3" }, \
		{ SYS_wait4, "wait4" }, { SYS_waitid, "waitid" }, { SYS_rt_sigaction, "rt_sigaction" }, \
		{ SYS_rt_sigprocmask, "rt_sigprocmask" }, { SYS_getsockname, "getsockname" }, \
		{ SYS_getsockopt, "getsockopt" }, { SYS_nanosleep, "nanosleep" }, \
		{ SYS_clock_nanosleep, "clock_nanosleep" }, { SYS_pipe2, "pipe2" }, \
	{ \
		SYS_uname, "uname" \
	}

#endif
