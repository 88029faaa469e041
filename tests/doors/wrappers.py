"""Functions of the C library by which sys/, recording/ and the recorder's files ask the kernel, and by which calls.

A function that is neither here nor in QUIET is one that nobody has thought of: who uses it says which it is.
"""
import re

WRAPPERS = {
    "access": "access", "clock_gettime": "clock_gettime", "close": "close", "closedir": "close", "dup2": "dup2",
    "epoll_create1": "epoll_create1", "epoll_ctl": "epoll_ctl", "epoll_wait": "epoll_wait", "eventfd": "eventfd2",
    "execvp": "execve", "fchmod": "fchmod", "fclose": "close", "fcntl": "fcntl", "fdatasync": "fdatasync",
    "fdopendir": "newfstatat", "flock": "flock", "fork": "clone", "fstat": "newfstatat", "fstatat": "newfstatat",
    "fstatfs": "fstatfs", "fsync": "fsync", "ftruncate": "ftruncate", "getpwuid_r": "openat", "getrlimit": "prlimit64",
    "ioctl": "ioctl", "isatty": "ioctl:TCGETS", "kill": "kill", "link": "link", "lseek": "lseek",
    "lstat": "newfstatat", "mkostemp": "openat", "mmap": "mmap", "open": "openat", "openat": "openat",
    "opendir": "openat", "personality": "personality", "pipe2": "pipe2", "poll": "poll", "ppoll": "ppoll",
    "prctl": "prctl", "pread": "pread64", "procps_meminfo_new": "openat", "procps_pids_new": "openat",
    "procps_pids_reap": "getdents64", "pthread_create": "clone3", "pwrite": "pwrite64", "read": "read",
    "readdir": "getdents64", "readlinkat": "readlinkat", "rename": "rename", "sched_getaffinity": "sched_getaffinity",
    "sched_setaffinity": "sched_setaffinity", "setpgid": "setpgid", "setpriority": "setpriority",
    "setrlimit": "prlimit64", "signalfd": "signalfd4", "stat": "newfstatat", "statx": "statx", "tmpfile": "openat",
    "timerfd_create": "timerfd_create", "timerfd_settime": "timerfd_settime", "truncate": "truncate",
    "uname": "uname", "unlink": "unlink", "waitpid": "wait4", "write": "write",
    "capng_get_caps_process": "capget", "capng_have_capability": "capget", "nanosleep": "clock_nanosleep",
    "fwrite": "write",
}
# What asks nobody, or only for memory, threads, signals and time; syscall(2) is what the doors see anyway.
QUIET = re.compile(
    r"_.*|mem.*|str.*|pthread_(?!create).*|sig.*|sched_getcpu|sched_get_priority_min|calloc|malloc|free|reallocarray|"
    r"qsort|bsearch|f?(min|max)|l?round|isoc.*|v?snprintf|stderr|stdout|exit|raise|dirname|basename|fileno|getenv|"
    r"getpid|getppid|getuid|geteuid|gmtime_r|localtime_r|timegm|tzset|newlocale|freelocale|madvise|munmap|mprotect|"
    r"mremap|syscall|sysconf|get_nprocs_conf|umask|procps_(meminfo_get|.*_unref)|cplus_demangle.*|rust_demangle.*|"
    r"fmin|fmax|ZSTD_.*|crc32.*|cJSON_.*|inflate.*|uncompress|powl?|log2?|exp|sqrt|ceil|floor|dprintf|abort")
# Only an older kernel, or one that refuses something, has it: where it is tested.
ELSEWHERE = {
    "epoll_wait": "tests/fault/test_doors.py sees epoll_wait or epoll_pwait, as the C library has it",
    "fsync": "tests/cli/test_record_file.py", "link": "tests/cli/test_record_rotate.py",
    "pwrite64": "tests/cli/test_replay.py: a recording that comes through a pipe",
    "timerfd_create": "tests/deny/test_deny.py: without pidfds", "timerfd_settime": "tests/deny/test_deny.py",
    "truncate": "tests/cli/test_record_file.py",
}
