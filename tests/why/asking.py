"""Pools under a seeded load (pools.py), and cowtop why that is asked of them."""
import collections
import contextlib
import json
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", name) for name in ("lib", "gc", "cli")]
from interpreters import ordinary
from kernel import FILE, mappings, minflt, PAGE, pagemap
from piped import Piped
from recorder import has, Recorder
import run
from run import cowtop, Held, sample
from tap import equal, PATIENCE, Skip, until

POOLS = os.path.join(HERE, "pools.py")

# as pools.py takes them
Variant = collections.namedtuple(
    "Variant", "python kind first every reads requests rate workers size stagger seed shuffled",
    defaults=(2, 1, 0, 0, False))


def newest():
    """The path of the newest CPython."""
    found = ordinary((3, 8))
    if not found:
        raise Skip("no CPython 3.8 or later")
    return found[-1].path


def variant(**more):
    """Of all kinds of records, but for what is said of it."""
    settings = dict(kind="mix", first=100, every=100, reads=4, requests=300, rate=100)
    settings.update(more)
    return Variant(python=newest(), **settings)


class Pool(Piped):
    """`with`: pools.py, whose workers wait for their work."""

    def __init__(self, of, mode, prefix=(), program=POOLS, **env):
        super().__init__([*prefix, of.python, program, json.dumps(of._asdict()), mode], env=dict(os.environ, **env))
        said = json.loads(self.answer())
        self.pid, self.workers = said["pid"], said["workers"]


def why(what, *args, **more):
    """What is said at once of a pool or a recording."""
    status, out, err = cowtop("why", "--json", *args, str(what), **more)
    equal("exit status", (status, err), (0, ""))
    return json.loads(out)


def picture(pids, bits):
    """Their faults, and of each anonymous page what pagemap says in these bits."""
    return [(minflt(pid), [word & bits for start, end, _, _ in mappings(pid)
                           for word in pagemap(pid, start, (end - start) // PAGE) if not word & FILE])
            for pid in pids]


def copied(pid):
    """Pages that each worker has copied, in the order of their pids."""
    found = [p for p in sample(str(pid))["processes"] if p["role"] == "worker"]
    return [p["pages"]["cow_broken"] for p in sorted(found, key=lambda p: p["pid"])]


def switches(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("voluntary"))


def until_it_looks_on(pid, waits):
    """Wait until this cowtop has waited so many times more, and has looked in between."""
    wanted = switches(pid) + waits
    until("it looks once more", lambda: switches(pid) >= wanted)


def watches(asking, workers):
    """Has it looked at each of them, and waits for the next time?"""
    names = []
    for fd in os.listdir(f"/proc/{asking.pid}/fd"):
        try:
            names.append(os.readlink(f"/proc/{asking.pid}/fd/{fd}"))
        except OSError:
            pass
    with open(f"/proc/{asking.pid}/wchan", encoding="ascii") as f:
        waits = f.read()
    return all(f"/proc/{w}/pagemap" in names and f"/proc/{w}/mem" in names for w in workers) and "poll" in waits


class Asking(Held):
    """`with`: cowtop why on a pool, until it is told to end."""

    def __init__(self, pid, *args, prefix=()):
        self.process = subprocess.Popen([*prefix, run.COWTOP, "why", str(pid), "--watch", "10m", *args],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def until_it_looks(self, workers=()):
        until("it looks", lambda: watches(self.process, workers))

    def end(self):
        """Some looks later; what it says."""
        until_it_looks_on(self.process.pid, 8)
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=PATIENCE)[0].decode()


@contextlib.contextmanager
def recorded(pid, path, *args, samples=1):
    """The block begins with so many samples in the file; after it the recording looks on for a while, and ends."""
    with Recorder("--why", "-i", "0.2", "--budget", "none", "-o", path, *args, pid) as recorder:
        has(path, samples)
        yield
        until_it_looks_on(recorder.process.pid, 4)
        equal("exit status", recorder.ended(signal.SIGINT)[0], 0)
