#!/usr/bin/python3
"""What cowtop why says of a recording, against what it says of the pool; and recordings that are rotated, cut off or
made without."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from asking import Asking, Pool, recorded, variant, why
from kernel import PAGE
from run import cowtop, folder
from tap import equal, main, need_root, test, true, until


def pages(document):
    return {name: a and {k: v if v is None else round(v / PAGE, 3) for k, v in a.items()}
            for name, a in document["causes"].items()}


@test
def at_rest():
    """of old workers that are at rest a recording says the same as the pool does, to the page"""
    need_root()
    with folder() as place, Pool(variant(rate=0), "default") as p:
        p.ask("go")
        path = os.path.join(place, "a.ct")
        status, _, err = cowtop("record", "--why", "-o", path, "-n", "2", "-i", "0.1", p.pid)
        equal("exit status", status, 0)
        live, replayed = why(p.pid), why(path)
        equal("basis", (live["basis"], replayed["basis"]), ("bounds", "bounds"))
        equal("causes", pages(replayed), pages(live))
        # what only the content of all copies tells is not recorded
        told = ("master_pid", "workers", "watched_workers", "inherited_bytes", "copied_bytes", "at_risk_bytes")
        equal("pool", {k: replayed["pool"][k] for k in told}, {k: live["pool"][k] for k in told})
        one = why(path, "--pid", str(p.workers[1]))
        equal("one of them", [w["pid"] for w in one["workers"]], p.workers[1:])


def watched_twice(path, rate):
    """Recorded and watched at the same time, at so many requests a second: what is said of both."""
    with Pool(variant(rate=rate), "default") as p:
        with recorded(p.pid, path, "-f"), Asking(p.pid, "--json") as asking:
            asking.until_it_looks(p.workers)
            p.ask("go")
            live = json.loads(asking.end())
        return live, why(path)


@test
def young():
    """of young workers it foretells what the pool's own watch does, at the end and after a cut"""
    need_root()
    with folder() as place:
        path = os.path.join(place, "a.ct")
        # where a busy host lets it look too seldom before the first collection it says so: then more slowly
        for rate in (100, 25, 6):
            live, replayed = watched_twice(path, rate)
            if (live["basis"], replayed["basis"]) == ("young", "young"):
                break
            true("it is the looks that were too few", replayed["basis"] in ("young", "bounds"), replayed)
        equal("basis", (live["basis"], replayed["basis"]), ("young", "young"))
        mine, other = replayed["causes"]["collector_only"], live["causes"]["collector_only"]
        copied = live["pool"]["copied_bytes"]
        true("copied", abs(replayed["pool"]["copied_bytes"] - copied) < 0.01 * copied, replayed["pool"])
        true("the same gain, nearly", abs(mine["bytes"] - other["bytes"]) < 0.05 * copied, (mine, other))
        true("within its bounds", other["low"] <= mine["bytes"] <= other["high"], (mine, other))
        true("what was written is known", replayed["causes"]["data"], replayed["causes"])
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
    with folder() as place, Pool(variant(rate=0), "default") as p:
        p.ask("go")
        path = os.path.join(place, "a.ct")
        status, _, err = cowtop("record", "--why", "-o", path, "-n", "2", "-i", "0.1",
                                "--fail-if", "pool.why.copied_bytes > 1", p.pid)
        equal("as it is made", status, 3)
        data = why(path)["causes"]["data"]["bytes"]
        for rule, wanted in ((f"> {data}", 0), (f">= {data}", 3)):
            status, _, err = cowtop("replay", "--fail-if", f"pool.why.data_bytes {rule}", path)
            equal(f"what was written, {rule}", status, wanted)
        status, _, err = cowtop("--json", "--why", "--fail-if", f"pool.why.data_bytes >= {data}", p.pid)
        equal("of the pool", status, 3)
        status, _, err = cowtop("record", "-f", "-o", path, "-n", "1",
                                "--fail-if", "pool.why.data_bytes > 0", p.pid)
        equal("without", status, 1)
        true("it says what is missing", "--why" in err, err)


@test
def rotated():
    """each file of a series says why by itself"""
    need_root()
    with folder() as place, Pool(variant(), "default") as p:
        path = os.path.join(place, "a.ct")
        with recorded(p.pid, path, "--rotate", "2"):
            p.ask("go")
            until("there is a second file", lambda: len(os.listdir(place)) > 1)
        files = sorted(os.listdir(place))
        equal("looks at them", [len(why(os.path.join(place, f))["workers"]) for f in files], [2] * len(files))
        last = why(path)
        equal("basis", last["basis"], "young")
        true("all looks", last["workers"][0]["looks"] > 10, last["workers"])


@test
def without():
    """a recording that was made without says what to do, and what goes with neither is refused"""
    need_root()
    with folder() as place, Pool(variant(rate=0), "default") as p:
        path = os.path.join(place, "a.ct")
        cowtop("record", "-o", path, "-n", "1", p.pid)
        status, out, err = cowtop("why", path)
        equal("refused", (status, out), (1, ""))
        true("it says how", "cowtop record --why" in err, err)
        status, out, err = cowtop("why", "--watch", "1", path)
        equal("usage", (status, out), (2, ""))
        status, out, err = cowtop("--why", p.pid)
        equal("usage", (status, out), (2, ""))


main()
