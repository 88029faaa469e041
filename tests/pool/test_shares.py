#!/usr/bin/python3
"""PSS, USS and their parts: what follows from the pages against what smaps_rollup says, on pools that stand still."""
import json
import os
import subprocess
import sys
import time
from cases import FILLED, forks
from movers import KSM, ksm, merge_all, push_out, zram_swap
from kernel import HUGE, kernel_setting, PAGE, rollup
from mkpool import (adopt, fill, filled, fork, fork_twice, free, free_lazily, hold, leave, MASTER, Mkpool, MkpoolError,
                    move, new_arena, offer_to_merge, page_out, read, spawn, write)
from run import COWTOP, cowtop, folder, rows, sample, spawned, Stream, through, write_file
from tap import (add_test, equal, fail, Failed, main, near, need, need_root, need_to_run, PATIENCE, ROOT, Skip,
                 test, true, until)

# What the kernel says, and by how many bytes cowtop may differ: those that only the pool maps, by rounding; those of
# files, by what others of the machine that come and go map as well.
OWN, FILES = 4096, 64 * PAGE
KEYS = {"rss_bytes": ("Rss", OWN), "anonymous_bytes": ("Anonymous", OWN), "pss_anon_bytes": ("Pss_Anon", OWN),
        "anon_huge_bytes": ("AnonHugePages", 0), "pss_bytes": ("Pss", FILES), "pss_file_bytes": ("Pss_File", FILES),
        "pss_shmem_bytes": ("Pss_Shmem", OWN), "shared_clean_bytes": ("Shared_Clean", FILES),
        "shared_dirty_bytes": ("Shared_Dirty", FILES), "private_clean_bytes": ("Private_Clean", FILES),
        "private_dirty_bytes": ("Private_Dirty", FILES), "swap_bytes": ("Swap", 0),
        "swap_pss_bytes": ("SwapPss", OWN)}


def is_estimate(process, key):
    return process["bounds"].get(f"memory.{key}", {}).get("label") == "estimate"


def differences_to_rollup(document, keys):
    """Of every process, and of their sum; a labelled figure may be off by as much as it says, at least."""
    lines, sums = [], dict.fromkeys(keys, 0)
    for p in document["processes"]:
        kernel = rollup(p["pid"])
        for key in keys:
            name, slack = KEYS[key]
            got, wanted = p["memory"][key], kernel[name]
            if key == "anon_huge_bytes" and got is not None and got > wanted and is_estimate(p, key):
                got = wanted    # before Linux 6.7 nothing tells how a huge page is mapped: at the most
            if got is None or abs(got - wanted) > slack:
                lines.append(f"pid {p['pid']} ({p['role']}): {key} {got}, {name} {wanted}")
            sums[key] += (got or 0) - wanted
        uss = kernel["Private_Clean"] + kernel["Private_Dirty"]
        if abs(p["memory"]["uss_bytes"] - uss) > FILES:
            lines.append(f"pid {p['pid']} ({p['role']}): uss_bytes {p['memory']['uss_bytes']}, {uss}")
    count = len(document["processes"])
    lines += [f"sum over all: {key} differs by {d}" for key, d in sums.items() if abs(d) > KEYS[key][1] * count]
    return lines


def as_rollup(next_document, keys=KEYS):
    """Pages move, and others map libraries meanwhile: it is enough that one document of some agrees."""
    said = []

    def agree():
        said[:] = differences_to_rollup(next_document(), keys)
        return not said
    try:
        until("agrees", agree, min(PATIENCE, 20))
    except Failed:
        fail("\n".join(said[:12]))


FILE = [new_arena(worker=MASTER, arena=1, kind="file", pages=512), read(worker=MASTER, arena=1, pages=512),
        write(worker=MASTER, arena=1, pages=101)]
