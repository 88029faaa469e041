#!/usr/bin/python3
"""Pools whose master is gone: found, watched, and compared with what their workers show of it."""
import contextlib
import ctypes
import functools
import json
import mmap
import os
import signal
from cases import FILLED, forks
from kernel import distinct_frames, flag_is_told, PAGE, stat_fields
from mkpool import fill, filled, fork, leave, MASTER, Mkpool, new_arena, write
from run import cowtop, folder, NOBODY, readable_binaries, sample, Stream
from tap import equal, main, near, need, need_root, Skip, test, true, until

SLACK = 24          # pages by which two pools differ outside the arenas, or contents may be wrong


def copies(document):
    return {p["pid"]: p["pages"]["cow_broken"] for p in document["processes"] if p["role"] == "worker"}


@functools.lru_cache
def outside():
    """Pages that a worker has copied outside the arenas, of which the truth does not tell."""
    with Mkpool(*forks(3)) as pool:
        end_master(pool)
        return min(copies(sample(pool.pid(1))).values())


def check_copies(document, pool, slack=SLACK):
    got = {pid: n - outside() for pid, n in copies(document).items()}
    workers = {p["pid"]: p for slot, p in pool.truth.items() if slot and not p["held"]}
    equal("workers", sorted(got), sorted(workers))
    for pid, p in workers.items():
        near(f"pid {pid}: copied pages", got[pid], p["pages"]["cow_broken"], slack)


def check_masterless(document, pool, kinship):
    figures = document["pool"]
    equal("master_pid", figures["master_pid"], None)
    equal("leader_pid", figures["leader_pid"], pool.pid(1))
    equal("kinship", figures["kinship"], kinship)
    equal("roles", {p["role"] for p in document["processes"]}, {"worker"})


def end_master(pool):
    """The master ends; the workers stay."""
    pool.do(leave(worker=MASTER))


def pools_of(pool, prefix=()):
    status, out, err = cowtop("pools", "--json", prefix=prefix)
    equal(f"cowtop pools: {err}", status, 0)
    mine = {p["pid"] for p in pool.truth.values()}
    return [p for p in json.loads(out)["pools"] if p["leader_pid"] in mine]


@test
def found():
    """workers that the master left are one pool: by the pid of each, by name, in the list, on each output"""
    need_root()
    with Mkpool(*FILLED, *forks(3), write(worker=1, pages=400), write(worker=2, first=300, pages=400)) as pool:
        end_master(pool)
        for slot in (1, 2, 3):
            document = sample(pool.pid(slot))
            check_masterless(document, pool, "frames")
            check_copies(document, pool)
            near("footprint in pages", document["pool"]["footprint_bytes"] / PAGE,
                 distinct_frames(*(p["pid"] for p in pool.truth.values())), 8)
        listed = pools_of(pool)
        equal("pools", [(p["master_pid"], p["workers"]) for p in listed], [(None, 3)])
        status, out, err = cowtop(pool.pid(2))
        true("says so", status == 0 and "the master is gone" in err and "master gone, 3 workers" in out, (out, err))
        status, out, err = cowtop("pools")
        true("in parentheses", f"({pool.pid(1)})" in out and "(PID)" in out, out)


@test
def all_differ():
    """where no worker has the original any more, contents tell copies from new memory, as an upper bound"""
    need_root()
    with Mkpool(*FILLED, *forks(3), *(write(worker=w, pages=500) for w in (1, 2, 3)),
                *(new_arena(worker=w, arena=1, kind="anon", pages=300) for w in (1, 2, 3)),
                *(fill(worker=w, arena=1, pages=300) for w in (1, 2, 3))) as pool:
        end_master(pool)
        document = sample(pool.pid(1))
        check_copies(document, pool)
        for p in document["processes"]:
            equal(f"pid {p['pid']}: exactness", p["exactness"], "upper_bound")
            near(f"pid {p['pid']}: new pages", p["pages"]["new"], 300, SLACK)


