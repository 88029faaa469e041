#!/usr/bin/python3
"""Which pages were copied, by whom: known truth, every kind of fault, each row to the page."""
import functools
import json
import os
import subprocess
import sys
from watching import EVENTS, tracepoints, Watch
from kernel import arena_words, FRAME, has_zero_page, HUGE, waits
from mkpool import filled, fork, free, leave, MASTER, Mkpool, new_arena, page_out, poke, read, spawn, write
from run import cowtop
from tap import add_test, equal, main, near, ROOT, Skip, test, true, until

OUTSIDE = 100   # pages outside the arenas that a process breaks while it obeys and forks


def chain(name, how, wanted, *commands, before=(), slot=1, kernel=None):
    """`commands` after the watch began: `wanted` copies, all of them by `how`."""
    def run():
        tracepoints()
        with Mkpool(*before) as pool, Watch(pool.master, "period=1") as w:
            pool.do(*commands)
            pid = pool.pid(slot)
            got = w.take()
            equal("lost", got.lost, 0)
            equal("truth", pool.truth[slot]["copies"].get(how, 0), wanted)
            equal("stacks", got.by(how, pid=pid, kernel=kernel), wanted)
            near("counted", got.copies(pid), wanted, OUTSIDE)
            equal("only copies", sum(s[e] for s in got.stacks for e in EVENTS[1:]), 0)
    add_test(name, run)


def reuse(name, slot, *commands):
    """The last of `commands` writes what nobody else has: no copy, but where this kernel made some all the same
    (Linux 5.9 to 5.17): then the stacks have just those whose frame is another one now."""
    def run():
        tracepoints()
        with Mkpool(*FORKED) as pool, Watch(pool.master, "period=1") as w:
            pool.do(*commands[:-1])
            before = arena_words(pool.truth[slot])
            pool.do(commands[-1])
            after = arena_words(pool.truth[slot])
            moved = sum(1 for a, b in zip(before, after) if (a ^ b) & FRAME)
            got = w.take()
            equal("lost", got.lost, 0)
            equal("stacks", got.by("chain_reuse", pid=pool.pid(slot)), moved)
            told = [p["answer"] for p in json.loads(cowtop("doctor", "--json")[1])["kernel"]
                    if p["property"] == "last_owner_reuses"]
            if told != [False]:
                equal("copies", moved, 0)
    add_test(name, run)


@functools.lru_cache
def kernel_lacks(what):
    """Does the trial of tests/lib/kernelprobe.py say no? What it does not know is taken for a yes."""
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "lib", "kernelprobe.py")],
                          capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout).get(what) is False


FILLED = filled(worker=MASTER, pages=2000)
FORKED = [*FILLED, fork()]

chain("a child writes what it inherited", "chain_a", 1500, write(worker=1, pages=1500, how="chain_a"), before=FORKED)
chain("so does one that is forked later", "chain_b", 1500, fork(), write(worker=2, pages=1500, how="chain_b"),
      before=FORKED, slot=2)
chain("a child's child too", "chain_b", 1500, fork(worker=1), write(worker=2, pages=1500, how="chain_b"),
      before=FORKED,
      slot=2)
chain("the kernel writes for a child: read(2)", "chain_read", 1500, write(worker=1, pages=1500, how="chain_read"),
      before=FORKED, kernel=True)
chain("the master writes, a child has the pages", "chain_a", 1500, write(worker=MASTER, pages=1500, how="chain_a"),
      before=FORKED, slot=0)
chain("a child reads", "chain_a", 0, read(worker=1, pages=1500), before=FORKED)
reuse("the master writes after its child has gone: reuse", 0, leave(worker=1),
      write(worker=MASTER, pages=1500, how="chain_reuse"))
reuse("the last owner writes: reuse", 1, write(worker=MASTER, pages=1500, how="chain_a"),
      write(worker=1, pages=1500, how="chain_reuse"))
