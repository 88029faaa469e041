#!/usr/bin/python3
"""What happens to a pool while cowtop looks: ended, stopped, frozen, exec'ed at each step of a walk; many who come."""
import concurrent.futures
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
import metrics
import records
from kernel import asleep
from lies import flat, interval, lies, parts, stable
from run import COWTOP, cowtop, folder, rows, sample, spawned
from smallpool import PYTHON, SmallPool
from stage import DEADLINE, DOORS, Stage
from tap import equal, fail, main, must_be_built, need_root, need_to_run, Skip, test, true, until
from verbs import POOL
from watchers import series, Watchers

# Calls about a process: each of those that open a file, and some of the many that read one.
OPENED, READ = range(1, 14), (1, 2, 4, 8, 16, 32)
# A page or two may come and go while one looks: what a process has resident is read before its pages.
SLACK = 16
EXEC = f"""
import os, signal
signal.signal(signal.SIGUSR1, lambda *_: os.execv({PYTHON!r}, [{PYTHON!r}, "-c", "import os; os.read(0, 1)"]))
"""
MANY = """
import os, sys, time
data = [str(n) for n in range(2000)]
for n in range(int(sys.argv[1])):
    if os.fork() == 0:
        os.read(0, 1)
        os._exit(0)
print(os.getpid(), flush=True)
os.read(0, 1)
"""
# Each child writes some pages and ends; the last one of them counts.
RUSH = """
import os, select, signal, sys, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
data = [str(n) * 20 for n in range(20000)]
for n in range(2):
    if os.fork() == 0:
        os.read(0, 1)
        os._exit(0)
print(os.getpid(), flush=True)
begin, count = time.monotonic(), 0
while not select.select([0], [], [], 0)[0]:
    if os.fork() == 0:
        data[:500] = ["x" * 40 for _ in range(500)]
        time.sleep(0.02)
        os._exit(0)
    count += 1
    ahead = begin + count / 200 - time.monotonic()
    if ahead > 0:
        time.sleep(ahead)
print(count / (time.monotonic() - begin), flush=True)
"""


def holds_together(document):
    """Sums of pages are what the kernel calls resident, and nobody is counted who is not listed."""
    got = rows(document)
    equal("workers", sum(p["role"] == "worker" for p in got.values()), document["pool"]["workers"])
    for pid, p in got.items():
        unaccounted = p["pages"]["unaccounted"]
        true(f"pid {pid}: pages are accounted for", unaccounted is None or abs(unaccounted) <= SLACK, p["pages"])


def copies_are_told(before, document):
    """What a worker copied, and what is new, is what it was before, or labelled so that it may be."""
    was = rows(before)
    for pid, p in rows(document).items():
        for key in ("cow_broken", "new") if p["role"] == "worker" and pid in was else ():
            true_one, got = was[pid]["pages"][key], p["pages"][key]
            label, low, high = interval(p, f"pages.{key}")
            true(f"pid {pid}: {key}: {got} for {true_one}, {label or 'exact'}, {low} to {high}",
                 got is None or abs(got - true_one) <= SLACK or label == "estimate"
                 or (label and low - SLACK <= true_one <= high + SLACK))


def at_step(event, call, number, before=""):
    """A pool of its own, looked at; `event` of it happens at a call about `who`. True: there was such a call."""
    with SmallPool(2, before=before) as pool, folder() as place:
        before_it = sample(pool.master)
        who, how, meanwhile = event(pool, place)
        with meanwhile:
            run = Stage(pool, place).run("json", f"{call},pid:{who},{how},{number}", n=1)
        if not run.struck:
            return False
        said = f"{call} {number}: exit {run.status}: {run.err.strip()}"
        true(f"a status that is true: {said}", run.end in (0, 5, 6), run.end)
        if run.status:
            true(f"one line: {said}", run.err.startswith("cowtop: ") and run.err.count("\n") == 1, run.err)
        else:
            holds_together(json.loads(run.out))
            copies_are_told(before_it, json.loads(run.out))
        return True


def at_each_step(event, before=""):
    """All steps, several at a time."""
    need_root()
    must_be_built(DOORS)
    steps = [("openat", n) for n in OPENED] + [("read", n) for n in READ] + [("pread64", n) for n in READ]
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as threads:
        struck = list(threads.map(lambda step: at_step(event, *step, before), steps))
    true("there were steps", sum(struck) > 12, struck)


def killed(which):
    def event(pool, _):
        who = which(pool)
        return who, f"kill:{who}", contextlib.nullcontext()
    return event


def master_of(pool):
    return pool.master


def first_worker_of(pool):
    return pool.workers[0]