@test
def one_kept_it():
    """the last one that has the original has not copied it, and the others have"""
    need_root()
    if not flag_is_told():
        raise Skip("this kernel does not show which pages are exclusive")
    with Mkpool(*FILLED, *forks(3), write(worker=2, pages=500), write(worker=3, pages=700),
                write(worker=1, first=600, pages=50)) as pool:
        end_master(pool)
        document = sample(pool.pid(3))
        check_copies(document, pool)
        for p in document["processes"]:
            truth = next(t["pages"] for t in pool.truth.values() if t["pid"] == p["pid"])
            near(f"pid {p['pid']}: orphaned", p["pages"]["orphaned"], truth["orphaned"], SLACK)
            equal(f"pid {p['pid']}: new, outside the arenas", p["pages"]["new"] > SLACK, False)


@test
def while_watched():
    """a master that dies while one watches: nobody else exits, and what workers do then counts to the page"""
    need_root()
    with Mkpool(*FILLED, *forks(3), write(worker=1, pages=100), write(worker=MASTER, first=1000, pages=50)) as pool, \
            Stream(pool.master, 0.02) as stream:
        before = copies(stream.fresh())
        end_master(pool)
        events, document = [], stream.next()
        while document["pool"]["master_pid"]:
            document = stream.next()
        events = [(e["type"], e["text"]) for e in document["events"]]
        equal("events", events, [("master_exited", "the master exited; 3 workers live on")])
        equal("no copies by that", copies(document), before)
        equal("nothing found by guess", document["pool"]["kinship"], None)
        pool.do(write(worker=1, first=200, pages=130), write(worker=3, first=200, pages=70), fork(worker=2))
        document = stream.fresh()
        near("a worker of a worker", len(copies(document)), 4, 0)
        equal("the first", copies(document)[pool.pid(1)] - before[pool.pid(1)], 130)
        equal("the third", copies(document)[pool.pid(3)] - before[pool.pid(3)], 70)


@test
def all_leave():
    """the watch ends with the last worker"""
    need_root()
    with Mkpool(*FILLED, *forks(2)) as pool, Stream(pool.master, 0.02) as stream:
        master = pool.master
        stream.fresh()
        pool.do(leave(worker=MASTER))
        os.kill(pool.pid(1), signal.SIGKILL)
        until("one is left", lambda: [p["pid"] for p in stream.next()["processes"]] == [pool.pid(2)])
        os.kill(pool.pid(2), signal.SIGKILL)
        while stream.next():
            pass
        status, err = stream.ended()
        true("status and words", status == 0 and f"process {master} is gone" in err, (status, err))


PR_SET_CHILD_SUBREAPER = 36


