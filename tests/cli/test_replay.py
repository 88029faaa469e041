#!/usr/bin/python3
"""cowtop replay as documents: the same bytes as a live run, parts of a recording, damaged ones."""
import json
import os
import random
import re
import signal
import subprocess

from smallpool import fails
from made_recordings import path_of
from mkpool import filled, fork, leave, MASTER, Mkpool, write
from piped import Piped
from run import COWTOP, cowtop, folder, NOBODY, readable_binaries
from tap import equal, main, must_be_built, need_root, need_to_run, PATIENCE, ROOT, Skip, test, true, until

RECORDINGS = os.path.join(ROOT, "tests", "recordings")


def replay(*arguments, status=0, **more):
    got, out, err = cowtop("replay", *arguments, **more)
    equal(f"status of {arguments}: {err[:200]}", got, status)
    return out, err


def documents(*arguments, **more):
    return [json.loads(line) for line in replay("--json", *arguments, **more)[0].splitlines()]


def stamps(found):
    return [document["time"][11:19] for document in found]


# ---- as it was live

class Twin(Piped):
    """A pool and tests/cli/twin, which writes what a live run would and records the same samples."""

    def __init__(self, place, *commands):
        twin = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "twin")
        must_be_built(twin)
        self.pool = Mkpool(*commands)
        self.place = place
        super().__init__([twin, place, str(self.pool.master)])

    def take(self, line="sample"):
        equal("twin", self.ask(line), "taken")

    def end(self):
        equal("twin ends with", super().end(), 0)

    def text(self, name):
        with open(f"{self.place}/{name}", encoding="utf-8", newline="") as file:
            return file.read()

    def __exit__(self, *exc):
        try:
            super().end()
        finally:
            self.pool.end()


def live_life(twin):
    """Copies, a worker that comes, one that goes, and a window that begins in the midst of it."""
    twin.take()
    twin.pool.do(write(worker=1, pages=100))
    twin.take()
    twin.pool.do(write(worker=2, first=50, pages=300), write(worker=MASTER, first=400, pages=50))
    twin.take()
    twin.pool.do(fork())
    twin.take("window")
    twin.pool.do(write(worker=3, pages=700))
    twin.take()
    twin.pool.do(leave(worker=2))
    twin.take()
    twin.take()
    twin.end()


FILLED = (*filled(worker=MASTER, pages=1000), fork(), fork())


