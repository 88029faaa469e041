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

Variant = collections.namedtuple("Variant", "python kind first every reads requests rate")
Result = collections.namedtuple("Result", "variant copied gain why")


def pool(variant, mode):
    v = variant
    return Piped([v.python, POOLS, v.kind, str(v.first), str(v.every), str(v.reads), str(v.requests),
                  str(v.rate if mode == "default" else 0), mode])


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


def predict(variant, text=False):
    with pool(variant, "default") as p:
        said = json.loads(p.answer())
        asking = subprocess.Popen([run.COWTOP, "why", str(said["pid"]), "--watch", "10m"] + ["--json"] * (not text),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        try:
            until("it looks", lambda: watches(asking, said["workers"]))
            p.ask("go")
            after = switches(asking.pid)
            until("it looks once more", lambda: switches(asking.pid) >= after + 8)
            asking.send_signal(signal.SIGINT)
            out = asking.communicate(timeout=PATIENCE)[0].decode()
        finally:
            asking.kill()
            asking.wait()
        as_it_is = copied(said["pid"])
    with pool(variant, "frozen") as p:
        said = json.loads(p.answer())
        p.ask("go")
        frozen = copied(said["pid"])
    n = len(as_it_is)
    return Result(variant, sum(as_it_is) / n, (sum(as_it_is) - sum(frozen)) / n,
                  out if text else json.loads(out))


def amount(result, key):
    a = result.why["causes"][key]
    return {k: v if v is None else v / PAGE for k, v in a.items()} if a else None