@test
def worker_killed():
    """A worker is killed at each step of the walk: the others as they are, and sums that hold"""
    at_each_step(killed(first_worker_of))


@test
def master_killed():
    """The master is killed at each step of the walk: exit 5 with one line, or a pool that holds together"""
    at_each_step(killed(master_of))


def other_verbs_step(verb, which, call, number):
    """The same of a verb that makes something else: an end with a true status, and all of what it makes."""
    with SmallPool(2, argv0=POOL) as pool, folder() as place:
        who = which(pool)
        run = Stage(pool, place).run(verb, f"{call},pid:{who},kill:{who},{number}")
    said = f"{verb}, {call} {number}: exit {run.status}: {run.err.strip()}"
    true(f"a status that is true: {said}", run.end in (0, 5, 6), run.end)
    true(f"what it made: {said}", not any(run.files.values()), run.files)
    if run.status:
        true(f"one line: {said}", run.err.startswith("cowtop: ") and run.err.count("\n") == 1, run.err)
    elif verb == "export":
        equal(said, metrics.whole(run.out), None)
    return run.struck


@test
def killed_under_others():
    """The master or a worker is killed at steps of an export, a recording and a look at why: the same"""
    need_root()
    must_be_built(DOORS)
    steps = [("openat", 1), ("openat", 4), ("openat", 9), ("pread64", 1), ("pread64", 8)]
    jobs = [(verb, which, *step) for verb in ("export", "record", "json why") for which in (master_of, first_worker_of)
            for step in steps]
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as threads:
        struck = list(threads.map(lambda job: other_verbs_step(*job), jobs))
    true("there were steps", sum(map(bool, struck)) > len(jobs) // 2, struck)


class Meanwhile:
    """Does something once a file is there, and takes it away."""

    def __init__(self, path, action):
        self.path, self.action, self.end = path, action, threading.Event()
        self.thread = threading.Thread(target=self.wait)

    def wait(self):
        while not os.path.exists(self.path):
            if self.end.wait(0.001):
                return
        try:
            self.action()
        finally:
            os.unlink(self.path)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *exc):
        self.end.set()
        self.thread.join()


def image_changes(pid):
    os.kill(pid, signal.SIGUSR1)

    def changed():
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().endswith(b"os.read(0, 1)\0") and asleep(pid)
    until("the exec", changed)


def exec_of(which):
    def event(pool, place):
        who = which(pool)
        return who, f"hold:{place}/held", Meanwhile(f"{place}/held", functools.partial(image_changes, who))
    return event


@test
def master_execs():
    """The master calls exec at each step of the walk: exit 5 or 6 with one line, or a pool that holds together"""
    at_each_step(exec_of(master_of), before=EXEC)


@test
def worker_execs():
    """A worker calls exec at each step of the walk: the pool holds together"""
    at_each_step(exec_of(first_worker_of), before=EXEC)


def same_as(pool, documents, event):
    plain, truth = documents[0], stable(documents)
    document = sample(pool.master)
    found = lies(plain, truth, document, event)
    if found:
        fail("\n".join(found))
    equal("who is there", sorted(parts(document)), sorted(parts(plain)))


@test
def stopped():
    """All of a pool, or one of it, stopped (SIGSTOP) before and at steps of the walk: the same figures"""
    need_root()
    must_be_built(DOORS)
    with SmallPool(2) as pool, folder() as place:
        documents = [sample(pool.master) for _ in range(3)]
        everybody = (pool.master, *pool.workers)
        try:
            for number in (1, 2, 5, 9):
                faults = [f"openat,pid:{pid},stop:{pid},{number}" for pid in everybody]
                run = Stage(pool, place).run("json", *faults, n=1)
                equal(f"end: {run.err}", (run.status, run.struck), (0, 3))
                equal("lies", lies(documents[0], stable(documents), json.loads(run.out), "stop"), [])
                same_as(pool, documents, "stop")
                for pid in everybody:
                    os.kill(pid, signal.SIGCONT)
                pool.stand_still()
        finally:
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def frozen(pids):
    """In a cgroup of their own that is frozen, of version 2 or 1."""
    for root, name, on, off in (("/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0"),
                                ("/sys/fs/cgroup", "cgroup.freeze", "1", "0"),
                                ("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED")):
        path = f"{root}/cowtop-test-{os.getpid()}"
        try:
            os.mkdir(path)
        except OSError:
            continue
        if os.path.exists(f"{path}/{name}"):
            break
        os.rmdir(path)
    else:
        raise Skip("no freezer here that may be used")

    def write(file, text, where=path):
        with open(f"{where}/{file}", "w", encoding="ascii") as f:
            f.write(text)
    try:
        for pid in pids:
            write("cgroup.procs", str(pid))
        write(name, on)
        yield
    finally:
        write(name, off)
        for pid in pids:
            write("cgroup.procs", str(pid), root)
        until("the cgroup is empty", lambda: not open(f"{path}/cgroup.procs", encoding="ascii").read())
        os.rmdir(path)


