"""khugepaged at work, for tests of what it does to a pool."""
import contextlib
import time
from kernel import HUGE, kernel_setting
from run import seconds_of
from tap import near, need, need_root, PATIENCE

THP = "/sys/kernel/mm/transparent_hugepage"
KHUGEPAGED = f"{THP}/khugepaged"


@contextlib.contextmanager
def eager(limit=HUGE // 2):
    """khugepaged looks at whoever asked for huge pages, all the time."""
    need_root()
    need(KHUGEPAGED)
    with kernel_setting(f"{THP}/enabled", "madvise"), kernel_setting(f"{KHUGEPAGED}/max_ptes_shared", limit), \
            kernel_setting(f"{KHUGEPAGED}/max_ptes_none", HUGE - 1), \
            kernel_setting(f"{KHUGEPAGED}/pages_to_scan", 16 * HUGE), \
            kernel_setting(f"{KHUGEPAGED}/alloc_sleep_millisecs", 10), \
            kernel_setting(f"{KHUGEPAGED}/scan_sleep_millisecs", 10):
        yield


def huge_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("AnonHugePages")) * 1024


def full_scans():
    with open(f"{KHUGEPAGED}/full_scans", encoding="ascii") as f:
        return int(f.read())


def huge_pages_made():
    """How many were taken on this host so far to collapse small pages into; None: no THP."""
    with open("/proc/vmstat", encoding="ascii") as f:
        return next((int(line.split()[1]) for line in f if line.startswith("thp_collapse_alloc ")), None)


class Watch:
    """All that a stream says: events, and what its rates add up to."""

    def __init__(self, stream):
        self.stream, self.events, self.sums = stream, [], {}
        self.first = self.last = stream.fresh()

    def take(self, document):
        self.last = document
        self.events += document["events"]
        for p in document["processes"]:
            sums = self.sums.setdefault(p["pid"], {})
            for key, rate in p["faults"].items():
                if key.endswith("_per_s") and rate is not None and document["elapsed_s"]:
                    sums[key] = sums.get(key, 0) + rate * document["elapsed_s"]

    def fresh(self):
        """Up to the second document that was not finished before this call: it was begun after it."""
        moment = time.time()
        for _ in range(2):
            self.take(self.stream.next())
            while seconds_of(self.last["time"]) <= moment + 0.001:
                self.take(self.stream.next())

    def until(self, holds):
        """Read on until a document says so; returns it, or None."""
        deadline = time.monotonic() + PATIENCE
        while not holds(self.last):
            if time.monotonic() > deadline:
                return None
            self.take(self.stream.next())
        return self.last

    def collapses(self, pid=None):
        return [e for e in self.events if e["type"] == "collapsed" and pid in (None, e["pid"])]


def collapsed(document):
    return {p["pid"]: p["pages"]["collapsed"] for p in document["processes"]}


def check_faults(watch, pid, pages):
    """Collapsed pages took no fault: the parts of minor are its own, and together no more than all."""
    sums = watch.sums[pid]
    near("pages collapsed, by their rate", sums["collapsed_per_s"], pages, 0.5)
    near("minor faults and their parts", sums["minor_per_s"],
         sum(sums[f"{k}_per_s"] for k in ("cow", "new", "file", "other")), 0.5)
    return sums