@contextlib.contextmanager
def subreaper():
    """Orphans become children of this program, which is another image."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@test
def with_a_subreaper():
    """a subreaper that is another image is no master of those that it adopted"""
    need_root()
    with subreaper():
        with Mkpool(*FILLED, *forks(3), write(worker=1, pages=400)) as pool:
            end_master(pool)
            workers = [pool.pid(slot) for slot in (1, 2, 3)]
            equal("adopted", [int(stat_fields(pid)[1]) for pid in workers], [os.getpid()] * 3)
            document = sample(workers[1])
            check_masterless(document, pool, "frames")
            check_copies(document, pool)
        for pid in workers:
            os.waitpid(pid, 0)


@test
def nested():
    """children of workers that were left are in the pool, and each has its own copies"""
    need_root()
    with Mkpool(*FILLED, *forks(2), write(worker=1, pages=300), fork(worker=1), write(worker=3, first=500, pages=100),
                fork()) as pool:
        end_master(pool)
        equal("pools", [p["workers"] for p in pools_of(pool)], [4])
        got = copies(sample(pool.pid(3)))
        near("the child's", got[pool.pid(3)] - outside(), 100, 2 * SLACK)
        near("who forked nobody", got[pool.pid(2)] - outside(), 0, SLACK)


def middle(pool):
    """Process 1 forks 2 and 3 and is gone; the master lives, and has forked 4."""
    pool.do(fork(), write(worker=1, first=100, pages=60), fork(worker=1), fork(worker=1), fork(),
            write(worker=2, first=500, pages=200), write(worker=3, first=600, pages=300),
            write(worker=4, pages=50))


def check_middle(document, pool):
    equal("master_pid", document["pool"]["master_pid"], pool.master)
    equal("workers", document["pool"]["workers"], 3)
    check_copies(document, pool)
    bases = {p["pid"]: p["forked"] for p in document["processes"]}
    true("all forked", all(bases.values()), bases)


@test
def process_between():
    """workers of a process in between that is gone belong to the master that lives, watched and at first sight"""
    need_root()
    with Mkpool(*FILLED) as pool:
        middle(pool)
        with Stream(pool.master, 0.02) as stream:
            stream.fresh()
            pool.do(leave(worker=1))
            document = stream.fresh()
            check_middle(document, pool)
            events = [e["type"] for e in document["events"]]
            true("no exit of who lives", events.count("worker_exited") <= 1, events)
        check_middle(sample(pool.pid(2)), pool)
        equal("pools", [(p["master_pid"], p["workers"]) for p in pools_of(pool)], [(pool.master, 3)])


def line(gone):
    """Each of four was forked by the one before, and wrote pages of its own and some that this one had written;
    then one of them is gone."""
    writes = [(write(worker=w, first=300 * w, pages=300), write(worker=w, first=300 * (w - 1),
                                                                pages=60)) for w in range(1, 5)]
    return Mkpool(*FILLED, *(order for w in range(1, 5) for order in (fork(worker=w - 1), *writes[w - 1])),
                  leave(worker=gone))


@test
def one_of_a_line():
    """at first sight the parents of one that is gone have what they copied, and the master nothing of it"""
    need_root()
    if not flag_is_told():
        raise Skip("this kernel does not show which pages are exclusive")
    for gone in (2, 3):
        with line(gone) as pool:
            document = sample(pool.master)
            equal("master_pid", document["pool"]["master_pid"], pool.master)
            got = copies(document)
            for slot in range(1, gone):
                near(f"{gone} is gone: {slot}", got[pool.pid(slot)] - outside(), 360, 2 * SLACK)
            master = next(p for p in document["processes"] if p["role"] == "master")
            near(f"{gone} is gone: the master", master["pages"]["cow_broken"], 0, SLACK)


@test
def loaded_between():
    """what only the process in between had is known by those that it left"""
    need_root()
    with Mkpool(fork(), *filled(worker=1, pages=2000), fork(worker=1), fork(worker=1), write(worker=2, pages=300),
                write(worker=3, first=200, pages=300)) as pool:
        pool.do(leave(worker=1))
        document = sample(pool.master)
        equal("master_pid", document["pool"]["master_pid"], pool.master)
        check_copies(document, pool)


@test
def two_of_a_program():
    """two families of one program without ASLR: frames tell them apart, and who sees none is told of a guess"""
    need_root()
    need("setarch", "setpriv")
    with readable_binaries():
        plain = [*NOBODY, "setarch", "-R"]
        with Mkpool(*FILLED, *forks(3), prefix=plain) as a, Mkpool(*FILLED, *forks(2), prefix=plain) as b:
            end_master(a)
            end_master(b)
            for pool, n in ((a, 3), (b, 2)):
                document = sample(pool.pid(2))
                check_masterless(document, pool, "frames")
                equal("workers", document["pool"]["workers"], n)
            guess = sample(a.pid(1), prefix=NOBODY)["pool"]
            equal("guess", guess["kinship"], "guess")
            true("no exact figure", guess["exactness"] in ("estimate", "upper_bound"), guess["exactness"])
            true("and says so", "is a guess" in cowtop(a.pid(1), prefix=NOBODY)[2])


@test
def as_its_user():
    """an ordinary user without frame numbers finds the family by its addresses, and its copies are an estimate"""
    need_root()
    need("setpriv")
    with readable_binaries(), Mkpool(*FILLED, *forks(3), write(worker=1, pages=400),
                                     write(worker=2, first=300, pages=400),
                                     prefix=NOBODY) as pool:
        end_master(pool)
        document = sample(pool.pid(3), prefix=NOBODY)
        check_masterless(document, pool, "addresses")
        true("exactness", document["pool"]["exactness"] in ("estimate", "upper_bound"), document["pool"]["exactness"])
        check_copies(document, pool, 100)
        equal("pools", [p["workers"] for p in pools_of(pool, NOBODY)], [3])


@test
def execed_are_none():
    """the same program with the same arguments, exec'ed twice without ASLR, is no family"""
    need_root()
    need("setarch")
    # The environment moves the stack: of some sizes it begins where that of the exec'ing process does.
    for size in range(16):
        os.environ["PADDING"] = "x" * size
        with Mkpool(*forks(1), prefix=["setarch", "-R"]) as a, Mkpool(*forks(2), prefix=["setarch", "-R"]) as b:
            for pool, n in ((a, 1), (b, 2)):
                document = sample(pool.master)
                equal("master and workers", (document["pool"]["master_pid"], document["pool"]["workers"]),
                      (pool.master, n))
            equal("pools", sorted(p["workers"] for p in pools_of(a) + pools_of(b)), [1, 2])