@test
def in_the_freezer():
    """A pool in a frozen cgroup: the same figures, a recording, stacks and doctor, and nothing waits"""
    need_root()
    with SmallPool(2) as pool, folder() as place:
        documents = [sample(pool.master) for _ in range(3)]
        with frozen((pool.master, *pool.workers)):
            same_as(pool, documents, "frozen")
            for words in (("record", "-o", f"{place}/pool.ct", "-n", 3, "-i", "0.01"), ("stacks", "-d", "0.1"),
                          ("doctor",)):
                status, _, err = cowtop(*words, pool.master)
                equal(f"{words[0]}: {err}", status, 0)
        equal("samples", len(records.samples(f"{place}/pool.ct")), 3)


def on_disk(options, pool, place, *words):
    """(status, stderr) of a recorder on a file system of its own; what it has written is copied to kept.ct."""
    need_to_run("unshare", "--mount")
    os.makedirs(f"{place}/disk", exist_ok=True)
    script = f"""mount -t tmpfs -o {options} tmpfs {place}/disk || exit 77
        "$@"; status=$?; cp {place}/disk/pool.ct {place}/kept.ct 2>/dev/null; exit $status"""
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", COWTOP, "record", "-o",
                           f"{place}/disk/pool.ct", *words, str(pool.master)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode == 77:
        raise Skip("nothing may be mounted here")
    return done.returncode, done.stderr


@test
def disks():
    """A disk that fills up: exit 1, one line, and what was written can be read; a read-only one: nothing is begun"""
    need_root()
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/disk/pool.ct"
        equal("read-only", on_disk("ro", pool, place, "-n", "3"),
              (1, f"cowtop: cannot make {path}: Read-only file system\n"))
        true("nothing is there", not os.path.exists(f"{place}/kept.ct"))
        status, err = on_disk("size=64k", pool, place, "-i", "0.001", "--fixed")
        equal("status", status, 1)
        true("its reason", "No space left on device" in err and err.splitlines()[-1].startswith("cowtop: "), err)
        true("samples", len(records.samples(f"{place}/kept.ct")) > 3, err)
        equal("report", cowtop("report", f"{place}/kept.ct")[0], 0)


@test
def thousand_children():
    """A master with 1000 children: all are listed, sums hold, and a recording of them can be read"""
    need_root()
    must_be_built(DOORS)
    with spawned([PYTHON, "-c", MANY, "1000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, \
            folder() as place:
        master = int(process.stdout.readline())
        document = sample(master)
        equal("workers", document["pool"]["workers"], 1000)
        holds_together(document)
        status, _, err = cowtop("record", "-o", f"{place}/pool.ct", "-n", 2, "-i", "0.01", master)
        equal(f"record: {err}", status, 0)
        records.whole(f"{place}/pool.ct")
        status, out, err = cowtop("export", master)
        equal(f"export: {err}", (status, metrics.whole(out.encode())), (0, None))
        equal("workers", series(out.encode(), "cowtop_pool_workers"), [1000.0])
        process.stdin.close()
        process.wait(timeout=DEADLINE)


@test
def two_hundred_forks_a_second():
    """A master that forks 200 times a second: it and who stays are in every document, and a recording is whole"""
    need_root()
    with spawned([PYTHON, "-c", RUSH], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, folder() as place:
        master = int(process.stdout.readline())
        status, out, err = cowtop("--json", "-n", 60, "-i", "0.02", master)
        equal(f"end: {err}", status, 0)
        documents = [json.loads(line) for line in out.splitlines()]
        equal("documents", len(documents), 60)
        for document in documents:
            equal("master", document["pool"]["master_pid"], master)
            true("workers", document["pool"]["workers"] >= 2, flat(document["pool"]))
        status, _, err = cowtop("record", "--stacks", "-o", f"{place}/pool.ct", "-n", 20, "-i", "0.02", master)
        equal(f"record: {err}", status, 0)
        records.whole(f"{place}/pool.ct")
        os.unlink(f"{place}/pool.ct")
        with Watchers(master, place) as run:
            run.go_on(10)
            true("workers", series(run.page(), "cowtop_pool_workers")[0] >= 2, run.page())
            run.stop()
        process.stdin.close()
        print(f"# {float(process.stdout.readline()):.0f} forks a second")


if __name__ == "__main__":
    main()