CASES = {
    "workers write, siblings exist": FILLED + forks(3) + [write(worker=1, pages=400),
                                                          write(worker=2, first=300, pages=400, stride=2)],
    "the master writes: workers share what it has not": FILLED + forks(3) + [write(worker=MASTER, pages=1500)],
    "one worker alone with what the master dropped":
        FILLED + forks(1) + [free(worker=MASTER, pages=900), write(worker=MASTER, first=900, pages=300)],
    "new memory, and memory that was only read":
        FILLED + [new_arena(worker=MASTER, arena=1, kind="anon", pages=500)] + forks(2)
        + [read(worker=1, arena=1, pages=500), fill(worker=2, arena=1, pages=300),
           new_arena(worker=1, arena=2, kind="anon", pages=700), fill(worker=1, arena=2, pages=500)],
    "files, private and shared": FILLED + FILE + filled(worker=MASTER, arena=2, kind="shm", pages=256) + forks(3)
        + [read(worker=1, arena=1, pages=512), write(worker=2, arena=1, first=200, pages=53),
           write(worker=1, arena=2, pages=256), read(worker=3, arena=2, pages=100)],
    "huge pages, whole and in parts":
        [*filled(worker=MASTER, kind="thp", pages=4 * HUGE), *forks(2), write(worker=1, first=5, pages=100, stride=7),
         write(worker=MASTER, first=1100, pages=3)],
    "huge pages of one's own": [new_arena(worker=MASTER, kind="thp", pages=2 * HUGE), fill(worker=MASTER, pages=HUGE),
                                *forks(3), fill(worker=1, first=HUGE, pages=HUGE), write(worker=2, pages=1)],
    "huge pages whose first page alone was written": [*filled(worker=MASTER, kind="thp", pages=2 * HUGE), *forks(2),
                                                      write(worker=MASTER, pages=2, stride=HUGE)],
    "memory that was moved": FILLED + forks(3) + [move(worker=1, pages=1000, to=5)],
    "memory that two have moved": FILLED + forks(4) + [move(worker=1, first=100, pages=300, to=5),
                                                       move(worker=2, first=200, pages=300, to=5)],
    "children of workers": FILLED + forks(2) + [write(worker=1, pages=900), fork(worker=1), fork(worker=1),
                                                write(worker=3, first=100, pages=300),
                                                fork(worker=3), write(worker=5, pages=1500)],
    "a worker that is gone": FILLED + forks(2) + [write(worker=1, pages=900), fork(worker=1), fork(worker=1),
                                                  leave(worker=1)],
    "late forks":
        FILLED + forks(2) + [write(worker=MASTER, pages=600)] + forks(2) + [write(worker=MASTER, first=300, pages=600)],
    "forked twice":
        FILLED + [write(worker=MASTER, pages=300), adopt()] + [fork_twice()] * 2 + [write(worker=1, pages=100)],
    "a child in the same memory, and an exec'ed one":
        FILLED + forks(2) + [write(worker=1, pages=100), hold(worker=1), spawn(worker=2)],
}


def make_case(commands):
    def run():
        need_root()
        with Mkpool(*commands) as pool:
            as_rollup(lambda: sample(pool.master))
            with Stream(pool.master, 0.05) as stream:
                as_rollup(stream.fresh)
                pool.do(write(worker=MASTER, first=7 if "thp" in commands[0] else 700, pages=5))
                as_rollup(stream.fresh)
    return run


for name_, commands_ in CASES.items():
    add_test(f"as smaps_rollup: {name_}", make_case(commands_))


@test
def hugetlb():
    """as smaps_rollup: hugetlb pages are in no sum"""
    need_root()
    with kernel_setting("/proc/sys/vm/nr_hugepages", 8):
        commands = FILLED + [*filled(worker=MASTER, arena=1, kind="hugetlb", pages=2 * HUGE), *forks(2),
                             write(worker=1, arena=1, pages=1)]
        try:
            pool = Mkpool(*commands)
        except MkpoolError as reason:
            raise Skip(str(reason)) from None
        with pool:
            as_rollup(lambda: sample(pool.master))


