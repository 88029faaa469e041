#!/usr/bin/python3
"""The ledger against known truth: every way a page of a pool comes to be what it is, to the page."""
import mmap
import random
from cases import (check_kernel, FILLED, FORK_SLACK, forks, late_lines, ledger, outside, play, random_step, sight,
                   wait_history)
from movers import KSM, ksm, merge_all, push_out, zram_swap
from kernel import arena_words, flag_is_told, HUGE, kernel_setting, need_thp, need_zero_page, PAGE, THP
from mkpool import (adopt, collapse, fill, filled, fork, fork_twice, free, free_lazily, hold, leave, MASTER, Mkpool,
                    move, new_arena, offer_to_merge, page_out, poke, protect, read, refill, spawn, write)
from run import cowtop, Stream
from tap import add_test, equal, fail, main, need_root, need_writable, Skip, test

MADV_COLLAPSE = 25

# name, set-up, steps (a walk after each), and what cannot be told apart: see cases.play
CASES = [
    ("untouched after the fork", FILLED + forks(2), [[read(worker=1, pages=2000), read(worker=MASTER, pages=2000)]],
     {}),
    ("a worker writes, siblings exist", FILLED + forks(2), [[write(worker=1, pages=211)]], {}),
    ("the only worker writes", FILLED + forks(1), [[write(worker=1, pages=211)]], {}),
    ("every worker writes what the master does not, which has waited for a child",
     FILLED + [adopt()] + forks(2) + [fork_twice(), leave(worker=3)],
     [[write(worker=1, pages=600)], [write(worker=2, pages=600)]], {}),
    ("the master writes, two workers", FILLED + forks(2), [[write(worker=MASTER, pages=211, stride=3)]], {}),
    ("the master writes, one worker", FILLED + forks(1), [[write(worker=MASTER, pages=211, stride=3)]], {}),
    ("master and one worker write, one is idle", FILLED + forks(2),
     [[write(worker=MASTER, pages=211)], [write(worker=1, pages=211)]], {}),
    ("reuse: the master writes last", FILLED + forks(1),
     [[write(worker=1, pages=211)], [write(worker=MASTER, pages=211)]], {"late": ("orphaned", "new")}),
    ("reuse: the worker writes last", FILLED + forks(1),
     [[write(worker=MASTER, pages=211)], [write(worker=1, pages=211)]], {"late": ("orphaned", "cow_broken", "new")}),
    ("the master frees, two workers", FILLED + forks(2), [[free(worker=MASTER, pages=307)]], {}),
    ("the master frees, one worker", FILLED + forks(1), [[free(worker=MASTER, pages=307)]], {}),
    ("the master frees, then a worker writes", FILLED + forks(2),
     [[free(worker=MASTER, pages=307)], [write(worker=1, pages=101)]], {"late": ("cow_broken", "new")}),
    ("the master frees and fills again, workers write", FILLED + forks(2),
     [[free(worker=MASTER, pages=600)], [fill(worker=MASTER, pages=300)], [write(worker=1, first=100, pages=400)]],
     {"late": ("cow_broken", "new")}),
    ("a worker frees, a walk, it fills again", FILLED + forks(2),
     [[free(worker=1, pages=307)], [fill(worker=1, pages=211)]], {"late": ("cow_broken", "new")}),
    ("a worker frees and fills again between two walks (looks copied)", FILLED + forks(2),
     [[refill(worker=1, pages=307)]], {"history": ("cow_broken", "new"), "late": ("cow_broken", "new")}),
    ("a worker frees and only reads again", FILLED + forks(2),
     [[free(worker=1, pages=307), read(worker=1, pages=307)]], {"zero": True}),
    ("MADV_FREE on shared pages", FILLED + forks(2), [[free_lazily(worker=1, pages=307)]], {}),
    ("a grandchild", FILLED + forks(2), [[fork(worker=1)], [write(worker=3, pages=53)],
                                         [write(worker=1, first=100, pages=31)]],
     {"slack": FORK_SLACK}),
    ("a grandchild of a worker that had copied", FILLED + forks(2) + [write(worker=1, pages=307)],
     [[fork(worker=1)], [write(worker=3, pages=53)]],
     {"slack": FORK_SLACK}),
    ("all workers copy the same pages, then each forks a child of its own",
     FILLED + forks(3) + [write(worker=w, pages=600) for w in (1, 2, 3)] + [fork(worker=w) for w in (1, 2, 3)],
     [[write(worker=4, pages=53)], [write(worker=1, first=1000, pages=31)]], {"slack": FORK_SLACK}),
    ("the master copies, a worker has the originals and a child of its own",
     FILLED + forks(2) + [fork(worker=1), write(worker=MASTER, pages=600)],
     [[write(worker=3, first=100, pages=53)], [write(worker=1, first=1000, pages=31)]], {"slack": FORK_SLACK}),
    ("a worker forked after the master wrote", FILLED + forks(2) + [write(worker=MASTER, pages=307)],
     [[fork()], [write(worker=3, pages=53)]], {"slack": FORK_SLACK}),
    ("the master writes and forks another worker between two looks", FILLED + forks(2),
     [[write(worker=MASTER, pages=211), fork()], [write(worker=MASTER, pages=53), fork()]],
     {"slack": FORK_SLACK, "interval": 1}),
    ("children that are gone: workers copied the same pages, forked, and their children ended",
     FILLED + forks(3) + [write(worker=w, pages=600) for w in (1, 2, 3)] + [fork(worker=w) for w in (1, 2, 3)]
     + [leave(worker=4), leave(worker=5), leave(worker=6)], [[write(worker=1, first=1000, pages=53)]],
     {"slack": FORK_SLACK}),
    ("new memory of a worker, shared with its own child", FILLED + forks(2),
     [[*filled(worker=1, arena=1, pages=700), fork(worker=1)], [write(worker=3, arena=1, pages=53)]],
     {"slack": FORK_SLACK}),
    ("a mold copies and forks twice", FILLED + [adopt(), fork(), write(worker=1, pages=600)]
     + [fork_twice(worker=1)] * 3,
     [[write(worker=2, first=100, pages=53)], [write(worker=1, first=1000, pages=31), fork_twice(worker=1)]],
     {"slack": FORK_SLACK}),
    ("a mold and the master copy", FILLED + [adopt(), fork(), write(worker=1, pages=600)]
     + [fork_twice(worker=1)] * 3,
     [[write(worker=MASTER, first=1500, pages=53)], [write(worker=1, first=1500, pages=31),
                                                     write(worker=2, first=1520, pages=53)]],
     {"slack": FORK_SLACK, "late": None}),
    ("a worker copies and forks its first child between two looks, which the master adopts",
     FILLED + [adopt()] + forks(2), [[write(worker=1, pages=211), fork_twice(worker=1)]],
     {"slack": FORK_SLACK, "late": None, "interval": 1}),
    ("a worker becomes the next mold",
     FILLED + [adopt(), fork(), write(worker=1, pages=600)] + [fork_twice(worker=1)] * 2
     + [write(worker=2, first=400, pages=400)] + [fork_twice(worker=2)] * 2,
     [[write(worker=4, pages=53)], [fork_twice(worker=2), write(worker=6, first=1000, pages=31)]],
     {"slack": FORK_SLACK}),
    ("a mold ends while one watches, and nobody looked before",
     FILLED + [adopt(), fork(), write(worker=1, pages=600)] + [fork_twice(worker=1)] * 3,
     [[leave(worker=1)], [write(worker=2, first=100, pages=53), write(worker=MASTER, first=1500, pages=53)],
      [fork(worker=2), write(worker=1, pages=31)]],
     {"slack": FORK_SLACK}),
    ("a mold ends after it has copied what the master had copied before, and nobody has the originals",
     FILLED + [adopt(), fork(), fork()],
     [[write(worker=MASTER, pages=211)], [write(worker=1, pages=211)], [fork_twice(worker=1), fork_twice(worker=1)],
      [leave(worker=2)], [leave(worker=1)]],
     {"slack": FORK_SLACK, "late": None}),
    ("a mold ends whose children init adopts",
     FILLED + [fork(), fork(), write(worker=1, pages=600)] + [fork(worker=1)] * 3,
     [[leave(worker=1)], [write(worker=3, first=100, pages=53)]], {"slack": FORK_SLACK, "late": None}),
    ("master and worker map at one address", FILLED + forks(2),
     [[new_arena(worker=MASTER, arena=1, kind="anon", pages=500),
       new_arena(worker=1, arena=1, kind="anon", pages=500), fill(worker=MASTER, arena=1, pages=500),
       fill(worker=1, arena=1, pages=500)]], {}),
    ("brk grows in both to one address", FILLED + forks(2),
     [[new_arena(worker=MASTER, arena=1, kind="brk", pages=300), new_arena(worker=1, arena=1, kind="brk", pages=300),
       fill(worker=MASTER, arena=1, pages=300), fill(worker=1, arena=1, pages=300)]], {}),
    ("an inherited heap grows in both, and both fill it alike",
     FILLED + filled(worker=MASTER, arena=1, kind="brk", pages=100) + forks(2),
     [[new_arena(worker=MASTER, arena=2, kind="brk", pages=300), new_arena(worker=1, arena=2, kind="brk", pages=300),
       fill(worker=MASTER, arena=2, pages=300, how="pairs"), fill(worker=1, arena=2, pages=300, how="pairs")],
      [write(worker=1, arena=1, pages=53)]], {}),
    ("an untouched page of an inherited mapping, touched by both",
     [new_arena(worker=MASTER, kind="anon", pages=2000), fill(worker=MASTER, pages=1000)] + forks(2),
     [[fill(worker=MASTER, first=1000, pages=500), fill(worker=1, first=1000, pages=500)]], {}),
    ("the zero page: read before the fork, written by both after it",
     [new_arena(worker=MASTER, kind="anon", pages=2000), fill(worker=MASTER, pages=1000),
      read(worker=MASTER, first=1000, pages=500)] + forks(2),
     [[read(worker=1, first=1000, pages=500)], [write(worker=1, first=1000, pages=211)],
      [write(worker=MASTER, first=1000, pages=211)]], {"zero": True}),
    ("new memory of a worker", FILLED + forks(2),
     [[new_arena(worker=1, arena=1, kind="anon", pages=500), read(worker=1, arena=1, pages=500)],
      [fill(worker=1, arena=1, pages=307)]], {}),
    ("MADV_WIPEONFORK", FILLED + filled(worker=MASTER, arena=1, kind="wipe", pages=500) + forks(2),
     [[fill(worker=1, arena=1, pages=307)]], {}),
    ("shared anonymous memory", FILLED + filled(worker=MASTER, arena=1, kind="shm", pages=512) + forks(2),
     [[write(worker=1, arena=1, pages=211)], [write(worker=1, pages=53)]], {}),
    ("private file: read, then written", FILLED + [new_arena(worker=MASTER, arena=1, kind="file", pages=512)]
     + forks(2),
     [[read(worker=1, arena=1, pages=512)], [write(worker=1, arena=1, pages=101)],
      [write(worker=MASTER, arena=1, first=200, pages=53)]], {}),
    ("private file: written before the fork",
     FILLED + [new_arena(worker=MASTER, arena=1, kind="file", pages=512), read(worker=MASTER, arena=1, pages=512),
               write(worker=MASTER, arena=1, pages=101)] + forks(2),
     [[write(worker=1, arena=1, pages=53)]], {}),
    ("private file: written by both after the fork", FILLED + [new_arena(worker=MASTER, arena=1, kind="file",
                                                                         pages=512)] + forks(2),
     [[write(worker=MASTER, arena=1, pages=101), write(worker=1, arena=1, pages=101)]],
     {"late": ("cow_broken", "cow_file")}),
    ("an exec'ed child of a worker", FILLED + forks(2), [[spawn(worker=1)], [write(worker=1, pages=53)]], {}),
    ("a child in the address space of a worker", FILLED + forks(2),
     [[hold(worker=1)], [write(worker=1, pages=53)]], {"slack": FORK_SLACK}),
    ("a child in the address space of the master", FILLED + forks(2),
     [[hold(worker=MASTER)], [write(worker=1, pages=53)], [write(worker=MASTER, first=100, pages=53)]],
     {"slack": FORK_SLACK}),
    ("a sibling exits", FILLED + forks(3) + [write(worker=1, pages=101)],
     [[leave(worker=2)], [write(worker=1, first=101, pages=10)]], {"slack": FORK_SLACK}),
    ("all but one exit, the master wrote", FILLED + forks(4) + [write(worker=MASTER, pages=211)],
     [[leave(worker=2), leave(worker=3), leave(worker=4)]], {"slack": FORK_SLACK}),
    ("a worker is replaced", FILLED + forks(2) + [write(worker=1, pages=101)],
     [[leave(worker=1)], [fork()], [write(worker=1, pages=53)]], {"slack": FORK_SLACK}),
    ("read(2) into shared pages", FILLED + forks(2), [[write(worker=1, pages=211, how="read")]], {}),
    ("/proc/self/mem", FILLED + forks(2), [[write(worker=1, pages=211, how="mem")]], {}),
    ("process_vm_writev from outside", FILLED + forks(2), [[poke(worker=MASTER, victim=1, pages=211)]], {}),
    ("mremap in a worker", FILLED + forks(2),
     [[move(worker=1, pages=2000, to=3)], [write(worker=1, pages=101)]], {"late": ("cow_broken", "new")}),
    ("mprotect(PROT_NONE)", FILLED + forks(2), [[protect(worker=1, pages=500)]], {}),
    ("workers write a fifth and allocate", FILLED + forks(3),
     [[write(worker=w, first=w, pages=400, stride=3) for w in (1, 2, 3)],
      [c for w in (1, 2, 3) for c in filled(worker=w, arena=1, pages=500)]], {}),
    ("half-populated arena, both write", [new_arena(worker=MASTER, kind="anon", pages=4000),
                                          fill(worker=MASTER, pages=2000, stride=2)] + forks(2),
     [[write(worker=MASTER, pages=600, stride=5)], [fill(worker=1, pages=600, stride=3)]],
     {"late": ("cow_broken", "new")}),
    ("copies before the attach and after it",
     FILLED + forks(3) + [write(worker=1, pages=200), write(worker=MASTER, first=100, pages=200)],
     [[write(worker=1, first=200, pages=200), write(worker=2, pages=200)]], {}),
    ("THP: a worker writes single pages", filled(worker=MASTER, kind="thp", pages=4 * HUGE) + forks(2),
     [[write(worker=1, first=5, pages=1)], [write(worker=1, first=HUGE, pages=1)],
      [write(worker=1, first=2 * HUGE, pages=100, stride=5)]], {"thp": True}),
    ("THP: the only worker writes page 0", filled(worker=MASTER, kind="thp", pages=4 * HUGE) + forks(1),
     [[write(worker=1, pages=1)], [write(worker=1, first=5, pages=3)]], {"thp": True}),
    ("THP: worker and master write", filled(worker=MASTER, kind="thp", pages=4 * HUGE) + forks(2),
     [[write(worker=1, pages=100, stride=7)], [write(worker=MASTER, first=3, pages=100, stride=11)]], {"thp": True}),
    ("THP: the master writes page 0 of each, one idle worker",
     filled(worker=MASTER, kind="thp", pages=4 * HUGE) + forks(1), [[write(worker=MASTER, pages=4, stride=HUGE)]],
     {"thp": True}),
    ("THP: the master writes most of it, one idle worker",
     filled(worker=MASTER, kind="thp", pages=4 * HUGE) + forks(1),
     [[write(worker=MASTER, pages=3 * HUGE)], [write(worker=MASTER, first=3 * HUGE, pages=200)]], {"thp": True}),
    ("THP: the master copies pages in the middle of one, and forks again",
     filled(worker=MASTER, kind="thp", pages=2 * HUGE) + forks(2),
     [[fill(worker=MASTER, first=HUGE + 300, pages=59)], forks(1)], {"thp": True, "slack": FORK_SLACK}),
    ("THP: a worker moves some, the master others",
     filled(worker=MASTER, kind="thp", pages=2 * HUGE) + filled(worker=MASTER, arena=1, kind="thp", pages=2 * HUGE)
     + forks(2),
     [[move(worker=1, pages=2 * HUGE, to=3)], [move(worker=MASTER, arena=1, pages=2 * HUGE, to=4)]], {"thp": True}),
    ("THP: new in a worker, and in both at one address",
     FILLED + forks(2),
     [[new_arena(worker=1, arena=1, kind="thp", pages=2 * HUGE), write(worker=1, arena=1, pages=1)],
      [new_arena(worker=MASTER, arena=2, kind="thp", pages=HUGE),
       new_arena(worker=1, arena=2, kind="thp", pages=HUGE), fill(worker=MASTER, arena=2, pages=HUGE),
       fill(worker=1, arena=2, pages=HUGE)]], {"thp": True}),
    ("THP: the huge zero page", [new_arena(worker=MASTER, kind="thp", pages=2 * HUGE),
                                 fill(worker=MASTER, pages=HUGE)] + forks(2),
     [[read(worker=1, first=HUGE, pages=HUGE)], [read(worker=MASTER, first=HUGE, pages=HUGE)],
      [fill(worker=1, pages=53)]], {"thp": True, "zero": True}),
    ("MADV_COLLAPSE", filled(worker=MASTER, pages=2 * HUGE) + forks(2),
     # each huge page is written somewhere: kernels before 6.18 collapse nothing where no page may be written
     [[write(worker=1, pages=101, stride=HUGE // 64)], [collapse(worker=1, pages=2 * HUGE)]], {"thp": True}),
]


def need_collapse():
    """MADV_COLLAPSE (Linux 6.1), tried on pages of our own."""
    huge = int(open(f"{THP}/hpage_pmd_size", encoding="ascii").read())
    with mmap.mmap(-1, 2 * huge, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as area:
        area[0] = area[huge] = 1
        try:
            area.madvise(MADV_COLLAPSE, 0, 2 * huge)
        except OSError as error:
            raise Skip(f"MADV_COLLAPSE: {error.strerror}") from None


def make(setup, steps, options):
    def run():
        need_root()
        if any("collapse" in command for step in steps for command in step):
            need_collapse()
        more = dict(options)
        if more.pop("thp", False):
            need_thp()
        if more.pop("zero", False):
            need_zero_page()
        play(setup, steps, **more)
    return run


for name_, setup_, steps_, options_ in CASES:
    add_test(name_, make(setup_, steps_, options_))


@test
def large_folios_of_64_kib():
    """large folios of 64 KiB: single pages written by worker and master"""
    need_root()
    need_thp()
    need_writable(f"{THP}/hugepages-64kB/enabled")
    folio = 65536 // PAGE
    with kernel_setting(f"{THP}/hugepages-64kB/enabled", "madvise"), \
            kernel_setting(f"{THP}/hugepages-{HUGE * PAGE // 1024}kB/enabled", "never"):
        play(filled(worker=MASTER, kind="thp", pages=4 * HUGE) + forks(2),
             [[write(worker=1, first=1, pages=50, stride=folio)], [write(worker=MASTER, pages=50, stride=folio)],
              [write(worker=MASTER, first=2 * HUGE + 3, pages=20, stride=folio)]])


@test
def hugetlb():
    """private hugetlb pages: shared, copied by worker and master, new"""
    need_root()
    need_writable("/proc/sys/vm/nr_hugepages")
    with kernel_setting("/proc/sys/vm/nr_hugepages", 24):
        with open("/proc/sys/vm/nr_hugepages", encoding="ascii") as f:
            if int(f.read()) < 24:
                raise Skip("no room for 24 huge pages")
        play(filled(worker=MASTER, kind="hugetlb", pages=4 * HUGE) + forks(2),
             [[write(worker=1, pages=1)], [write(worker=MASTER, first=HUGE, pages=1)],
              [new_arena(worker=1, arena=1, kind="hugetlb", pages=HUGE), write(worker=1, arena=1, first=7, pages=1)]])


@test
def ksm_inherited():
    """KSM merges inherited pages; a worker writes merged ones"""
    with ksm():
        with Mkpool(new_arena(worker=MASTER, kind="anon", pages=1000), fill(worker=MASTER, pages=1000, how="pairs"),
                    *forks(2)) as pool:
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched, newcomer = ledger(stream.fresh()), sight(pool)
                pool.do(*(offer_to_merge(worker=w, pages=1000) for w in (0, 1, 2)))
                merge_all(pool, 500, pool.pages())
                lines = wait_history(stream, watched, truth0, pool, (), 0)
                lines += late_lines(newcomer, truth0, pool, ())
                # Pairs are alike after the write too: a KSM that goes on would merge the copies.
                with kernel_setting(f"{KSM}/run", 0):
                    pool.do(write(worker=1, pages=101))
                    lines += wait_history(stream, watched, truth0, pool, (), 0)
    if lines:
        fail("\n".join(lines))


@test
def ksm_new():
    """KSM merges new pages of a worker"""
    with ksm():
        with Mkpool(*FILLED, *forks(2)) as pool:
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched, newcomer = ledger(stream.fresh()), sight(pool)
                pool.do(new_arena(worker=1, arena=1, kind="anon", pages=1000),
                        fill(worker=1, arena=1, pages=1000, how="pairs"))
                lines = wait_history(stream, watched, truth0, pool, (), 0)
                pool.do(offer_to_merge(worker=1, arena=1, pages=1000))
                merge_all(pool, 2500, [pool.pid(1)])
                lines += wait_history(stream, watched, truth0, pool, (), 0)
                lines += late_lines(newcomer, truth0, pool, ())
    if lines:
        fail("\n".join(lines))


@test
def swap_copies():
    """swap: a worker's copies go out and come back

    Where no flag tells exclusive pages they are copies for sure if they were watched, or the forks were of one burst.
    """
    with zram_swap():
        copies, out = write(worker=1, pages=300), page_out(worker=1, pages=300)
        before, watched_ones = ([copies], []) if flag_is_told() else ([], [copies])
        with Mkpool(*FILLED, *forks(2), *before) as pool:
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched = ledger(stream.fresh())
                pool.do(*watched_ones)
                lines = wait_history(stream, watched, truth0, pool, (), 0)
                pool.do(out)
                push_out(out)(pool)
                lines += wait_history(stream, watched, truth0, pool, (), 0)
                pool.do(read(worker=1, pages=100), write(worker=1, first=100, pages=50))
                lines += wait_history(stream, watched, truth0, pool, (), 0)
    if lines:
        fail("\n".join(lines))


@test
def swap_shared():
    """swap: pages swapped out before the fork, read and written by a worker"""
    with zram_swap():
        out = page_out(worker=MASTER, arena=1, pages=500)
        with Mkpool(*FILLED, *filled(worker=MASTER, arena=1, pages=500), out) as pool:
            push_out(out)(pool)
            pool.do(*forks(2))
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched, newcomer = ledger(stream.fresh()), sight(pool)
                lines = []
                for command in (read(worker=1, arena=1, pages=100), write(worker=1, arena=1, pages=50),
                                write(worker=MASTER, arena=1, first=200, pages=50)):
                    pool.do(command)
                    found = wait_history(stream, watched, truth0, pool, (), 0)
                    lines += [f"history ({command}): {x}" for x in found]
                lines += late_lines(newcomer, truth0, pool, ())
    if lines:
        fail("\n".join(lines))


HOG = 1 << 30


def compacted(setup, wanted):
    """A pool built while much memory was taken, then given back: compaction has somewhere to move
    it. Nothing may change; skipped when none of the first `wanted` pages of process 1 has moved."""
    need_root()
    need_writable("/proc/sys/vm/compact_memory")
    hog = mmap.mmap(-1, HOG, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
    with Mkpool(*setup) as pool:
        hog.close()
        truth0, before = pool.truth, arena_words(pool.truth[1])
        # The arenas have no pages of files; of the program's own the kernel may unmap some.
        slack = {"file": outside()[0]["file"]}
        with Stream(pool.master, 0.02) as stream:
            watched, newcomer = ledger(stream.fresh()), sight(pool)
            with open("/proc/sys/vm/compact_memory", "w", encoding="ascii") as f:
                f.write("1")
            after = arena_words(pool.truth[1])
            if not any(a != b for a, b in zip(before[:wanted], after)):
                raise Skip("compaction moved no page that matters")
            lines = wait_history(stream, watched, truth0, pool, (), slack)
            pool.do(read(worker=1, pages=2000))
            lines += wait_history(stream, watched, truth0, pool, (), slack)
            lines += late_lines(newcomer, truth0, pool, (), slack)
    if lines:
        fail("\n".join(lines))


@test
def compaction():
    """compaction moves pages of all kinds"""
    compacted(filled(worker=MASTER, pages=12000) + forks(2)
              + [write(worker=1, pages=2000), write(worker=MASTER, first=4000, pages=2000),
                 *filled(worker=1, arena=1, pages=1000)],
              13000)


@test
def compaction_stranded():
    """compaction moves originals that only an idle worker still holds"""
    compacted(filled(worker=MASTER, pages=12000) + forks(1) + [write(worker=MASTER, pages=9000)],
              9000)


@test
def nested_gate():
    """copies of workers with children fire a gate, and the master's are none

    Where no flag tells exclusive pages, what both have may be new in both: then it cannot be decided.
    """
    need_root()
    with Mkpool(*FILLED, *forks(3), *(write(worker=w, pages=1200) for w in (1, 2, 3)),
                *(fork(worker=w) for w in (1, 2, 3))) as pool:
        of_workers = 3 if flag_is_told() else 1
        for rule, wanted in (("worker.cow_broken_ratio > 40%", of_workers), ("master.cow_broken_ratio > 5%", 0)):
            status, _, err = cowtop("--json", "--fail-if", rule, pool.master)
            equal(f"{rule}: exit status ({err.strip()})", status, wanted)


def make_random(seed):
    def run():
        need_root()
        rng = random.Random(seed)
        with Mkpool(*FILLED, *forks(3)) as pool:
            truth0, story = pool.truth, []
            with Stream(pool.master, 0.02) as stream:
                watched = ledger(stream.fresh())
                for _ in range(25):
                    story.append(random_step(rng, pool))
                    pool.do(story[-1])
                    check_kernel(pool)
                    lines = wait_history(stream, watched, truth0, pool, (), FORK_SLACK)
                    if lines:
                        fail("\n".join([f"after {'; '.join(story)}", *lines]))
    return run


for seed_ in (1, 2, 3):
    add_test(f"Z: 25 random commands, a walk after each, seed {seed_}", make_random(seed_))

if __name__ == "__main__":
    main()
