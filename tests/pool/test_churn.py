#!/usr/bin/python3
"""Pools that never stand still, sampled as fast as cowtop can: every document holds together."""
import contextlib
import json
import math
import os
import subprocess
import sys
from cases import FILLED, forks
from kernel import PAGE
from mkpool import CLASSES, fork, leave, Mkpool, spawn, write
from run import cowtop, rows, spawned, Stream
from tap import equal, main, need, need_root, need_to_run, PATIENCE, Skip, test, true

CHURN = r"""
import os, random, select, signal, sys, time
rng = random.Random(7)
data = [str(i) * 20 for i in range(40000)]
signal.signal(signal.SIGCHLD, signal.SIG_IGN)

def live(kind):
    if kind < 5:
        data[:5000] = [str(time.time()) for _ in range(5000)]
    elif kind < 7:
        os.execv("/bin/true", ["true"])
    elif kind < 8:
        os.execv("/bin/sleep", ["sleep", "0.05"])
    elif os.fork() == 0:
        time.sleep(0.02)
        os._exit(0)
    time.sleep(rng.random() * 0.05)
    os._exit(0)

steady = []
for i in range(2):
    pid = os.fork()
    if pid == 0:
        time.sleep(1000)
    steady.append(pid)
print(os.getpid(), flush=True)
while not select.select([0], [], [], 0.004)[0]:
    kind = rng.randrange(10)
    if os.fork() == 0:
        live(kind)
for pid in steady:
    os.kill(pid, signal.SIGKILL)
"""


def numbers(value, path=""):
    """All (path, number) of a document."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from numbers(v, f"{path}.{k}")
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from numbers(v, f"{path}[{i}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def check_document(document):
    got = rows(document)
    for path, number in numbers(document):
        true(f"{path} is finite", math.isfinite(number))
        if "unaccounted" not in path and "correlation" not in path and "saved" not in path:
            true(f"{path} is not negative", number >= 0, number)
    pool = document["pool"]
    masters = [p for p in got.values() if p["role"] == "master"]
    # Workers may outlive their master by a sample.
    equal("masters", [p["pid"] for p in masters], [pool["master_pid"]] if pool["master_pid"] else [])
    for role, key in (("worker", "workers"), ("helper", "helpers")):
        equal(key, sum(p["role"] == role for p in got.values()), pool[key])
    slots = [p["slot"] for p in got.values() if p["role"] == "worker"]
    equal("slots are taken once", len(set(slots)), len(slots))
    for p in got.values():
        pages = p["pages"]
        if p["role"] == "worker":
            true(f"pid {p['pid']}: a worker was forked", p["forked"])
        if pages["shared"] is None:
            continue
        equal(f"pid {p['pid']}: shared_bytes", p["shared_bytes"], pages["shared"] * PAGE)
        if p["cow_broken_ratio"] is not None:
            true("cow_broken_ratio", 0 <= p["cow_broken_ratio"] <= 1)
    for c in CLASSES:
        counts = [p["pages"][c] for p in got.values() if p["role"] == "worker"]
        if None not in counts and pool["pages"][c] is not None:
            true(f"pool.pages.{c} is at most the sum of its workers", pool["pages"][c] <= sum(counts))


@contextlib.contextmanager
def churn():
    """The master ends at the end of its input."""
    with spawned([sys.executable, "-c", CHURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process, int(process.stdout.readline())


@test
def comings_and_goings():
    """workers exit, exec, fork and are replaced while cowtop samples without a pause"""
    with churn() as (_, master):
        status, out, err = cowtop("--json", "-n", 400, "-i", "0.001", master)
    equal(f"exit status ({err.strip()})", status, 0)
    documents = [json.loads(line) for line in out.splitlines()]
    equal("documents", len(documents), 400)
    pids = set()
    for document in documents:
        check_document(document)
        equal("master_pid", document["pool"]["master_pid"], master)
        pids |= {p["pid"] for p in document["processes"]}
    true("the pool was a lively one", len(pids) > 20, len(pids))
    for a, b in zip(documents, documents[1:]):
        true("time goes on", b["time"] >= a["time"])
        before = rows(a)
        for pid, p in rows(b).items():
            if pid in before and before[pid]["start_time"] == p["start_time"]:
                true(f"pid {pid}: minor faults do not fall",
                     p["faults"]["minor"] >= before[pid]["faults"]["minor"])


@test
def master_ends():
    """the master ends while cowtop samples"""
    with churn() as (process, master):
        with Stream(master, 0.001) as stream:
            count = 0
            while (document := stream.next()) is not None:
                check_document(document)
                count += 1
                if count == 100:
                    process.stdin.close()
            status, err = stream.ended()
        process.wait(timeout=PATIENCE)
    true("there were documents", count >= 100, count)
    true(f"exit status {status}: {err}", status in (0, 5))


@test
def workers_replaced():
    """workers of a pool with known truth are replaced one after the other"""
    with Mkpool(*FILLED, *forks(3)) as pool, Stream(pool.master, 0.005) as stream:
        for i in range(12):
            slot = 1 + i % 3
            pool.do(write(worker=slot, first=i * 10, pages=50), leave(worker=slot), fork())
            document = stream.fresh()
            check_document(document)
            equal("workers", sorted(p["pid"] for p in document["processes"] if p["role"] == "worker"),
                  sorted(p["pid"] for s, p in pool.truth.items() if s))


@test
def many_execs():
    """exec'ed children come and go below the workers"""
    with Mkpool(*FILLED, *forks(2)) as pool, Stream(pool.master, 0.005) as stream:
        for i in range(10):
            pool.do(spawn(worker=i % 3))
            document = stream.fresh()
            check_document(document)
            true("an exec'ed child is no worker", document["pool"]["workers"] == 2)


def pid_reuse_inside():
    """In a PID namespace of our own: a worker's pid goes to the next worker."""
    for target in range(20):
        with Mkpool(*FILLED, *forks(2), write(worker=1, pages=1000)) as pool:
            with Stream(pool.master, 0.02) as stream:
                old = rows(stream.fresh())[pool.pid(1)]
                true("it had copied", old["pages"]["cow_broken"] >= 1000)
                pid = pool.pid(1)
                pool.do(leave(worker=1))
                with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as f:
                    f.write(str(pid - 1))
                pool.do(fork())
                if pool.pid(1) != pid:
                    continue
                document = stream.fresh()
                new = rows(document)[pid]
                check_document(document)
                true("another start time", new["start_time"] != old["start_time"])
                true("its copies are its own", new["pages"]["cow_broken"] < 300,
                     new["pages"]["cow_broken"])
                return
    raise Skip("no pid was reused in 20 tries")


@test
def pid_reuse():
    """a pid that is used again is another process"""
    need_root()
    need("/proc/sys/kernel/ns_last_pid")
    namespace = ("unshare", "--pid", "--fork", "--mount-proc")
    need_to_run(*namespace)
    if os.environ.get("IN_PID_NAMESPACE"):
        pid_reuse_inside()
        return
    done = subprocess.run([*namespace, sys.executable, __file__,
                           "a pid that is used again"], env={**os.environ, "IN_PID_NAMESPACE": "1"},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    if "# SKIP" in done.stdout:
        raise Skip(done.stdout.split("# SKIP")[1].splitlines()[0].strip())
    true("in a PID namespace", done.returncode == 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
