#!/usr/bin/python3
"""Reads that come in pieces or are interrupted, disks that fill up: through a shim (fault.c).

/proc/PID/stat is left alone: libproc2 reads it too, and takes a short or interrupted one for a process
that has gone. The kernel gives neither.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
from run import COWTOP, through
from tap import equal, fail, main, need, PATIENCE, ROOT, Skip, test, true
from records import SAMPLE, whole
from smallpool import SmallPool

FOLDER = tempfile.TemporaryDirectory()
SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "fault.so")
LOG = os.path.join(FOLDER.name, "log")


def run(fault, *arguments):
    """(status, stdout, stderr) of cowtop under a fault, which must have happened."""
    need(SHIM)
    with open(LOG, "wb"):
        pass
    done = subprocess.run([COWTOP, *map(str, arguments)], stdin=subprocess.DEVNULL, timeout=PATIENCE,
                          capture_output=True, env=through(SHIM, FAULT=fault, FAULT_LOG=LOG))
    if not os.path.getsize(LOG):
        # A sanitizer that is linked in statically has its own read() in front of the shim's.
        if os.environ.get("SAN") and done.returncode == 0:
            raise Skip("the sanitizer hides the shim")
        fail(f"{fault}: did not happen: {done.stderr.decode()}")
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def figures(text):
    """What another process of the machine cannot change; PSS is not among it."""
    return {p["pid"]: (p["cmdline"], p["pages"], p["memory"]["rss_bytes"])
            for p in json.loads(text)["processes"]}


def same_figures(fault):
    with SmallPool(1) as pool:
        _, plain, _ = run("read:short:nothing,open:short:/nowhere,write:short:pipe:", "--json", pool.master)
        status, out, err = run(fault, "--json", pool.master)
        equal("end", (status, err), (0, ""))
        equal("figures", figures(out), figures(plain))


@test
def short_reads():
    """Files of /proc that come 64 bytes at a time: the same figures"""
    for name in ("/statm", "/maps", "/cmdline", "/pagemap", "/kpagecount", "/kpageflags"):
        same_figures(f"read:short:{name}")


@test
def interrupted_reads():
    """Every second read interrupted: the same figures"""
    for name in ("/statm", "/maps", "/cmdline", "/pagemap", "/kpagecount", "/kpageflags"):
        same_figures(f"read:eintr:{name}")


@test
def short_and_interrupted_writes():
    """A pipe that takes 64 bytes at a time, or is interrupted: every byte arrives"""
    same_figures("write:short:pipe:")
    same_figures("write:eintr:pipe:")


@test
def disk_full():
    """A write or a close that fails: exit 1 with one line"""
    with SmallPool(1) as pool:
        for fault, reason in (("write:ENOSPC:pipe:", "No space left on device"),
                              ("write:EIO:pipe:", "Input/output error")):
            # stderr is a pipe as well: nothing can be said, the status must tell.
            equal(f"status of {fault}", run(fault, "--json", pool.master)[0], 1)
        with tempfile.NamedTemporaryFile(prefix="fault-out-") as out:
            done = subprocess.run([COWTOP, "--json", str(pool.master)], stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=subprocess.PIPE, timeout=PATIENCE,
                                  env=through(SHIM, FAULT="close:EDQUOT:fault-out-"))
        equal("status of close", done.returncode, 1)
        equal("stderr", done.stderr.decode(),
              "cowtop: cannot write standard output: Disk quota exceeded\n")


@test
def recording_in_pieces():
    """A disk that takes 64 bytes at a time, or is interrupted: the recording is whole"""
    for fault in ("write:short:pool.ct", "write:eintr:pool.ct"):
        with SmallPool(1) as pool, tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, "pool.ct")
            status, out, err = run(fault, "record", "-o", path, "-n", 5, "-i", "0.01", pool.master)
            equal(f"status of {fault}: {err}", status, 0)
            equal("samples", sum(r.type == SAMPLE for r in whole(path)), 5)


@test
def recording_that_cannot_begin():
    """A disk that takes nothing: exit 1 with one line, and no file is left behind"""
    for error, reason in (("ENOSPC", "No space left on device"), ("EIO", "Input/output error")):
        with SmallPool(1) as pool, tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, "pool.ct")
            status, out, err = run(f"write:{error}:pool.ct", "record", "-o", path, "-n", 5, pool.master)
            equal("end", (status, err), (1, f"cowtop: cannot write {path}: {reason}\n"))
            equal("files", os.listdir(place), [])


@test
def files_that_cannot_be_read():
    """A file that fails in the middle: null with its reason, or an error, never zeros"""
    rollup_too = "read:{0}:/smaps_rollup,open:{0}:/smaps_rollup,read:{0}:/kpagecount"
    for name, key, faults in (("/kpagecount", "pss_bytes", rollup_too),
                              ("/pagemap", None, "read:{0}:/pagemap,open:{0}:/pagemap")):
        for error in ("EIO", "EACCES", "ENOMEM"):
            with SmallPool(1) as pool:
                status, out, err = run(faults.format(error), "--json", pool.master)
                if status:
                    true("one line", status in (1, 4) and err.count("\n") == 1, (status, err))
                    continue
                for p in json.loads(out)["processes"]:
                    value = p["memory"][key] if key else p["pages"]["shared"]
                    equal(f"{name} {error}", value, None)
                    true("its reason", p["unreadable"], p)


@test
def master_ends_in_the_walk():
    """A master whose memory goes away while it is walked: no process, never a pool without a master"""
    with SmallPool(1) as pool:
        status, out, err = run(f"read:ESRCH:/{pool.master}/pagemap", "--json", pool.master)
        equal("end", (status, out), (5, ""))
        true("one line that names it", err.count("\n") == 1 and str(pool.master) in err, err)


@test
def worker_ends_in_the_walk():
    """A worker whose memory goes away while it is walked: the pool without it"""
    with SmallPool(2) as pool:
        gone, stays = pool.workers[:2]
        status, out, err = run(f"read:ESRCH:/{gone}/pagemap", "--json", pool.master)
        equal("end", (status, err), (0, ""))
        equal("who is there", sorted(p["pid"] for p in json.loads(out)["processes"]),
              sorted([pool.master, stays]))


@test
def no_more_descriptors():
    """No descriptor left (EMFILE) for a file: an error or a gap with its reason, never zeros"""
    for name in ("maps", "pagemap", "stat"):
        with SmallPool(1) as pool:
            status, out, err = run(f"open:EMFILE:{name}", "--json", pool.master)
            if status:
                true("one line", err.startswith("cowtop: ") and err.count("\n") == 1, err)
            else:
                true("gaps", json.loads(out)["accounting"]["missing"], out)


if __name__ == "__main__":
    main()
