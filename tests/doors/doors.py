#!/usr/bin/python3
"""The doors at which cowtop asks the kernel, and what comes of it when the kernel says something else.

usage: doors.py [--all] [--table] [--only WORD]

Each verb is run once on a pool while every system call is watched: the doors. Then once for every fault that a door
may have (faults.py), with that fault put in once, or every time. cowtop must end in time and with a status that its
manual has, say in one line why it failed, leave no descriptor open and hold no memory that grows with the
samples, write no recording that cannot be read, and say nothing that is not so (lies.py).

--all: every fault at every door of every verb, once at first, once in the midst, and every time; without it each
fault of a door in one verb, in one of those ways. --table prints what came of them, doors by faults.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
import records
from faults import faults_at, is_within
from lies import lies, stable
from run import COWTOP, folder
from smallpool import server, SmallPool
from tap import must_be_built, PATIENCE, ROOT, Skip

DOORS = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "doors")
BLOCKS = os.path.join(os.path.dirname(DOORS), "blocks.so")
SANITIZED = bool(os.environ.get("SAN"))
STATUSES = (0, 1, 4, 5, 6)      # 2 and 3 are no answers to what the kernel says
MEANS = {4: "no permission", 5: "no such target", 6: "not a forked pool"}
# What says nothing of permissions, and nothing of who is there.
BROKEN = ("EIO", "EINTR", "ENOMEM", "EMFILE", "ENFILE", "ENOSPC", "EDQUOT", "EROFS", "short")
# What a recorder says at its end, however that comes.
SAID = re.compile(r"cowtop: \d+ samples?, .* in /")
# A limit that somebody may raise; a verb that was told to wait.
EXCUSE = re.compile(r"ulimit|no pool in \d")
ALWAYS, EVERY_SECOND = 0, -2
DEADLINE = PATIENCE / 4
# Everything else looks at what is there already.
VERBS = {
    "json": ["--json", "-n", "{n}", "-i", "0.01", "{master}"],
    "record": ["record", "-o", "{place}/pool.ct", "-n", "{n}", "-i", "0.01", "{master}"],
    "record why": ["record", "--why", "-o", "{place}/pool.ct", "-n", "{n}", "-i", "0.01", "{master}"],
    "record stacks": ["record", "--stacks", "-o", "{place}/pool.ct", "-n", "{n}", "-i", "0.01", "{master}"],
    "record rotate": ["record", "-o", "{place}/pool.ct", "--rotate", "1s", "--keep", "1", "-n", "6", "-i", "0.4",
                      "--fixed", "{master}"],
    "why": ["--json", "--why", "-n", "{n}", "-i", "0.01", "{master}"],
    "pools": ["pools", "--json"],
    "live": ["-n", "{n}", "-i", "0.01", "{master}"],
    "stacks": ["stacks", "-d", "0.02", "{master}"],
    "doctor": ["doctor", "--json", "{master}"],
    "command": ["record", "-o", "{place}/pool.ct", "-n", "2", "-i", "0.01", "--wait=2", "--", *server()],
    "mark": ["mark", "{copy}", "here"],
    "report": ["report", "--json", "{recording}"],
    "replay": ["replay", "--json", "{recording}"],
    "diff": ["diff", "--json", "{recording}", "{copy}"],
}
# Samples that a run takes, where it is not of one document; and two that show whether memory grows with them.
SAMPLES = {"record": 2, "record why": 2, "record stacks": 2, "live": 2}
FEW, MANY = 6, 18
DOCUMENTS = ("json", "why", "pools")

Run = collections.namedtuple("Run", "status out err seen left struck end blocks files")
Door = collections.namedtuple("Door", "call kind")
Try = collections.namedtuple("Try", "verb door fault turn")


class Terminal:
    """One that swallows what it shows."""

    def __enter__(self):
        self.master, self.slave = os.openpty()
        threading.Thread(target=self.swallow, daemon=True).start()
        return self

    def swallow(self):
        with contextlib.suppress(OSError):
            while os.read(self.master, 1 << 16):
                pass

    def __exit__(self, *exc):
        os.close(self.slave)


def environment():
    """LeakSanitizer does not work under ptrace(2)."""
    options = [o for o in (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0") if o]
    return dict(os.environ, ASAN_OPTIONS=":".join(options), TERM="xterm", LC_ALL="C.UTF-8")


class Stage:
    """A pool, and runs of cowtop on it with or without faults."""

    def __init__(self, pool, place):
        self.pool, self.place = pool, place
        self.recording = os.path.join(place, "made.ct")
        subprocess.run([COWTOP, "record", "-o", self.recording, "-n", "3", "-i", "0.01", str(pool.master)],
                       check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)

    def run(self, verb, *faults, n=None):
        with folder() as place:
            words = [w.format(master=self.pool.master, place=place, recording=self.recording,
                              copy=self.copy(verb, place), n=n or SAMPLES.get(verb, 1)) for w in VERBS[verb]]
            log = os.path.join(self.place, f"log.{threading.get_ident()}")
            command = [DOORS, "-l", log, "-k", f"recording={place}/pool.ct", "-k", f"recording={self.recording}",
                       "-k", f"folder={place}", "-k", f"image={os.path.realpath(sys.executable)}"]
            blocks = f"{log}.blocks"
            if not SANITIZED:
                command += ["-e", f"LD_PRELOAD={BLOCKS}", "-e", f"BLOCKS_LOG={blocks}"]
            for fault in faults:
                command += ["-f", fault]
            status, out, err = self.wait([*command, "--", COWTOP, *words], verb == "live")
            return Run(status, out, err, *self.read(log), self.blocks(blocks), self.files(place))

    def copy(self, verb, place):
        """The recording once more, where a verb changes it."""
        path = os.path.join(place, "pool.ct")
        return shutil.copy(self.recording, path) if "{copy}" in VERBS[verb] else path

    @staticmethod
    def wait(command, on_terminal):
        if on_terminal:
            with Terminal() as terminal:
                done = subprocess.run(command, stdin=terminal.slave, stdout=terminal.slave, stderr=subprocess.PIPE,
                                      timeout=DEADLINE, env=environment())
            return done.returncode, b"", done.stderr.decode("utf-8", "replace")
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE,
                              env=environment())
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")

    @staticmethod
    def read(log):
        """What doors.c wrote: doors and how often each was gone through, kinds left open, how often struck, the end."""
        seen, left, struck, end = {}, collections.Counter(), 0, None
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                what, *words = line.rstrip("\n").split("\t")
                if what == "door":
                    seen[Door(words[0], words[1])] = int(words[2])
                elif what == "left":
                    left[words[0]] += 1
                elif what == "struck":
                    struck = int(words[0])
                elif what == "end":
                    end = int(words[0])
        return seen, left, struck, end

    @staticmethod
    def blocks(path):
        """How many blocks of memory were held at the end; None: that is not known."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            with open(path, encoding="ascii") as file:
                count = int(file.read())
            os.unlink(path)
            return count
        return None

    @staticmethod
    def files(place):
        """{name: None or what is wrong with it} of what was left in the folder of the run."""
        found = {}
        for name in os.listdir(place):
            try:
                records.records(os.path.join(place, name))
                found[name] = None
            except Exception as error:  # whatever the reader stumbles over
                found[name] = f"{type(error).__name__}: {error}"
        return found


