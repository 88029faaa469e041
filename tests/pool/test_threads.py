#!/usr/bin/python3
"""A process is not its first thread: when that has ended, all that is said of the process stays as it was."""
import contextlib
import json
import os
import signal
import subprocess

from cases import FILLED, forks
from kernel import distinct_frames, PAGE, stat_fields
from mkpool import Mkpool
import run
from run import as_both, cowtop, folder, rows, sample, spawned, Stream, watching
from tap import equal, main, near, need, true, until

PYTHON = "/usr/bin/python3"
SLACK = 24  # pages of a thread's stack and of the C library around it
WHO = {"a worker": (1,), "the master": (0,), "all": (0, 1, 2, 3)}


def leave(pool, who):
    for slot in who:
        pool.do(f"leave {slot}")
        equal(f"state of process {slot}", stat_fields(pool.pid(slot))[0], b"Z")


def living(pid):
    """Where the kernel shows the memory of a process."""
    tids = [t for t in os.listdir(f"/proc/{pid}/task") if stat_fields(f"{pid}/task/{t}")[0] not in b"ZX"]
    return f"{pid}/task/{tids[0]}"


def roles(document):
    return sorted((p["role"], p["forked"], p["state"]) for p in document["processes"])


@as_both
def late(prefix):
    """roles, level, sums and footprint of a pool whose first threads have ended"""
    for name, who in WHO.items():
        with Mkpool(*FILLED, *forks(3), "write 1 0 0 400", "write 2 0 0 100", prefix=prefix) as pool:
            before = sample(pool.master, prefix=prefix)
            leave(pool, who)
            now = sample(pool.master, prefix=prefix)
            equal(f"{name}: roles", roles(now), roles(before))
            for key in ("level", "missing"):
                equal(f"{name}: {key}", now["accounting"][key], before["accounting"][key])
            for pid, was in rows(before).items():
                got = rows(now)[pid]
                for key in ("shared", "cow_broken"):
                    near(f"{name}: {key} of {pid}", got["pages"][key], was["pages"][key], SLACK)
                near(f"{name}: PSS of {pid}", got["memory"]["pss_bytes"], was["memory"]["pss_bytes"], 1 << 20)
            if not prefix:
                frames = distinct_frames(*(living(p["pid"]) for p in pool.truth.values()))
                near(f"{name}: frames", now["pool"]["footprint_bytes"] // PAGE, frames, 4)


@as_both
def watched(prefix):
    """the first thread ends while cowtop looks, and then the one that went on"""
    for name, who in WHO.items():
        with Mkpool(*FILLED, *forks(3), prefix=prefix) as pool, Stream(pool.master, 0.02, prefix=prefix) as stream:
            base = rows(stream.fresh())
            for round_, pages in enumerate((100, 200)):
                for slot in who:
                    pool.do(f"leave {slot}")
                for slot in who:
                    pool.do(f"write {slot} 0 {pages + 400 * slot} 100")
                document = stream.fresh()
                equal(f"{name}: workers", document["pool"]["workers"], 3)
                # without frame numbers nobody knows what a master copied
                for slot, p in ((s, p) for s, p in pool.truth.items() if s or not prefix):
                    got = rows(document)[p["pid"]]["pages"]["cow_broken"]
                    near(f"{name}, round {round_}: copies of process {slot}",
                         got - base[p["pid"]]["pages"]["cow_broken"], p["pages"]["cow_broken"], SLACK)


@as_both
def other_verbs(prefix):
    """pools, doctor and record say the same"""
    for name, who in WHO.items():
        with folder(0o777) as place, Mkpool(*FILLED, *forks(3), prefix=prefix) as pool:
            def doctor():
                document = json.loads(cowtop("doctor", "--json", pool.master, prefix=prefix)[1])
                return [(r["what"], r["readable"], r["error"]) for s in document["processes"]
                        for r in s["interfaces"]]
            before = doctor()
            leave(pool, who)
            equal(f"{name}: doctor", doctor(), before)
            listed = json.loads(cowtop("pools", "--json", prefix=prefix)[1])["pools"]
            equal(f"{name}: workers of pools", [p["workers"] for p in listed if p["master_pid"] == pool.master],
                  [3])
            equal(f"{name}: record", cowtop("record", "-n", "2", "-i", "0.1", "-o", f"{place}/r.ct",
                                            pool.master, prefix=prefix)[0], 0)
            status, out, _ = cowtop("report", f"{place}/r.ct")
            equal(f"{name}: report", (status, ", 3 workers" in out), (0, True))
            equal(f"{name}: a worker's pid is taken for its master's",
                  sample(pool.pid(1), prefix=prefix)["pool"]["master_pid"], pool.master)


@as_both
def stacks(prefix):
    """call stacks come from the threads that live, with names"""
    for name, who in WHO.items():
        with Mkpool("map 0 0 anon 4000", "fill 0 0 0 4000", *forks(3), prefix=prefix) as pool:
            leave(pool, who)
            command = [*prefix, run.COWTOP, "stacks", "--json", "-d", "60", str(pool.master)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL) as watch:
                until("it watches", lambda: watching(watch.pid) or watch.poll() is not None)
                pool.do("write 1 0 0 3000 1 chain_a")
                watch.terminate()
                out, err = watch.communicate()
            equal(f"{name}: {err!r}: status", watch.returncode, 0)
            true(f"{name}: the function that wrote is named", b"chain_a" in out, out[:400])


GC = r"""
import ctypes, gc, os, sys, threading, time
who = sys.argv[1]
libc = ctypes.CDLL(None)
r, w = os.pipe()
def serve(i):
    gc.set_threshold(100 + i, 7, 3)
    os.write(w, b"x")
    while os.getppid() == parent: time.sleep(0.02)
    os._exit(0)
def go_on(function, *args):
    threading.Thread(target=function, args=args).start()
    libc.syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
def master():
    global parent
    parent = os.getpid()
    for i in range(3):
        if not os.fork():
            go_on(serve, i) if who != "the master" else serve(i)
        os.read(r, 1)
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)
go_on(master) if who != "a worker" else master()
"""


@as_both
def collectors(prefix):
    """collectors are read"""
    need(PYTHON)
    for name in WHO:
        with spawned([*prefix, PYTHON, "-c", GC, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            document = sample(process.pid, prefix=prefix)
            equal(f"{name}: thresholds", sorted(p["gc"]["thresholds"][0] for p in document["processes"]
                                                if p["role"] == "worker"), [100, 101, 102])
            with contextlib.suppress(OSError):
                process.stdin.close()


CHURN = r"""
import _thread, ctypes, mmap, os, sys
who = sys.argv[1]
libc = ctypes.CDLL(None)
memory = mmap.mmap(-1, 1000 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
def write(first, pages):
    for i in range(first, first + pages): memory[i * 4096] = 1
write(0, 1000)
def next_thread():
    _thread.start_new_thread(next_thread, ())
def churn():
    next_thread()
    libc.syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
r, w = os.pipe()
for i in range(3):
    if not os.fork():
        write(100 * i, 100)
        os.write(w, b"%20d" % os.getpid())
        if who != "the master": churn()
        while True: libc.pause()
print(*(int(os.read(r, 20)) for i in range(3)), flush=True)
if who != "a worker": churn()
while True: libc.pause()
"""


@as_both
def churn(prefix):
    """threads of which each begins the next one and ends: everything is read, each time"""
    need(PYTHON)
    for name in WHO:
        with spawned([*prefix, PYTHON, "-c", CHURN, name], stdout=subprocess.PIPE) as process:
            workers = [int(pid) for pid in process.stdout.readline().split()]
            try:
                for _ in range(10):
                    document = sample(process.pid, prefix=prefix)
                    equal(f"{name}: processes", sorted(rows(document)), sorted((process.pid, *workers)))
                    equal(f"{name}: level", document["accounting"]["level"], "estimate" if prefix else "exact")
                    for pid in workers:
                        true(f"{name}: copies of {pid}", 100 <= rows(document)[pid]["pages"]["cow_broken"] < 1000)
            finally:
                for pid in workers:
                    os.kill(pid, signal.SIGKILL)


@as_both
def ended(prefix):
    """a process without threads that live is what it was: a zombie"""
    with spawned([*prefix, PYTHON, "-c", "import os, sys, time\npid = os.fork()\nif not pid: os._exit(0)\n"
                  "print(pid, flush=True); sys.stdin.read()"],
                 stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        pid = int(process.stdout.readline())
        until("it has ended", lambda: stat_fields(pid)[0] == b"Z")
        status, _, err = cowtop("--json", pid, prefix=prefix)
        equal("status", status, 5)
        true("said", "is a zombie" in err, err)


main()
