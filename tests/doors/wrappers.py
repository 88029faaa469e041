"""Functions of the C library by which sys/, recording/ and the recorder's files ask the kernel, and by which calls.

A function that is neither here nor in QUIET is one that nobody has thought of: who uses it says which it is.
"""
import re

WRAPPERS = {
    "access": "access", "bind": "bind", "capng_apply": "capset",
    "capng_get_caps_process": "capget", "capng_have_capability": "capget", "close": "close",
    "closedir": "close", "fchmod": "fchmod", "fclose": "close", "fcntl": "fcntl", "fdatasync": "fdatasync",
    "flock": "flock", "fstat": "newfstatat", "fstatat": "newfstatat", "fstatfs": "fstatfs", "ftruncate": "ftruncate",
    "getpwuid_r": "openat", "getsockopt": "getsockopt", "listen": "listen",
    "setsockopt": "setsockopt", "shutdown": "shutdown", "socket": "socket",
    "getrlimit": "prlimit64", "ioctl": "ioctl", "isatty": "ioctl:TCGETS", "kill": "kill",
    "link": "link", "lseek": "lseek", "lstat": "newfstatat", "mkostemp": "openat", "mmap": "mmap",
    "nanosleep": "clock_nanosleep", "open": "openat", "openat": "openat", "opendir": "openat",
    "personality": "personality", "pipe2": "pipe2", "poll": "poll", "prctl": "prctl", "pread": "pread64",
    "procps_meminfo_new": "openat", "procps_pids_new": "openat", "procps_pids_reap": "getdents64",
    "pthread_create": "clone3", "pwrite": "pwrite64", "read": "read", "readdir": "getdents64",
    "readlinkat": "readlinkat", "rename": "rename", "sched_getaffinity": "sched_getaffinity",
    "sched_setaffinity": "sched_setaffinity", "setrlimit": "prlimit64", "stat": "newfstatat", "statx": "statx",
    "timerfd_create": "timerfd_create", "timerfd_settime": "timerfd_settime", "tmpfile": "openat", "uname": "uname",
    "unlink": "unlink", "waitpid": "wait4", "write": "write",
    "faccessat": "faccessat2", "fdopendir": "newfstatat", "mkdir": "mkdir", "unlinkat": "unlinkat",
}
# What asks nobody, or only for memory, threads, signals and time; syscall(2) is what the doors see anyway.
QUIET = re.compile(
    r"_.*|mem.*|str.*|pthread_(?!create).*|sig.*|sched_getcpu|sched_get_priority_min|calloc|malloc|free|reallocarray|"
    r"qsort|bsearch|f?(min|max)|l?round|isoc.*|v?snprintf|stderr|stdout|exit|raise|dirname|basename|fileno|getenv|"
    r"getres[gu]id|getauxval|environ|capng_update|dlopen|dlsym|dlerror|"
    r"getpid|getppid|getuid|geteuid|gmtime_r|localtime_r|timegm|tzset|newlocale|freelocale|madvise|munmap|mprotect|"
    r"mremap|syscall|sysconf|get_nprocs_conf|umask|procps_(meminfo_get|.*_unref)|cplus_demangle.*|rust_demangle.*|"
    r"fmin|fmax|ZSTD_.*|crc32.*|cJSON_.*|inflate.*|uncompress|powl?|log2?|MHD_.*|"
    r"(get|free)addrinfo|exp|sqrt|ceil|floor|dprintf|abort")
# Gone through only after a fault, or on another kernel: where that is tried, or that it is not.
ELSEWHERE = {
    "unlinkat": "src/cmd/record_folder.c: a file that cannot be deleted is said; tried nowhere",
    "ftruncate": "tests/doors/test_events.py: a disk that fills up",
    "kill": "tests/cli/test_target.py: a pid that /proc does not show",
    "link": "tests/doors/faults.py: renameat2 that is not there",
    "personality": "src/sys/proc.c: where /proc tells no flags; tried nowhere",
    "pwrite64": "tests/cli/test_replay.py: a recording from a pipe",
    "unlink": "tests/doors/faults.py: a recording that cannot be begun",
}
