#!/usr/bin/python3
"""--wait, samples without a worker, and started pools that never stand still."""
import json
import os
import signal
import subprocess
import tempfile
import time

from ondemand import LOADER, OnDemand, Waiting
from smallpool import PYTHON, fails
from kernel import stat_fields
from run import COWTOP, cowtop
from tap import equal, main, PATIENCE, test, true, until


def workers(text):
    return [json.loads(line)["pool"]["workers"] for line in text.splitlines()]


def replayed(path):
    status, out, err = cowtop("replay", "--json", path)
    equal(f"replay: {err}", status, 0)
    return [json.loads(line) for line in out.splitlines()]


def name():
    return f"cowtest{os.getpid()}x{time.monotonic_ns() % 1000000}"


# ---- --wait

@test
def json_waits():
    """--json --wait: the sample comes with the first worker"""
    with OnDemand() as pool:
        true("the option is named", "--wait" in fails(6, "--json", pool.master))
        with Waiting("--json", "--wait", pool.master) as w:
            pids = pool.do("fork")
            status, out, _ = w.end()
            equal("status", status, 0)
            equal("worker", [p["pid"] for p in json.loads(out)["processes"]], [pool.master, *pids])


@test
def gone_again():
    """A worker that has ended by then counts: there is a sample, with none"""
    with OnDemand() as pool, Waiting("--json", "--wait", pool.master) as w:
        def ended():
            pool.do("blip")
            return w.process.poll() is not None
        until("cowtop has seen one", ended)
        status, out, err = w.end()
        equal(f"status: {err}", status, 0)
        pool_of = json.loads(out)["pool"]
        equal("workers", pool_of["workers"], 0)
        equal("no part of nothing", pool_of["cow_broken_ratio"], None)


@test
def time_is_over():
    """--wait=TIME: the status that would have been, and how long it waited"""
    with OnDemand() as pool:
        status, out, err = cowtop("--json", "--wait=0.2", pool.master)
        equal("status", (status, out), (6, ""))
        true("why", "no worker within 0.2s" in err and "no child process" in err, err)
    status, _, err = cowtop("--json", "--wait=0.2", name())
    equal(f"a name of nobody: {err}", status, 5)
    fails(2, "--wait=x", "1")
    fails(2, "--wait=", "1")


@test
def nobody_to_wait_for():
    """A pid of nothing is exit 5 at once; so is a process that ends while it is waited for"""
    child = subprocess.Popen(["true"])
    child.wait()
    fails(5, "--wait", child.pid)
    with OnDemand() as pool, Waiting("--json", "--wait", pool.master) as w:
        pool.end()
        equal("status", w.end()[0], 5)


@test
def interrupted():
    """SIGINT and SIGTERM while waiting: exit 1, and no file"""
    with tempfile.TemporaryDirectory() as folder, OnDemand() as pool:
        path = os.path.join(folder, "r.ct")
        for number in (signal.SIGINT, signal.SIGTERM):
            with Waiting("record", "-o", path, "--wait", pool.master) as w:
                w.process.send_signal(number)
                status, _, err = w.end()
                equal("status", status, 1)
                true("why", "interrupted while waiting" in err, err)
        equal("files", os.listdir(folder), [])


@test
def name_to_come():
    """A name of nobody yet: the process and its worker are waited for"""
    word = name()
    with Waiting("--json", "--wait", word) as w, OnDemand(argv0=word) as pool:
        pool.do("fork")
        status, out, err = w.end()
        equal(f"status: {err}", status, 0)
        equal("master", json.loads(out)["pool"]["master_pid"], pool.master)


@test
def command_that_takes_its_time():
    """--wait with -- COMMAND: its TIME in the place of the 60 seconds"""
    line = "import time; time.sleep(600)"
    status, _, err = cowtop("--json", "--wait=0.3", "--", PYTHON, "-c", line)
    equal(f"status: {err}", status, 6)
    true("why", "no pool in 0 s" in err, err)


# ---- without a worker

@test
def recorded():
    """A recording goes on without workers, and has the next one as soon as it is there"""
    with tempfile.TemporaryDirectory() as folder, OnDemand() as pool:
        path = os.path.join(folder, "r.ct")
        with Waiting("record", "-o", path, "-i", "1h", "--wait", pool.master) as w:
            def begun():
                pool.do("blip")
                return os.path.exists(path) and os.path.getsize(path)
            until("there is a first sample", begun)
            # An hour would pass otherwise. What stays is seen by a sample, whatever the blips caused.
            pid, = pool.do("fork")
            until("the worker is in the file",
                  lambda: any(p["pid"] == pid for d in replayed(path) for p in d["processes"]) or w.process.poll())
            w.process.send_signal(signal.SIGINT)
            equal("status", w.end()[0], 0)
        counts = [d["pool"]["workers"] for d in replayed(path)]
        equal(f"with none and with one: {counts}", {0, 1}, set(counts))
        status, out, err = cowtop("report", path)
        equal(f"report: {err}", status, 0)
        true("workers", "1 worker" in out.splitlines()[0], out.splitlines()[0])


