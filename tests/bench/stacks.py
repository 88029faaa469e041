"""What watching stacks costs a worker that does nothing but break pages, and what perf keeps of it.

Workers take turns under every way; the fastest of each way are compared: what else the machine does
only adds to them.
"""
import contextlib
import json
import os
import shutil
import subprocess
import tempfile

from measure import PROGRAMS

PAGES = 50000
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
    """CPU nanoseconds of a worker."""
    return min(int(ask(breaker)) for _ in range(TURNS))


def watched(breaker, master, words):
    with program(f"{PROGRAMS}/../tests/watch", master, *words) as watch:
        if watch.stdout.readline() != "ready\n":
            raise SystemExit("bench: no stacks can be watched here")
        took = fastest(breaker)
        return took, json.loads(ask(watch))


def perf_recorded(breaker, master, folder):
    """(nanoseconds, samples kept, samples lost, bytes) of perf, with rings as large as it makes them."""
    path = f"{folder}/perf.data"
    with open(f"{folder}/ack", "w+", encoding="ascii") as ack:
        perf = subprocess.Popen(["perf", "record", "-q", "-e", "minor-faults:u", "-c", "1",
                                 "--call-graph", "dwarf", "-o", path, "-p", master],
                                stdin=subprocess.DEVNULL, stdout=ack, stderr=ack)
        try:
            while not os.path.exists(path) or not perf_attached(perf.pid):
                if perf.poll() is not None:
                    raise SystemExit("bench: perf record ended")
            took = fastest(breaker)
        finally:
            perf.terminate()
            perf.wait()
    said = subprocess.run(["perf", "report", "-i", path, "--stats"], capture_output=True,
                          text=True).stdout
    # the same again by event
    kept = next(int(line.split()[2]) for line in said.splitlines() if line.split()[:1] == ["SAMPLE"])
    kept = min(kept, TURNS * PAGES)     # a few are first touches
    return took, kept, TURNS * PAGES - kept, os.path.getsize(path)


def perf_attached(pid):
    """Rings mapped: it is at work."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps:
        return "anon_inode:[perf_event]" in maps.read()


def memo_share():
    """Share of the stacks of a collecting Python worker that were known already."""
    with program("/usr/bin/python3", "-c", COLLECTING) as pool:
        master = pool.stdout.readline().strip()
        with program(f"{PROGRAMS}/../tests/watch", master, "period=1") as watch:
            watch.stdout.readline()
            ask(pool)
            got = json.loads(ask(watch))
    return got["memo_hits"] / max(1, got["memo_hits"] + got["unwinds"])


def bench(table, args):
    ways = {"none": None, "counting": ["count"], "default": [], "all": ["period=1"]}
    took, last = {name: [] for name in ways}, {}
    with program(f"{PROGRAMS}/breaker", str(PAGES)) as breaker:
        master = breaker.stdout.readline().split()[1]
        for _ in range(args.rounds + 1):
            for name, words in ways.items():
                if words is None:
                    took[name].append(fastest(breaker))
                else:
                    nanoseconds, last[name] = watched(breaker, master, words)
                    took[name].append(nanoseconds)
        base = min(took["none"])
        for name, what, limit in (("counting", "counting alone", 8), ("default", "the default", 20),
                                  ("all", "every copy sampled", None)):
            slower = 100 * (min(took[name]) / base - 1)
            table.row(f"stacks, {what}: a worker that only breaks pages is slower by", slower, limit, " %")
        table.row("... of its copies lost, every copy sampled",
                  100 * last["all"]["lost"] / (TURNS * PAGES), None, " %")
        if shutil.which("perf"):
            with tempfile.TemporaryDirectory() as folder:
                nanoseconds, kept, lost, size = perf_recorded(breaker, master, folder)
            table.row("perf record --call-graph dwarf -c 1: slower by", 100 * (nanoseconds / base - 1),
                      None, " %")
            table.row("... kept of the faults", 100 * kept / (kept + lost), None, " %")
            table.row("... lost", 100 * lost / (kept + lost), None, " %")
            table.row("... written", size / (1 << 20), None, " MiB")
        else:
            table.note("perf record --call-graph dwarf", "no perf here")
    table.row("stacks of a collecting Python worker not known already",
              100 * (1 - memo_share()), 2, " %")
