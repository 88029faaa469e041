#!/usr/bin/python3
"""The ledger against known truth: every way a page of a pool comes to be what it is, to the page."""
import mmap
import random
from cases import (check_kernel, FILLED, FORK_SLACK, forks, late_lines, ledger, outside, play, random_step, sight,
                   wait_history)
from movers import KSM, ksm, merge_all, push_out, zram_swap
from kernel import arena_words, HUGE, kernel_setting, PAGE
from mkpool import Mkpool
from run import cowtop, Stream
from tap import add_test, equal, fail, main, need, need_root, need_writable, Skip, test

THP = "/sys/kernel/mm/transparent_hugepage"
MADV_COLLAPSE = 25

# name, set-up, steps (a walk after each), and what cannot be told apart: see cases.play
CASES = [
    ("untouched after the fork", FILLED + forks(2), [["read 1 0 0 2000", "read 0 0 0 2000"]], {}),
    ("a: a worker writes, siblings exist", FILLED + forks(2), [["write 1 0 0 211"]], {}),
    ("a1: the only worker writes", FILLED + forks(1), [["write 1 0 0 211"]], {}),
    ("a: every worker writes what the master does not, which has waited for a child",
     FILLED + ["adopt 0"] + forks(2) + ["twice 0", "exit 3"], [["write 1 0 0 600"], ["write 2 0 0 600"]], {}),
    ("b: the master writes, two workers", FILLED + forks(2), [["write 0 0 0 211 3"]], {}),
    ("b1: the master writes, one worker", FILLED + forks(1), [["write 0 0 0 211 3"]], {}),
    ("b': master and one worker write, one is idle", FILLED + forks(2),
     [["write 0 0 0 211"], ["write 1 0 0 211"]], {}),
    ("reuse: the master writes last", FILLED + forks(1),
     [["write 1 0 0 211"], ["write 0 0 0 211"]], {"late": ("orphaned", "new")}),
    ("reuse: the worker writes last", FILLED + forks(1),
     [["write 0 0 0 211"], ["write 1 0 0 211"]], {"late": ("orphaned", "cow_broken", "new")}),
    ("c: the master frees, two workers", FILLED + forks(2), [["free 0 0 0 307"]], {}),
    ("c1: the master frees, one worker", FILLED + forks(1), [["free 0 0 0 307"]], {}),
    ("c+: the master frees, then a worker writes", FILLED + forks(2),
     [["free 0 0 0 307"], ["write 1 0 0 101"]], {"late": ("cow_broken", "new")}),
    ("c2: the master frees and fills again, workers write", FILLED + forks(2),
     [["free 0 0 0 600"], ["fill 0 0 0 300"], ["write 1 0 100 400"]],
     {"late": ("cow_broken", "new")}),
    ("d: a worker frees, a walk, it fills again", FILLED + forks(2),
     [["free 1 0 0 307"], ["fill 1 0 0 211"]], {"late": ("cow_broken", "new")}),
    ("d: a worker frees and fills again between two walks (looks copied)", FILLED + forks(2),
     [["refill 1 0 0 307"]], {"history": ("cow_broken", "new"), "late": ("cow_broken", "new")}),
    ("d: a worker frees and only reads again", FILLED + forks(2),
     [["free 1 0 0 307", "read 1 0 0 307"]], {}),
    ("d2: MADV_FREE on shared pages", FILLED + forks(2), [["lazyfree 1 0 0 307"]], {}),
    ("e: a grandchild", FILLED + forks(2), [["fork 1"], ["write 3 0 0 53"], ["write 1 0 100 31"]],
     {"slack": FORK_SLACK}),
    ("e: a grandchild of a worker that had copied", FILLED + forks(2) + ["write 1 0 0 307"],
     [["fork 1"], ["write 3 0 0 53"]],
     {"slack": FORK_SLACK}),
    ("e: all workers copy the same pages, then each forks a child of its own",
     FILLED + forks(3) + [f"write {w} 0 0 600" for w in (1, 2, 3)] + [f"fork {w}" for w in (1, 2, 3)],
     [["write 4 0 0 53"], ["write 1 0 1000 31"]], {"slack": FORK_SLACK}),
    ("e: the master copies, a worker has the originals and a child of its own",
     FILLED + forks(2) + ["fork 1", "write 0 0 0 600"],
     [["write 3 0 100 53"], ["write 1 0 1000 31"]], {"slack": FORK_SLACK}),
    ("e: a worker forked after the master wrote", FILLED + forks(2) + ["write 0 0 0 307"],
     [["fork 0"], ["write 3 0 0 53"]], {"slack": FORK_SLACK}),
    ("n: children that are gone: workers copied the same pages, forked, and their children ended",
     FILLED + forks(3) + [f"write {w} 0 0 600" for w in (1, 2, 3)] + [f"fork {w}" for w in (1, 2, 3)]
     + ["exit 4", "exit 5", "exit 6"], [["write 1 0 1000 53"]], {"slack": FORK_SLACK}),
    ("n: new memory of a worker, shared with its own child", FILLED + forks(2),
     [["map 1 1 anon 700", "fill 1 1 0 700", "fork 1"], ["write 3 1 0 53"]], {"slack": FORK_SLACK}),
    ("n: a mold copies and forks twice", FILLED + ["adopt 0", "fork 0", "write 1 0 0 600"] + ["twice 1"] * 3,
     [["write 2 0 100 53"], ["write 1 0 1000 31", "twice 1"]], {"slack": FORK_SLACK}),
    ("n: a mold and the master copy", FILLED + ["adopt 0", "fork 0", "write 1 0 0 600"] + ["twice 1"] * 3,
     [["write 0 0 1500 53"], ["write 1 0 1500 31", "write 2 0 1520 53"]], {"slack": FORK_SLACK, "late": None}),
    ("n: a worker becomes the next mold",
     FILLED + ["adopt 0", "fork 0", "write 1 0 0 600"] + ["twice 1"] * 2
     + ["write 2 0 400 400"] + ["twice 2"] * 2, [["write 4 0 0 53"], ["twice 2", "write 6 0 1000 31"]],
     {"slack": FORK_SLACK}),
    ("n: a mold ends while one watches, and nobody looked before",
     FILLED + ["adopt 0", "fork 0", "write 1 0 0 600"] + ["twice 1"] * 3,
     [["exit 1"], ["write 2 0 100 53", "write 0 0 1500 53"], ["fork 2", "write 1 0 0 31"]],
     {"slack": FORK_SLACK}),
    ("n: a mold ends after it has copied what the master had copied before, and nobody has the originals",
     FILLED + ["adopt 0", "fork 0", "fork 0"],
     [["write 0 0 0 211"], ["write 1 0 0 211"], ["twice 1", "twice 1"], ["exit 2"], ["exit 1"]],
     {"slack": FORK_SLACK, "late": None}),
    ("n: a mold ends whose children init adopts",
     FILLED + ["fork 0", "fork 0", "write 1 0 0 600"] + ["fork 1"] * 3,
     [["exit 1"], ["write 3 0 100 53"]], {"slack": FORK_SLACK, "late": None}),
    ("f: master and worker map at one address", FILLED + forks(2),
     [["map 0 1 anon 500", "map 1 1 anon 500", "fill 0 1 0 500", "fill 1 1 0 500"]], {}),
    ("f2: brk grows in both to one address", FILLED + forks(2),
     [["map 0 1 brk 300", "map 1 1 brk 300", "fill 0 1 0 300", "fill 1 1 0 300"]], {}),
    ("f2: an inherited heap grows in both, and both fill it alike",
     FILLED + ["map 0 1 brk 100", "fill 0 1 0 100"] + forks(2),
     [["map 0 2 brk 300", "map 1 2 brk 300", "fill 0 2 0 300 1 pairs", "fill 1 2 0 300 1 pairs"],
      ["write 1 1 0 53"]], {}),
    ("f3: an untouched page of an inherited mapping, touched by both",
     ["map 0 0 anon 2000", "fill 0 0 0 1000"] + forks(2),
     [["fill 0 0 1000 500", "fill 1 0 1000 500"]], {}),
    ("f4: the zero page: read before the fork, written by both after it",
     ["map 0 0 anon 2000", "fill 0 0 0 1000", "read 0 0 1000 500"] + forks(2),
     [["read 1 0 1000 500"], ["write 1 0 1000 211"], ["write 0 0 1000 211"]], {}),
    ("new memory of a worker", FILLED + forks(2),
     [["map 1 1 anon 500", "read 1 1 0 500"], ["fill 1 1 0 307"]], {}),
    ("m: MADV_WIPEONFORK", FILLED + ["map 0 1 wipe 500", "fill 0 1 0 500"] + forks(2),
     [["fill 1 1 0 307"]], {}),
    ("g5: shared anonymous memory", FILLED + ["map 0 1 shm 512", "fill 0 1 0 512"] + forks(2),
     [["write 1 1 0 211"], ["write 1 0 0 53"]], {}),
    ("g6: private file: read, then written", FILLED + ["map 0 1 file 512"] + forks(2),
     [["read 1 1 0 512"], ["write 1 1 0 101"], ["write 0 1 200 53"]], {}),
    ("g6: private file: written before the fork",
     FILLED + ["map 0 1 file 512", "read 0 1 0 512", "write 0 1 0 101"] + forks(2),
     [["write 1 1 0 53"]], {}),
    ("g6: private file: written by both after the fork", FILLED + ["map 0 1 file 512"] + forks(2),
     [["write 0 1 0 101", "write 1 1 0 101"]], {"late": ("cow_broken", "cow_file")}),
    ("h: an exec'ed child of a worker", FILLED + forks(2), [["spawn 1"], ["write 1 0 0 53"]], {}),
    ("h: a child in the address space of a worker", FILLED + forks(2),
     [["hold 1"], ["write 1 0 0 53"]], {"slack": FORK_SLACK}),
    ("h: a child in the address space of the master", FILLED + forks(2),
     [["hold 0"], ["write 1 0 0 53"], ["write 0 0 100 53"]], {"slack": FORK_SLACK}),
    ("i: a sibling exits", FILLED + forks(3) + ["write 1 0 0 101"],
     [["exit 2"], ["write 1 0 101 10"]], {"slack": FORK_SLACK}),
    ("i: all but one exit, the master wrote (F)", FILLED + forks(4) + ["write 0 0 0 211"],
     [["exit 2", "exit 3", "exit 4"]], {"slack": FORK_SLACK}),
    ("i: a worker is replaced", FILLED + forks(2) + ["write 1 0 0 101"],
     [["exit 1"], ["fork 0"], ["write 1 0 0 53"]], {"slack": FORK_SLACK}),
    ("j: read(2) into shared pages", FILLED + forks(2), [["write 1 0 0 211 1 read"]], {}),
    ("j: /proc/self/mem", FILLED + forks(2), [["write 1 0 0 211 1 mem"]], {}),
    ("j: process_vm_writev from outside", FILLED + forks(2), [["poke 0 0 0 211 1 1"]], {}),
    ("k: mremap in a worker", FILLED + forks(2),
     [["move 1 0 0 2000 3"], ["write 1 0 0 101"]], {"late": ("cow_broken", "new")}),
    ("l: mprotect(PROT_NONE)", FILLED + forks(2), [["protect 1 0 0 500"]], {}),
    ("A: workers write a fifth and allocate", FILLED + forks(3),
     [[f"write {w} 0 {w} 400 3" for w in (1, 2, 3)],
      [c for w in (1, 2, 3) for c in (f"map {w} 1 anon 500", f"fill {w} 1 0 500")]], {}),
    ("G: half-populated arena, both write", ["map 0 0 anon 4000", "fill 0 0 0 2000 2"] + forks(2),
     [["write 0 0 0 600 5"], ["fill 1 0 0 600 3"]], {"late": ("cow_broken", "new")}),
    ("L: copies before the attach and after it",
     FILLED + forks(3) + ["write 1 0 0 200", "write 0 0 100 200"],
     [["write 1 0 200 200", "write 2 0 0 200"]], {}),
    ("g1: THP: a worker writes single pages", [f"map 0 0 thp {4 * HUGE}", f"fill 0 0 0 {4 * HUGE}"] + forks(2),
     [["write 1 0 5 1"], [f"write 1 0 {HUGE} 1"], [f"write 1 0 {2 * HUGE} 100 5"]], {"thp": True}),
    ("g1: THP: the only worker writes page 0", [f"map 0 0 thp {4 * HUGE}", f"fill 0 0 0 {4 * HUGE}"] + forks(1),
     [["write 1 0 0 1"], ["write 1 0 5 3"]], {"thp": True}),
    ("H2: THP: worker and master write", [f"map 0 0 thp {4 * HUGE}", f"fill 0 0 0 {4 * HUGE}"] + forks(2),
     [["write 1 0 0 100 7"], ["write 0 0 3 100 11"]], {"thp": True}),
    ("H3: THP: the master writes page 0 of each, one idle worker",
     [f"map 0 0 thp {4 * HUGE}", f"fill 0 0 0 {4 * HUGE}"] + forks(1), [[f"write 0 0 0 4 {HUGE}"]], {"thp": True}),
    ("THP: new in a worker, and in both at one address",
     FILLED + forks(2),
     [[f"map 1 1 thp {2 * HUGE}", "write 1 1 0 1"],
      [f"map 0 2 thp {HUGE}", f"map 1 2 thp {HUGE}", f"fill 0 2 0 {HUGE}", f"fill 1 2 0 {HUGE}"]], {"thp": True}),
    ("THP: the huge zero page", [f"map 0 0 thp {2 * HUGE}", f"fill 0 0 0 {HUGE}"] + forks(2),
     [[f"read 1 0 {HUGE} {HUGE}"], [f"read 0 0 {HUGE} {HUGE}"], ["fill 1 0 0 53"]], {"thp": True}),
    ("g1f: MADV_COLLAPSE", [f"map 0 0 anon {2 * HUGE}", f"fill 0 0 0 {2 * HUGE}"] + forks(2),
     # each huge page is written somewhere: kernels before 6.18 collapse nothing where no page may be written
     [[f"write 1 0 0 101 {HUGE // 64}"], [f"collapse 1 0 0 {2 * HUGE}"]], {"thp": True}),
]