chain("first touch", "chain_first", 0, new_arena(worker=1, arena=1, kind="anon", pages=2000),
      write(worker=1, arena=1, pages=1500, how="chain_first"),
      before=FORKED)
chain("the zero page, read and then written", "chain_first", 0, new_arena(worker=1, arena=1, kind="anon", pages=2000),
      read(worker=1, arena=1, pages=1500), write(worker=1, arena=1, pages=1500, how="chain_first"), before=FORKED)
chain("the zero page, inherited", "chain_first", 0 if has_zero_page() else 1500,
      write(worker=1, pages=1500, how="chain_first"),
      before=[new_arena(worker=MASTER, kind="anon", pages=2000), read(worker=MASTER, pages=2000), fork()])
chain("shared memory", "chain_first", 0, new_arena(worker=1, arena=1, kind="shm", pages=2000),
      write(worker=1, arena=1, pages=1500, how="chain_first"),
      before=FORKED)
chain("a file's pages, read and then written", "chain_a", 1500, new_arena(worker=1, arena=1, kind="file", pages=2000),
      read(worker=1, arena=1, pages=1500), write(worker=1, arena=1, pages=1500, how="chain_a"), before=FORKED)
chain("a file's pages, written at once", "chain_a", 1500, new_arena(worker=1, arena=1, kind="file", pages=2000),
      write(worker=1, arena=1, pages=1500, how="chain_a"), before=FORKED)
chain("a file's pages that the master had written", "chain_a", 1500, write(worker=1, pages=1500, how="chain_a"),
      before=[*filled(worker=MASTER, kind="file", pages=2000), fork()])
chain("a huge page, all of it", "chain_a", HUGE, write(worker=1, pages=HUGE, how="chain_a"),
      before=[*filled(worker=MASTER, kind="thp", pages=2 * HUGE), fork()])
chain("a huge page, one page of it", "chain_a", HUGE if kernel_lacks("huge_copy_one") else 1,
      write(worker=1, first=7, pages=1, how="chain_a"),
      before=[*filled(worker=MASTER, kind="thp", pages=2 * HUGE), fork()])


@test
def what_comes_back_from_swap_is_no_copy():
    tracepoints()
    with Mkpool(*filled(worker=MASTER, pages=600), fork(), free(worker=MASTER, pages=600)) as pool:
        pool.do(page_out(worker=1, pages=600))
        if not swapped(pool.pid(1)):
            raise Skip("no swap here")
        with Watch(pool.master, "period=1") as w:
            pool.do(write(worker=1, pages=600, how="chain_first"))
            got = w.take()
            equal("stacks", got.by("chain_first"), 0)
            near("counted", got.copies(pool.pid(1)), 0, OUTSIDE)


