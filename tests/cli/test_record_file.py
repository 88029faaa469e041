#!/usr/bin/python3
"""cowtop record: its files, when they end, and what is left of one that is cut short."""
import fcntl
import os
import pty
import random
import re
import resource
import signal
import subprocess
import termios
import time

from smallpool import SmallPool, fails
from recorder import LINE, Recorder, has, recorded, report
from records import SAMPLE, records, samples, whole
from run import COWTOP, cowtop, folder, NOBODY, readable_binaries
from tap import equal, main, need_root, need_to_run, PATIENCE, test, true, until


# ---- where it goes

@test
def existing():
    """An existing file stays as it is; -f replaces it, but only when there is something to write"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with open(path, "w", encoding="ascii") as file:
            file.write("precious")
        err = fails(1, "record", "-o", path, "-n", 1, pool.master)
        true("the message names the file and -f", path in err and "-f" in err, err)
        fails(5, "record", "-f", "-o", path, "-n", 1, 999999999)
        fails(5, "record", "-f", "-o", path, "-n", 1, "--", "/nowhere")
        with open(path, encoding="ascii") as file:
            equal("contents", file.read(), "precious")
        equal("files", os.listdir(place), ["pool.ct"])
        equal("status", cowtop("record", "-f", "-o", path, "-n", 1, pool.master)[0], 0)
        equal("samples", recorded(path), 1)
        equal("files", os.listdir(place), ["pool.ct"])


@test
def no_such_place():
    """A folder that is missing, one that is the file, and what is no file: exit 1, nothing is touched"""
    with SmallPool(1) as pool, folder() as place:
        os.mkfifo(f"{place}/fifo")
        os.symlink("/dev/null", f"{place}/link")
        before = sorted(os.listdir(place))
        fails(1, "record", "-o", f"{place}/no/pool.ct", "-n", 1, pool.master)
        for path in (place, f"{place}/fifo", f"{place}/link", "/dev/null"):
            for words in ([], ["-f"]):
                err = fails(1, "record", *words, "-o", path, "-n", 1, pool.master)
                true("why", "not a regular file" in err, err)
        equal("files", sorted(os.listdir(place)), before)
        true("/dev/null is a device", not os.path.isfile("/dev/null"))


@test
def not_allowed():
    """A folder that may not be written into: exit 4"""
    need_root()
    need_to_run(*NOBODY)
    with SmallPool(1) as pool, folder() as place, readable_binaries():
        status, out, err = cowtop("record", "-o", f"{place}/pool.ct", "-n", 1, pool.master, prefix=NOBODY)
        equal("end", (status, out), (4, ""))
        equal("why", err, f"cowtop: cannot make {place}/pool.ct: Permission denied\n")


@test
def file_mode():
    """The file gets the mode of any new file"""
    with SmallPool(1) as pool, folder() as place:
        for mask, mode in ((0o022, 0o644), (0o077, 0o600)):
            path = f"{place}/{mask}"
            equal("status", cowtop("record", "-o", path, "-n", 1, pool.master,
                                   preexec_fn=lambda mask=mask: os.umask(mask))[0], 0)
            equal("mode", os.stat(path).st_mode & 0o777, mode)


@test
def one_writer():
    """A file that another cowtop is recording into is not replaced"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "0.05", pool.master) as r:
            has(path, 1)
            for more in (("-f",), ("--rotate", "1h")):
                true("the message", "another cowtop" in
                     fails(1, "record", "-o", path, *more, "-n", 1, pool.master))
            equal("status", r.ended(signal.SIGTERM)[0], 0)
        whole(path)


@test
def into_a_pipe():
    """-o -: the same bytes down a pipe, and into a redirected file; not onto a terminal"""
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/pool.ct"
        done = subprocess.run(["sh", "-c", '"$0" record -o - -n 70 -i 0.01 "$1" | cat >"$2"', COWTOP,
                               str(pool.master), path],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        true("the line", re.fullmatch(LINE, done.stderr.decode()), done.stderr)
        equal("samples", recorded(path), 70)
        whole(path)
        with open(f"{place}/file", "wb") as file:
            equal("status", subprocess.run([COWTOP, "record", "-o", "-", "-n", "3", "-i", "0.01",
                                            str(pool.master)], stdin=subprocess.DEVNULL, stdout=file,
                                           stderr=subprocess.PIPE, timeout=PATIENCE).returncode, 0)
        equal("samples", recorded(f"{place}/file"), 3)
        ours, theirs = pty.openpty()
        try:
            done = subprocess.run([COWTOP, "record", "-o", "-", "-n", "1", str(pool.master)],
                                  stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, timeout=PATIENCE)
            true("a terminal", done.returncode == 1 and b"terminal" in done.stderr, done.stderr)
        finally:
            os.close(ours)
            os.close(theirs)


def waiting(fd):
    """Bytes in a pipe."""
    count = bytearray(4)
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return int.from_bytes(count, "little")


@test
def slow_reader():
    """A reader that reads nothing holds the recording up, but a signal still ends it at once"""
    with SmallPool(2) as pool:
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 16384)
        with Recorder("-o", "-", "-i", "0.005", pool.master, stdout=write) as r:
            os.close(write)
            # It stands still when its pipe is full.
            seen = []
            # Its size is told in pages, which need not be full: it is when nothing comes any more.
            until("the pipe is full", lambda: seen.append(waiting(read)) or
                  seen[-1] > 8192 and seen[-40:] == [seen[-1]] * 40)
            # Nobody will ever read: if not at once, it does not end.
            status, err = r.ended(signal.SIGINT)
            equal(f"status: {err}", status, 0)
        os.close(read)