def need_thp():
    need(THP)
    with open(f"{THP}/enabled", encoding="ascii") as f:
        if "[never]" in f.read():
            raise Skip("transparent huge pages are off")


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
        play(setup, steps, **more)
    return run


for name_, setup_, steps_, options_ in CASES:
    add_test(name_, make(setup_, steps_, options_))


@test
def large_folios_of_64_kib():
    """g1c: large folios of 64 KiB: single pages written by worker and master"""
    need_root()
    need_thp()
    need_writable(f"{THP}/hugepages-64kB/enabled")
    folio = 65536 // PAGE
    with kernel_setting(f"{THP}/hugepages-64kB/enabled", "madvise"), \
            kernel_setting(f"{THP}/hugepages-{HUGE * PAGE // 1024}kB/enabled", "never"):
        play([f"map 0 0 thp {4 * HUGE}", f"fill 0 0 0 {4 * HUGE}"] + forks(2),
             [[f"write 1 0 1 50 {folio}"], [f"write 0 0 0 50 {folio}"], [f"write 0 0 {2 * HUGE + 3} 20 {folio}"]])


@test
def hugetlb():
    """g4: private hugetlb pages: shared, copied by worker and master, new"""
    need_root()
    need_writable("/proc/sys/vm/nr_hugepages")
    with kernel_setting("/proc/sys/vm/nr_hugepages", 24):
        with open("/proc/sys/vm/nr_hugepages", encoding="ascii") as f:
            if int(f.read()) < 24:
                raise Skip("no room for 24 huge pages")
        play([f"map 0 0 hugetlb {4 * HUGE}", f"fill 0 0 0 {4 * HUGE}"] + forks(2),
             [["write 1 0 0 1"], [f"write 0 0 {HUGE} 1"], [f"map 1 1 hugetlb {HUGE}", "write 1 1 7 1"]])


