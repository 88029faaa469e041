#!/usr/bin/python3
"""cowtop record --all: every pool of the machine, a file each, as they come and go."""
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from recorder import Recorder, has, recorded
from mkpool import fork, Mkpool
from records import samples
from run import cowtop, folder, NOBODY, readable_binaries, write_file
from tap import equal, main, need, need_root, need_to_run, test, true, until

STAMP = r"-\d{8}T\d{6}\.\d{3}Z"


def aside(place, pid):
    """Files of that pool that are finished."""
    return sorted(f for f in glob.glob(f"{place}/*-{pid}-*.ct") if re.search(STAMP + r"\.ct$", f))


@test
def come_and_go():
    """A pool that comes is found and recorded; when it goes its file is finished and gets a name with its instant"""
    # what starts a pool forks as well, and would be one for a moment: both have been started
    with folder() as place, Mkpool(fork(), fork()) as first, Mkpool() as second:
        with Recorder("--all", f"{place}/d", "-i", "0.05") as r:
            has(f"{place}/d/mkpool-{first.master}.ct", 2)
            second.do(fork(), fork())
            path = f"{place}/d/mkpool-{second.master}.ct"
            has(path, 2)
            second.end()
            until("it is moved aside", lambda: not os.path.exists(path) and aside(f"{place}/d", second.master))
            status, err = r.ended(signal.SIGINT)
        equal("end", status, 0)
        files = aside(f"{place}/d", first.master) + aside(f"{place}/d", second.master)
        equal("all files", sorted(os.listdir(f"{place}/d")), sorted(map(os.path.basename, files)))
        equal("of each", len(files), 2)
        taken = sum(recorded(f) for f in files)
        match = re.search(r"cowtop: (\d+) samples of 2 pools, [\d.]+ \w+ in 2 files in ", err)
        true(f"said: {err}", match)
        equal("samples", int(match[1]), taken)


@test
def killed():
    """A recorder that is killed loses at most the sample it was writing; the next one moves what is left aside"""
    with folder() as place, Mkpool(fork()) as pool:
        path = f"{place}/mkpool-{pool.master}.ct"
        with Recorder("--all", place, "-i", "0.05") as r:
            has(path, 5)
            r.process.send_signal(signal.SIGKILL)
            r.process.wait()
        before = len(samples(path))
        true("samples", before >= 5)
        with Recorder("--all", place, "-i", "0.05") as r:
            until("moved aside", lambda: aside(place, pool.master))
            equal("what the first had", len(samples(aside(place, pool.master)[0])), before)
            has(path, 2)
            status, _, err = cowtop("record", "--all", place)
            equal("a second recorder", (status, err.strip()),
                  (1, f"cowtop: {place}: another cowtop is recording into it"))
            equal("end", r.ended(signal.SIGTERM)[0], 0)
        for name in aside(place, pool.master):
            true(name, samples(name))


@test
def kept():
    """--rotate and --keep: so many finished files are kept in the folder, the newest; others of the folder stay"""
    with folder() as place, Mkpool(fork()) as pool:
        mine = [write_file(f"{place}/{name}", "no recording") for name in
                ("notes-1-20200101T000000.000Z.ct", "notes.ct", "x-1.txt")]
        with Recorder("--all", place, "-i", "0.1", "--rotate", "1", "--keep", "2") as r:
            until("the first", lambda: aside(place, pool.master))
            first = aside(place, pool.master)[0]
            until("the first is deleted", lambda: not os.path.exists(first))
            status, err = r.ended(signal.SIGINT)
        equal(f"end: {err}", status, 0)
        equal("kept", len(aside(place, pool.master)), 2)
        true("those of others", all(map(os.path.exists, mine)))


@test
def kept_for_days():
    """--keep TIME: what was last written to longer ago is deleted, of recordings that are finished only"""
    with folder() as place, Mkpool(fork()) as pool:
        with Recorder("--all", place, "-i", "0.05", "-n", "2") as r:
            equal("end", r.ended()[0], 0)
        [path] = aside(place, pool.master)
        old, young = f"{place}/web-1-20200101T000000.000Z.ct", f"{place}/web-1-20200102T000000.000Z.ct"
        for name, age in ((old, 49 * 3600), (young, 47 * 3600)):
            shutil.copy(path, name)
            os.utime(name, (time.time() - age,) * 2)
        mine = write_file(f"{place}/notes-1-20200101T000000.000Z.ct", "no recording")
        os.utime(mine, (0, 0))
        with Recorder("--all", place, "-i", "0.05", "-n", "2", "--keep", "2d") as r:
            equal("end", r.ended()[0], 0)
        equal("there", [os.path.exists(name) for name in (old, young, path, mine)], [False, True, True, True])
        for wrong in ("0", "-1", "1.5", "0d", "d", "2x", ""):
            status, _, err = cowtop("record", "--all", place, "--keep", wrong)
            equal(f"--keep {wrong!r}: {err}", status, 2)
            true("said", f"--keep '{wrong}': not a number from 1 on, nor a time" in err, err)