@test
def reader_that_goes():
    """A reader that goes away: exit 1 with one line"""
    with SmallPool(1) as pool:
        read, write = os.pipe()
        os.close(read)
        try:
            with Recorder("-o", "-", "-i", "0.01", pool.master, stdout=write) as r:
                equal("end", r.ended(), (1, "cowtop: cannot write standard output: Broken pipe\n"))
        finally:
            os.close(write)


# ---- how it ends

@test
def signals():
    """SIGINT, SIGTERM and SIGHUP: the file is finished, exit 0, one line"""
    with SmallPool(1) as pool, folder() as place:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            path = f"{place}/{number.name}"
            with Recorder("-o", path, "-i", "0.02", pool.master) as r:
                has(path, 3)
                status, err = r.ended(number)
            equal(number.name, status, 0)
            line = re.fullmatch(LINE, err)
            true("one line", line, err)
            whole(path)
            equal("samples", int(line[2]), len(samples(path)))


@test
def signal_in_a_long_interval():
    """A signal within a long interval ends it at once"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "1h", pool.master) as r:
            has(path, 1)
            equal("status", r.ended(signal.SIGINT)[0], 0)
        whole(path)


@test
def end_of_the_pool():
    """The pool goes away: exit 0 at once, one line that says so, and the file is finished"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "1h", pool.master) as r:
            has(path, 1)
            pool.end()
            status, err = r.ended()
        equal("status", status, 0)
        true("the line", err.startswith(f"cowtop: process {pool.master} is gone: ") and
             re.fullmatch(LINE, err), err)
        whole(path)


@test
def no_pool():
    """No such target, or no pool: its exit status, and no file is left behind"""
    with folder() as place:
        fails(5, "record", "-o", f"{place}/a", 999999999)
        fails(6, "record", "-o", f"{place}/b", os.getpid())
        fails(5, "record", "-o", f"{place}/c", "--", "true")
        equal("files", os.listdir(place), [])


@test
def killed():
    """kill -9 at any moment: every sample but the one being written is there"""
    random.seed(5)
    with SmallPool(2) as pool, folder() as place:
        opened = 0
        for n in range(20):
            path = f"{place}/{n}"
            with Recorder("-o", path, "-i", "0.002", pool.master) as r:
                if n % 5:
                    has(path, 1)
                time.sleep(random.uniform(0.0, 0.15))
                r.process.kill()
                r.ended()
            if not os.path.exists(path):
                continue
            opened += 1
            found, left = records(path)
            document, err = report(path)
            equal("samples", document["recording"]["samples"], sum(r.type == SAMPLE for r in found))
            equal("a warning if a record is incomplete", bool(err), left > 0)
        true("most of them had begun", opened >= 16, opened)


@test
def file_size_limit():
    """A file that may not grow: exit 1 with one line, and what is in it replays"""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000))
    with SmallPool(3) as pool, folder() as place:
        path = f"{place}/pool.ct"
        status, out, err = cowtop("record", "-o", path, "-i", "0.002", pool.master, preexec_fn=limit)
        equal("status", status, 1)
        line = re.fullmatch(rf"cowtop: cannot write {re.escape(path)}, which holds (\d+) samples: "
                            r"File too large\n", err)
        true("one line", line, err)
        found, left = records(path)
        equal("bytes behind the last whole record", left, 0)
        equal("samples", (recorded(path), len([r for r in found if r.type == SAMPLE])),
              (int(line[1]), int(line[1])))


@test
def full_disk():
    """A disk that is full: exit 1 with one line, and what is in the file replays"""
    need_root()
    inside = ("unshare", "--mount", "sh", "-c",
              'mount -t tmpfs -o size=64k none "$1" && shift && "$@"; status=$?; '
              'cp "$PLACE/pool.ct" "$PLACE.copy"; exit $status', "sh")
    need_to_run("unshare", "--mount")
    with SmallPool(2) as pool, folder() as place:
        try:
            status, out, err = cowtop("record", "-o", f"{place}/pool.ct", "-i", "0.002", pool.master,
                                      prefix=(*inside, place), env=dict(os.environ, PLACE=place))
            equal("status", status, 1)
            true("one line", re.fullmatch(r"cowtop: cannot write .*/pool.ct, which holds \d+ samples: "
                                          r"No space left on device\n", err), err)
            found, left = records(f"{place}.copy")
            equal("bytes behind the last whole record", left, 0)
            equal("samples", recorded(f"{place}.copy"), sum(r.type == SAMPLE for r in found))
        finally:
            if os.path.exists(f"{place}.copy"):
                os.unlink(f"{place}.copy")


