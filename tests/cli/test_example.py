#!/usr/bin/python3
"""The example application (scripts/example/app.py) under a real gunicorn and a real load: cowtop names each loss as
the application says it comes, and the change that helps is seen.
"""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from recorder import Recorder
from example import environment, FOLDER, requests, server
from kernel import need_thp
from piped import Piped
from run import COWTOP, cowtop, folder, free_port
from tap import equal, fail, main, need_root, PATIENCE, Skip, test, true, until

MIB = 1 << 20
LOST = 30    # of MiB, that a job has copied at the least


def report(place, loss, fix=False, preload=True):
    """What cowtop tells of 400 requests."""
    need_root()
    path, port = f"{place}/{loss}{fix:d}{preload:d}.ct", free_port()
    command = [COWTOP, "record", "-o", path, "-i", "0.2", "--budget", "none",
               "--load", " ".join(requests(port, 400)), "--", *server(port, preload)]
    done = subprocess.run(command, cwd=FOLDER, env=environment(loss, fix), stdin=subprocess.DEVNULL,
                          capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)
    if done.returncode:
        fail(f"{loss}: exit {done.returncode}: {done.stderr[-600:]}")
    status, out, err = cowtop("report", "--json", path)
    equal(f"status of the report: {err}", status, 0)
    return json.loads(out)


def kinds(document):
    return [f["kind"] for f in document["findings"]]


def at_end(document, figure):
    """Of a worker on average, in MiB."""
    return document["curve"][-1][figure] / MIB


@test
def not_preloaded():
    """Not preloaded: not_sharing, and each worker has it all; with --preload nothing"""
    with folder() as place:
        loses, keeps = report(place, "none", preload=False), report(place, "none")
        equal("named", kinds(loses), ["not_sharing"])
        true("the setting", "--preload" in loses["findings"][0]["text"], loses["findings"])
        true("new", at_end(loses, "new_bytes") > 80 > 5 > at_end(keeps, "new_bytes"), (loses["curve"], keeps["curve"]))
        equal("nothing with it", kinds(keeps), [])


@test
def collector():
    """The collector: never_frozen, with what its collections copied; frozen, they copy next to nothing"""
    with folder() as place:
        loses, keeps = report(place, "collector"), report(place, "collector", fix=True)
        equal("named", kinds(loses), ["never_frozen"])
        true("collections", loses["pool"]["full_collections"] > 3, loses["pool"])
        true("copied", at_end(loses, "cow_broken_bytes") > 40 > 10 > at_end(keeps, "cow_broken_bytes"),
             (loses["curve"], keeps["curve"]))
        true("they go on", keeps["pool"]["full_collections"] > 3, keeps["pool"])
        equal("nothing then", kinds(keeps), [])


@test
def reference_counts():
    """Reference counts: copies without a collection, of which the stacks say so; an array has none"""
    with folder() as place:
        loses, keeps = report(place, "refcount"), report(place, "refcount", fix=True)
        equal("collections", loses["pool"]["full_collections"], 0)
        true("copied", at_end(loses, "cow_broken_bytes") > 30 > 10 > at_end(keeps, "cow_broken_bytes"),
             (loses["curve"], keeps["curve"]))
    with Piped(["/usr/bin/python3", f"{FOLDER}/app.py"], env=environment("refcount", False)) as app:
        status, out, err = cowtop("stacks", "--json", "-d", "2", app.answer())
        if status:
            raise Skip(f"no stacks here: {err}")
        roles = json.loads(out)["pool"]["roles"]
        equal("the role", max(roles, key=roles.get), "refcount")


@test
def huge_pages():
    """Huge pages: collapsed, which no code did; MADV_NOHUGEPAGE keeps the kernel from it"""
    need_thp()
    with folder() as place:
        loses = report(place, "hugepages")
        if not loses["pool"]["collapsed_bytes"] and os.uname().release < "6.1":
            raise Skip("no MADV_COLLAPSE here")
        equal("named", kinds(loses), ["collapsed"])
        keeps = report(place, "hugepages", fix=True)
        equal("nothing then", (kinds(keeps), keeps["pool"]["collapsed_bytes"]), ([], 0))


@test
def allocator():
    """An allocator that keeps what was free: new memory that stands, and no growth; trimmed, it goes back"""
    with folder() as place:
        loses, keeps = report(place, "allocator"), report(place, "allocator", fix=True)
        true("new", at_end(loses, "new_bytes") > 20 > 10 > at_end(keeps, "new_bytes"),
             (loses["curve"], keeps["curve"]))
        true("no copies", at_end(loses, "cow_broken_bytes") < 10, loses["curve"])
        true("no growth", "growth" not in kinds(loses) + kinds(keeps), (kinds(loses), kinds(keeps)))


@test
def leak():
    """A leak: growth; with a bound it ends"""
    with folder() as place:
        loses, keeps = report(place, "leak"), report(place, "leak", fix=True)
        equal("named", kinds(loses), ["growth"])
        true("new", at_end(loses, "new_bytes") > 10 > 8 > at_end(keeps, "new_bytes"), (loses["curve"], keeps["curve"]))
        equal("nothing then", kinds(keeps), [])


def copied_by_jobs(place, fix):
    with Piped(["/usr/bin/python3", f"{FOLDER}/app.py", "jobs"], env=environment("collector", fix)) as app:
        path = f"{place}/jobs{fix:d}.ct"
        with Recorder("--wait", "-i", "0.1", "--budget", "none", "-o", path, app.answer()) as recorder:
            # A sample comes while a job pauses behind its request, but for one that stood still meanwhile.
            until("jobs were seen", lambda: len(ended(path)) >= 2 and (fix or max(ended(path)) > LOST))
            equal("end", recorder.ended(signal.SIGINT)[0], 0)
    return ended(path)


def ended(path):
    """MiB that each of the workers that have ended had copied."""
    status, out, _ = cowtop("report", "--json", path)
    events = json.loads(out)["events"] if status == 0 else []
    return [e["cow_bytes"] / MIB for e in events if e["type"] == "worker_exited"]


@test
def on_demand():
    """A worker for each job: waited for, and what each had copied when it ended; less when frozen"""
    need_root()
    with folder() as place:
        loses, keeps = copied_by_jobs(place, False), copied_by_jobs(place, True)
        true("copied", max(loses) > LOST > 10 > max(keeps), (loses, keeps))


if __name__ == "__main__":
    main()
