#!/usr/bin/python3
"""What cowtop why says of a recording, against what it says of the pool; and recordings that are rotated, cut off or
made without."""
import json
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "gc"))
from predict import Asking, pool, switches, Variant
from interpreters import interpreters, number
from kernel import PAGE
import run
from run import cowtop, folder
from tap import equal, main, need_root, PATIENCE, Skip, test, true, until


def python():
    chosen = [i.path for i in interpreters()
              if number(i.version) >= (3, 8) and not i.debug and not i.free_threaded]
    if not chosen:
        raise Skip("no CPython 3.8 or later")
    return chosen[-1]


def variant(**more):
    settings = dict(kind="mix", first=100, every=100, reads=4, requests=300, rate=100)
    settings.update(more)
    return Variant(python=python(), **settings)


def why(what, *args):
    status, out, err = cowtop("why", "--json", *args, str(what))
    equal("exit status", (status, err), (0, ""))
    return json.loads(out)


class Recording:
    """`with`: cowtop record --why of a pool, until it is told to end."""

    def __init__(self, pid, path, *args):
        self.process = subprocess.Popen([run.COWTOP, "record", "--why", "-o", path, "-i", "0.2", "--budget", "none",
                                         *args, str(pid)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.path = path
        until("there is a sample", lambda: os.path.exists(path) and os.path.getsize(path) > 1000)

    def end(self):
        after = switches(self.process.pid)
        until("it looks once more", lambda: switches(self.process.pid) >= after + 4)
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE)
        equal("exit status", self.process.returncode, 0)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


def pages(document):
    return {name: a and {k: v if v is None else round(v / PAGE, 3) for k, v in a.items()}
            for name, a in document["causes"].items()}


@test
def at_rest():
    """of old workers that are at rest a recording says the same as the pool does, to the page"""
    need_root()
    with folder() as place, pool(variant(rate=0), "default") as p:
        said = json.loads(p.answer())
        p.ask("go")
        path = os.path.join(place, "a.ct")
        status, _, err = cowtop("record", "--why", "-o", path, "-n", "2", "-i", "0.1", str(said["pid"]))
        equal("exit status", status, 0)
        live, recorded = why(said["pid"]), why(path)
        equal("basis", (live["basis"], recorded["basis"]), ("bounds", "bounds"))
        equal("causes", pages(recorded), pages(live))
        # what only the content of all copies tells is not recorded
        told = ("master_pid", "workers", "watched_workers", "inherited_bytes", "copied_bytes", "at_risk_bytes")
        equal("pool", {k: recorded["pool"][k] for k in told}, {k: live["pool"][k] for k in told})
        one = why(path, "--pid", str(said["workers"][1]))
        equal("one of them", [w["pid"] for w in one["workers"]], said["workers"][1:])


@test
def young():
    """of young workers it foretells what the pool's own watch does, at the end and after a cut"""
    need_root()
    with folder() as place, pool(variant(), "default") as p:
        said = json.loads(p.answer())
        path = os.path.join(place, "a.ct")
        with Recording(said["pid"], path) as recording, Asking(said["pid"], "--json") as asking:
            asking.until_it_looks(said["workers"])
            p.ask("go")
            live = json.loads(asking.end())
            recording.end()
        recorded = why(path)
        equal("basis", (live["basis"], recorded["basis"]), ("young", "young"))
        mine, other = recorded["causes"]["collector_only"], live["causes"]["collector_only"]
        copied = live["pool"]["copied_bytes"]
        true("copied", abs(recorded["pool"]["copied_bytes"] - copied) < 0.01 * copied, recorded["pool"])
        true("the same gain, nearly", abs(mine["bytes"] - other["bytes"]) < 0.05 * copied, (mine, other))
        true("within its bounds", other["low"] <= mine["bytes"] <= other["high"], (mine, other))
        true("what was written is known", recorded["causes"]["data"], recorded["causes"])
        with open(path, "rb") as f:
            whole = f.read()
        # without its end and a piece of its last sample: what was written on copies is lost with that
        with open(path, "wb") as f:
            f.write(whole[:int(len(whole) * 0.9)])
        status, out, err = cowtop("why", "--json", path)
        equal("exit status", status, 0)
        true("it says so", "incomplete" in err or "damaged" in err or not err, err)
        true("what is there", json.loads(out)["workers"][0]["looks"] > 3, out)


@test
def rules():
    """a rule on it is judged by what the last sample of a recording knows, as it is made and when it is replayed"""
    need_root()
    with folder() as place, pool(variant(rate=0), "default") as p:
        said = json.loads(p.answer())
        p.ask("go")
        path = os.path.join(place, "a.ct")
        status, _, err = cowtop("record", "--why", "-o", path, "-n", "2", "-i", "0.1",
                                "--fail-if", "pool.why.copied_bytes > 1", str(said["pid"]))
        equal("as it is made", status, 3)
        data = why(path)["causes"]["data"]["bytes"]
        for rule, wanted in ((f"> {data}", 0), (f">= {data}", 3)):
            status, _, err = cowtop("replay", "--fail-if", f"pool.why.data_bytes {rule}", path)
            equal(f"what was written, {rule}", status, wanted)
        status, _, err = cowtop("--json", "--why", "--fail-if", f"pool.why.data_bytes >= {data}", str(said["pid"]))
        equal("of the pool", status, 3)
        status, _, err = cowtop("record", "-f", "-o", path, "-n", "1",
                                "--fail-if", "pool.why.data_bytes > 0", str(said["pid"]))
        equal("without", status, 1)
        true("it says what is missing", "--why" in err, err)


@test
def rotated():
    """each file of a series says why by itself"""
    need_root()
    with folder() as place, pool(variant(), "default") as p:
        said = json.loads(p.answer())
        path = os.path.join(place, "a.ct")
        with Recording(said["pid"], path, "--rotate", "2") as recording:
            p.ask("go")
            until("there is a second file", lambda: len(os.listdir(place)) > 1)
            recording.end()
        files = sorted(os.listdir(place))
        equal("looks at them", [len(why(os.path.join(place, f))["workers"]) for f in files], [2] * len(files))
        last = why(path)
        equal("basis", last["basis"], "young")
        true("all looks", last["workers"][0]["looks"] > 10, last["workers"])


@test
def without():
    """a recording that was made without says what to do, and what goes with neither is refused"""
    need_root()
    with folder() as place, pool(variant(rate=0), "default") as p:
        said = json.loads(p.answer())
        path = os.path.join(place, "a.ct")
        cowtop("record", "-o", path, "-n", "1", str(said["pid"]))
        status, out, err = cowtop("why", path)
        equal("refused", (status, out), (1, ""))
        true("it says how", "cowtop record --why" in err, err)
        status, out, err = cowtop("why", "--watch", "1", path)
        equal("usage", (status, out), (2, ""))
        status, out, err = cowtop("--why", str(said["pid"]))
        equal("usage", (status, out), (2, ""))


main()
