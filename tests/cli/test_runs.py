#!/usr/bin/python3
"""cowtop record --runs: a command several times, each run a whole recording, and nothing left of it."""
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from recorder import report
from smallpool import fails, server
from kernel import running
from run import cowtop
from tap import equal, main, test, true

NAP = 0.6


def pids(document):
    return {process["pid"] for process in document["processes"]}


@test
def files():
    """A file a run, numbered before the suffix; each has the load, its length and its requests, and its own pool"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pool.v1.ct")
        status, _, err = cowtop("record", "--runs", "3", "--requests", "40", "--load", f"sleep {NAP}", "-o", path,
                                "--", *server())
        equal(f"status: {err}", status, 0)
        equal("files", sorted(os.listdir(folder)), ["pool.v1.1.ct", "pool.v1.2.ct", "pool.v1.3.ct"])
        true("says which", "run 2 of 3" in err, err)
        seen = set()
        for name in sorted(os.listdir(folder)):
            document, warnings = report(os.path.join(folder, name))
            equal("warnings", warnings, "")
            load_s = document["recording"]["load_s"]
            true("how long the load took", NAP <= load_s < document["recording"]["elapsed_s"] + 1, load_s)
            equal("requests", document["recording"]["load_requests"], 40)
            text = cowtop("report", os.path.join(folder, name))[1]
            true("said", re.search(r"^load +[01]\.\ds, 40 requests$", text, re.M), text)
            equal("marks", [mark["text"] for mark in document["marks"]], ["before", "after"])
            equal("a new pool", seen & pids(document), set())
            seen |= pids(document)
        equal("nothing is left over", [pid for pid in seen if running(pid)], [])
        part = json.loads(cowtop("report", "--json", "-b", "+0.3", os.path.join(folder, "pool.v1.1.ct"))[1])
        equal("a part is of no load", part["recording"]["load_s"], None)
        names = [os.path.join(folder, f"pool.v1.{run}.ct") for run in (1, 2, 3)]
        found = json.loads(cowtop("diff", "--json", *names[:2], "--", *names[1:])[1])
        equal("compared", (found["compared_by"], found["runs"], found["requests"]),
              ("load", {"a": 2, "b": 2}, {"a": 40, "b": 40}))


@test
def length():
    """Without a load: runs of -n samples; a recording of none has none"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pool")
        status, _, err = cowtop("record", "--runs", "2", "-n", "2", "-i", "0.1", "-o", path, "--", *server())
        equal(f"status: {err}", status, 0)
        equal("files", sorted(os.listdir(folder)), ["pool.1", "pool.2"])
        document, _ = report(f"{path}.2")
        equal("whole", (document["recording"]["samples"], document["recording"]["load_s"]), (2, None))


@test
def refused():
    """Before anything is started: a file that is there, no command, no end, one run, a pipe"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pool.ct")
        with open(os.path.join(folder, "pool.2.ct"), "w", encoding="ascii") as file:
            file.write("mine")
        status, _, err = cowtop("record", "--runs", "2", "-n", "2", "-o", path, "--", *server())
        true("there already", status == 1 and "pool.2.ct" in err, (status, err))
        equal("as it was", os.listdir(folder), ["pool.2.ct"])
        true("a pool of others", "-- COMMAND" in fails(2, "record", "--runs", "2", "-n", "2", "-o", path, "1"))
        true("no end", "--load" in fails(2, "record", "--runs", "2", "-o", path, "--", "true"))
        fails(2, "record", "--runs", "1", "-n", "2", "-o", path, "--", "true")
        fails(2, "record", "--runs", "2", "-n", "2", "-o", "-", "--", "true")
        fails(2, "record", "--requests", "2", "-n", "2", "-o", path, "1")


@test
def rules():
    """--fail-if is asked of every run"""
    with tempfile.TemporaryDirectory() as folder:
        status, _, err = cowtop("record", "--runs", "2", "-n", "1", "--fail-if", "pool.workers == 2", "-o",
                                os.path.join(folder, "pool"), "--", *server())
        equal("held", (status, len(re.findall(r"^FAIL ", err, re.M))), (3, 2))


main()
