#!/usr/bin/python3
"""cowtop why of any pool: regions, allocators and the content of copies, against what the programs themselves and the
kernel count; what it says of pools that run no CPython; and that it only looks, stays within its budget and ends."""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from asking import picture, why
from interpreters import BUILD, interpreters, number
from kernel import asleep, EXCLUSIVE, FRAME, PAGE, PRESENT
from mkpool import fill, filled, fork, MASTER, Mkpool, write
from piped import Piped
import run
from run import cowtop, folder, NOBODY, readable_binaries, sample
from tap import add_test, equal, main, must_be_built, near, need, need_root, PATIENCE, test, true, until

MALLOCS = os.path.join(BUILD, "tests", "mallocs")
PYTHON = "/usr/bin/python3"
ARENA = 16384     # pages: the largest that mkpool has


def allocator(found, name):
    named = [a for a in found if a["name"] == name]
    equal(f"allocators called {name}", len(named), 1)
    return named[0]


def memory(pid, start, pages):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as f:
        return os.pread(f.fileno(), pages * PAGE, start)


# ---- content

def differing(a, b):
    return sum(x != y for x, y in zip(a, b))


@test
def content():
    """copies that are the same as the master's page, and the bytes that differ on the others"""
    need_root()
    with Mkpool(*filled(MASTER, 2000), fork(), fork()) as pool:
        began = why(pool.master)
        pool.do(write(worker=1, pages=300, how="same"), write(worker=1, first=300, pages=100),
                fill(worker=2, first=0, pages=500))
        document = why(pool.master)
        one, two = pool.pid(1), pool.pid(2)
        text, now = cowtop("why", pool.master)[1], sample(pool.master)
        base = pool.truth[0]["arenas"][0]["base"]
        was, is_now = memory(pool.master, base, 500), memory(two, base, 500)
        changed = [differing(was[n * PAGE:(n + 1) * PAGE], is_now[n * PAGE:(n + 1) * PAGE]) for n in range(500)]
        stored = differing(memory(pool.master, base + 300 * PAGE, 100), memory(one, base + 300 * PAGE, 100))
    workers, before = ({w["pid"]: w for w in d["workers"]} for d in (document, began))

    def pages(worker):
        """That are the same, and were not there before: those of the stack and the C library are left out."""
        return (workers[worker]["identical_bytes"] - before[worker]["identical_bytes"]) / PAGE
    near("the same, worker 1", pages(one), 300, 4)
    near("the same, worker 2", pages(two), changed.count(0), 4)
    near("the same, mean", document["pool"]["identical_bytes"],
         sum(w["identical_bytes"] for w in workers.values()) / 2, 1)
    near("all compared", (document["pool"]["compared_bytes"] - began["pool"]["compared_bytes"]) / PAGE,
         (400 + 500) / 2, 4)
    sure = all(p["exactness"] == "exact" for p in now["processes"] if p["role"] == "worker")
    equal("label", document["pool"]["identical_exactness"], "exact" if sure else "estimate")
    equal("median, worker 1", workers[one]["changed_bytes_per_page"]["median"], 0)
    near("mean, worker 1", workers[one]["changed_bytes_per_page"]["mean"], stored / 400, 2)
    near("median, worker 2", workers[two]["changed_bytes_per_page"]["median"], sorted(changed)[250], 64)
    true("it is said", "byte for byte" in text, text)