@test
def private():
    """A folder that it makes is not for everybody"""
    with folder() as place, Mkpool(fork()):
        with Recorder("--all", f"{place}/d", "-i", "0.05", "-n", "1") as r:
            equal("end", r.ended()[0], 0)
        equal("mode", oct(os.stat(f"{place}/d").st_mode & 0o777), "0o750")


@test
def within_a_size():
    """--max-size: all files together"""
    most = 128 << 10
    with folder() as place, Mkpool(*[fork() for _ in range(12)]) as pool:
        with Recorder("--all", place, "-i", "0.01", "--max-size", "128KiB", "--budget", "none") as r:
            until("the first", lambda: aside(place, pool.master))
            first = aside(place, pool.master)[0]

            def size():
                total = 0
                for name in os.listdir(place):
                    try:
                        total += os.path.getsize(f"{place}/{name}")
                    except FileNotFoundError:
                        pass
                # one may just have been finished, and the one to be deleted be there yet
                true(f"{total} bytes", total <= most + (64 << 10) + 4096)
                return total
            until("the first is deleted", lambda: size() and not os.path.exists(first))
            equal("end", r.ended(signal.SIGINT)[0], 0)
        true("within the size", sum(os.path.getsize(f"{place}/{name}") for name in os.listdir(place)) <= most)


HOSTILE = ("-x y", ".hidden", "a\nb\x1b[31m$(reboot)", "größe☃", "..", "n" * 200)


@test
def names():
    """A pool's name becomes a file's: bounded, no slash, no blank, no escape, nothing hidden, no option"""
    program = ("import ctypes, os, sys\n"
               "if os.fork() == 0:\n    sys.stdin.read()\n    os._exit(0)\n"
               "print(os.getpid(), flush=True)\nsys.stdin.read()\n")
    with folder() as place, contextlib.ExitStack() as stack:
        script = write_file(f"{place}/pool.py", program)
        pids = {}
        for name in HOSTILE:
            pool = stack.enter_context(subprocess.Popen([f"bin/{name}", script], executable="/usr/bin/python3",
                                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            pids[int(pool.stdout.readline())] = name
        with Recorder("--all", f"{place}/d", "-i", "0.05", "-n", "2") as r:
            equal("end", r.ended()[0], 0)
        found = os.listdir(f"{place}/d")
        for name in found:
            true(name, re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9_.+-]{0,39}-\d+" + STAMP + r"\.ct", name))
        equal("a file of each", sorted(pid for pid in (int(name.split("-")[-2]) for name in found) if pid in pids),
              sorted(pids))
        equal("nothing beside it", sorted(os.listdir(place)), ["d", "pool.py"])


@test
def full():
    """A disk that is full is said once for a pool; what is on it can be read, and the recorder goes on"""
    need_root()
    need_to_run("unshare", "--mount")
    with folder() as place:
        mounted = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size=64k tmpfs {place} && exec "$@"', "sh"]
        with Mkpool(fork(), fork()) as pool, \
                Recorder("--all", f"{place}/d", "-i", "0.01", "--budget", "none", prefix=mounted) as r:
            inside = f"/proc/{r.process.pid}/root{place}/d/mkpool-{pool.master}.ct"
            said = f"cowtop: pool {pool.master}: cannot "
            err = next(line for line in map(bytes.decode, r.process.stderr) if line.startswith(said))
            true(err, "No space left on device" in err)
            true("samples", recorded_until_it_was_full(shutil.copy(inside, place)) >= 2)
            equal("it goes on", r.process.poll(), None)
            status, err = r.ended(signal.SIGTERM)
        equal(f"end: {err}", status, 0)
        equal(f"said once: {err}", err.count(said), 0)


def recorded_until_it_was_full(path):
    status, out, err = cowtop("report", "--json", path)
    equal(f"report: {err}", status, 0)
    return json.loads(out)["recording"]["samples"]


@test
def usage():
    """What --all does not go with is said, and a folder that cannot be written to"""
    for more in (("123",), ("-o", "x"), ("--fixed",), ("--stacks",), ("--fail-if", "pool.workers > 3"),
                 ("--wait",), ("--", "true"), ("--tolerance", "3")):
        status, _, err = cowtop("record", "--all", "/nonexistent/d", *more)
        equal(f"{more}: {err}", status, 2)
    for more in ("--why", "--stacks"):
        err = cowtop("record", "--all", "/nonexistent/d", more)[2]
        true(f"what to do: {err}", f"--all does not go with {more}" in err and f"-o FILE {more}" in err)
    status, _, err = cowtop("record", "--all", "/nonexistent/d")
    equal("a folder that is not there", (status, err),
          (1, "cowtop: cannot make the folder /nonexistent/d: No such file or directory\n"))


@test
def not_writable():
    """A folder that may not be written to is said at once"""
    need("setpriv")
    need_root()
    with readable_binaries(), folder(mode=0o555) as place:
        status, _, err = cowtop("record", "--all", place, "-n", 1, prefix=NOBODY)
        equal("end", (status, err), (1, f"cowtop: cannot write into the folder {place}: Permission denied\n"))


main()
