#!/usr/bin/python3
"""cowtop record --all: every pool of the machine, a file each, as they come and go."""
import glob
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from recorder import Recorder, has, recorded
from mkpool import fork, Mkpool
from records import samples
from run import cowtop, folder, NOBODY, readable_binaries, write_file
from tap import equal, main, need, need_root, test, true, until

STAMP = r"-\d{8}T\d{6}\.\d{3}Z"


def aside(place, pid):
    """Files of that pool that are finished."""
    return sorted(f for f in glob.glob(f"{place}/*-{pid}-*.ct") if re.search(STAMP + r"\.ct$", f))


@test
def come_and_go():
    """A pool that comes is found and recorded; when it goes its file is finished and gets a name with its instant"""
    with folder() as place, Mkpool(fork(), fork()) as first:
        with Recorder("--all", f"{place}/d", "-i", "0.05") as r:
            has(f"{place}/d/mkpool-{first.master}.ct", 2)
            with Mkpool(fork(), fork()) as second:
                path = f"{place}/d/mkpool-{second.master}.ct"
                has(path, 2)
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


@test
def names():
    """A pool's name becomes a file's: bounded, no slash, no blank, nothing hidden, no option"""
    program = ("import os, sys, time\n"
               "open('/proc/self/comm', 'w').write('../-x y')\n"
               "if os.fork() == 0:\n    sys.stdin.read()\n    os._exit(0)\n"
               "print(os.getpid(), flush=True)\nsys.stdin.read()\n")
    with folder() as place:
        with subprocess.Popen(["/usr/bin/python3", "-c", program], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as pool:
            pid = int(pool.stdout.readline())
            try:
                with Recorder("--all", f"{place}/d", "-i", "0.05", "-n", "2") as r:
                    equal("end", r.ended()[0], 0)
                found = os.listdir(f"{place}/d")
            finally:
                pool.stdin.close()
        equal("one file", len(found), 1)
        true(found[0], re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9_.+-]*-" + str(pid) + STAMP + r"\.ct", found[0]))
        equal("nothing beside it", os.listdir(place), ["d"])


@test
def usage():
    """What --all does not go with is said, and a folder that cannot be written to"""
    for more in (("123",), ("-o", "x"), ("--fixed",), ("--stacks",), ("--fail-if", "pool.workers > 3"),
                 ("--wait",), ("--", "true"), ("--tolerance", "3")):
        status, _, err = cowtop("record", "--all", "/nonexistent/d", *more)
        equal(f"{more}: {err}", status, 2)
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
