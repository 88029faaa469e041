#!/usr/bin/python3
"""Signals and pools that go away in the middle of a run."""
import json
import os
import signal
import subprocess

from smallpool import SmallPool
from kernel import running
from run import COWTOP, cowtop
from tap import equal, main, PATIENCE, test, true, until


def endless(*arguments, setup=None):
    # Unbuffered: communicate() would not see what a readline() before it had read ahead.
    return subprocess.Popen([COWTOP, *map(str, arguments)], stdin=subprocess.DEVNULL, bufsize=0,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=setup)


def ended(process):
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.decode(), err.decode()


@test
def stopped_by_a_signal():
    """SIGINT, SIGTERM and SIGHUP within -n 1000: the document is finished, exit 0"""
    with SmallPool(2) as pool:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = endless("--json", "-n", 1000, "-i", "0.02", pool.master)
            first = process.stdout.readline()
            process.send_signal(number)
            status, out, err = ended(process)
            equal(f"{number.name}", (status, err), (0, ""))
            for line in [first.decode(), *out.splitlines()]:
                equal("a whole document", json.loads(line)["schema"], "cowtop.sample/1")
            true("not all of them", len(out.splitlines()) < 900)


@test
def stopped_while_waiting():
    """A signal within a long interval ends it at once"""
    with SmallPool(1) as pool:
        process = endless("--json", "-n", 2, "-i", "1h", pool.master)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        equal("end", ended(process), (0, "", ""))


@test
def many_signals():
    """Signals at any moment of a run: no document is cut, no signal kills"""
    with SmallPool(1) as pool:
        for delay in range(12):
            process = endless("--json", "-n", 1000, "-i", "0.001", pool.master)
            # A different moment each time, counted in documents.
            lines = [process.stdout.readline() for _ in range(1 + delay)]
            for _ in range(50):
                process.send_signal(signal.SIGTERM)
            status, out, err = ended(process)
            equal("end", (status, err), (0, ""))
            true("it had begun", all(lines), lines)
            for line in [*lines, *out.encode().splitlines()]:
                json.loads(line)


@test
def ignored_signals():
    """A SIGHUP that was ignored from the start stays so (nohup)"""
    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with SmallPool(1) as pool:
        process = endless("--json", "-n", 4, "-i", "0.05", pool.master, setup=ignore)
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        status, out, err = ended(process)
        equal("end", (status, out.count("\n"), err), (0, 3, ""))


@test
def behind_an_ampersand():
    """SIGINT ends what a script has started with '&', which ignores SIGINT from the start"""
    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with SmallPool(1) as pool:
        process = endless("--json", "-n", 1000, "-i", "0.05", pool.master, setup=ignore)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        status, _, err = ended(process)
        equal("end", (status, err), (0, ""))


@test
def pool_goes_away():
    """The master goes between two samples: one line on stderr, exit 0, the documents are whole"""
    pool = SmallPool(2)
    with pool:
        process = endless("--json", "-n", 1000, "-i", "0.02", pool.master)
        lines = [process.stdout.readline()]
        pool.end()
        status, out, err = ended(process)
        equal("status", status, 0)
        true("one line names it", err.startswith("cowtop: ") and str(pool.master) in err
             and err.count("\n") == 1, err)
        for line in [*lines, *out.encode().splitlines()]:
            json.loads(line)


@test
def gone_before_the_first_sample():
    """A pid that is no more is exit 5"""
    with SmallPool(1) as pool:
        master = pool.master
    status, out, err = cowtop("--json", master)
    equal("status", (status, out), (5, ""))
    true("one line", err.startswith("cowtop: ") and err.count("\n") == 1, err)


@test
def workers_go_away():
    """Workers that are killed between samples: rows go, no negative rate, exit 0"""
    with SmallPool(3) as pool:
        process = endless("--json", "-n", 1000, "-i", "0.02", pool.master)
        process.stdout.readline()
        for pid in pool.workers[:2]:
            os.kill(pid, signal.SIGKILL)

        def only_one_left():
            document = json.loads(process.stdout.readline())
            rates = [v for p in document["processes"] for k, v in p["faults"].items()
                     if k.endswith("_per_s") and v is not None]
            true("no negative rate", all(v >= 0 for v in rates), rates)
            return document["pool"]["workers"] == 1
        until("the rows go", only_one_left)
        process.send_signal(signal.SIGINT)
        status, _, err = ended(process)
        equal("end", (status, err), (0, ""))
        true("the third still runs", running(pool.workers[2]))


if __name__ == "__main__":
    main()