@test
def a_sample_is_labelled():
    """of more copies than are read a sample is compared, and it says so"""
    need_root()
    with Mkpool(*[order for arena in range(6) for order in filled(MASTER, ARENA, arena=arena)], fork(), fork(),
                *[write(worker=worker, pages=ARENA, arena=arena, how=("same", "store")[arena % 2])
                  for arena in range(6) for worker in (1, 2)]) as pool:
        found = why(pool.master)["pool"]
    equal("label", found["identical_exactness"], "estimate")
    true("a sample", found["compared_bytes"] <= 260 << 20, found)
    near("the same", found["identical_bytes"], 3 * ARENA * PAGE, ARENA * PAGE // 20)


# ---- regions

def anonymous(pid):
    """Bytes of anonymous memory that are resident, by the kernel's count."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return int(re.search(r"^Anonymous:\s+(\d+) kB", f.read(), re.M)[1]) << 10


def copied_of(document):
    """Pages by kind of region."""
    kinds = {"anon": 0, "heap": 0}
    for r in document["regions"]:
        kinds[r["kind"]] = kinds.get(r["kind"], 0) + r["copied_bytes"] / PAGE
    return kinds


@test
def regions():
    """each anonymous page of the workers is of one region, and where they were copied is told"""
    need_root()
    with Mkpool(*filled(MASTER, 1000), *filled(MASTER, 300, arena=1, kind="brk"), fork(), fork()) as pool:
        before = copied_of(why(pool.master))
        pool.do(write(worker=1, pages=200), write(worker=2, arena=1, pages=100))
        document = why(pool.master)
        one = why(pool.master, "--pid", str(pool.pid(1)))
        told = [anonymous(pool.pid(w)) for w in (1, 2)]
    found = document["regions"]
    sums = sum(r["copied_bytes"] + r["shared_bytes"] + r["new_bytes"] for r in found)
    near("anonymous", sums, sum(told) / 2, 8 * PAGE)
    near("copied", sum(r["copied_bytes"] for r in found), document["pool"]["copied_bytes"], 32 * PAGE)
    copied = copied_of(document)
    near("anon", copied["anon"] - before["anon"], 100, 4)
    near("heap", copied["heap"] - before["heap"], 50, 4)
    near("of one worker, anon", copied_of(one)["anon"] - before["anon"], 200, 8)
    near("of one worker, heap", copied_of(one)["heap"] - before["heap"], 0, 8)


# ---- allocators

class Info:
    """malloc_info(3) of a whole process; its bits beside a chunk's size are 1 or 5 a free chunk."""

    def __init__(self, text):
        whole = text[text.rindex("</heap>"):]
        self.arenas = text.count("<heap ")
        self.system = int(re.search(r'<system type="current" size="(\d+)"', whole)[1])
        self.free = sum(int(n) for n in re.findall(r'<total type="(?:fast|rest)" count="\d+" size="(\d+)"', whole))


def agrees(got, said):
    equal("exactness, reason", (got["exactness"], got["reason"]), ("exact", None))
    equal("arenas", got["arenas"], said.arenas)
    equal("held", got["held_bytes"], said.system)
    near("free", got["free_bytes"], said.free, said.free // 100)
    near("in use", got["used_bytes"] + got["cached_bytes"], said.system - said.free, said.system // 100)


@test
def glibc():
    """the allocators of master and worker, glibc's, against malloc_info(3)"""
    need_root()
    must_be_built(MALLOCS)
    with Piped([MALLOCS, "3", "4", "40000", "3000", "4"]) as pool:
        equal("mallocs", pool.answer(), "ready")
        of_master = Info(pool.ask("info"))
        worker = int(pool.ask("fork"))
        given = int(pool.ask("trim"))
        equal("it allocates on", pool.ask("foreign"), "ok")
        of_worker = Info(pool.ask("info"))
        until("both wait", lambda: asleep(pool.process.pid, worker))
        document = why(pool.process.pid)
        true("they differ", of_master.free != of_worker.free and given > 1 << 20, (of_master.free, of_worker.free))
    agrees(allocator(document["allocators"], "glibc"), of_master)
    equal("workers", [w["pid"] for w in document["workers"]], [worker])
    agrees(allocator(document["workers"][0]["allocators"], "glibc"), of_worker)
    agrees(allocator(document["worker_allocators"], "glibc"), of_worker)
    equal("of how many", [a["workers"] for a in document["worker_allocators"]], [1])
    true("what a trim gave the worker, the master could have", allocator(document["allocators"], "glibc")
         ["trimmable_bytes"] >= given // 2, document["allocators"])


HOLDS = """import os, random, sys
rng = random.Random(3)
made = [bytes(rng.randrange(1, 460)) for _ in range(60000)]
kept = [b for i, b in enumerate(made) if (i // 20) % 4]
del made
r, w = os.pipe()
said, say = os.pipe()
child = os.fork()
if child == 0:
    kept = [b for i, b in enumerate(kept) if (i // 40) % 2]
    more = [bytes(100) for _ in range(20000)]
out = os.open(sys.argv[1] + ("worker" if child == 0 else "master"), os.O_WRONLY | os.O_CREAT)
os.dup2(out, 2)
sys._debugmallocstats()
if child == 0:
    os.write(say, b"x")
    os.read(r, 1)
    os._exit(0)
os.read(said, 1)
print(os.getpid(), child, flush=True)
sys.stdin.readline()
os.write(w, b"x")
os.wait()
"""


def stats(path):
    """What sys._debugmallocstats() has said: bytes in use, free, in pools that are not in use."""
    with open(path, encoding="utf-8") as f:
        text = f.read()

    def figure(words):
        return int(re.search(words + r"[^\n]*=\s*([\d,]+)\n", text)[1].replace(",", ""))
    pools, size = re.search(r"(\d+) unused pools \* (\d+) bytes", text).groups()
    return figure("bytes in allocated blocks"), figure("bytes in available blocks"), int(pools) * int(size)


@test
def pymalloc():
    """the allocators of master and worker, CPython's, against sys._debugmallocstats()"""
    need_root()
    with folder() as place:
        with Piped([PYTHON, "-c", HOLDS, place + "/"]) as pool:
            master, worker = map(int, pool.answer().split())
            document = why(master, "--watch", "0.1")
            pool.tell()
        for who, found in (("master", document["allocators"]), ("worker", document["workers"][0]["allocators"])):
            used, free, unused = stats(os.path.join(place, who))
            got = allocator(found, "pymalloc")
            near(f"{who}: in use", got["used_bytes"], used, used // 100)
            near(f"{who}: free", got["free_bytes"], free + unused, (free + unused) // 100 + 32768)
            allocator(found, "glibc")
    equal("workers", [w["pid"] for w in document["workers"]], [worker])
    true("the worker keeps more", allocator(document["workers"][0]["allocators"], "pymalloc")["free_bytes"] >
         allocator(document["allocators"], "pymalloc")["free_bytes"] + (1 << 20), document["workers"])
    sizes = document["size_classes"]
    near("sizes", sum(s["size"] * s["used_blocks"] for s in sizes),
         allocator(document["allocators"], "pymalloc")["used_bytes"], 0)
    true("arenas are a region", any(r["kind"] == "pymalloc" and r["shared_bytes"] for r in document["regions"]))


# ---- who runs no CPython

FORKS = {
    "perl": ["perl", "-e", "$| = 1; my @a = map { 'x' x $_ } 1 .. 3000; if (!fork) { $_ .= 'y' for @a; print \"$$\\n\";"
             " sleep 1000 } <STDIN>; kill 9, -getpgrp"],
    "ruby": ["ruby", "-e", "a = (0...50000).map(&:to_s); p = fork { a.each { |s| s << 'y' }; puts $$; $stdout.flush;"
             " sleep }; gets; Process.kill(9, p)"],
    "php": ["php", "-r", "$a = range(1, 200000); if (!($p = pcntl_fork())) { foreach ($a as &$x) $x++;"
            " echo getmypid(), \"\\n\"; sleep(1000); exit; } fgets(STDIN); posix_kill($p, 9);"],
}
CAUSES = ("collector_only", "collector_first", "references", "data", "allocator", "startup")


def no_cpython(name, says):
    need_root()
    need(name)
    with Piped(FORKS[name], start_new_session=True) as pool:
        worker = int(pool.answer())
        until("they wait", lambda: asleep(pool.process.pid, worker))
        document = why(pool.process.pid)
        text = cowtop("why", pool.process.pid)[1]
        pool.tell()
    equal("basis", document["basis"], "none")
    true("the reason", "CPython" in document["reason"], document["reason"])
    equal("causes that CPython's collector tells", [document["causes"][c] for c in CAUSES], [None] * len(CAUSES))
    equal("the reason is the worker's, too", [w["reason"] for w in document["workers"]], [document["reason"]])
    equal("advice to freeze", [a for a in document["advice"] if a["kind"] == "freeze_before_fork"], [])
    true("copied", document["pool"]["copied_bytes"] > 100 << 10, document["pool"])
    true("the same", 0 <= document["pool"]["identical_bytes"] < document["pool"]["copied_bytes"], document["pool"])
    true("bytes", document["pool"]["changed_bytes_per_page"]["mean"] > 0, document["pool"])
    for found in (document["allocators"], document["workers"][0]["allocators"]):
        true(f"its allocators: {says}", set(says) <= {a["name"] for a in found}, found)
    true("regions", sum(r["copied_bytes"] for r in document["regions"]) > 100 << 10, document["regions"])
    lines = text.splitlines()
    true("it begins with what was copied", re.search(r"1 worker; .*copied \d+\.\d of \d+\.\d MiB", lines[0]), text)
    true("and then what is the same", "master has" in lines[1], text)
    true("the reason comes with the causes", "by cause: not known: " in text, text)
    return document


@test
def perl():
    """Perl: regions, glibc, content"""
    no_cpython("perl", ["glibc"])


@test
def ruby():
    """Ruby: regions, its heap and glibc, content"""
    no_cpython("ruby", ["glibc", "ruby"])


@test
def php():
    """PHP: regions, its memory manager, content"""
    need_root()
    need("php")
    if subprocess.run(["php", "-r", "exit(function_exists('pcntl_fork') ? 0 : 1);"]).returncode == 0:
        no_cpython("php", ["php"])


UNREAD = """import os, sys
held = [[n, str(n)] for n in range(100000)]
child = os.fork()
if child == 0:
    held = [k[1] for k in held]
    sys.stdout.write("%d %d\\n" % (os.getppid(), os.getpid()))
    sys.stdout.flush()
    __import__("signal").pause()
sys.stdin.readline()
os.kill(child, 9)
"""


def unread_python(interpreter):
    """Its collector cannot be read, its memory can."""
    def run_it():
        need_root()
        with Piped([interpreter.path, "-c", UNREAD]) as pool:
            master, worker = map(int, pool.answer().split())
            until("they wait", lambda: asleep(master, worker))
            document = why(master)
            pool.tell()
        equal("basis", document["basis"], "none")
        true("a reason", document["reason"], document)
        equal("looks", [w["pid"] for w in document["workers"]], [worker])
        true("copied", document["pool"]["copied_bytes"] > 1 << 20, document["pool"])
        true("bytes", document["pool"]["changed_bytes_per_page"]["mean"] > 0, document["pool"])
        for found in (document["allocators"], document["workers"][0]["allocators"]):
            true("its allocators", found and all(a["held_bytes"] or a["reason"] for a in found), found)
        true("regions", sum(r["copied_bytes"] for r in document["regions"]) > 1 << 20, document["regions"])
    return run_it


for one in interpreters():
    if one.debug or one.free_threaded or number(one.version) < (3, 7):
        kind = " debug" if one.debug else " free-threaded" if one.free_threaded else ""
        add_test(f"CPython {one.version}{kind}: all that needs no layout",
                 unread_python(one))


@test
def other_memory_managers():
    """an ordinary user is told of the allocators of what is his own"""
    need("setpriv")
    need("perl")
    with readable_binaries(), Piped([*NOBODY, *FORKS["perl"]], start_new_session=True) as pool:
        pool.answer()
        document = why(pool.process.pid, prefix=NOBODY)
        pool.tell()
    allocator(document["allocators"], "glibc")
    true("no exact label", document["pool"]["identical_exactness"] in (None, "estimate"), document["pool"])


# ---- it only looks

@test
def looking_changes_nothing():
    """no page of master or workers is copied or mapped by it, whatever runs there"""
    need_root()
    with Mkpool(*filled(MASTER, 3000), fork(), fork(), write(worker=1, pages=500, how="same"),
                write(worker=2, pages=700), write(worker=MASTER, first=1000, pages=100)) as pool:
        pids = [pool.master, pool.pid(1), pool.pid(2)]
        until("they wait", lambda: asleep(*pids))
        before = picture(pids, EXCLUSIVE | PRESENT | FRAME)
        document = why(pool.master)
        after = picture(pids, EXCLUSIVE | PRESENT | FRAME)
    true("it has looked", document["pool"]["compared_bytes"] and document["allocators"], document["pool"])
    equal("faults", [p[0] for p in after], [p[0] for p in before])
    moved = [sum(a != b for a, b in zip(x[1], y[1])) for x, y in zip(before, after)]
    equal("pages", ([len(p[1]) for p in after], moved), ([len(p[1]) for p in before], [0, 0, 0]))


# ---- how long it takes

@test
def one_look_on_a_terminal():
    """no collection is waited for that never comes, on a terminal neither"""
    need_root()
    need("perl")
    with Piped(FORKS["perl"], start_new_session=True) as pool:
        pool.answer()
        ours, its = pty.openpty()
        done = subprocess.run([run.COWTOP, "why", "--json", str(pool.process.pid)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=its, timeout=PATIENCE)
        os.close(its)
        os.close(ours)
        pool.tell()
    equal("exit status", done.returncode, 0)
    equal("basis", json.loads(done.stdout)["basis"], "none")


def used(*command):
    """Of a run: CPU seconds, seconds, and those of them in which it wanted no CPU."""
    began = time.monotonic()
    with subprocess.Popen([run.COWTOP, *map(str, command)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        err = process.stderr.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.monotonic() - began
        with open(f"/proc/{process.pid}/schedstat", encoding="ascii") as f:
            cpu, queued, _ = (int(word) / 1e9 for word in f.read().split())
    equal("exit status", (process.returncode, err), (0, ""))
    return cpu, seconds, seconds - cpu - queued


@test
def budget():
    """--budget is kept but for the last thing that is read"""
    need_root()
    with Mkpool(*filled(MASTER, ARENA), fork(), write(worker=1, pages=ARENA)) as pool:
        cpu, seconds, _ = used("why", "--json", "--budget", "10", pool.master)
        free_cpu, free_seconds, idle = used("why", "--json", "--budget", "none", pool.master)
    true("it waits", seconds >= 3 * cpu, (cpu, seconds))
    true("and without it does not", idle < free_cpu, (free_cpu, free_seconds, idle))
    for wrong in ("0", "101", "x"):
        status, out, err = cowtop("why", "--budget", wrong, "1")
        equal(f"--budget {wrong}", (status, out), (2, ""))
        true("one line", err.startswith("cowtop: ") and err.count("\n") == 1, err)


@test
def interrupted():
    """Ctrl-C while the budget is waited for gives what is known, at once"""
    need_root()
    with Mkpool(*filled(MASTER, ARENA), fork(), write(worker=1, pages=ARENA)) as pool:
        with subprocess.Popen([run.COWTOP, "why", "--json", "--budget", "0.01", str(pool.master)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as asking:
            def waits():
                with open(f"/proc/{asking.pid}/wchan", encoding="ascii") as f:
                    return "poll" in f.read()
            until("it waits", waits)
            asking.send_signal(signal.SIGINT)
            document = json.loads(asking.communicate(timeout=PATIENCE)[0])
            equal("exit status", asking.returncode, 0)
    true("copied", document["pool"]["copied_bytes"] >= ARENA * PAGE, document["pool"])
    equal("what was not read is not known", document["allocators"], None)
    true("and why", "to end" in document["allocators_reason"], document["allocators_reason"])


main()