@test
def max_size():
    """--max-size: the file stays below it and is finished, exit 0"""
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/pool.ct"
        status, _, err = cowtop("record", "-o", path, "-i", "0.002", "--max-size", "64KiB", pool.master)
        equal("status", status, 0)
        true("the line", err.startswith("cowtop: --max-size is reached: ") and re.fullmatch(LINE, err), err)
        true("size", 32000 < os.path.getsize(path) <= 65536, os.path.getsize(path))
        whole(path)


# ---- rotation

STAMP = r"\d{8}T\d{6}\.\d{3}Z"


@test
def rotation():
    """--rotate TIME --keep N: files that sort by time, the next begins with the last sample of the one
    before; only what such a recorder made is deleted"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        bystanders = ["pool-20200101T000000.000Z.ct", "pool-x.ct", "pool.ct.bak", "apool-20200101T000000.000Z.ct"]
        for name in bystanders:
            with open(f"{place}/{name}", "w", encoding="ascii") as file:
                file.write("not a recording")
        status, _, err = cowtop("record", "-o", path, "--rotate", "2s", "--keep", 2, "-d", "12s", "-i", "0.4",
                                pool.master)
        equal(f"status: {err}", status, 0)
        names = sorted(os.listdir(place))
        older = [n for n in names if n not in bystanders and n != "pool.ct"]
        equal("bystanders", [n for n in names if n in bystanders], sorted(bystanders))
        equal("older files", len(older), 2)
        true("their names", all(re.fullmatch(rf"pool-{STAMP}\.ct", n) for n in older), older)
        chain = [f"{place}/{n}" for n in older] + [path]
        for name in chain:
            whole(name)
            true("a key frame is first", samples(name)[0].key)
        for one, two in zip(chain, chain[1:]):
            equal("last and first sample", samples(one)[-1].time_ns, samples(two)[0].time_ns)
        true("the line", re.search(rf" in [5-7] files, the last of them {re.escape(path)}$", err), err)


@test
def rotation_by_size():
    """--rotate with --max-size: the next file begins when one is full"""
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/pool"
        status, _, err = cowtop("record", "-o", path, "--rotate", "1h", "--max-size", "64KiB", "-n", 900, "-i",
                                "0.002", pool.master)
        equal(f"status: {err}", status, 0)
        names = sorted(os.listdir(place))
        true("two files at least", len(names) >= 2, names)
        for name in names:
            true("size", os.path.getsize(f"{place}/{name}") <= 65536)
            whole(f"{place}/{name}")
            true("name", name == "pool" or re.fullmatch(rf"pool-{STAMP}", name), name)


@test
def moved_by_others():
    """A current file that somebody has renamed is left where it is; the next one begins"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "0.02", "--rotate", "1s", pool.master) as r:
            has(path, 1)
            os.rename(path, f"{place}/mine")
            has(path, 1)
            equal("status", r.ended(signal.SIGINT)[0], 0)
        whole(f"{place}/mine")
        whole(path)
        with Recorder("-o", f"{place}/gone", "-i", "0.02", pool.master) as r:
            has(f"{place}/gone", 1)
            os.unlink(f"{place}/gone")
            status, err = r.ended(signal.SIGINT)
            equal("status", status, 0)
            true("it says so", "deleted meanwhile" in err, err)
        fails(1, "record", "-o", f"{place}/{'x' * 240}", "--rotate", "1h", pool.master)


@test
def truncated_by_others():
    """A file that somebody truncates meanwhile: one clear error, and nothing without a head is left in it"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "0.02", pool.master) as r:
            has(path, 2)
            os.truncate(path, 0)
            status, err = r.ended()
        equal("status", status, 1)
        true("one line says so", path in err and "truncated" in err and err.count("\n") == 1, err)
        equal("size", os.path.getsize(path), 0)


@test
def rotation_after_a_restart():
    """With --rotate a recording that is there is moved aside, finished or not; what is none stays"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "0.01", "--rotate", "1h", pool.master) as r:
            has(path, 2)
            r.process.kill()
            r.ended()
        first = samples(path)[0].time_ns
        equal("status", cowtop("record", "-o", path, "-n", 1, "--rotate", "1h", pool.master)[0], 0)
        older = [n for n in os.listdir(place) if n != "pool.ct"]
        equal("older files", len(older), 1)
        equal("its first sample", samples(f"{place}/{older[0]}")[0].time_ns, first)
        with open(path, "w", encoding="ascii") as file:
            file.write("precious")
        fails(1, "record", "-o", path, "-n", 1, "--rotate", "1h", pool.master)
        with open(path, encoding="ascii") as file:
            equal("contents", file.read(), "precious")


if __name__ == "__main__":
    main()