@test
def merged():
    """as smaps_rollup: pages that KSM merged, in one process and across them"""
    need_root()
    with ksm():
        with Mkpool(new_arena(worker=MASTER, kind="anon", pages=1000), fill(worker=MASTER, pages=1000, how="pairs"),
                    *forks(2)) as pool:
            pool.do(new_arena(worker=1, arena=1, kind="anon", pages=600),
                    fill(worker=1, arena=1, pages=600, how="pairs"), offer_to_merge(worker=1, arena=1, pages=600))
            pool.do(*(offer_to_merge(worker=w, pages=1000) for w in (0, 1, 2)))
            merge_all(pool, 500, pool.pages())
            with kernel_setting(f"{KSM}/run", 0):
                # the kernel counts as merged what it merged, not what a child inherits so
                pool.do(write(worker=2, pages=100), fork(), fork(worker=1))
                as_rollup(lambda: sample(pool.master))


@test
def swapped():
    """as smaps_rollup: swapped pages, shared and own ones"""
    need_root()
    with zram_swap():
        with Mkpool(*FILLED, *forks(2), write(worker=1, pages=700)) as pool:
            for command in (page_out(worker=1, pages=700), page_out(worker=MASTER, first=1000, pages=500)):
                push_out(command)(pool)
            as_rollup(lambda: sample(pool.master))
            # others than the pool may have what is swapped, and nothing tells
            for p in sample(pool.master)["processes"]:
                equal(f"label of swap_pss_bytes of {p['role']}", is_estimate(p, "swap_pss_bytes"),
                      p["memory"]["swap_bytes"] > 0)


SHARED = """
import mmap, os, sys, time
page, pages = mmap.PAGESIZE, 1500
shared = mmap.mmap(-1, pages * page)
for at in range(0, pages * page, page):
    shared[at:at + page] = os.urandom(page)
for _ in range(2):
    if not os.fork():
        break
os.write(1, b"ready\\n")
while True:                            # each lets go of them: the last one swaps them out
    shared.madvise(21)                 # MADV_PAGEOUT
    time.sleep(0.1)
"""


@test
def swapped_shared():
    """shared memory that is swapped is in no page table: swap_bytes has a label"""
    need_root()
    with zram_swap(), spawned([sys.executable, "-c", SHARED], stdout=subprocess.PIPE) as pool:
        for _ in range(3):
            equal("pool", pool.stdout.readline(), b"ready\n")
        until("it is swapped", lambda: rollup(pool.pid)["Swap"] > 1000 * PAGE)
        for p in sample(pool.pid)["processes"]:
            true(f"label of swap_bytes of the {p['role']}", is_estimate(p, "swap_bytes"))
            if not p["memory"]["swap_bytes"]:
                equal("label of swap_pss_bytes", is_estimate(p, "swap_pss_bytes"), False)


@test
def given_back():
    """pages that were given to MADV_FREE are not dirty, and nothing says so: the split has a label"""
    need_root()
    with Mkpool(*FILLED, *forks(2), fill(worker=1, pages=500), free_lazily(worker=1, pages=500)) as pool:
        split = ("private_clean_bytes", "private_dirty_bytes", "shared_clean_bytes", "shared_dirty_bytes")
        as_rollup(lambda: sample(pool.master), [k for k in KEYS if k not in split])
        worker = rows(sample(pool.master))[pool.pid(1)]
        true("it is about", abs(rollup(pool.pid(1))["Private_Dirty"] - worker["memory"]["private_dirty_bytes"])
             > 400 * PAGE)
        for key in split:
            equal(f"label of {key}", worker["bounds"].get(f"memory.{key}", {}).get("label"), "estimate")
        for key in ("uss_bytes", "pss_bytes", "pss_anon_bytes"):
            equal(f"label of {key}", worker["bounds"].get(f"memory.{key}"), None)


