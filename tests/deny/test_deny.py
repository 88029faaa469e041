#!/usr/bin/python3
"""Kernels and containers that say no: cowtop goes on with what is left, and says what is missing."""
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
from run import COWTOP, cowtop, NOBODY, sample, samples
from tap import equal, main, need, need_root, PATIENCE, ROOT, Skip, test, true, until
from smallpool import SmallPool, server

DENY = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "deny")
# _IOWR('f', 16, struct pm_scan_arg), linux/fs.h, Linux 6.7
PAGEMAP_SCAN = "ioctl:0xc0606610"


def deny(*rules):
    """The prefix of a command for which these calls fail."""
    if platform.machine() not in ("x86_64", "aarch64"):
        raise Skip(f"no filter for {platform.machine()}")
    need(DENY)
    if subprocess.run([DENY, *rules, "--", "true"], check=False).returncode == 77:
        raise Skip("no seccomp filters here")
    return (DENY, *rules, "--")


def pages(document):
    """What must not depend on the way it was read."""
    return {p["pid"]: (p["role"], p["exactness"], p["pages"]) for p in document["processes"]}


@test
def the_filter_works():
    """The runner does what it says: kill() fails, and KILL kills"""
    done = subprocess.run([*deny("kill=EPERM"), sys.executable, "-c", "import os; os.kill(os.getpid(), 0)"],
                          capture_output=True, text=True, check=False)
    true("EPERM", "PermissionError" in done.stderr, done.stderr)
    done = subprocess.run([*deny("kill=KILL"), sys.executable, "-c", "import os; os.kill(os.getpid(), 0)"],
                          capture_output=True, text=True, check=False)
    equal("killed by SIGSYS", done.returncode, -31)


@test
def without_pagemap_scan():
    """Before Linux 6.7 (no PAGEMAP_SCAN): the same figures"""
    for error in ("ENOTTY", "EINVAL", "EPERM"):
        with SmallPool(2) as pool:
            equal(error, pages(sample(pool.master, prefix=deny(f"{PAGEMAP_SCAN}={error}"))),
                  pages(sample(pool.master)))


@test
def without_kcmp():
    """A kernel without kcmp, or one that forbids it: the same figures"""
    for error in ("ENOSYS", "EPERM"):
        with SmallPool(2) as pool:
            equal(error, pages(sample(pool.master, prefix=deny(f"kcmp={error}"))),
                  pages(sample(pool.master)))


def no_leaks():
    """LeakSanitizer looks for leaks with clone and ptrace, which a filter may refuse."""
    return dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")


@test
def only_looks():
    """cowtop does its work where ptrace, process_vm_*, tgkill and pwrite are deadly"""
    deadly = ("ptrace", "process_vm_readv", "process_vm_writev", "tgkill", "pwrite64")
    prefix = deny(*(f"{call}=KILL" for call in deadly))
    env = no_leaks()
    with SmallPool(2) as pool:
        for document in samples(pool.master, 3, "-i", "0.01", prefix=prefix, env=env):
            equal("workers", document["pool"]["workers"], 2)
        for verb in ("pools", "doctor"):
            status, _, err = cowtop(verb, prefix=prefix, env=env)
            equal(f"status of {verb}", status, 0)


def answers(prefix=()):
    """What doctor says of this kernel."""
    status, out, err = cowtop("doctor", "--json", prefix=prefix, env=no_leaks())
    equal("status", (status, err), (0, ""))
    return {row["property"]: row["answer"] for row in json.loads(out)["kernel"]}


@test
def without_clone():
    """A filter that refuses a child to the trial of the kernel: unknown what needs one, the same figures"""
    wanted = answers()
    needs_a_child = {"exclusive_bit", "exclusive_bit_each", "map_count", "map_count_each", "huge_copy_one",
                     "last_owner_reuses"}
    for error in ("EPERM", "ENOSYS"):
        refuse = deny(f"clone={error}")
        for key, answer in answers(refuse).items():
            equal(f"{error}: {key}", answer, None if key in needs_a_child else wanted[key])
        with SmallPool(2) as pool:
            equal(error, pages(sample(pool.master, prefix=refuse, env=no_leaks())),
                  pages(sample(pool.master)))


