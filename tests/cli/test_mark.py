#!/usr/bin/python3
"""cowtop mark: lines with a time, appended to recordings that are written, or have ended."""
import os
import resource
import signal
import subprocess
import time

from smallpool import SmallPool, fails
from recorder import Recorder, has
from records import MARK, SAMPLE, marks, records
import run
from run import COWTOP, cowtop, folder, NOBODY, readable_binaries
from tap import equal, main, need_root, need_to_run, PATIENCE, test, true


def marked(path, text):
    equal(f"mark {text!r}", cowtop("mark", path, text), (0, "", ""))


def small_recording(pool, path):
    status, _, err = cowtop("record", "-o", path, "-n", 3, "-i", "0.02", pool.master)
    equal(f"status: {err}", status, 0)


def told(path):
    """What cowtop report says about it, and how many samples there are."""
    import json
    status, out, err = cowtop("report", "--json", path)
    equal("report", (status, err), (0, ""))
    document = json.loads(out)
    return [m["text"] for m in document["marks"]], document["recording"]["samples"]


@test
def ended_recording():
    """Marks behind the end of a recording: found by readers, with the time of now"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        small_recording(pool, path)
        before = time.time_ns()
        marked(path, "deploy 17")
        marked(path, "3000 requests")
        equal("behind --", cowtop("mark", path, "--", "--json")[0], 0)
        after = time.time_ns()
        equal("marks", told(path), (["deploy 17", "3000 requests", "--json"], 3))
        found, left = records(path)
        equal("left over", left, 0)
        true("their times", all(before <= r.time_ns <= after for r in found if r.type == MARK))


@test
def hostile_text():
    """Escapes, newlines, broken UTF-8, a thousand bytes: one clean line of at most 1000 bytes"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        small_recording(pool, path)
        marked(path, "a\x1b[31m\nb\u202e")
        equal("cleaned", marks(path), ["a\\x1b[31m\\nb\\xe2\\x80\\xae"])
        status = subprocess.run([COWTOP.encode(), b"mark", path.encode(), b"\xff\xfe"], timeout=PATIENCE,
                                check=False).returncode
        equal("status", status, 0)
        equal("broken bytes", marks(path)[1], "\\xff\\xfe")
        marked(path, "x" * 5000)
        equal("length", len(marks(path)[2]), 1000)
        marked(path, "x" * 999 + "\u00e4")
        equal("cut between characters", marks(path)[3], "x" * 999)
        equal("marks and samples", (len(told(path)[0]), told(path)[1]), (4, 3))


@test
def while_recording():
    """Two at once while a recorder writes, many times: nothing is lost on either side"""
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "0.002", "--fixed", pool.master) as recorder:
            has(path, 1)
            for n in range(25):
                pair = [subprocess.Popen([COWTOP, "mark", path, f"{side} {n}"]) for side in "ab"]
                equal("statuses", [p.wait(timeout=PATIENCE) for p in pair], [0, 0])
            status, err = recorder.ended(signal.SIGINT)
        equal(f"recorder: {err}", status, 0)
        found, left = records(path)
        equal("left over", left, 0)
        equal("marks", sorted(marks(path)), sorted(f"{side} {n}" for side in "ab" for n in range(25)))
        # cowtop reads them by the index, which the recorder wrote around marks that it did not make.
        texts, count = told(path)
        equal("marks told", sorted(texts), sorted(marks(path)))
        equal("samples told", (count, int(err.split()[1])), (sum(r.type == SAMPLE for r in found),) * 2)


@test
def not_a_recording():
    """No file: exit 5; what is no recording stays as it is: exit 1; a text is needed: exit 2"""
    with folder() as place:
        path = f"{place}/text"
        with open(path, "w", encoding="ascii") as file:
            file.write("precious " * 100)
        size = os.path.getsize(path)
        fails(5, "mark", f"{place}/nothing", "text")
        fails(1, "mark", path, "text")
        fails(1, "mark", place, "text")
        os.mkfifo(f"{place}/fifo")
        fails(1, "mark", f"{place}/fifo", "text")
        with open(f"{place}/empty", "w", encoding="ascii"):
            pass
        fails(1, "mark", f"{place}/empty", "text")
        equal("sizes", (os.path.getsize(path), os.path.getsize(f"{place}/empty")), (size, 0))
        for words in ([], [path], [path, ""], [path, "a", "b"], ["--", "a"],
                      [path, "--"], [path, "a", "--", "b"]):
            fails(2, "mark", *words)


@test
def not_allowed():
    """A recording that may not be written: exit 4"""
    need_root()
    need_to_run(*NOBODY)
    with SmallPool(1) as pool, folder() as place, readable_binaries():
        path = f"{place}/pool.ct"
        small_recording(pool, path)
        done = subprocess.run([*NOBODY, run.COWTOP, "mark", path, "text"], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE)
        equal(f"status: {done.stderr.decode()}", done.returncode, 4)
        equal("marks", marks(path), [])


@test
def full():
    """No room for the mark: exit 1, and the recording is what it was"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        small_recording(pool, path)
        size = os.path.getsize(path)
        err = fails(1, "mark", path, "text" * 20,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20)))
        true("the message", "File too large" in err, err)
        equal("size", os.path.getsize(path), size)
        equal("what is told", told(path), ([], 3))


if __name__ == "__main__":
    main()
