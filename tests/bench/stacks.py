"""What watching stacks costs a worker that does nothing but break pages, and what perf keeps of it.

Workers take turns under every way; the fastest of each way are compared: what else the machine does
only adds to them. What is compared is their CPU time, in which the kernel does all that it does for an
event; time by the clock has in it also what they wait for a processor that cowtop has. Beside each way
is the floor: the same event of the kernel's, bare, with nobody who reads what it samples (event.c).
"""
import contextlib
import json
import os
import shutil
import subprocess
import tempfile

from measure import PROGRAMS

TURNS = 3       # workers in a row; the fastest counts

COLLECTING = """
import gc, os, sys
data = [[i] for i in range(200000)]
gc.freeze, gc.disable()
if not os.fork():
    sys.stdin.readline()
    for _ in range(3):
        gc.collect()
    os._exit(0)
print(os.getpid(), flush=True)
os.wait()
print("done", flush=True)
sys.stdin.readline()
"""


@contextlib.contextmanager
def program(*command):
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()


def ask(child, line="\n"):
    child.stdin.write(line)
    child.stdin.flush()
    return child.stdout.readline()


def fastest(breaker):
    """Nanoseconds of a worker: of CPU time, by the clock."""
    turns = [[int(word) for word in ask(breaker).split()] for _ in range(TURNS)]
    return [min(times) for times in zip(*turns)]


def watched(breaker, master, words):
    with program(f"{PROGRAMS}/../tests/watch", master, *words) as watch:
        if watch.stdout.readline() != "ready\n":
            raise SystemExit("bench: no stacks can be watched here")
        took = fastest(breaker)
        return took, json.loads(ask(watch))["lost"]


def bare(breaker, master, words):
    with program(f"{PROGRAMS}/event", master, *words) as event:
        if event.stdout.readline() != "ready\n":
            raise SystemExit("bench: no such event here")
        took = fastest(breaker)
        return took, int(ask(event).split()[1])


@contextlib.contextmanager
def perf_recording(master, path):
    """perf record while it is at work; it says so itself."""
    ours, its = os.pipe(), os.pipe()    # what it says, what it is told
    perf = subprocess.Popen(["perf", "record", "-q", "-e", "minor-faults:u", "-c", "1", "--call-graph", "dwarf",
                             "-o", path, "-D", "-1", f"--control=fd:{its[0]},{ours[1]}", "-p", master],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            pass_fds=(its[0], ours[1]))
    os.close(its[0])
    os.close(ours[1])
    try:
        os.write(its[1], b"enable\n")
        if not os.read(ours[0], 16).startswith(b"ack"):
            raise SystemExit("bench: perf record ended")
        yield
    finally:
        perf.terminate()
        perf.wait()
        os.close(its[1])
        os.close(ours[0])


def perf_recorded(breaker, master, pages, folder):
    """(nanoseconds, samples kept, samples lost, bytes) of perf, with rings as large as it makes them."""
    path = f"{folder}/perf.data"
    with perf_recording(master, path):
        took = fastest(breaker)[0]
    said = subprocess.run(["perf", "report", "-i", path, "--stats"], capture_output=True,
                          text=True).stdout
    # the same again by event
    kept = next(int(line.split()[2]) for line in said.splitlines() if line.split()[:1] == ["SAMPLE"])
    kept = min(kept, TURNS * pages)     # a few are first touches
    return took, kept, TURNS * pages - kept, os.path.getsize(path)


def memo_share():
    """Share of the stacks of a collecting Python worker that were known already."""
    with program("/usr/bin/python3", "-c", COLLECTING) as pool:
        master = pool.stdout.readline().strip()
        with program(f"{PROGRAMS}/../tests/watch", master, "period=1") as watch:
            watch.stdout.readline()
            ask(pool)
            got = json.loads(ask(watch))
    return got["memo_hits"] / max(1, got["memo_hits"] + got["unwinds"])


# What of cowtop's, the same of a bare event (its period and bytes), and the limit of the first.
WAYS = (("counting of copies", ["count"], ["0", "0"], 1.05),
        ("one copy in 64", [], ["64", "8192"], 1.10),
        ("every copy", ["period=1"], ["1", "8192"], 1.8),
        ("every copy, 2 KiB of each stack", ["period=1", "bytes=2048"], ["1", "2048"], 1.8))


class Times:
    """Of the fastest worker under one way."""

    def __init__(self):
        self.cpu = self.clock = float("inf")
        self.lost = 0

    def add(self, took, lost=0):
        self.cpu = min(self.cpu, took[0])
        self.clock = min(self.clock, took[1])
        self.lost += lost


def take_turns(breaker, master, rounds):
    """Times of a worker alone, and by way: watched, under the bare event."""
    alone, watch, event = Times(), {}, {}
    for _ in range(rounds):
        alone.add(fastest(breaker))
        for what, words, of_event, _ in WAYS:
            watch.setdefault(what, Times()).add(*watched(breaker, master, words))
            event.setdefault(what, Times()).add(*bare(breaker, master, of_event))
    return alone, watch, event


def cowtop_rows(table, breaker, master, rounds):
    alone, watch, event = take_turns(breaker, master, rounds)
    for what, _, _, limit in WAYS:
        got, floor = watch[what], event[what]
        table.row(f"stacks, {what}: a worker that only breaks pages", got.cpu / alone.cpu, limit, " x")
        table.row("... under the same event, bare and unread", floor.cpu / alone.cpu, None, " x")
        table.row("... beside that floor", got.cpu / floor.cpu, None, " x")
        table.row("... by the clock", got.clock / alone.clock, None, " x")
        table.row("... samples lost", got.lost, 0)
    return alone


def perf_rows(table, breaker, master, pages, alone):
    if not shutil.which("perf"):
        table.note("perf record --call-graph dwarf", "no perf here: scripts/install-deps --bench")
        return
    with tempfile.TemporaryDirectory() as folder:
        nanoseconds, kept, lost, size = perf_recorded(breaker, master, pages, folder)
    table.row("perf record --call-graph dwarf -c 1", nanoseconds / alone.cpu, None, " x")
    table.row("... kept of the faults", 100 * kept / (kept + lost), None, " %")
    table.row("... lost", 100 * lost / (kept + lost), None, " %")
    table.row("... written", size / (1 << 20), None, " MiB")


def bench(table, args):
    pages = 1000 if args.quick else 50000
    with program(f"{PROGRAMS}/breaker", str(pages)) as breaker:
        master = breaker.stdout.readline().split()[1]
        alone = cowtop_rows(table, breaker, master, args.rounds + 1)
        perf_rows(table, breaker, master, pages, alone)
    table.row("stacks of a collecting Python worker not known already",
              100 * (1 - memo_share()), 2, " %")
