"""What looking takes that goes on: the live view and a recording, a sample a second, while no, some and all
workers copy 100 pages a second each. Without a budget, which would make the samples fewer; and with the one
that there is if nothing else is said.
"""
import subprocess
import tempfile
import time

from measure import COWTOP, cpu_of
from pools import pool
from view import View, whole_every

RATE = 100
SETTLE = 1.5    # seconds in which what has changed becomes usual
LIMITS = {"idle": 0.5, "some": 2, "all": 13}     # percent of a core
BUDGET = 2      # percent of a core, if nothing else is said


class Recording:
    """cowtop record, a sample a second."""

    def __init__(self, pid, *options):
        self.folder = tempfile.TemporaryDirectory()
        self.child = subprocess.Popen([COWTOP, "record", "-o", f"{self.folder.name}/steady.ct", "--fixed",
                                       "--no-maps", "-i", "1", *options, pid], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.folder.cleanup()

    def spend(self, seconds):
        """Let it go on for so long: its CPU seconds in that time."""
        before = cpu_of(self.child.pid)
        time.sleep(seconds)
        return cpu_of(self.child.pid) - before


def shares(way, big, active, times):
    """{"idle": part of a core, ...}: between whole walks, and those at the pace that they have."""
    first, settle, seconds = times
    with way(big.master, "--budget", "100") as looking:
        taken, found = looking.spend(first), {}
        for name, workers in active.items():
            if workers:
                big.active(workers, RATE)
                looking.spend(settle)
            found[name] = looking.spend(seconds) / seconds
    whole = max(0, taken - first * found["idle"])
    big.active(0, 0)
    return {name: share + (whole / whole_every(whole) if name != "all" else 0)
            for name, share in found.items()}


def budget_share(way, big, workers, times):
    """Part of a core with the budget that there is if nothing else is said, all workers at work."""
    first, _, seconds = times
    big.active(workers, RATE)
    with way(big.master) as looking:
        looking.spend(first)
        share = looking.spend(2 * seconds) / (2 * seconds)
    big.active(0, 0)
    return share


def bench(table, args):
    times = (0.2, 0.05, 0.2) if args.quick else (5, SETTLE, 8)
    active = {"idle": 0, "some": max(1, args.workers * 6 // 64), "all": args.workers}
    with pool(workers=args.workers, mib=args.mib, broken=10) as big:
        for way, name in ((View, "the live view"), (Recording, "cowtop record")):
            found = shares(way, big, active, times)
            for state, workers in active.items():
                table.row(f"{name} at 1 Hz, {workers} of {args.workers} workers copy {RATE} pages/s: of a core",
                          100 * found[state], LIMITS[state], " %")
        table.row(f"... all of them, with the budget of {BUDGET} % that it has by itself",
                  100 * budget_share(Recording, big, args.workers, times), BUDGET, " %")