@test
def a_refused_scan_is_no_old_kernel():
    """PAGEMAP_SCAN refused by a filter is unknown; what a kernel without it says is a no"""
    for error, wanted in (("EPERM", None), ("ENOTTY", False), ("EINVAL", False)):
        said = answers(deny(f"{PAGEMAP_SCAN}={error}"))
        equal(error, (said["pagemap_scan"], said["pagemap_scan_zero"]), (wanted, wanted))


@test
def without_perf_events():
    """A filter that forbids them: stacks and doctor name it, also to root"""
    for error in ("EPERM", "ENOSYS"):
        with SmallPool(1) as pool:
            refuse = deny(f"perf_event_open={error}")
            status, _, err = cowtop("stacks", "-d", "0.1", pool.master, prefix=refuse)
            equal("status", status, 4)
            true("what would give it", "seccomp" in err, err)
            status, out, _ = cowtop("doctor", pool.master, prefix=refuse)
            true("doctor", "perf_event_open(2)" in out, out)


@test
def without_pidfds():
    """Before Linux 5.3, or a filter: the ends of processes are seen all the same"""
    unit = os.path.join(os.path.dirname(DENY), "test_sys_pidref")
    for error in ("ENOSYS", "EPERM"):
        refuse = deny(f"pidfd_open={error}")
        done = subprocess.run([*refuse, unit], env=dict(os.environ, PIDREF_FOLDER="1"),
                              capture_output=True, text=True, check=False)
        equal(f"{error}: {done.stdout}{done.stderr}", done.returncode, 0)


@test
def records_without_pidfds():
    """Without pidfds: the end of a load, and that of the last of a pool, end a recording at once"""
    refuse = deny("pidfd_open=ENOSYS")
    with tempfile.TemporaryDirectory() as folder:
        status, _, err = cowtop("record", "-i", "1h", "--fixed", "-o", f"{folder}/load.ct", "--load", "true",
                                "--", *server(), prefix=refuse)
        equal(f"status with a load: {err}", status, 0)
        path = f"{folder}/end.ct"
        with SmallPool(1) as pool:
            command = [*refuse, COWTOP, "record", "-i", "1h", "--fixed", "-o", path, str(pool.master)]
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as recorder:
                try:
                    until("a sample", lambda: os.path.exists(path) and cowtop("report", path)[0] == 0)
                    for pid in (pool.master, *pool.workers):
                        os.kill(pid, signal.SIGKILL)
                    said = recorder.communicate(timeout=PATIENCE)[1]
                finally:
                    recorder.kill()
        true("who went", f"process {pool.master} is gone" in said, said)


@test
def without_kpageflags():
    """Frame numbers but no page flags: it works and says so"""
    need_root()
    need("setpriv")
    # CAP_SYS_ADMIN shows frame numbers of a process of one's own; kpageflags is root's, mode 0400.
    granted = (*NOBODY, "--inh-caps", "+sys_admin", "--ambient-caps", "+sys_admin")
    with SmallPool(2, prefix=NOBODY) as pool:
        document = sample(pool.master, prefix=granted)
        wanted = sample(pool.master)
        missing = [m for m in document["accounting"]["missing"] if "flags" in m["what"]]
        equal("missing", len(missing), 1)
        equal("error", missing[0]["error"], "EACCES")
        true("what would give it", missing[0]["needs"], missing)
        footprint = document["pool"]["footprint_bytes"]
        true("footprint", footprint is not None)
        equal("footprint", footprint, wanted["pool"]["footprint_bytes"])
        for p, q in zip(document["processes"], wanted["processes"]):
            equal("pid", p["pid"], q["pid"])
            equal("resident pages", sum(v for k, v in p["pages"].items() if k not in ("swapped", "unaccounted")),
                  sum(v for k, v in q["pages"].items() if k not in ("swapped", "unaccounted")))


if __name__ == "__main__":
    main()