@test
def ksm_inherited():
    """g2: KSM merges inherited pages; a worker writes merged ones"""
    with ksm():
        with Mkpool("map 0 0 anon 1000", "fill 0 0 0 1000 1 pairs", *forks(2)) as pool:
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched, newcomer = ledger(stream.fresh()), sight(pool)
                pool.do(*(f"mergeable {w} 0 0 1000" for w in (0, 1, 2)))
                merge_all(pool, 500, pool.pages())
                lines = wait_history(stream, watched, truth0, pool, (), 0)
                lines += late_lines(newcomer, truth0, pool, ())
                # Pairs are alike after the write too: a KSM that goes on would merge the copies.
                with kernel_setting(f"{KSM}/run", 0):
                    pool.do("write 1 0 0 101")
                    lines += wait_history(stream, watched, truth0, pool, (), 0)
    if lines:
        fail("\n".join(lines))


@test
def ksm_new():
    """g2: KSM merges new pages of a worker"""
    with ksm():
        with Mkpool(*FILLED, *forks(2)) as pool:
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched, newcomer = ledger(stream.fresh()), sight(pool)
                pool.do("map 1 1 anon 1000", "fill 1 1 0 1000 1 pairs")
                lines = wait_history(stream, watched, truth0, pool, (), 0)
                pool.do("mergeable 1 1 0 1000")
                merge_all(pool, 2500, [pool.pid(1)])
                lines += wait_history(stream, watched, truth0, pool, (), 0)
                lines += late_lines(newcomer, truth0, pool, ())
    if lines:
        fail("\n".join(lines))