class Verb:
    """What a verb does when nothing is in its way."""

    def __init__(self, stage, name):
        self.name, self.repeats = name, "{n}" in VERBS[name]
        self.plain = stage.run(name)
        if self.plain.status == 77:
            raise Skip("nobody may be traced here")
        if self.plain.status:
            raise RuntimeError(f"{name}: exit {self.plain.status}: {self.plain.err}")
        self.doors = {d: n for d, n in self.plain.seen.items() if not is_within(d.call, d.kind, SANITIZED)}
        if name in DOCUMENTS:
            documents = [json.loads(r.out) for r in (self.plain, stage.run(name), stage.run(name))]
            self.document, self.truth = documents[0], stable(documents)


def judge(verb, trial, run):
    """What is wrong with a run, as lines."""
    found = []
    if run.end is None or run.end < 0 or run.status not in STATUSES:
        return [f"ended with {run.end}: {run.err.strip()[-300:]}"]
    lines = [line for line in run.err.splitlines() if line.strip() and not SAID.match(line)]
    if run.status and (len(lines) != 1 or not lines[0].startswith("cowtop: ")) and trial.door.kind != "stderr":
        found.append(f"exit {run.status}, and said {run.err.strip()[:300]!r}")
    if run.status in MEANS and trial.fault in BROKEN and not EXCUSE.search(run.err):
        found.append(f"exit {run.status} ({MEANS[run.status]}), though nobody said that: {run.err.strip()[:300]!r}")
    more = run.left - verb.plain.left
    if more and trial.door.call != "close":
        found.append(f"left open: {', '.join(sorted(more))}")
    found += [f"{name}: {wrong}" for name, wrong in run.files.items() if wrong]
    found += [f"left behind: {name}" for name in run.files if not re.fullmatch(r"pool(-[0-9TZ.]+)?\.ct", name)
              and trial.door.call not in ("unlink", "unlinkat")]
    if run.status == 0 and verb.name in DOCUMENTS:
        found += lies(verb.document, verb.truth, json.loads(run.out), trial.fault, run.err)
    if run.status == 0 and verb.name in ("report", "replay") and run.out != verb.plain.out:
        found.append("says something else")
    return found


