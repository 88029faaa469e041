#include "calls.h"

#include <elf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include "base/syscalls.h"

#define CALL(name, about) \
	{ \
#name, SYS_##name, about, 0 \
	}
#define BYTES(name) \
	{ \
#name, SYS_##name, ABOUT_FD, 3 \
	}

/* In the order of their names; those of one processor alone below. */
static const struct call calls[] = {
	CALL(accept, ABOUT_FD),
	CALL(accept4, ABOUT_FD),
	CALL(bind, ABOUT_FD),
	CALL(brk, ABOUT_NOTHING),
	CALL(capget, ABOUT_NOTHING),
	CALL(capset, ABOUT_NOTHING),
	CALL(chdir, ABOUT_PATH),
	CALL(clock_getres, ABOUT_NOTHING),
	CALL(clock_gettime, ABOUT_NOTHING),
	CALL(clock_nanosleep, ABOUT_NOTHING),
	CALL(clone, ABOUT_NOTHING),
	CALL(clone3, ABOUT_NOTHING),
	CALL(close, ABOUT_FD),
	CALL(connect, ABOUT_FD),
	CALL(copy_file_range, ABOUT_FD),
	CALL(dup, ABOUT_FD),
	CALL(dup3, ABOUT_FD),
	CALL(epoll_create1, ABOUT_NOTHING),
	CALL(epoll_ctl, ABOUT_FD),
	CALL(epoll_pwait, ABOUT_FD),
	CALL(eventfd2, ABOUT_NOTHING),
	CALL(execve, ABOUT_PATH),
	CALL(exit, ABOUT_NOTHING),
	CALL(exit_group, ABOUT_NOTHING),
	CALL(faccessat, ABOUT_AT),
	CALL(faccessat2, ABOUT_AT),
	CALL(fadvise64, ABOUT_FD),
	CALL(fallocate, ABOUT_FD),
	CALL(fchdir, ABOUT_FD),
	CALL(fchmod, ABOUT_FD),
	CALL(fchmodat, ABOUT_AT),
	CALL(fchown, ABOUT_FD),
	CALL(fcntl, ABOUT_FD),
	CALL(fdatasync, ABOUT_FD),
	CALL(fgetxattr, ABOUT_FD),
	CALL(flock, ABOUT_FD),
	CALL(fsconfig, ABOUT_FD),
	CALL(fsmount, ABOUT_FD),
	CALL(fsopen, ABOUT_NOTHING),
	CALL(fstat, ABOUT_FD),
	CALL(fstatfs, ABOUT_FD),
	CALL(fsync, ABOUT_FD),
	CALL(ftruncate, ABOUT_FD),
	CALL(futex, ABOUT_NOTHING),
	CALL(get_mempolicy, ABOUT_NOTHING),
	CALL(get_robust_list, ABOUT_NOTHING),
	CALL(getcwd, ABOUT_NOTHING),
	CALL(getdents64, ABOUT_FD),
	CALL(getegid, ABOUT_NOTHING),
	CALL(geteuid, ABOUT_NOTHING),
	CALL(getgid, ABOUT_NOTHING),
	CALL(getgroups, ABOUT_NOTHING),
	CALL(getpeername, ABOUT_FD),
	CALL(getpgid, ABOUT_PROCESS),
	CALL(getpid, ABOUT_NOTHING),
	CALL(getppid, ABOUT_NOTHING),
	CALL(getrandom, ABOUT_NOTHING),
	CALL(getresgid, ABOUT_NOTHING),
	CALL(getresuid, ABOUT_NOTHING),
	CALL(getrusage, ABOUT_NOTHING),
	CALL(getsid, ABOUT_PROCESS),
	CALL(getsockname, ABOUT_FD),
	CALL(getsockopt, ABOUT_FD),
	CALL(gettid, ABOUT_NOTHING),
	CALL(gettimeofday, ABOUT_NOTHING),
	CALL(getuid, ABOUT_NOTHING),
	CALL(ioctl, ABOUT_FD),
	CALL(kcmp, ABOUT_PROCESS),
	CALL(kill, ABOUT_PROCESS),
	CALL(landlock_add_rule, ABOUT_NOTHING),
	CALL(landlock_create_ruleset, ABOUT_NOTHING),
	CALL(landlock_restrict_self, ABOUT_NOTHING),
	CALL(linkat, ABOUT_AT),
	CALL(listen, ABOUT_FD),
	CALL(lseek, ABOUT_FD),
	CALL(madvise, ABOUT_NOTHING),
	CALL(mbind, ABOUT_NOTHING),
	CALL(membarrier, ABOUT_NOTHING),
	CALL(memfd_create, ABOUT_NOTHING),
	CALL(mincore, ABOUT_NOTHING),
	CALL(mkdirat, ABOUT_AT),
	CALL(mlock, ABOUT_NOTHING),
	CALL(mmap, ABOUT_MAPPED),
	CALL(mprotect, ABOUT_NOTHING),
	CALL(mremap, ABOUT_NOTHING),
	CALL(msync, ABOUT_NOTHING),
	CALL(munmap, ABOUT_NOTHING),
	CALL(newfstatat, ABOUT_AT),
	CALL(openat, ABOUT_AT),
	CALL(perf_event_open, ABOUT_EVENT),
	CALL(personality, ABOUT_NOTHING),
	CALL(pidfd_open, ABOUT_PROCESS),
	CALL(pidfd_send_signal, ABOUT_PROCESS),
	CALL(pipe2, ABOUT_NOTHING),
	CALL(ppoll, ABOUT_NOTHING),
	CALL(prctl, ABOUT_NOTHING),
	BYTES(pread64),
	BYTES(pwrite64),
	CALL(prlimit64, ABOUT_NOTHING),
	CALL(pselect6, ABOUT_NOTHING),
	BYTES(read),
	CALL(readlinkat, ABOUT_AT),
	CALL(readv, ABOUT_FD),
	BYTES(recvfrom),
	CALL(recvmsg, ABOUT_FD),
	CALL(renameat, ABOUT_AT),
	CALL(renameat2, ABOUT_AT),
	CALL(restart_syscall, ABOUT_NOTHING),
	CALL(rseq, ABOUT_NOTHING),
	CALL(rt_sigaction, ABOUT_NOTHING),
	CALL(rt_sigpending, ABOUT_NOTHING),
	CALL(rt_sigprocmask, ABOUT_NOTHING),
	CALL(rt_sigreturn, ABOUT_NOTHING),
	CALL(rt_sigsuspend, ABOUT_NOTHING),
	CALL(rt_sigtimedwait, ABOUT_NOTHING),
	CALL(sched_get_priority_max, ABOUT_NOTHING),
	CALL(sched_get_priority_min, ABOUT_NOTHING),
	CALL(sched_getaffinity, ABOUT_NOTHING),
	CALL(sched_getscheduler, ABOUT_NOTHING),
	CALL(sched_setaffinity, ABOUT_NOTHING),
	CALL(sched_setscheduler, ABOUT_NOTHING),
	CALL(sched_yield, ABOUT_NOTHING),
	CALL(sendfile, ABOUT_FD),
	CALL(sendmmsg, ABOUT_FD),
	CALL(sendmsg, ABOUT_FD),
	BYTES(sendto),
	CALL(set_mempolicy, ABOUT_NOTHING),
	CALL(set_robust_list, ABOUT_NOTHING),
	CALL(set_tid_address, ABOUT_NOTHING),
	CALL(setitimer, ABOUT_NOTHING),
	CALL(setpgid, ABOUT_NOTHING),
	CALL(setpriority, ABOUT_NOTHING),
	CALL(setsid, ABOUT_NOTHING),
	CALL(setsockopt, ABOUT_FD),
	CALL(shutdown, ABOUT_FD),
	CALL(sigaltstack, ABOUT_NOTHING),
	CALL(signalfd4, ABOUT_NOTHING),
	CALL(socket, ABOUT_NOTHING),
	CALL(socketpair, ABOUT_NOTHING),
	CALL(statfs, ABOUT_PATH),
	CALL(statx, ABOUT_AT),
	CALL(symlinkat, ABOUT_AT),
	CALL(sysinfo, ABOUT_NOTHING),
	CALL(tgkill, ABOUT_PROCESS),
	CALL(timer_create, ABOUT_NOTHING),
	CALL(timer_delete, ABOUT_NOTHING),
	CALL(timer_settime, ABOUT_NOTHING),
	CALL(timerfd_create, ABOUT_NOTHING),
	CALL(timerfd_settime, ABOUT_FD),
	CALL(umask, ABOUT_NOTHING),
	CALL(uname, ABOUT_NOTHING),
	CALL(unlinkat, ABOUT_AT),
	CALL(utimensat, ABOUT_AT),
	CALL(wait4, ABOUT_PROCESS),
	CALL(waitid, ABOUT_PROCESS),
	BYTES(write),
	CALL(writev, ABOUT_FD),
#ifdef __x86_64__
	CALL(access, ABOUT_PATH),
	CALL(alarm, ABOUT_NOTHING),
	CALL(arch_prctl, ABOUT_NOTHING),
	CALL(dup2, ABOUT_FD),
	CALL(epoll_wait, ABOUT_FD),
	CALL(fork, ABOUT_NOTHING),
	CALL(getpgrp, ABOUT_NOTHING),
	CALL(link, ABOUT_PATH),
	CALL(lstat, ABOUT_PATH),
	CALL(mkdir, ABOUT_PATH),
	CALL(open, ABOUT_PATH),
	CALL(pipe, ABOUT_NOTHING),
	CALL(poll, ABOUT_NOTHING),
	CALL(readlink, ABOUT_PATH),
	CALL(rename, ABOUT_PATH),
	CALL(rmdir, ABOUT_PATH),
	CALL(select, ABOUT_NOTHING),
	CALL(stat, ABOUT_PATH),
	CALL(time, ABOUT_NOTHING),
	CALL(unlink, ABOUT_PATH),
	CALL(vfork, ABOUT_NOTHING),
#endif
};

