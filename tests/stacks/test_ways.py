#!/usr/bin/python3
"""Who is covered, in each way to watch: storms of forks, threads, cgroups, no privilege."""
import contextlib
import os
import signal
import subprocess
import sys
import time
from watching import B, tracepoints, Watch
from kernel import has_zero_page
from mkpool import fill, filled, fork, leave, MASTER, Mkpool, new_arena, read, write
from piped import Piped
from run import NOBODY, readable_binaries
from tap import equal, fail, main, must_be_built, near, need_root, need_to_run, PATIENCE, Skip, test, true, until

FILLED = filled(worker=MASTER, pages=2000)
FORKED = [*FILLED, fork()]
OUTSIDE = 100


@contextlib.contextmanager
def storm(pages):
    program = os.path.join(B, "tests", "storm")
    must_be_built(program)
    child = subprocess.Popen([program, str(pages)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    try:
        yield child, int(child.stdout.readline().split()[1])
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()


def workers(child):
    """Ends the forking, after some more; {pid: time of its fork}."""
    child.stdin.close()
    result = {}
    for line in child.stdout:
        if line == "end\n":
            return result
        pid, moment = line.split()
        result[int(pid)] = int(moment)
    fail("the storm broke off")


@test
def a_storm_of_forks_while_attaching_counts_nothing_twice():
    tracepoints()
    for _ in range(3):
        with storm(100) as (child, master), Watch(master, "period=1") as w:
            ready = time.monotonic_ns()
            born = workers(child)
            got = w.take()
            seen = {}
            for s in got.stacks:
                if "storm_write" in s["frames"]:
                    seen[s["pid"]] = seen.get(s["pid"], 0) + s["copied"]
            later = [pid for pid, moment in born.items() if moment > ready]
            equal("lost", got.lost, 0)
            true("many came later", len(later) >= 50, len(later))
            # and a page or two of the stacks on which storm_write() runs
            true("none twice", max(seen.values()) <= 102, sorted(seen.values())[-5:])
            true("all that came later are whole",
                 all(100 <= seen.get(pid, 0) <= 102 for pid in later),
                 sorted((seen.get(pid, 0), born[pid] - ready) for pid in later)[:8])
            true("and counted",
                 all(100 <= got.copies(pid) <= 100 + OUTSIDE for pid in later),
                 [got.copies(pid) for pid in later][:20])


THREADS = """
import mmap, os, sys, threading
memory = mmap.mmap(-1, 3000 * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for i in range(3000):
    memory[i * mmap.PAGESIZE] = 1
r, w = os.pipe()
done, told = os.pipe()
if not os.fork():
    os.close(w)    # the end of the master is its end
    go = [threading.Event() for _ in range(3)]
    def work(k):
        go[k].wait()
        for i in range(k * 1000, k * 1000 + 1000):
            memory[i * mmap.PAGESIZE] = 2
    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for t in threads[:2]:
        t.start()
    print(os.getppid(), os.getpid(), flush=True)
    os.read(r, 1)
    threads[2].start()
    for e in go:
        e.set()
    for t in threads:
        t.join()
    os.write(told, b"x")
    os.read(r, 1)
    os._exit(0)
os.close(r)
sys.stdin.readline()
os.write(w, b"x")
os.read(done, 1)
print("done", flush=True)
sys.stdin.readline()
os.write(w, b"x")
os.wait()
"""


@test
def all_threads_of_a_worker_old_and_new():
    tracepoints()
    with Piped([sys.executable, "-c", THREADS]) as pool:
        master, worker = map(int, pool.answer().split())
        with Watch(master, "count") as w:
            equal("they wrote", pool.ask(), "done")
            got = w.take().copies(worker)
            true("all of them", 3000 <= got <= 3600, got)


@contextlib.contextmanager
def cgroup(pids):
    mount = next((m for m in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
                  if os.path.exists(f"{m}/cgroup.procs") and os.path.exists(f"{m}/cgroup.controllers")),
                 None)
    if not mount:
        raise Skip("no cgroup v2 here")
    path = f"{mount}/cowtop-test-{os.getpid()}"
    try:
        os.mkdir(path)
    except OSError as error:
        raise Skip(f"no cgroup can be made here: {error.strerror}") from error
    try:
        for pid in pids:
            with open(f"{path}/cgroup.procs", "w", encoding="ascii") as procs:
                procs.write(str(pid))
        yield path
        for pid in pids:
            with contextlib.suppress(OSError), \
                    open(f"{mount}/cgroup.procs", "w", encoding="ascii") as procs:
                procs.write(str(pid))
    finally:
        until("the cgroup is empty", lambda: not members(path))
        os.rmdir(path)


def members(path):
    with open(f"{path}/cgroup.procs", encoding="ascii") as procs:
        return procs.read()


@test
def a_pool_in_a_cgroup_of_its_own():
    tracepoints()
    with Mkpool(*FORKED) as pool, cgroup([pool.master, pool.pid(1)]):
        with Watch(pool.master, "period=1") as w:
            pool.do(write(worker=1, pages=1000, how="chain_a"), fork(), write(worker=2, pages=1500, how="chain_b"))
            early, late = pool.pid(1), pool.pid(2)
            pool.do(leave(worker=2))
            got = w.take()
            equal("method", got.method, "cgroup")
            equal("one that was there", got.by("chain_a", pid=early), 1000)
            equal("one that came", got.by("chain_b", pid=late), 1500)
            near("counted", got.copies(early), 1000, OUTSIDE)
            near("counted", got.copies(late), 1500, OUTSIDE)


@test
def a_cgroup_with_others_in_it_is_not_used():
    tracepoints()
    with Mkpool(*FORKED) as pool, subprocess.Popen(["sleep", "1000"]) as other:
        try:
            with cgroup([pool.master, pool.pid(1), other.pid]):
                with Watch(pool.master, "period=1") as w:
                    equal("method", w.take().method, "tracepoints")
                other.kill()
        finally:
            other.kill()


def reuses(pool, w, page):
    """Is the master's write to a page that nobody shares any more known as what it is?"""
    pool.do(write(worker=MASTER, first=page, pages=1, how="chain_reuse"))
    return w.take().by("chain_reuse", "reused", pool.master)


def told(prefix, words):
    """The software event and page states, one kind of fault after the other."""
    with Mkpool(*filled(worker=MASTER, pages=2000), new_arena(worker=MASTER, arena=1, kind="anon", pages=2000),
                read(worker=MASTER, arena=1, pages=500),
                fill(worker=MASTER, arena=1, first=1900, pages=100), fork(),
                prefix=prefix) as pool, Watch(pool.master, *words, prefix=prefix) as w:
        page = iter(range(300))
        equal("method", w.take().method, "software")
        pool.do(write(worker=1, pages=500, how="chain_a"), write(worker=1, arena=1, first=500, pages=500,
                                                                 how="chain_first"),
                write(worker=1, arena=1, pages=500, how="chain_b"))
        got = w.take()
        equal("lost", got.lost, 0)
        near("copied", got.by("chain_a"), 500, 5)
        near("first touched", got.by("chain_first", "first_touch"), 500, 5)
        zeroed, copied = (500, 0) if has_zero_page() else (0, 500)
        near("the zero page", got.by("chain_b", "zeroed"), zeroed, 5)
        near("where there is none, a page like others", got.by("chain_b"), copied, 5 if copied else 0)
        equal("not called a copy", got.by("chain_first"), 0)
        # Each look has a page of its own.
        until("page states are read anew", lambda: reuses(pool, w, next(page)), step=PATIENCE / 300)
        pool.do(write(worker=MASTER, first=300, pages=200, how="chain_reuse"))
        near("reused", w.take().by("chain_reuse", "reused", pool.master), 200, 5)
        pool.do(fork(), write(worker=2, pages=500, how="chain_b"))
        got = w.take()
        equal("lost", got.lost, 0)
        near("a new worker copies", got.by("chain_b", pid=pool.pid(2)), 500, 5)
        pool.do(write(worker=1, first=500, pages=500, how="chain_read"))
        got = w.take()
        equal("the kernel's writes are not seen", got.by("chain_read"), 0)
        near("but are faults", got.processes[pool.pid(1)]["faults"], 500, OUTSIDE)


@test
def the_software_event_tells_by_page_states():
    need_root()
    told((), ("software", "period=1", "bytes=1024"))


@test
def the_same_without_any_privilege():
    need_root()
    need_to_run(*NOBODY)
    readable_binaries()
    told(NOBODY, ("period=1", "bytes=1024"))  # what nobody may lock holds them all


@test
def without_privilege_it_says_what_is_missing():
    need_root()
    need_to_run(*NOBODY)
    with Mkpool(*FORKED, prefix=NOBODY) as pool, Watch(pool.master, prefix=NOBODY) as w:
        got = w.take()
        true("a gap", "page allocations" in got.gaps, got.gaps)


@test
def a_watch_that_stands_still_for_a_while():
    # 37 MiB of samples, which nobody reads meanwhile
    tracepoints()
    with open("/proc/meminfo", encoding="ascii") as f:
        free = next(int(line.split()[1]) for line in f if line.startswith("MemFree:"))
    if os.cpu_count() > 4 or free < 5 << 20:
        raise Skip("no room for large rings: more than 4 processors, or less than 5 GiB of free memory")
    with Mkpool(*filled(worker=MASTER, pages=4500), fork()) as pool, Watch(pool.master, "period=1") as w:
        w.process.send_signal(signal.SIGSTOP)
        try:
            pool.do(write(worker=1, pages=4500))
        finally:
            w.process.send_signal(signal.SIGCONT)
        got = w.take()
        equal("lost", got.lost, 0)
        near("copies", got.copies(pool.pid(1)), 4500, 20)
        near("with stacks", sum(x["copied"] for x in got.stacks if x["pid"] == pool.pid(1)), 4500, 20)


main()
