"""Which faults there are at which door: a door is a system call and the kind of file that it is about (doors.c).

The doors are those that a run of cowtop was seen to go through. A call that neither table here has is a door
without a row, and a failure: who adds a call says which faults it may have.
"""
# Calls about the caller's own memory, threads, signals and time that cannot fail, or whose failure is no answer of the
# kernel about anything else.
WITHIN = {
    "arch_prctl", "brk", "clock_getres", "clock_gettime", "exit", "exit_group", "futex", "get_robust_list", "getegid",
    "geteuid", "getgid", "getpid", "getppid", "getresgid", "getresuid", "gettid", "getuid", "madvise", "membarrier",
    "mprotect", "mremap", "munmap", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
    "rt_sigreturn", "sched_get_priority_max", "sched_get_priority_min", "sched_yield", "set_robust_list",
    "set_tid_address", "sigaltstack", "umask", "alarm",
}
READ = "EIO EINTR ENOMEM ESRCH EPERM short empty"
ASK = "EPERM EACCES ENOENT ESRCH ENOMEM EIO"
# By call, the errors of its manual page and of what stands behind it; EPERM and ENOSYS are also what a filter says.
FAULTS = {
    "accept4": "EMFILE ENFILE ENOMEM ECONNABORTED EINTR EPERM",
    "access": "EACCES ENOENT",
    "bind": "EADDRINUSE EACCES",
    "capget": "EPERM EINVAL",
    "capset": "EPERM",
    "clock_nanosleep": "EINTR",
    "clone": "EAGAIN ENOMEM EPERM ENOSYS",
    "clone3": "EAGAIN ENOMEM EPERM ENOSYS",
    "close": "EIO EINTR ENOSPC EDQUOT",
    "connect": "ECONNREFUSED EACCES",
    "dup2": "EINTR EBUSY",
    "dup3": "EINTR EBUSY",
    "epoll_create1": "EMFILE ENOMEM",
    "epoll_ctl": "ENOMEM ENOSPC",
    "epoll_pwait": "EINTR",
    "epoll_wait": "EINTR",
    "eventfd2": "EMFILE ENOMEM",
    "execve": "ENOENT EACCES ENOMEM",
    "faccessat": "EACCES ENOENT",
    "faccessat2": "EACCES ENOSYS",
    "fchmod": "EPERM EROFS",
    "fchown": "EPERM EROFS",
    "fcntl": "EMFILE",
    "fdatasync": "EIO ENOSPC EINTR",
    "flock": "EINTR EAGAIN ENOLCK",
    "fsconfig": "EPERM",
    "fsmount": "EPERM EMFILE",
    "fsopen": "EPERM ENOSYS ENODEV",
    "fstat": "ENOMEM EIO",
    "fstatfs": "ENOSYS EIO EINTR",
    "fsync": "EIO ENOSPC",
    "ftruncate": "EIO EINTR",
    "get_mempolicy": "ENOSYS EPERM",
    "getcwd": "ENOENT",
    "getdents64": "EIO ENOMEM EINTR ENOENT empty",
    "getpgid": "ESRCH",
    "getrandom": "ENOSYS EINTR",
    "getrusage": "EPERM",
    "getsockname": "ENOBUFS",
    "getsockopt": "ENOBUFS",
    "ioctl:PAGEMAP_SCAN": "ENOTTY EINVAL EPERM EINTR ENOMEM EIO",
    "ioctl:PERF_ENABLE": "EINVAL EPERM",
    "ioctl:PERF_FILTER": "EINVAL ENOMEM EPERM",
    "ioctl:PERF_ID": "EINVAL EPERM",
    "ioctl:PERF_SET_OUTPUT": "EINVAL EPERM",
    "ioctl:TCFLSH": "EIO",
    "ioctl:TCGETS": "EIO ENOTTY",
    "ioctl:TCSETS": "EIO",
    "ioctl:TCSETSF": "EIO",
    "ioctl:TCSETSW": "EIO",
    "ioctl:TIOCGPGRP": "EIO",
    "ioctl:TIOCGWINSZ": "EIO ENOTTY",
    "kcmp": "EPERM ENOSYS ESRCH",
    "kill": "EPERM ESRCH",
    "landlock_add_rule": "ENOMEM EINVAL",
    "landlock_create_ruleset": "ENOSYS EOPNOTSUPP ENOMEM EMFILE",
    "landlock_restrict_self": "EPERM E2BIG",
    "listen": "EADDRINUSE",
    "lseek": "ESPIPE EIO",
    "memfd_create": "EMFILE ENOMEM ENOSYS EPERM",
    "mkdir": "EACCES ENOSPC EDQUOT EROFS",
    "mmap": "ENOMEM EPERM ENODEV",
    "mincore": "EAGAIN ENOMEM",
    "newfstatat": ASK,
    "openat": "EPERM EACCES ENOENT ESRCH EINTR EIO ENOMEM EMFILE",
    "perf_event_open": "EPERM EACCES ENOSYS ESRCH EMFILE ENOMEM EINTR EINVAL ENODEV",
    "personality": "EPERM",
    "pidfd_open": "EPERM ENOSYS ESRCH EMFILE ENOMEM",
    "pidfd_send_signal": "EPERM ESRCH",
    "pipe2": "EMFILE ENFILE ENOMEM",
    "poll": "EINTR ENOMEM",
    "ppoll": "EINTR ENOMEM",
    "prctl": "EPERM EINVAL",
    "pread64": READ,
    "prlimit64": "EPERM",
    "pselect6": "EINTR",
    "read": READ,
    "readlink": "EACCES ENOENT",
    "readlinkat": "EACCES ENOENT ESRCH ENOMEM",
    "recvfrom": "EAGAIN EINTR ECONNRESET ENOMEM empty short",
    "recvmsg": "EAGAIN EINTR ENOMEM",
    "rename": "EIO ENOSPC EROFS EACCES",
    "renameat2": "EIO ENOSPC EROFS EACCES EINVAL ENOSYS",
    "rmdir": "EBUSY EIO",
    "rt_sigtimedwait": "EINTR",
    "sched_getaffinity": "EPERM ENOSYS",
    "sched_setaffinity": "EPERM",
    "sched_setscheduler": "EPERM EINVAL",
    "sendmsg": "EAGAIN EINTR EPIPE ECONNRESET ENOBUFS",
    "sendto": "EAGAIN EINTR EPIPE ECONNRESET ENOBUFS short",
    "set_mempolicy": "ENOSYS EPERM",
    "setpgid": "EPERM",
    "setpriority": "EPERM EACCES",
    "setsid": "EPERM",
    "setsockopt": "ENOPROTOOPT ENOMEM",
    "shutdown": "ENOTCONN",
    "signalfd4": "EMFILE ENOMEM ENOSYS EINVAL",
    "socket": "EMFILE EACCES",
    "statfs": "ENOSYS EIO",
    "statx": ASK + " ENOSYS",
    "sysinfo": "EPERM",
    "tgkill": "EPERM",
    "timerfd_create": "EMFILE ENOMEM",
    "timerfd_settime": "EINVAL",
    "uname": "EPERM",
    "unlink": "EROFS EACCES",
    "unlinkat": "EROFS EACCES",
    "wait4": "EINTR ECHILD",
    "waitid": "EINTR ECHILD",
    "write": "EIO EINTR ENOSPC EDQUOT short",
}
# Where a file is made or changed there are faults of disks beside those.
MADE = {"openat": " EROFS ENOSPC EDQUOT"}