def swapped(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        return any(line.startswith("VmSwap") and line.split()[1] != "0" for line in status)


@test
def a_write_from_outside_is_the_writers():
    tracepoints()
    with Mkpool(*FORKED, fork()) as pool, Watch(pool.master, "period=1") as w:
        pool.do(poke(worker=2, victim=1, pages=500))
        got = w.take()
        near("the writer", got.copies(pool.pid(2)), 500, OUTSIDE)
        near("the owner", got.copies(pool.pid(1)), 0, OUTSIDE)
        true("a system call", got.by("act_poke", kernel=True) >= 500)


@test
def each_chain_has_its_pages():
    tracepoints()
    with Mkpool(*filled(worker=MASTER, pages=12000), fork()) as pool, \
            Watch(pool.master, "period=1") as w:
        pool.do(write(worker=1, pages=5000, how="chain_a"), write(worker=1, first=5000, pages=3000, how="chain_b"),
                write(worker=1, first=8000, pages=2000, how="chain_read"))
        got, pid = w.take(), pool.pid(1)
        equal("a", got.by("chain_a"), 5000)
        equal("b", got.by("chain_b"), 3000)
        equal("read", got.by("chain_read", kernel=True), 2000)
        equal("the leaf of both", got.by("chain_leaf"), 8000)
        near("counted", got.copies(pid), 10000, OUTSIDE)
        equal("again", w.take().by("chain_leaf"), 0)


@test
def one_in_ten_is_enough():
    tracepoints()
    with Mkpool(*filled(worker=MASTER, pages=12000), fork()) as pool, \
            Watch(pool.master, "period=10") as w:
        pool.do(write(worker=1, pages=6000, how="chain_a"), write(worker=1, first=6000, pages=4000, how="chain_b"))
        got, pid = w.take(), pool.pid(1)
        near("a", got.by("chain_a") * 10, 6000, 300)
        near("b", got.by("chain_b") * 10, 4000, 200)
        near("counted to the page", got.copies(pid), 10000, OUTSIDE)


@test
def no_sample_before_a_period_is_full():
    tracepoints()
    with Mkpool(*FORKED) as pool, Watch(pool.master, "period=500") as w:
        pool.do(fork(), write(worker=1, pages=20, how="chain_a"), write(worker=2, pages=20, how="chain_a"))
        equal("20 of 500", w.take().stacks, [])
        pool.do(write(worker=1, first=20, pages=1100, how="chain_a"),
                write(worker=2, first=20, pages=1100, how="chain_a"))
        got = w.take()
        for name, slot in (("one that was there", 1), ("one that came", 2)):   # two, or on two CPUs one
            samples = got.by("chain_a", pid=pool.pid(slot))
            true(f"{name}: {samples} samples of 1120 pages", 1 <= samples <= 2)


@test
def counting_alone():
    tracepoints()
    with Mkpool(*FORKED) as pool, Watch(pool.master, "count") as w:
        pool.do(fork(), write(worker=2, pages=1500, how="chain_a"), write(worker=1, pages=700, how="chain_read"))
        late, early = pool.pid(2), pool.pid(1)
        got = w.take()
        near("one that was there", got.copies(early), 700, OUTSIDE)
        near("one that came", got.copies(late), 1500, OUTSIDE)
        equal("no stacks", got.stacks, [])
        pool.do(write(worker=2, first=1500, pages=300, how="chain_a"), leave(worker=2))
        near("and left", w.take().copies(late), 300, OUTSIDE)


@test
def children_that_end_before_their_first_sample_are_counted():
    tracepoints()
    with Mkpool(*FORKED) as pool, Watch(pool.master, "count") as w:
        pids = []
        for _ in range(40):
            pool.do(fork())
            pids.append(pool.pid(2))
            pool.do(write(worker=2, pages=30, how="chain_a"), leave(worker=2))
        got = w.take()
        short = [got.copies(pid) for pid in pids]
        near("all of them", sum(short), 40 * 30, 40 * OUTSIDE)
        true(f"each has copies: {short}", min(short) >= 15)


@test
def whoever_is_gone_before_the_look_is_there():
    tracepoints()
    with Mkpool(*filled(worker=MASTER, pages=16000), fork()) as pool, \
            Watch(pool.master, "period=1") as w:
        pool.do(fork())
        pid = pool.pid(2)
        pool.do(write(worker=2, pages=16000, how="chain_a"), leave(worker=2))
        got = w.take()
        equal("lost", got.lost, 0)
        equal("stacks", got.by("chain_a", pid=pid), 16000)
        near("counted", got.copies(pid), 16000, OUTSIDE)
        true("no row the next time", pid not in w.take().processes)


@test
def another_program_is_no_worker():
    tracepoints()
    with Mkpool(*FORKED) as pool, Watch(pool.master, "period=1") as w:
        pool.do(spawn(worker=1))
        other = pool.truth[1]["spawned"]
        until("it runs", lambda: waits(other, "sleep"))
        true("no row of it, or of the few before its exec",
             w.take().processes.get(other, {"copied": 0})["copied"] < OUTSIDE)


main()
