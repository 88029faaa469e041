"""One pool under one seeded load, as it is and with its objects frozen before the fork: what cowtop why foretells of
the difference, and what it is."""
import collections
import json
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from kernel import PAGE
from piped import Piped
import run
from run import sample
from tap import PATIENCE, until

POOLS = os.path.join(HERE, "pools.py")

# as pools.py takes them
Variant = collections.namedtuple(
    "Variant", "python kind first every reads requests rate workers size stagger seed shuffled",
    defaults=(2, 1, 0, 0, False))
Result = collections.namedtuple("Result", "variant copied gain why")


def pool(variant, mode, **env):
    return Piped([variant.python, POOLS, json.dumps(variant._asdict()), mode], env=dict(os.environ, **env))


def copied(pid):
    """Pages that each worker has copied, in the order of their pids."""
    found = [p for p in sample(str(pid))["processes"] if p["role"] == "worker"]
    return [p["pages"]["cow_broken"] for p in sorted(found, key=lambda p: p["pid"])]


def switches(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("voluntary"))


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


class Asking:
    """`with`: cowtop why on a pool, until it is told to end."""

    def __init__(self, pid, *args, prefix=()):
        self.process = subprocess.Popen([*prefix, run.COWTOP, "why", str(pid), "--watch", "10m", *args],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def until_it_looks(self, workers=()):
        until("it looks", lambda: watches(self.process, workers))

    def end(self):
        """Some looks later; what it says."""
        after = switches(self.process.pid)
        until("it looks once more", lambda: switches(self.process.pid) >= after + 8)
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=PATIENCE)[0].decode()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def copied_frozen(variant, **env):
    with pool(variant, "frozen", **env) as p:
        said = json.loads(p.answer())
        p.ask("go 0")
        return copied(said["pid"])


def predict(variant, *args, **env):
    """Of all workers, watched from their fork on."""
    with pool(variant, "default", **env) as p:
        said = json.loads(p.answer())
        with Asking(said["pid"], *(args or ["--json"])) as asking:
            asking.until_it_looks(said["workers"])
            p.ask("go")
            out = asking.end()
        as_it_is = copied(said["pid"])
    frozen = copied_frozen(variant, **env)
    return Result(variant, sum(as_it_is) / len(as_it_is), (sum(as_it_is) - sum(frozen)) / len(frozen),
                  out if args else json.loads(out))


def transfer(variant):
    """Of workers that had served when one looked, by one that is forked then."""
    with pool(variant, "default") as p:
        said = json.loads(p.answer())
        p.ask("go 0")
        as_it_is = copied(said["pid"])
        with Asking(said["pid"], "--json") as asking:
            asking.until_it_looks(said["workers"])
            young = int(p.ask("fork"))
            asking.until_it_looks([young])
            p.ask("serve")
            why = json.loads(asking.end())
    frozen = copied_frozen(variant)
    old = [w for w in why["workers"] if w["pid"] in said["workers"]]
    return Result(variant, sum(as_it_is) / len(as_it_is), (sum(as_it_is) - sum(frozen)) / len(frozen),
                  dict(why, workers=old))


def is_near(told, gain, all_copied):
    """As near as nine of ten have to be."""
    return abs(told - gain) <= max(0.15 * gain, 0.05 * all_copied)


def amount(causes, key):
    """Pages."""
    a = causes[key]
    return {k: v if v is None else v / PAGE for k, v in a.items()} if a else {}
