#!/usr/bin/python3
"""Collectors of processes that take no faults: what a recording, which leaves those out of its walks, says of them."""
import contextlib
import json
import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]
from pools import obeying
from run import cowtop, folder, sample
from tap import equal, main, need_root, test, true, until
from records import samples as records_of
from recorder import Recorder, has

WORKERS = 2
ALL = 1 + WORKERS
# What a worker does from a signal handler, while it is in the midst of a read; then it says so in a file.
HANDLER = ("import signal; wanted = []; told = os.open('{place}/told.%d' % os.getpid(), os.O_WRONLY | os.O_CREAT); "
           "signal.signal(signal.SIGUSR1, lambda *_: (gc.set_threshold(*wanted[0]), "
           "gc.enable() if wanted[1] else gc.disable(), os.pwrite(told, b'%d' % wanted[0][0], 0)))")


def settings_of(document, pid):
    gc = next(p for p in document["processes"] if p["pid"] == pid)["gc"]
    return gc["enabled"], gc["thresholds"]


class Recorded:
    """A pool under a recorder, and what was changed in it when."""

    def __init__(self, pool, place):
        self.pool, self.place, self.path, self.changes = pool, place, f"{place}/gc.ct", []

    def more(self, n=2):
        """Wait for so many samples that have begun by now or later; each is begun after the one before."""
        has(self.path, len(records_of(self.path)) + 1 + n)

    def change(self, pid, enabled, thresholds, how):
        how()
        self.changes.append((pid, len(records_of(self.path)), enabled, thresholds))
        self.more()

    def signal(self, pid, wanted):
        os.kill(pid, signal.SIGUSR1)

        def told():
            with open(f"{self.place}/told.{pid}", encoding="ascii") as file:
                return file.read() == str(wanted[0])
        until("the handler has run", told)

    def check(self):
        """Each change is in the second sample after it at the latest. How many came without a fault."""
        status, out, err = cowtop("replay", "--json", self.path)
        equal(f"replay: {err}", status, 0)
        documents = [json.loads(line) for line in out.splitlines()]
        unnoticed = 0
        for pid, had, enabled, thresholds in self.changes:
            said = [settings_of(d, pid) for d in documents[had:had + 2]]
            equal(f"settings of {pid} after sample {had}", said[1], (enabled, thresholds))
            unnoticed += all(d["accounting"]["skipped"] == ALL for d in documents[had:had + 2])
        return unnoticed


@contextlib.contextmanager
def recorded_pool():
    with obeying("data = [[i] for i in range(20000)]", workers=WORKERS) as pool, folder() as place:
        pool.do(HANDLER.format(place=place))
        pids = [p["pid"] for p in sample(pool.master)["processes"] if p["role"] == "worker"]
        equal("workers", len(pids), WORKERS)
        recorded = Recorded(pool, place)
        with Recorder("-o", recorded.path, "-i", "0.1", "--fixed", "--no-maps", pool.master) as recorder:
            has(recorded.path, 2)
            yield recorded, pids
            equal("the recorder's end", recorder.ended(signal.SIGINT)[0], 0)
        unnoticed = recorded.check()
        true("some of them without a fault", unnoticed >= 3, unnoticed)


@test
def told_to():
    """Settings that a worker changes between two samples without a fault are in the next one"""
    need_root()
    with recorded_pool() as (recorded, pids):
        for i in range(12):
            who = i % WORKERS
            enabled, thresholds = i % 3 > 0, [1000 + i, 10 + i, 5]
            recorded.change(pids[who], enabled, thresholds, lambda: recorded.pool.do(
                f"gc.set_threshold(*{thresholds}); gc.{'enable' if enabled else 'disable'}()", str(who)))


@test
def by_a_signal_handler():
    """Settings that a signal handler changes without a fault are in the next sample"""
    need_root()
    with recorded_pool() as (recorded, pids):
        for i in range(12):
            who = i % WORKERS
            enabled, thresholds = i % 3 > 0, [2000 + i, 10 + i, 5]
            recorded.pool.do(f"wanted[:] = {thresholds}, {enabled}", str(who))
            recorded.more()
            recorded.change(pids[who], enabled, thresholds,
                            lambda: recorded.signal(pids[who], thresholds))


main()