struct call call_of(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].number == number)
			return calls[i];
	}
	return (struct call){ .number = number };
}

long call_number(const char *name)
{
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strlen(calls[i].name) == len && strncmp(calls[i].name, name, len) == 0)
			return calls[i].number;
	}
	return -1;
}

void call_request(uint64_t request, char *to, size_t room)
{
	static const struct {
		const char *name;
		uint32_t request;
	} known[] = {
		{ "PAGEMAP_SCAN", 0xc0606610 }, { "PERF_ENABLE", 0x2400 }, { "PERF_SET_OUTPUT", 0x2405 },
		{ "PERF_FILTER", 0x40082406 },  { "PERF_ID", 0x80082407 }, { "TCGETS", 0x5401 },
		{ "TCSETS", 0x5402 },           { "TCSETSW", 0x5403 },     { "TCSETSF", 0x5404 },
		{ "TIOCGWINSZ", 0x5413 },       { "TCFLSH", 0x540b },      { "TIOCGPGRP", 0x540f },
	};

	snprintf(to, room, "ioctl:%#x", (unsigned int)request);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].request == (uint32_t)request)
			snprintf(to, room, "ioctl:%s", known[i].name);
	}
}

#if defined(__x86_64__)

static unsigned long long *argument(struct user_regs_struct *r, int which)
{
	unsigned long long *all[] = { &r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9 };

	return all[which - 1];
}

bool call_skip(pid_t thread, long result)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, thread, NULL, &r) < 0)
		return false;
	r.orig_rax = (unsigned long long)-1;
	r.rax = (unsigned long long)result;
	return ptrace(PTRACE_SETREGS, thread, NULL, &r) == 0;
}

bool call_argument(pid_t thread, int which, uint64_t value)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, thread, NULL, &r) < 0)
		return false;
	*argument(&r, which) = value;
	return ptrace(PTRACE_SETREGS, thread, NULL, &r) == 0;
}

#elif defined(__aarch64__)

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

bool call_argument(pid_t thread, int which, uint64_t value)
{
	struct user_regs_struct r;
	struct iovec v = { &r, sizeof(r) };

	if (ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &v) < 0)
		return false;
	r.regs[which - 1] = value;
	return ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &v) == 0;
}

bool call_skip(pid_t thread, long result)
{
	int none = -1;
	struct iovec v = { &none, sizeof(none) };

	return ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &v) == 0 &&
	       call_argument(thread, 1, (uint64_t)result);
}

#endif