# Kinds of files that are no doors of cowtop's: the loader's, and those that a sanitizer reads.
LOADERS = ("library", "shim", "/lib", "/usr/lib", "/")
SANITIZERS = ("/proc/SELF/maps", "/proc/SELF/environ", "/proc/SELF/cmdline", "/proc/SELF/exe", "/proc/SELF/task")

# What the kernel does not do: calls, kinds of files, faults, and why.
ONE_RECORD = ("/proc/PID/stat", "/proc/PID/statm", "/proc/PID/schedstat", "/proc/SELF/stat")
NEVER = (
    (("newfstatat",), ("recording",), ("EPERM",), "what stat(2) is refused is refused by EACCES"),
    (("read", "pread64"), ONE_RECORD, ("short", "EINTR"), "a line of one record comes whole, and at once"),
    (("read", "write", "timerfd_settime"), ("eventfd", "timerfd"),
     ("EIO", "EINTR", "ENOMEM", "ESRCH", "EPERM", "EINVAL", "ENOSPC", "EDQUOT", "empty"),
     "a counter of the kernel's own that nobody waits for does not fail"),
)
# The only files whose close or mapping says something.
CLOSED, MAPPED = ("recording", "stdout"), ("perf_event", "recording", "image")


def is_within(call, kind, sanitized):
    """Is it no door at all?"""
    folders = kind.startswith(("/lib/", "/usr/lib/")) and call == "newfstatat"
    return call in WITHIN or kind in LOADERS or folders or (sanitized and kind.startswith(SANITIZERS))


def faults_at(call, kind):
    """The names of all faults of a door, or None: a door without a row."""
    names = FAULTS.get(call)
    if names is None:
        return None
    names += MADE.get(call, "") if kind in ("recording", "folder") else ""
    return [name for name in names.split() if not why_never(call, kind, name)]


def why_never(call, kind, fault):
    """Why the kernel does not do this, or None where it may."""
    if call == "close" and kind not in CLOSED:
        return "what was only read loses nothing when it is closed"
    if call == "mmap" and kind not in MAPPED:
        return "own memory: to be out of it ends the process"
    return next((reason for calls, kinds, faults, reason in NEVER
                 if call in calls and kind in kinds and fault in faults), None)