def child_faults(pid):
    """cminflt, the kernel's own count"""
    return int(stat_fields(pid)[8])


@test
def between_two_samples():
    """Workers that no sample has are in the report with the faults that the kernel has counted"""
    with tempfile.TemporaryDirectory() as folder, OnDemand() as pool:
        path = os.path.join(folder, "r.ct")
        pool.do("fork")
        with subprocess.Popen([COWTOP, "record", "-o", path, "--fixed", "-i", "1h", str(pool.master)],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            until("a sample", lambda: replayed(path) if os.path.exists(path) else None)
            before = child_faults(pool.master)
            for _ in range(20):
                pool.do("blip")
            faults = child_faults(pool.master) - before
            true("there are some", faults > 0)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
        status, out, _ = cowtop("report", "--json", path)
        equal("status", status, 0)
        of_pool = json.loads(out)["pool"]
        equal("ended", of_pool["ended_minor_faults"], faults)
        equal("unseen", of_pool["ended_unseen_minor_faults"], faults)
        true("the line", f"ended      {faults} minor faults" in cowtop("report", path)[1], cowtop("report", path)[1])


@test
def series_without_workers():
    """--json -n: when the last worker goes the series goes on, with 0 workers and no figure made up"""
    with OnDemand() as pool:
        pool.do("fork")
        with subprocess.Popen([COWTOP, "--json", "-n", "1000", "-i", "0.05", str(pool.master)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            true("with one", json.loads(process.stdout.readline())["pool"]["workers"] == 1)
            pool.do("end")
            document = until("none", lambda: (d := json.loads(process.stdout.readline()))["pool"]["workers"] == 0
                             and d)
            equal("ratio", document["pool"]["cow_broken_ratio"], None)
            equal("copies", document["pool"]["cow_broken_bytes"], 0)
            true("the master's own", document["processes"][0]["memory"]["rss_bytes"] > 0)
            pool.do("fork")
            until("one again", lambda: json.loads(process.stdout.readline())["pool"]["workers"] == 1)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
            equal("status", process.returncode, 0)


@test
def rule_on_nothing():
    """--fail-if on a part of nothing: exit 1, as for every figure that is not known"""
    def without_a_worker():
        """The status; None: the sample came while the worker was still there."""
        with OnDemand() as pool, \
                Waiting("--json", "--wait", "--fail-if", "pool.cow_broken_ratio > 0.5", pool.master) as w:
            def ended():
                pool.do("blip")
                return w.process.poll() is not None
            until("cowtop has ended", ended)
            status, out, _ = w.end()
        return None if json.loads(out)["pool"]["workers"] else (status,)
    equal("status", until("a sample without a worker", without_a_worker), (1,))


# ---- pools that never stand still

@test
def loader():
    """-- COMMAND whose workers are new for each epoch: watched from the first one on, not after 60 s"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "r.ct")
        status, _, err = cowtop("record", "-o", path, "--", PYTHON, "-c", LOADER, "12")
        equal(f"status: {err}", status, 0)
        documents = replayed(path)
        seen = {p["pid"] for d in documents for p in d["processes"] if p["role"] == "worker"}
        true("workers of several epochs", len(seen) > 3, [d["pool"]["workers"] for d in documents])
        status, out, err = cowtop("--json", "--", PYTHON, "-c", LOADER, "12")
        equal(f"one sample: {err}", status, 0)
        equal("one document", json.loads(out)["schema"], "cowtop.sample/1")


@test
def busy():
    """-- COMMAND with workers that are busy from their first fork on: a series begins all the same"""
    program = ("import mmap, os, time\n"
               "end = time.monotonic() + 20\n"
               "pid = os.fork()\n"
               "while time.monotonic() < end:\n"
               "    with mmap.mmap(-1, 1 << 20) as m: m.write(bytes(1 << 20))\n"
               "    time.sleep(0.01)\n")
    began = time.monotonic()
    status, out, err = cowtop("--json", "-n", 2, "-i", "0.1", "--", PYTHON, "-c", program)
    equal(f"status: {err}", status, 0)
    equal("workers", workers(out), [1, 1])
    true("long before it ends", time.monotonic() - began < 20)


@test
def epoch_too_short():
    """A pool that has ended before it stood still is said to have been one"""
    program = ("import mmap, os, time\n"
               "pid = os.fork()\n"
               "end = time.monotonic() + 3\n"
               "while time.monotonic() < end:\n"
               "    with mmap.mmap(-1, 1 << 20) as m: m.write(bytes(1 << 20))\n"
               "if pid: os.wait()\n"
               "os._exit(0)\n")
    said = fails(5, "--", PYTHON, "-c", program)
    true("why", "ended before it stood still" in said or "gone before the first sample" in said, said)


if __name__ == "__main__":
    main()