@test
def alone():
    """one that was left alone is no pool: exit 6, and why"""
    need_root()
    with Mkpool(*forks(1)) as pool:
        end_master(pool)
        status, out, err = cowtop(pool.pid(1))
        true("status and words", status == 6 and "who forked it is gone" in err, (status, out, err))


@test
def rules():
    """a rule about the master of a pool that has none cannot be evaluated: exit 1; one about workers can"""
    need_root()
    with Mkpool(*FILLED, *forks(3), write(worker=1, pages=1000)) as pool:
        end_master(pool)
        for rule, wanted in (("master.cow_broken_ratio < 100%", 1), ("worker.cow_broken_ratio > 30%", 3),
                             ("worker.cow_broken_ratio > 90%", 0)):
            equal(rule, cowtop("--json", "--fail-if", rule, pool.pid(1))[0], wanted)


@test
def recorded():
    """recorded, replayed and reported: as it was seen"""
    need_root()
    with Mkpool(*FILLED, *forks(3), write(worker=1, pages=400)) as pool, folder() as place:
        master = pool.master
        end_master(pool)
        path = f"{place}/pool.ct"
        status, _, err = cowtop("record", "-o", path, "-n", 3, "-i", 0.05, pool.pid(2))
        equal(f"record: {err}", status, 0)
        status, out, err = cowtop("replay", "--json", path)
        equal(f"replay: {err}", status, 0)
        document = json.loads(out.splitlines()[-1])
        check_masterless(document, pool, "frames")
        check_copies(document, pool)
        status, out, err = cowtop("report", path)
        true("report", status == 0 and "master gone, 3 workers" in out, (out[:200], err))
        true("and not that of one before", str(master) not in out.split("\n", 1)[0], out[:200])


PR_SET_MM, PR_SET_MM_MAP = 35, 14


class MemoryMap(ctypes.Structure):
    """struct prctl_mm_map (include/uapi/linux/prctl.h)"""
    _fields_ = [(name, ctypes.c_uint64) for name in (
        "start_code", "end_code", "start_data", "end_data", "start_brk", "brk", "start_stack", "arg_start",
        "arg_end", "env_start", "env_end", "auxv")] + [("auxv_size", ctypes.c_uint32), ("exe_fd", ctypes.c_uint32)]


def move_title(title):
    """As systemd's rename_process() and LXC: the arguments are on a page of their own from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.sbrk.restype = ctypes.c_void_p
    with open("/proc/self/stat", "rb") as f:
        field = dict(enumerate(map(int, f.read().rsplit(b")", 1)[1].split()[1:]), 4))
    place = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    place.write(title + b"\0")
    at = ctypes.addressof(ctypes.c_char.from_buffer(place))
    m = MemoryMap(field[26], field[27], field[45], field[46], field[47], libc.sbrk(0), field[28], at,
                  at + len(title) + 1, field[50], field[51], 0, 0, 0xffffffff)
    if libc.prctl(PR_SET_MM, PR_SET_MM_MAP, ctypes.byref(m), ctypes.sizeof(m), 0):
        raise Skip(os.strerror(ctypes.get_errno()))
    return place


@test
def moved_title():
    """a child that moved its arguments by prctl(PR_SET_MM) is forked, as one that did not"""
    need_root()
    try:
        children = []
        for n in range(2):
            read, write_end = os.pipe()
            pid = os.fork()
            if pid == 0:
                try:
                    kept = move_title(b"(worker)")
                    os.write(write_end, b".")
                except Skip:
                    os.write(write_end, b"-")
                while kept:
                    signal.pause()
            children.append(pid)
            if os.read(read, 1) != b".":
                raise Skip("prctl(PR_SET_MM_MAP) is not allowed here")
        for pid in children:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                equal("the title", f.read(), b"(worker)\0")
        document = sample(os.getpid())
        roles = {p["pid"]: (p["role"], p["forked"]) for p in document["processes"]}
        equal("both", [roles.get(pid) for pid in children], [("worker", True)] * 2)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
