#!/usr/bin/python3
"""The doors at which cowtop asks the kernel, and what comes of it when the kernel says something else.

usage: doors.py [--all] [--table] [--only WORD] [--most N] [--slice I/N]

Each verb is run once on a pool while every system call is watched: the doors. Then once for every fault that a door
may have (faults.py), with that fault put in once, or every time. cowtop must end in time and with a status that its
manual has, say in one line why it failed, leave no descriptor open and hold no memory that grows with the
samples, write no recording that cannot be read, and say nothing that is not so (lies.py).

--all: every fault at every door of every verb, once at first, once in the midst, and every time; without it each
fault of a door in one verb, in one of those ways. --table prints what came of them, doors by faults. --slice: the Ith
of N parts, every Nth of what else would be tried: all of them together are the whole.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
import metrics
from faults import faults_at, is_within
from lies import GONE, lies, stable
from run import COWTOP, folder
from smallpool import SmallPool
from stage import BLOCKS, DOORS, SANITIZED, Stage
from tap import must_be_built, Skip
from verbs import DOCUMENTS, METRICS, POOL, SAME, VERBS
from visit import Collector

STATUSES = (0, 1, 4, 5, 6)      # 2 and 3 are no answers to what the kernel says
MEANS = {4: "no permission", 5: "no such target", 6: "not a forked pool"}
# What says nothing of permissions, and nothing of who is there.
BROKEN = ("EIO", "EINTR", "ENOMEM", "EMFILE", "ENFILE", "ENOSPC", "EDQUOT", "EROFS", "short")
# What is said at the end, however that comes, or while it goes on.
SAID = re.compile(r"cowtop: (\d+ samples?[ ,].* in (\d+ files, the last of them )?/|\d+ profiles? pushed|"
                  r"--push: a profile is dropped|--on-event: |[\w.]+, run \d of \d: )|"
                  r"Error in GnuTLS initialization: |libnuma: Warning: ")
# A limit that somebody may raise; a verb that was told to wait.
EXCUSE = re.compile(r"ulimit|no pool in \d")
# libnuma's, which libproc2 loads, and ncurses': they end the program themselves.
LIBRARYS = ("Out of memory allocating bitmask", '"?", line 0, col 0: Out of memory')
ALWAYS, EVERY_SECOND = 0, -2
WHOLE = (1, 1)
# What is refused, or is not there, is so the next time.
STAYS = ("EPERM", "EACCES", "ENOENT", "EROFS", "ENOSPC", "EDQUOT")
# Of so many samples, whether memory grows with them.
FEW, MANY = 6, 18
# Where that fails something is left.
REMOVES = ("unlink", "unlinkat", "rmdir")
# Of a folder, and told.
TOLD = re.compile(r"cowtop: (\S+) is left: it cannot be removed")

Try = collections.namedtuple("Try", "verb door fault turn")


def documents(out):
    """One that fills all lines, or one a line."""
    try:
        return [json.loads(out)]
    except ValueError:
        return [json.loads(line) for line in out.splitlines()]


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
            runs = [documents(r.out) for r in (self.plain, stage.run(name), stage.run(name))]
            self.documents, self.truths = runs[0], [stable(same) for same in zip(*runs)]
        if name in METRICS:
            self.truth = metrics.stable([r.out for r in (self.plain, stage.run(name), stage.run(name))])


def judge(verb, trial, run):
    """What is wrong with a run, as lines."""
    found = []
    if run.end is None or run.end < 0 or run.status not in STATUSES:
        return [f"ended with {run.end}: {run.err.strip()[-300:]}"]
    lines = [line for line in run.err.splitlines()
             if line.strip() and not SAID.match(line) and not TOLD.match(line)]
    last = run.err.splitlines()[-1:] or [""]
    said = last[0].startswith(("cowtop: ", *LIBRARYS))
    if run.status and (len(lines) > 1 or not said) and trial.door.kind != "stderr":
        found.append(f"exit {run.status}, and said {run.err.strip()[:300]!r}")
    if run.status in MEANS and trial.fault in BROKEN and not EXCUSE.search(run.err):
        found.append(f"exit {run.status} ({MEANS[run.status]}), though nobody said that: {run.err.strip()[:300]!r}")
    more = run.left - verb.plain.left - collections.Counter(signalfd=1)     # who waits for signals keeps it
    if more and trial.door.call != "close":
        found.append(f"left open: {', '.join(sorted(more))}")
    told = [os.path.basename(path) for path in TOLD.findall(run.err)]
    found += [f"{name}: {wrong}" for name, wrong in run.files.items()
              if wrong and trial.door.call not in REMOVES and not any(f"/{t}/" in name for t in told)]
    if run.status == 0 and verb.name in DOCUMENTS:
        for plain, truth, said in zip(verb.documents, verb.truths, documents(run.out)):
            found += lies(plain, truth, said, trial.fault, run.err)
    if run.status == 0 and verb.name in METRICS and run.out:
        found += metrics.lies(verb.truth, run.out, trial.fault in GONE)
    if run.status == 0 and verb.name in SAME and run.out != verb.plain.out:
        found.append("says something else")
    return found


def repeated(fault):
    """How often it happens to who goes on: what is tried again at once must succeed some time."""
    return EVERY_SECOND if fault in ("EINTR", "EAGAIN") else ALWAYS


def turns(door, fault, count, every):
    """When a fault happens: which call of how many it is, or each."""
    stays = door.kind == "recording" and door.call in ("openat", "newfstatat", "pread64") and fault in STAYS
    if fault in ("empty", "ESRCH") or stays:
        return [repeated(fault)] * (1 if every else 3)     # who has ended stays so
    if every:
        return sorted({1, (count + 1) // 2, repeated(fault)})
    return [1, (count + 1) // 2, repeated(fault)]


def trials(verbs, every):
    """All that is to be tried, and the doors without a row."""
    found, rowless, done = [], [], set()
    for verb in verbs:
        for door, count in sorted(verb.doors.items()):
            names = faults_at(door.call, door.kind)
            if names is None:
                rowless.append(door)
            for fault in names or ():
                ways = turns(door, fault, count, every)
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
    fault = f"{trial.door.call},{trial.door.kind},{trial.fault},{repeated(trial.fault)}"
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

    def __init__(self, every=False, only="", names=tuple(VERBS), most=0, tell=None, part=WHOLE):
        """`most`: so many faults by lot, the same at every run; 0: all. `tell`: gets each result as it comes.
        `part`: of slice_of()."""
        must_be_built(DOORS, BLOCKS, COWTOP)
        with SmallPool(2, argv0=POOL) as pool, folder() as place, Collector() as collector:
            stage = Stage(pool, place, collector.url).make()
            self.verbs = [Verb(stage, name) for name in names]
            self.trials, self.rowless = trials(self.verbs, every)
            self.trials = [t for t in self.trials if only in f"{t.door.call} {t.door.kind} {t.fault}"]
            if most and len(self.trials) > most:
                self.trials = random.Random(most).sample(self.trials, most)
            self.trials = slice_of(self.trials, part)
            with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1) + 1) as threads:
                self.results = []
                for result in threads.map(lambda t: attempt(stage, t), self.trials):
                    self.results.append(result)
                    if tell:
                        tell(*result)

    def wrong(self):
        """A line for everything that is wrong."""
        return [line_of(t, found) for t, _, found in self.results if found]

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


def line_of(trial, found):
    return (f"{trial.verb.name}: {trial.door.call} {trial.door.kind} {trial.fault} {when(trial.turn)}: "
            f"{'; '.join(found[:3])}")


def slice_of(everything, part):
    """The Ith of N parts, `part`; neighbours are in different ones, so that each takes about as long."""
    which, count = part
    return everything[which - 1::count]


def part_of(text):
    """--slice I/N"""
    which, count = map(int, text.split("/"))
    if not 1 <= which <= count:
        raise ValueError(text)
    return which, count


def when(turn):
    return {ALWAYS: "always", EVERY_SECOND: "every second time"}.get(turn, f"at its call {turn}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every fault at every door of every verb")
    parser.add_argument("--table", action="store_true", help="print the doors by faults")
    parser.add_argument("--only", default="", help="doors and faults with this word")
    parser.add_argument("--most", type=int, default=0, help="so many faults, by lot")
    parser.add_argument("--verb", action="append", choices=VERBS, help="this verb; repeatable")
    parser.add_argument("--slice", type=part_of, default=WHOLE, metavar="I/N", help="the Ith of N parts of all that")
    options = parser.parse_args()
    matrix = Matrix(options.all, options.only, options.verb or tuple(VERBS), options.most,
                    lambda t, _, found: print(f"wrong: {line_of(t, found)}", flush=True) if found else None,
                    options.slice)
    if options.table:
        print("\n".join(matrix.table()))
    wrong = matrix.wrong()
    print("".join(f"without a row: {d.call} {d.kind}\n" for d in matrix.rowless), end="")
    print(f"{len(matrix.results)} faults at {len({t.door for t in matrix.trials})} doors, {len(wrong)} wrong, "
          f"{len(matrix.rowless)} doors without a row")
    sys.exit(1 if wrong or matrix.rowless else 0)


if __name__ == "__main__":
    main()