def bytes_of(*arguments):
    done = subprocess.run([COWTOP, *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE,
                          check=True)
    return done.stdout, done.stderr


@test
def same_bytes():
    """Live JSON and CSV and those of a replay are the same bytes, of all samples and of a window"""
    with folder() as place, Twin(place, *FILLED) as twin:
        live_life(twin)
        tape = f"{place}/tape.ct"
        for form in ("json", "csv"):
            out, err = bytes_of("replay", f"--{form}", tape)
            equal("stderr", err, b"")
            true(f"{form} has something", len(out) > 5000, len(out))
            equal(form, out.decode(), twin.text(f"live.{form}"))
        live = [json.loads(line) for line in twin.text("live.json").splitlines()]
        true("there were copies", live[2]["pool"]["pages"]["cow_broken"] > 0)
        equal("workers", [document["pool"]["workers"] for document in live], [2, 2, 2, 3, 3, 2, 2])
        true("rates", live[1]["elapsed_s"] > 0)
        begin = live[3]["time"]
        for form in ("json", "csv"):
            out, _ = bytes_of("replay", f"--{form}", "-b", begin, tape)
            equal(f"window as {form}", out.decode(), twin.text(f"window.{form}"))


@test
def budget():
    """Pages that wait for the budget are as old in a replay, and rates of the same time"""
    with folder() as place, Twin(place, *FILLED) as twin:
        twin.take()
        twin.pool.do(write(worker=1, pages=100))
        twin.take()
        twin.pool.do(write(worker=1, first=100, pages=100))
        twin.take("budget")
        twin.pool.do(write(worker=2, first=50, pages=300), write(worker=MASTER, first=400, pages=50))
        twin.take()
        twin.take()
        twin.pool.do(leave(worker=2))
        twin.take()
        twin.end()
        for form in ("json", "csv"):
            out, _ = bytes_of("replay", f"--{form}", f"{place}/tape.ct")
            equal(form, out.decode(), twin.text(f"live.{form}"))
        live = [json.loads(line) for line in twin.text("live.json").splitlines()]
        equal("they wait", [d["accounting"]["deferred"] > 0 for d in live], [False, False, True, True, True, True])
        equal("rates stand", live[1]["pool"]["faults"]["cow_per_s"], live[4]["pool"]["faults"]["cow_per_s"])
        true("older and older", live[2]["pool"]["pages"]["age_s"] < live[3]["pool"]["pages"]["age_s"])


@test
def nothing_else_is_needed():
    """No /proc, no privilege: the same bytes"""
    need_root()
    need_to_run("unshare", "--mount", "true")
    if os.environ.get("SAN"):
        raise Skip("a sanitizer needs /proc")
    with readable_binaries(), folder() as place:
        path = f"{place}/v1.ct"
        with open(f"{RECORDINGS}/v1.ct", "rb") as source, open(path, "wb") as copy:
            copy.write(source.read())
        os.chmod(path, 0o644)
        bare = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh", *NOBODY)
        equal("bytes", replay("--json", path, prefix=bare), replay("--json", path))


# ---- what is written

@test
def tables():
    """No option: one table, of the last sample, with rates; -n or -i: one a sample, as cowtop prints them"""
    out, _ = replay(path_of("ordinary"))
    true("the last one", out.startswith("gunicorn: master 100, 4 workers, 2026-11-21 10:30:00 UTC\n"), out)
    true("rates", re.search(r"^minflt/s \d", out, re.M), out)
    equal("tables", len(re.findall("^gunicorn: master", out, re.M)), 1)
    out, _ = replay("-n", "3", path_of("ordinary"))
    heads = re.findall(r"^(\n?)gunicorn: master 100, 4 workers, (.*)$", out, re.M)
    equal("heads", [time for _, time in heads],
          ["2026-11-21 09:00:00 UTC", "2026-11-21 09:00:05 UTC", "2026-11-21 09:00:10 UTC"])
    equal("between them", out.count("\n\ngunicorn: master"), 2)
    part, _ = replay("-e", "+10m", path_of("ordinary"))
    true("the last one of a part", "2026-11-21 09:10:00 UTC" in part, part)


@test
def count():
    """-n N: the first N samples; more than there are is no error"""
    equal("three", stamps(documents("-n", 3, path_of("ordinary"))), ["09:00:00", "09:00:05", "09:00:10"])
    equal("all", len(documents("-n", 5000, path_of("ordinary"))), 1081)
    equal("one a line", len(replay("--json", "-n", 1, path_of("ordinary"))[0].splitlines()), 1)


@test
def thinned():
    """-i: one sample in each interval, with the rates over it, as if it had been sampled so"""
    found = documents("-i", "60", path_of("ordinary"))
    equal("times", stamps(found)[:3], ["09:00:00", "09:01:00", "09:02:00"])
    equal("samples", len(found), 91)
    equal("elapsed", {d["elapsed_s"] for d in found[1:]}, {60})
    every = documents(path_of("ordinary"))
    copied = [d["pool"]["pages"]["cow_broken"] for d in (every[0], every[12])]
    equal("copies per second", found[1]["pool"]["faults"]["cow_per_s"], (copied[1] - copied[0]) / 60)
    equal("shorter than the recording's: all", len(documents("-i", "1", path_of("ordinary"))), 1081)


@test
def parts():
    """-b and -e: every way to write a time; both ends are in; the first document knows no past"""
    for begin, end, first, last, number in (
            ("+10m", "+11m", "09:10:00", "09:11:00", 13), ("-1m", None, "10:29:00", "10:30:00", 13),
            (None, "+5", "09:00:00", "09:00:05", 2), ("09:30", "09:30:10", "09:30:00", "09:30:10", 3),
            ("2026-11-21T09:30:01Z", "2026-11-21 09:30:11", "09:30:05", "09:30:10", 2),
            ("10:29:58", "11:00", "10:30:00", "10:30:00", 1), ("-3h", "+1h", "09:00:00", "10:00:00", 721),
            ("+90m", "-0s", "10:30:00", "10:30:00", 1)):
        arguments = [*(("-b", begin) if begin else ()), *(("--end", end) if end else ())]
        found = documents(*arguments, path_of("ordinary"))
        what = f"{begin} to {end}"
        equal(what, (stamps(found)[0], stamps(found)[-1], len(found)), (first, last, number))
        equal(f"{what}: no past", (found[0]["elapsed_s"], found[0]["pool"]["faults"]["minor_per_s"]), (None, None))
        equal(f"{what}: no event", found[0]["events"], [])


@test
def local_time():
    """A time of day is local, with Z it is UTC"""
    there = dict(os.environ, TZ="UTC-2")
    equal("local", stamps(documents("-b", "11:30", "-n", 1, path_of("ordinary"), env=there)), ["09:30:00"])
    equal("UTC", stamps(documents("-b", "09:30Z", "-n", 1, path_of("ordinary"), env=there)), ["09:30:00"])
    equal("--utc", stamps(documents("--utc", "-b", "09:30", "-n", 1, path_of("ordinary"), env=there)), ["09:30:00"])
    equal("offset", stamps(documents("-b", "12:30+03:00", "-n", 1, path_of("ordinary"), env=there)), ["09:30:00"])


@test
def zone_of_the_table():
    """A table has the reader's time and its zone, UTC with --utc; CSV has UTC; what is shown can be given back"""
    berlin = dict(os.environ, TZ="Europe/Berlin")
    out, _ = replay("-n", 1, path_of("ordinary"), env=berlin)
    true("local", out.splitlines()[0].endswith(", 2026-11-21 10:00:00 CET"), out)
    out, _ = replay("-n", 1, "--utc", path_of("ordinary"), env=berlin)
    true("UTC", out.splitlines()[0].endswith(", 2026-11-21 09:00:00 UTC"), out)
    out, _ = replay("-n", 1, "--csv", path_of("ordinary"), env=berlin)
    true("CSV", out.splitlines()[1].startswith("2026-11-21T09:00:00.000Z,"), out)
    equal("given back", stamps(documents("-b", "2026-11-21 10:30:00 CET", "-n", 1, path_of("ordinary"), env=berlin)),
          ["09:30:00"])
    _, err = replay("-b", "10:30 CEST", path_of("ordinary"), env=berlin, status=2)
    true("of another season", "'CEST' is not what this time zone is called then" in err, err)
    _, err = replay("-b", "12:00", path_of("ordinary"), env=berlin, status=1)
    true("the range", err.endswith("; the recording has 2026-11-21 10:00:00 to 11:30:00 CET\n"), err)


@test
def before_the_beginning():
    """A time before the recording's beginning is said, as one of another zone is; all of it is given"""
    berlin, path = dict(os.environ, TZ="Europe/Berlin"), path_of("ordinary")
    for verb in (("replay", "--csv"), ("report",), ("stacks",)):
        for begin, said in (("09:59:59", "09:59:59 CET is before the recording, which begins 10:00:00 CET"),
                            ("09:59", "09:59:00 CET is before the recording, which begins 10:00:00 CET"),
                            ("2026-11-20 10:00", "2026-11-20 10:00:00 CET is before the recording, which begins "
                                                 "2026-11-21 10:00:00 CET")):
            _, _, err = cowtop(*verb, "-b", begin, path, env=berlin)
            true(f"{verb} {begin}: {err}", err.startswith(f"cowtop: {path}: {said}\n"))
        for begin in ("10:00", "10:00:00", "+0", "-1000h", "11:00"):
            _, _, err = cowtop(*verb, "-b", begin, path, env=berlin)
            true(f"{verb} {begin}: {err}", "before the recording" not in err)
    out, _ = replay("--csv", "-b", "09:59:59", path, env=berlin)
    equal("all of it", out, replay("--csv", path)[0])


@test
def rules():
    """--fail-if: the last sample decides; exit 3 with a line; a table, no view; 1 when it is not known"""
    out, err = replay("--fail-if", "worker.cow_broken_ratio > 50%", path_of("ordinary"), status=3)
    true("it says so", err.startswith("FAIL worker ") and " % of the inherited (limit 50 %)" in err, err)
    true("a table", out.startswith("gunicorn"), out)
    replay("--fail-if", "worker.cow_broken_ratio > 50%", "-e", "+1m", path_of("ordinary"))
    replay("--json", "--fail-if", "pool.workers != 4", path_of("ordinary"))
    _, err = replay("--fail-if", "pool.rss_bytes > 1", path_of("little"), status=1)
    true("it cannot be checked", "cannot be checked" in err, err)


# ---- where it comes from

@test
def through_a_pipe():
    """-: what a pipe brings is written as it comes, and the same in the end; -b from the end waits for it"""
    with open(path_of("ordinary"), "rb") as file:
        data = file.read()
    whole, _ = replay("--json", path_of("ordinary"))
    # Unbuffered: communicate() does not give what readline() has read ahead.
    with subprocess.Popen([COWTOP, "replay", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, bufsize=0) as process:
        half = len(data) // 2
        process.stdin.write(data[:half])
        process.stdin.flush()
        out = process.stdout.readline()
        equal("the first one", json.loads(out)["time"], "2026-11-21T09:00:00.000Z")
        rest, err = process.communicate(data[half:], timeout=PATIENCE)
        equal("end", (process.returncode, err), (0, b""))
        true("the same", (out + rest).decode() == whole)
    for arguments in (("--json", "-b", "-1m"), (), ("--json", "-b", "+80m"), ("--json", "-e", "+1m")):
        done = subprocess.run([COWTOP, "replay", *arguments, "-"], input=data, capture_output=True, timeout=PATIENCE,
                              check=True)
        equal(f"{arguments}", done.stdout.decode(), replay(*arguments, path_of("ordinary"))[0])


@test
def still_written():
    """A file without an end is read to the end that it has; a FIFO is a pipe"""
    with open(f"{RECORDINGS}/v1.ct", "rb") as file:
        data = file.read()
    with folder() as place:
        with open(f"{place}/cut.ct", "wb") as file:
            file.write(data[:5000])
        found = documents(f"{place}/cut.ct")
        true("a part", 10 < len(found) < 130, len(found))
        os.mkfifo(f"{place}/fifo")
        with subprocess.Popen([COWTOP, "replay", "--json", f"{place}/fifo"], stdout=subprocess.PIPE) as process:
            with open(f"{place}/fifo", "wb") as file:
                file.write(data)
            out, _ = process.communicate(timeout=PATIENCE)
            equal("FIFO", (process.returncode, len(out.splitlines())), (0, 130))


# ---- what is no recording, or half of one

@test
def damaged():
    """Damage: exit 0, what can be read, one line on stderr"""
    out, err = replay("--json", f"{RECORDINGS}/v1-flipped.ct")
    equal("samples", len(out.splitlines()), 116)
    true("it says so", re.search(r"^cowtop: .*v1-flipped.ct: 1 damaged place.* 1\d samples are lost$", err), err)
    equal("lines", err.count("\n"), 1)
    out, err = replay("--csv", f"{RECORDINGS}/v1-truncated.ct")
    true("it says so", "incomplete record" in err, err)
    _, err = replay(f"{RECORDINGS}/v1-unknown-tags.ct")
    equal("unknown tags are no damage", err, "")


@test
def no_recording():
    """Nothing there, a folder, garbage, an empty or foreign file, one without a sample: one line, and a status"""
    with folder() as place:
        for name, content in (("empty", b""), ("text", b"hello\n" * 100), ("zeros", bytes(100000)),
                              ("noise", random.Random(1).randbytes(50000)), ("elf", b"\x7fELF" + bytes(5000))):
            with open(f"{place}/{name}", "wb") as file:
                file.write(content)
            fails(1, "replay", "--json", f"{place}/{name}")
            fails(1, "replay", f"{place}/{name}")
        fails(5, "replay", f"{place}/none")
        fails(5, "replay", f"{place}/text/none")
        fails(1, "replay", place)
        fails(1, "replay", "-")
    true("no sample", "there is no sample in it" in fails(1, "replay", "--json", path_of("none")))
    true("none there", "in this part" in fails(1, "replay", "-b", "+2h", path_of("ordinary")))


@test
def not_allowed():
    """A file that may not be read: exit 4"""
    need_root()
    with readable_binaries(), folder() as place:
        with open(f"{place}/secret", "wb") as file:
            file.write(b"x")
        os.chmod(f"{place}/secret", 0)
        fails(4, "replay", f"{place}/secret", prefix=NOBODY)


@test
def cut_anywhere():
    """Cut at any length, or with a byte flipped anywhere: never a crash, what is there is given"""
    with open(f"{RECORDINGS}/v1.ct", "rb") as file:
        data = file.read()
    whole = replay("--json", f"{RECORDINGS}/v1.ct")[0].splitlines()
    chance = random.Random(5)
    with folder() as place:
        path, before = f"{place}/cut.ct", 0
        for length in sorted(chance.sample(range(len(data)), 40)):
            with open(path, "wb") as file:
                file.write(data[:length])
            status, out, err = cowtop("replay", "--json", path)
            lines = out.splitlines()
            true(f"cut at {length}", status in (0, 1) and lines == whole[:len(lines)], (status, err))
            true(f"cut at {length}: no fewer than of a shorter one", len(lines) >= before, len(lines))
            before = len(lines)
        for at in chance.sample(range(len(data)), 40):
            with open(path, "wb") as file:
                file.write(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:])
            status, out, err = cowtop("replay", "--csv", path)
            true(f"flipped at {at}", status in (0, 1) and err.count("\n") <= 1, (status, err))


@test
def usage():
    """No FILE, two, a COMMAND, --json and --csv, times that are none: exit 2"""
    tape = path_of("ordinary")
    for arguments in ((), (tape, tape), ("--", "true"), ("--json", "--csv", tape), ("-n", "0", tape),
                      ("-b", "soon", tape), ("-e", "25:00", tape), ("-b", "+20m", "-e", "+10m", tape),
                      ("-i", "0", tape), ("-d", "1", tape)):
        fails(2, "replay", *arguments)


@test
def no_room():
    """Output that cannot be written: exit 1; a reader that goes away ends it by SIGPIPE"""
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([COWTOP, "replay", "--json", path_of("ordinary")], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE)
        equal("status", (done.returncode, done.stderr),
              (1, "cowtop: cannot write standard output: No space left on device\n"))
    with subprocess.Popen([COWTOP, "replay", "--csv", path_of("ordinary")], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        process.stdout.read(10)
        process.stdout.close()
        until("it ends", lambda: process.poll() is not None)
        equal("status", process.returncode, -signal.SIGPIPE)


@test
def hostile():
    """Hostile names come out clean in every form"""
    for form in ((), ("--json",), ("--csv",), ("-n", "2")):
        out, _ = replay(*form, path_of("hostile"))
        true(f"{form} is clean", not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\u202e]", out), repr(out[:200]))


if __name__ == "__main__":
    main()
