#!/usr/bin/python3
"""cowtop try on pools whose loss is known: it names the variant that helps, and what that really saves."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trying import by_name, document, measured, MIB, pool, row, verdict
from tap import equal, fail, main, need, need_root, near, test, true

JEMALLOC = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"


def saved(trial, name):
    """How much less the pool costs with this variant, in MiB."""
    return -row(by_name(trial)[name], "footprint_bytes")["difference"] / MIB


def footprint(of, **env):
    return measured(of, **env)["footprint_bytes"] / MIB


def judged(trial, **wanted):
    """Each of these variants took, and has this verdict; `__` is a point in a name, `_is_` an equals sign."""
    print(f"# {trial['text']}", flush=True)
    found = by_name(trial)
    for name, expected in wanted.items():
        v = found[name.replace("__", ".").replace("_is_", "=")]
        true(f"{v['name']} took", v["applied"] is True, v)
        if verdict(v) not in expected.split("|"):
            fail(f"{v['name']}: {verdict(v)}, expected {expected}: {row(v, 'footprint_bytes')}")


@test
def only_the_collector():
    """a pool that only the collector breaks: gc.freeze wins, by what a pool saves that freezes itself"""
    need_root()
    with pool("collector") as of:
        trial = document(of, "gc.freeze", "malloc.arenas=1")
        truth = footprint(of)
        of.command.append("frozen")
        truth -= footprint(of)
    judged(trial, gc__freeze="better", malloc__arenas_is_1="the same|within noise")
    equal("best", trial["best"], "gc.freeze")
    true("it is worth it", truth > 15, truth)
    near("what it gives", saved(trial, "gc.freeze"), truth, 0.03 * truth)
    true("it is named", "gc.freeze" in trial["text"], trial["text"])


@test
def only_references():
    """a pool that only references break: gc.freeze took, and changes nothing"""
    need_root()
    with pool("references") as of:
        trial = document(of, "gc.freeze", "gc.disable")
    judged(trial, gc__freeze="the same|within noise", gc__disable="the same|within noise")
    equal("best", trial["best"], None)
    copied = by_name(trial)["baseline"]["figures"]["cow_broken_bytes"]["mean"]
    true("it does copy", copied > 12 * MIB, copied)


@test
def fragmentation():
    """a pool whose heap has holes that nothing fits into: another allocator wins, by what it saves by hand"""
    need_root()
    need(JEMALLOC)
    with pool("holes") as of:
        trial = document(of, "gc.freeze", "malloc=jemalloc", "malloc.arenas=1")
        truth = footprint(of) - footprint(of, LD_PRELOAD=JEMALLOC)
    judged(trial, gc__freeze="the same|within noise", malloc_is_jemalloc="better",
           malloc__arenas_is_1="the same|within noise")
    equal("best", trial["best"], "malloc=jemalloc")
    true("it is worth it", truth > 15, truth)
    near("what it gives", saved(trial, "malloc=jemalloc"), truth, 0.1 * truth)


@test
def pinned_heap():
    """a pool whose heap has something at its end: blocks that are mapped win, and cost time"""
    need_root()
    with pool("fragments") as of:
        trial = document(of, "malloc.mmap=128KiB", "malloc.arenas=1")
        truth = footprint(of) - footprint(of, MALLOC_MMAP_THRESHOLD_="131072")
    judged(trial, malloc__mmap_is_128KiB="better", malloc__arenas_is_1="the same|within noise")
    equal("best", trial["best"], "malloc.mmap=128KiB")
    near("what it gives", saved(trial, "malloc.mmap=128KiB"), truth, 0.1 * truth)
    slower = row(by_name(trial)["malloc.mmap=128KiB"], "load_s")["difference"]
    true("what it costs", slower > 0, slower)


@test
def arenas():
    """a pool with an arena for each thread: one for all of them wins"""
    need_root()
    with pool("threads") as of:
        trial = document(of, "malloc.arenas=1", "gc.freeze")
        truth = footprint(of) - footprint(of, MALLOC_ARENA_MAX="1")
    judged(trial, malloc__arenas_is_1="better", gc__freeze="the same|within noise")
    equal("best", trial["best"], "malloc.arenas=1")
    near("what it gives", saved(trial, "malloc.arenas=1"), truth, 0.1 * truth)


@test
def nothing_helps():
    """a pool that copies nothing: nothing is better"""
    need_root()
    with pool("nothing") as of:
        trial = document(of, "gc.freeze", "gc.disable", "malloc.arenas=1", "malloc.trim=1MiB")
    judged(trial, gc__freeze="the same|within noise", gc__disable="the same|within noise",
           malloc__arenas_is_1="the same|within noise", malloc__trim_is_1MiB="the same|within noise")
    equal("best", trial["best"], None)


@test
def leaks():
    """a pool that keeps what it makes: neither frozen nor with one arena it needs less"""
    need_root()
    with pool("leak") as of:
        trial = document(of, "gc.freeze", "malloc.arenas=1")
    judged(trial, gc__freeze="the same|within noise", malloc__arenas_is_1="the same|within noise")
    equal("best", trial["best"], None)


@test
def in_combination():
    """two losses, a variant for each: both together win"""
    need_root()
    need(JEMALLOC)
    with pool("both") as of:
        trial = document(of, "gc.freeze", "malloc=jemalloc", "gc.freeze+malloc=jemalloc")
    equal("best", trial["best"], "gc.freeze+malloc=jemalloc")
    one, other, both = (saved(trial, n) for n in ("gc.freeze", "malloc=jemalloc", "gc.freeze+malloc=jemalloc"))
    near("what it gives", both, one + other, 0.15 * both)


main()