MARKED = """
import ctypes, fcntl, mmap, os, platform, struct, sys
PAGE, PAGES = mmap.PAGESIZE, 900
CALL = {"x86_64": 323, "aarch64": 282}[platform.machine()]
held = mmap.mmap(-1, PAGES * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
at = ctypes.addressof(ctypes.c_char.from_buffer(held))
fd = ctypes.CDLL(None, use_errno=True).syscall(CALL, os.O_CLOEXEC | 1)
try:
    if fd < 0:
        raise OSError(ctypes.get_errno(), "userfaultfd")
    fcntl.ioctl(fd, 0xc018aa3f, struct.pack("QQQ", 0xaa, 0, 0))                     # UFFDIO_API
    fcntl.ioctl(fd, 0xc020aa00, struct.pack("QQQQ", at, PAGES * PAGE, 1, 0))        # UFFDIO_REGISTER, missing
    fcntl.ioctl(fd, 0xc020aa08, struct.pack("QQQq", at, PAGES * PAGE, 0, 0))        # UFFDIO_POISON, Linux 6.6
except OSError as error:
    print(error, flush=True)
    sys.exit()
for _ in range(2):
    if not os.fork():
        break
os.write(1, b"ready\\n")
sys.stdin.read()
"""


@test
def markers():
    """as smaps_rollup: what userfaultfd marks is no page, and not swapped"""
    need_root()
    with spawned([sys.executable, "-c", MARKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        for _ in range(3):
            answer = pool.stdout.readline().decode()
            if answer != "ready\n":
                raise Skip(answer.strip())
        as_rollup(lambda: sample(pool.pid), [k for k in KEYS if not k.endswith(("clean_bytes", "dirty_bytes"))])
        for p in sample(pool.pid)["processes"]:
            equal(f"swapped pages of the {p['role']}", p["pages"]["swapped"], 0)
            equal("its swap", p["memory"]["swap_bytes"], 0)


OUTSIDER = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
data = [bytes([i % 251]) * 5000 for i in range(4000)]
NEWNS, NEWPID, PRIVATE_ALL = 0x20000, 0x20000000, 0x44000
if libc.unshare(NEWNS | NEWPID):
    sys.exit(os.strerror(ctypes.get_errno()))
child = os.fork()
if child:                              # maps all that the pool has, and nobody in there sees it
    os.waitpid(child, 0)
    os._exit(0)
libc.mount(b"none", b"/", None, PRIVATE_ALL, None)
libc.mount(b"proc", b"/proc", b"proc", 0, None)
for _ in range(2):
    if not os.fork():
        data[1000:2000] = [bytes([7]) * 5000 for i in range(1000)]
        os.write(1, b"ready\\n")
        sys.stdin.read()
        os._exit(0)
os.write(1, b"ready\\n")
sys.stdin.read()
"""


@test
def outsider():
    """as smaps_rollup: one who is in no walk maps the pool's pages"""
    need_root()
    need_to_run("unshare", "--mount", "--pid", "--fork")
    need("nsenter")
    with spawned([sys.executable, "-c", OUTSIDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as outer:
        for _ in range(3):
            if outer.stdout.readline() != b"ready\n":
                raise Skip("no namespace of processes here")
        with open(f"/proc/{outer.pid}/task/{outer.pid}/children", encoding="ascii") as f:
            master = int(f.read().split()[0])
        inside = ("nsenter", "-t", master, "-p", "-m")

        def document():
            said = sample(1, prefix=tuple(map(str, inside)))
            with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as f:
                pids = {1: master, **dict(zip((2, 3), map(int, f.read().split())))}
            for p in said["processes"]:
                p["pid"] = pids[p["pid"]]
            return said
        equal("processes", len(document()["processes"]), 3)
        as_rollup(document)
        outer.stdin.close()
        outer.stdin = None


def recorded(path):
    status, out, err = cowtop("replay", "--json", path)
    equal(f"replay: {err}", status, 0)
    return [json.loads(line) for line in out.splitlines()]


@test
def left_out():
    """who shares pages with processes that stand still: USS as it is, PSS an estimate that is near"""
    need_root()
    with Mkpool(*FILLED, *forks(4)) as pool, folder() as place:
        path, writer = os.path.join(place, "pool.ct"), pool.pid(1)
        with spawned([COWTOP, "record", "-o", path, "-i", "0.05", "--budget", "none", str(pool.master)],
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            until("it records", lambda: os.path.exists(path) and len(recorded(path)) > 3)
            pool.do(write(worker=1, pages=500))

            def walks(n):
                """(who was left out, the writer) of each sample that was walked and in which it had copied so many."""
                return [(d["accounting"]["skipped"], p) for d in recorded(path) if d["accounting"]["walked"]
                        for p in d["processes"] if p["pid"] == writer and p["pages"]["cow_broken"] >= n]
            skipped, found = until("a walk that sees it", lambda: walks(500))[-1]
            if not skipped:
                # It was one that leaves nobody out; the next of those is far.
                pool.do(write(worker=1, first=500, pages=500))
                skipped, found = until("another one", lambda: walks(1000))[-1]
            true("a walk without the others", skipped)
        kernel = rollup(writer)
        memory, bounds = found["memory"], found["bounds"]
        near("uss_bytes", memory["uss_bytes"], kernel["Private_Clean"] + kernel["Private_Dirty"], FILES)
        equal("label of USS", bounds.get("memory.uss_bytes"), None)
        near("pss_anon_bytes", memory["pss_anon_bytes"], kernel["Pss_Anon"], kernel["Pss_Anon"] // 20)
        equal("label of PSS", bounds.get("memory.pss_anon_bytes", {}).get("label"), "estimate")


@test
def duty_cycle():
    """where frames are not counted, smaps_rollup is read a hundredth of the time, and its age is told"""
    need_root()
    shim = os.path.abspath(os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "fault.so"))
    need(shim)
    with Mkpool(*FILLED, *forks(1)) as pool, folder() as place:
        held, log = write_file(os.path.join(place, "held"), ""), write_file(os.path.join(place, "log"), "")
        fault = f"open:EACCES:kpagecount,read:held:/{pool.pid(1)}/smaps_rollup"
        with Stream(pool.master, 0.02, prefix=("env", f"LD_PRELOAD={shim}", f"FAULT={fault}",
                                               f"FAULT_HELD={held}", f"FAULT_LOG={log}")) as stream:
            until("it is read", lambda: os.path.getsize(log) > 2)
            began = time.monotonic()
            until("that takes long", lambda: time.monotonic() - began > 0.5)
            os.unlink(held)
            pool.do(write(worker=1, pages=900))
            documents = [stream.next() for _ in range(10)]
            ages = [rows(d)[pool.pid(1)]["memory"]["age_s"] for d in documents]
            others = [rows(d)[pool.master]["memory"]["age_s"] for d in documents]
        equal("the first is of its sample", ages[0], 0)
        true("the others are older and older", all(b > a for a, b in zip(ages, ages[1:])), ages)
        true("the master's is read again", min(others[1:]) < 0.5, others)
        # pages are of each sample, and what the kernel counts is held against them
        for d in documents[2:]:
            near("unaccounted", rows(d)[pool.pid(1)]["pages"]["unaccounted"], 0, 64)


@test
def no_rollup():
    """level exact opens no smaps_rollup of a process that it walks"""
    need_root()
    shim = os.path.abspath(os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "fault.so"))
    need(shim)
    with Mkpool(*FILLED, *forks(3), write(worker=1, pages=100), spawn(worker=2)) as pool, folder() as place:
        log = write_file(os.path.join(place, "log"), "")
        rules = ",".join(f"open:EACCES:{p['pid']}/smaps_rollup" for p in pool.truth.values())
        for more in (("-n", "1"), ("-n", "5", "-i", "0.05")):
            done = subprocess.run([COWTOP, "--json", *more, str(pool.master)], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=PATIENCE,
                                  env=through(shim, FAULT=rules, FAULT_LOG=log))
            equal("status", done.returncode, 0)
            document = json.loads(done.stdout.splitlines()[-1] if len(more) > 2 else done.stdout)
            true("PSS of all", all(p["memory"]["pss_bytes"] for p in document["processes"]))
            equal("times that smaps_rollup was opened", os.path.getsize(log), 0)
        # the shim works: who may not see frames reads it
        subprocess.run([COWTOP, "--json", str(pool.master)], stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=PATIENCE, env=through(shim, FAULT=rules + ",open:EACCES:kpagecount",
                                                     FAULT_LOG=log))
        true("smaps_rollup was opened without kpagecount", os.path.getsize(log) > len(pool.truth))


if __name__ == "__main__":
    main()