@test
def swap_copies():
    """g3: swap: a worker's copies go out and come back"""
    with zram_swap():
        out = "pageout 1 0 0 300"
        with Mkpool(*FILLED, *forks(2), "write 1 0 0 300") as pool:
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched = ledger(stream.fresh())
                pool.do(out)
                push_out(out)(pool)
                lines = wait_history(stream, watched, truth0, pool, (), 0)
                pool.do("read 1 0 0 100", "write 1 0 100 50")
                lines += wait_history(stream, watched, truth0, pool, (), 0)
    if lines:
        fail("\n".join(lines))


@test
def swap_shared():
    """g3: swap: pages swapped out before the fork, read and written by a worker"""
    with zram_swap():
        out = "pageout 0 1 0 500"
        with Mkpool(*FILLED, "map 0 1 anon 500", "fill 0 1 0 500", out) as pool:
            push_out(out)(pool)
            pool.do(*forks(2))
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watched, newcomer = ledger(stream.fresh()), sight(pool)
                lines = []
                for command in ("read 1 1 0 100", "write 1 1 0 50", "write 0 1 200 50"):
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
            pool.do("read 1 0 0 2000")
            lines += wait_history(stream, watched, truth0, pool, (), slack)
            lines += late_lines(newcomer, truth0, pool, (), slack)
    if lines:
        fail("\n".join(lines))


@test
def compaction():
    """compaction moves pages of all kinds"""
    compacted(["map 0 0 anon 12000", "fill 0 0 0 12000"] + forks(2)
              + ["write 1 0 0 2000", "write 0 0 4000 2000", "map 1 1 anon 1000", "fill 1 1 0 1000"],
              13000)


@test
def compaction_stranded():
    """compaction moves originals that only an idle worker still holds"""
    compacted(["map 0 0 anon 12000", "fill 0 0 0 12000"] + forks(1) + ["write 0 0 0 9000"],
              9000)


@test
def nested_gate():
    """n: copies of workers with children fire a gate, and the master's are none"""
    need_root()
    with Mkpool(*FILLED, *forks(3), *(f"write {w} 0 0 1200" for w in (1, 2, 3)),
                *(f"fork {w}" for w in (1, 2, 3))) as pool:
        for rule, wanted in (("worker.cow_broken_ratio > 40%", 3), ("master.cow_broken_ratio > 5%", 0)):
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
