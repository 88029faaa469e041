#!/usr/bin/python3
"""cowtop record: what ends up in the file, where that goes, and the experiments and marks in it."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from smallpool import SmallPool, fails, server
from recorder import FILLED, LINE, Recorder, has, report
from records import KEY, MARK, SAMPLE, SPACE, marks, samples, whole
import run
from kernel import running
from mkpool import fork, leave, Mkpool, write
from run import cowtop, folder, NOBODY, readable_binaries, shown
from tap import equal, main, near, need_root, need_to_run, PATIENCE, test, true, until


# ---- what is recorded

@test
def duration():
    """-d TIME: samples on the grid up to the end, one line on stderr, and nothing on stdout"""
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/pool.ct"
        began = time.monotonic()
        status, out, err = cowtop("record", "-o", path, "-d", "4s", "-i", "0.5", "--fixed", pool.master)
        took = time.monotonic() - began
        equal("end", (status, out), (0, ""))
        true("one line", re.fullmatch(LINE, err), err)
        found = samples(path)
        # A loaded machine may miss ticks, which are not made up for. The end is the last of them.
        true("5 to 9 samples", 5 <= len(found) <= 9, len(found))
        true("the time is over", took >= 4.0, took)
        near("time from the first to the last", (found[-1].time_ns - found[0].time_ns) / 1e9, 4.0, 1.2)
        equal("said", err, f"cowtop: {len(found)} samples, {err.split(', ')[1].split(' in')[0]} in {path}\n")
        whole(path)
        document, _ = report(path)
        equal("samples read", document["recording"]["samples"], len(found))
        equal("master", document["recording"]["master_pid"], pool.master)


@test
def count():
    """-n N: so many samples"""
    with SmallPool(1) as pool, folder() as place:
        for fixed in ((), ("--fixed",)):
            status, _, _ = cowtop("record", "-o", f"{place}/{len(fixed)}", "-n", 5, "-i", "0.02", *fixed,
                                  pool.master)
            equal("status", status, 0)
            equal("samples", len(samples(f"{place}/{len(fixed)}")), 5)


@test
def figures():
    """What a recording tells of the pool is what cowtop tells of it"""
    need_root()
    with Mkpool(*FILLED, fork(), fork(), write(worker=1, pages=100)) as pool, folder() as place:
        path = f"{place}/pool.ct"
        status, _, err = cowtop("record", "-o", path, "-n", 2, "-i", "0.01", pool.master)
        equal(f"status: {err}", status, 0)
        status, out, _ = cowtop("--json", pool.master)
        live = {p["pid"]: p for p in json.loads(out)["processes"]}
        told = {p["pid"]: p for p in report(path)[0]["processes"]}
        equal("pids", sorted(told), sorted(live))
        for pid, process in told.items():
            equal(f"shared of {pid}", process["last"]["shared_bytes"], live[pid]["shared_bytes"])
            equal(f"copied by {pid}", process["last"]["cow_broken_bytes"], live[pid]["cow_broken_bytes"])


@test
def page_maps():
    """The page maps of the master and of each worker stand behind a key frame; --no-maps: none"""
    need_root()
    with SmallPool(2) as pool, folder() as place:
        with_maps, without = f"{place}/with", f"{place}/without"
        for path, more in ((with_maps, ()), (without, ("--no-maps",))):
            equal("status", cowtop("record", "-o", path, "-n", 3, "-i", "0.01", *more, pool.master)[0], 0)
        found = whole(with_maps)
        equal("pids with a map", sorted(r.number for r in found if r.type == SPACE),
              sorted((pool.master, *pool.workers)))
        true("behind the first sample", found[0].type == SAMPLE and found[0].flags & KEY and
             found[1].type == SPACE, [r.type for r in found])
        equal("without", [r.type for r in whole(without) if r.type == SPACE], [])
        true("smaller", os.path.getsize(without) < os.path.getsize(with_maps))
        status, html, _ = cowtop("report", "--html", "-", with_maps)
        true("the page shows them", status == 0 and "page map" in html.lower())


@test
def last_map():
    """However a recording ends, its last sample is a key frame, with the maps of who has moved"""
    need_root()
    with folder() as place:
        for how in (("-n", "3"), ("-d", "2.5"), ()):
            path = f"{place}/{len(how)}{how[:1]}"
            with Mkpool(*FILLED, fork()) as pool, Recorder("-o", path, "-i", "1", *how, pool.master) as r:
                has(path, 1)
                # Two seconds are left for this.
                pool.do(write(worker=1, pages=500))
                equal("status", (r.ended() if how else r.ended(signal.SIGINT))[0], 0)
                worker = pool.pid(1)
            last = [x for x in whole(path) if x.type == SAMPLE][-1]
            true("a key frame", last.flags & KEY, how)
            equal("map of the worker behind it",
                  [x.number for x in whole(path) if x.type == SPACE and x.time_ns == last.time_ns], [worker])


@test
def adaptive():
    """A worker that starts makes the interval shorter; --fixed does not"""
    with folder() as place:
        for fixed in ((), ("--fixed",)):
            path = f"{place}/{len(fixed)}"
            with Mkpool(*FILLED, fork()) as pool, Recorder("-o", path, "-i", "1", *fixed, pool.master) as r:
                has(path, 2)
                pool.do(fork())
                has(path, 6)
                equal("status", r.ended(signal.SIGINT)[0], 0)
            times = [s.time_ns / 1e9 for s in samples(path)]
            gaps = [b - a for a, b in zip(times, times[1:])]
            if fixed:
                # Any of them may be late, none is early. The last one is taken when the run is stopped.
                grid = min(times[0], times[1] - 1)
                true("all of a second", all(t > grid + n - 0.3 for n, t in enumerate(times[:-1])), gaps)
            else:
                true("one of a fraction", min(gaps) < 0.6, gaps)


@test
def budget():
    """--budget: intervals grow until cowtop's own CPU time fits"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        status, _, err = cowtop("record", "-o", path, "-n", 6, "-i", "0.001", "--budget", "5%", pool.master)
        equal(f"status: {err}", status, 0)
        recording = report(path)[0]["recording"]
        # The last sample's cost has no interval behind it.
        true("CPU within the budget", recording["cost_s"] * 5 / 6 / recording["elapsed_s"] <= 0.06, recording)