def turns(fault, count, every):
    """When a fault happens: which call of how many it is, or each."""
    repeated = EVERY_SECOND if fault in ("EINTR", "EAGAIN") else ALWAYS
    if fault in ("empty", "ESRCH"):
        return [repeated] * (1 if every else 3)     # who has ended stays so
    if every:
        return sorted({1, (count + 1) // 2, repeated})
    return [1, (count + 1) // 2, repeated]


def trials(verbs, every):
    """All that is to be tried, and the doors without a row."""
    found, rowless, done = [], [], set()
    for verb in verbs:
        for door, count in sorted(verb.doors.items()):
            names = faults_at(door.call, door.kind)
            if names is None:
                rowless.append(door)
            for fault in names or ():
                ways = turns(fault, count, every)
                if not every:
                    # One way, and the same at every run.
                    ways = [ways[zlib.crc32(f"{door} {fault}".encode()) % 3]] if (door, fault) not in done else []
                    done.add((door, fault))
                found += [Try(verb, door, fault, turn) for turn in ways]
    return found, sorted(set(rowless))


def leaks(stage, trial, run):
    """Does memory grow with the samples? A line; where it is no more than otherwise nobody has to look."""
    if run.status or run.blocks is None or run.blocks <= (trial.verb.plain.blocks or 0) or not trial.verb.repeats:
        return []
    fault = f"{trial.door.call},{trial.door.kind},{trial.fault},{trial.turn if trial.turn < 0 else ALWAYS}"
    few, many = (stage.run(trial.verb.name, fault, n=n) for n in (FEW, MANY))
    if few.status or many.status or many.blocks - few.blocks < MANY - FEW:
        return []
    return [f"{few.blocks} blocks of memory held after {FEW} samples, {many.blocks} after {MANY}"]


def attempt(stage, trial):
    """(trial, what came of it, what is wrong)"""
    try:
        run = stage.run(trial.verb.name, f"{trial.door.call},{trial.door.kind},{trial.fault},{trial.turn}")
        grows = leaks(stage, trial, run)
    except subprocess.TimeoutExpired:
        return trial, "hangs", ["did not end"]
    if not run.struck:
        return trial, "-", []
    return trial, str(run.status), judge(trial.verb, trial, run) + grows


class Matrix:
    """Every fault at every door."""

    def __init__(self, every=False, only="", names=tuple(VERBS)):
        must_be_built(DOORS, BLOCKS, COWTOP)
        with SmallPool(2) as pool, folder() as place:
            stage = Stage(pool, place)
            self.verbs = [Verb(stage, name) for name in names]
            self.trials, self.rowless = trials(self.verbs, every)
            self.trials = [t for t in self.trials if only in f"{t.door.call} {t.door.kind} {t.fault}"]
            with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1) + 1) as threads:
                self.results = list(threads.map(lambda t: attempt(stage, t), self.trials))

    def wrong(self):
        """A line for everything that is wrong."""
        return [f"{t.verb.name}: {t.door.call} {t.door.kind} {t.fault} {when(t.turn)}: {'; '.join(found[:3])}"
                for t, _, found in self.results if found]

    def table(self):
        """Lines: a door, how often a verb goes through it, and what each fault came to."""
        cells = collections.defaultdict(lambda: collections.defaultdict(list))
        for trial, came, found in self.results:
            cells[trial.door][trial.fault].append(came + ("!" if found else ""))
        yield f"{'door':<62} {'times':>6}  fault=exit status; -: not come to again; !: wrong"
        for door in sorted(cells):
            count = max(v.doors.get(door, 0) for v in self.verbs)
            said = " ".join(f"{fault}={','.join(sorted(set(came)))}" for fault, came in cells[door].items())
            yield f"{door.call + ' ' + door.kind:<62} {count:>6}  {said}"
        for door in self.rowless:
            yield f"{door.call + ' ' + door.kind:<62} {'':>6}  has no row"


def when(turn):
    return {ALWAYS: "always", EVERY_SECOND: "every second time"}.get(turn, f"at its call {turn}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every fault at every door of every verb")
    parser.add_argument("--table", action="store_true", help="print the doors by faults")
    parser.add_argument("--only", default="", help="doors and faults with this word")
    parser.add_argument("--verb", action="append", choices=VERBS, help="this verb; repeatable")
    options = parser.parse_args()
    matrix = Matrix(options.all, options.only, options.verb or tuple(VERBS))
    if options.table:
        print("\n".join(matrix.table()))
    wrong = matrix.wrong()
    print("".join(f"wrong: {line}\n" for line in wrong), end="")
    print("".join(f"without a row: {d.call} {d.kind}\n" for d in matrix.rowless), end="")
    print(f"{len(matrix.results)} faults at {len({t.door for t in matrix.trials})} doors, {len(wrong)} wrong, "
          f"{len(matrix.rowless)} doors without a row")
    sys.exit(1 if wrong or matrix.rowless else 0)


if __name__ == "__main__":
    main()