@test
def rights():
    """An ordinary user records what they may see: no frames, or only sums of other users' pools"""
    need_root()
    need_to_run(*NOBODY)
    with readable_binaries(), SmallPool(1, prefix=NOBODY) as pool, folder(mode=0o777) as place:
        path = f"{place}/own.ct"
        done = subprocess.run([*NOBODY, run.COWTOP, "record", "-o", path, "-n", "3", "-i", "0.05",
                               str(pool.master)], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        equal(f"status: {done.stderr.decode()}", done.returncode, 0)
        equal("level", report(path)[0]["recording"]["level"], "estimate")
        equal("whose", os.stat(path).st_uid, 65534)
    with SmallPool(1) as pool, readable_binaries(), folder(mode=0o777) as place:
        done = subprocess.run([*NOBODY, run.COWTOP, "record", "-o", f"{place}/no.ct", "-n", "1",
                               str(pool.master)], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        equal("status for a pool of root's", done.returncode, 4)
        equal("files", os.listdir(place), [])


# ---- experiments and marks

@test
def load():
    """--load: samples while it runs, marks before and after it, and the pool is stopped"""
    with folder() as place:
        path = f"{place}/pool.ct"
        status, out, err = cowtop("record", "-o", path, "-i", "0.1", "--fixed", "--load", "sleep 2; echo said",
                                  "--", *server())
        equal(f"status: {err}", status, 0)
        equal("stdout", out, "")
        equal("marks", marks(path), ["before", "after"])
        found = [r for r in whole(path) if r.type in (SAMPLE, MARK)]
        kinds = [r.type for r in found]
        true("samples between the marks", kinds[0] == SAMPLE and kinds[1] == MARK and
             kinds[-2:] == [SAMPLE, MARK] and SAMPLE in kinds[2:-2] and kinds.count(MARK) == 2, kinds)
        # A tick in a tenth of a second, and one at the end of the load.
        seconds = (found[-1].time_ns - found[0].time_ns) / 1e9
        true("the load took its time", seconds >= 2, seconds)
        true("no more than there are ticks", kinds.count(SAMPLE) <= seconds / 0.1 + 3, (kinds, seconds))
        document, _ = report(path)
        equal("marks told", [m["text"] for m in document["marks"]], ["before", "after"])
        gone = document["recording"]["master_pid"]
        true("the pool is gone", not running(gone))


@test
def load_that_fails():
    """A load that fails, or is interrupted: exit 1, and the file is finished"""
    with folder() as place:
        path = f"{place}/failed"
        status, _, err = cowtop("record", "-o", path, "-i", "0.1", "--load", leave(worker=7), "--", *server())
        true("failed", status == 1 and "status 7" in err, (status, err))
        whole(path)
        path = f"{place}/interrupted"
        with Recorder("-o", path, "-i", "0.1", "--load", "sleep 100", "--", *server()) as r:
            has(path, 3)
            status, err = r.ended(signal.SIGINT)
        true("interrupted", status == 1 and "interrupted" in err, (status, err))
        whole(path)


@test
def marks_by_signal():
    """SIGUSR1 puts a mark, also when it comes before the first sample"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "1h", pool.master) as r:
            has(path, 1)
            r.process.send_signal(signal.SIGUSR1)
            until("the mark", lambda: marks(path) == ["SIGUSR1"])
            r.process.send_signal(signal.SIGUSR1)
            until("the second", lambda: marks(path) == ["SIGUSR1"] * 2)
            equal("status", r.ended(signal.SIGINT)[0], 0)
        equal("marks told", [m["text"] for m in report(path)[0]["marks"]], ["SIGUSR1"] * 2)
        path = f"{place}/early.ct"
        with Recorder("-o", path, "-i", "1h", "--", *server()) as r:
            until("the signal is taken", lambda: blocks(r.process.pid, signal.SIGUSR1))
            true("no sample yet", not os.path.exists(path))
            r.process.send_signal(signal.SIGUSR1)
            until("the mark", lambda: os.path.exists(path) and marks(path))
            equal("status", r.ended(signal.SIGINT)[0], 0)


def blocks(pid, number):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        mask = next(line for line in file if line.startswith("SigBlk:"))
    return int(mask.split()[1], 16) >> (number - 1) & 1


@test
def rules():
    """--fail-if looks at the last sample: exit 3, and the recording is there"""
    with SmallPool(1) as pool, folder() as place:
        status, _, err = cowtop("record", "-o", f"{place}/a", "-n", 2, "-i", "0.01", "--fail-if",
                                "pool.workers >= 1", pool.master)
        true("holds", status == 3 and "FAIL pool: workers 1 " in err, (status, err))
        whole(f"{place}/a")
        status, _, _ = cowtop("record", "-o", f"{place}/b", "-n", 2, "-i", "0.01", "--fail-if",
                              "pool.workers > 5", pool.master)
        equal("does not hold", status, 0)


@test
def usage():
    """Options that contradict each other, or are out of range: exit 2 and nothing is written"""
    with folder() as place:
        path = f"{place}/pool.ct"
        for words in ([], ["-o"], ["-o", ""], ["-o", path, "--load", "true"],
                      ["-o", path, "--load", "true", "-n", "1", "--", "true"],
                      ["-o", path, "--load", "true", "-d", "1", "--", "true"],
                      ["-o", "-", "--rotate", "1h"], ["-o", path, "--keep", "3"],
                      ["-o", path, "--rotate", "0.5s"], ["-o", path, "--keep", "0", "--rotate", "1h"],
                      ["-o", path, "--max-size", "1k"], ["-o", path, "-i", "0"], ["-o", path, "report"],
                      ["-o", path, "a", "b"]):
            fails(2, "record", *words)
        equal("files", os.listdir(place), [])


# ---- the terminal

@test
def progress():
    """On a terminal one line is written over itself, without escapes, and is gone at the end"""
    with SmallPool(2) as pool, folder() as place:
        ours, theirs = pty.openpty()
        text, began = b"", time.monotonic()
        with Recorder("-o", f"{place}/pool.ct", "-n", 4, "-i", "0.1", pool.master, stderr=theirs) as r:
            os.close(theirs)
            while True:
                try:
                    got = os.read(ours, 4096) if select.select([ours], [], [], PATIENCE)[0] else b""
                except OSError:  # EIO: the other end is closed
                    break
                if not got:
                    break
                text += got
            equal("status", r.ended()[0], 0)
        os.close(ours)
        took = time.monotonic() - began
        said = re.search(rb"\r(\d+)s  3 samples  [\d.]+ KiB  2 workers  cow-broken ", text)
        true("progress", said and int(said[1]) <= took, (text, took))
        true("no escapes", b"\x1b" not in text, text)
        seen = shown(text.rstrip(b"\r\n"))
        true("only the line is left", re.fullmatch(rb"cowtop: 4 samples, .*pool.ct *", seen), seen)


if __name__ == "__main__":
    main()
