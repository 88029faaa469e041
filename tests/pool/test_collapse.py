#!/usr/bin/python3
"""Small pages that the kernel made huge ones of: khugepaged, made eager, and MADV_COLLAPSE, on pools of known
truth. What was copied so took no fault, and has a name of its own wherever causes are named."""
import contextlib
import ctypes
import json
import os
import signal
import subprocess
from cases import check_kernel, differences, FIRST_SLACK, forks, ledger, outside
from khugepaged import check_faults, collapsed, eager, full_scans, huge_bytes, THP, Watch
from kernel import arena_words, flag_is_told, FRAME, HUGE, kernel_setting, PAGE
from mkpool import (collapse, fill, filled, free, MASTER, Mkpool, MkpoolError, move, new_arena, offer_to_merge, read,
                    refill, want_huge, was_collapsed, write)
from run import COWTOP, folder, NOBODY, readable_binaries, rows, sample, spawned, Stream, watching, write_file
from tap import add_test, equal, fail, Failed, main, near, need, need_root, PATIENCE, Skip, test, true, until

BYTES = HUGE * PAGE
MADE = new_arena(worker=MASTER, kind="anon", pages=4 * HUGE)
# How many pages of each of four blocks worker 1 writes. khugepaged takes a block of which at most half
# (max_ptes_shared) is shared: the first and the third.
WRITTEN = [HUGE * 300 // 512, HUGE * 200 // 512, HUGE, 0]
SHARED = HUGE - WRITTEN[0]
BLOCKS = [MADE, fill(worker=MASTER, pages=4 * HUGE)]
WRITES = [write(worker=1, first=b * HUGE, pages=n) for b, n in enumerate(WRITTEN) if n]


def let_khugepaged_collapse(pool, slot, first, blocks, expected):
    """Ask for huge pages there, and wait until khugepaged has made as many as it should and no more."""
    pid = pool.pid(slot)
    pool.do(want_huge(worker=slot, first=first * HUGE, pages=blocks * HUGE))
    until("khugepaged makes huge pages", lambda: huge_bytes(pid) >= len(expected) * BYTES)
    scans = full_scans()
    until("khugepaged looks again", lambda: full_scans() > scans + 1)
    equal("huge pages of the process", huge_bytes(pid), len(expected) * BYTES)
    pool.do(*(was_collapsed(worker=slot, first=b * HUGE, pages=HUGE) for b in expected))


def settle(watch, truth0, pool, classes=(), slack=0):
    """Until the ledger agrees with the truth, once more, and the events are in."""
    lines = []

    def agrees(document):
        nonlocal lines
        lines = differences(ledger(watch.first), truth0, ledger(document), pool.truth, classes, slack)
        return not lines
    watch.fresh()
    watch.until(agrees)
    if lines:
        fail("\n".join(lines))
    watch.take(watch.stream.next())


@test
def one_worker():
    """khugepaged: of four blocks it takes those that are at most half shared; no fault, an event, a finding"""
    with eager(), Mkpool(*BLOCKS, *forks(2)) as pool:
        pool.do(*WRITES)
        truth0 = pool.truth
        with Stream(pool.master, 0.02) as stream:
            watch = Watch(stream)
            let_khugepaged_collapse(pool, 1, 0, 4, [0, 2])
            check_kernel(pool)
            settle(watch, truth0, pool)
        pid = pool.pid(1)
        equal("collapsed", collapsed(watch.last), {p: SHARED if p == pid else 0 for p in collapsed(watch.last)})
        equal("of the pool", watch.last["pool"]["pages"]["collapsed"], SHARED)
        sums = check_faults(watch, pid, SHARED)
        true("the collapse is no copy by a fault", sums["cow_per_s"] < 8, sums)
        events = watch.collapses()
        equal("events are of the worker", {e["pid"] for e in events}, {pid})
        equal("their amount", sum(e["cow_bytes"] for e in events), SHARED * PAGE)
        found = [f for f in watch.last["pool"]["findings"] if f["kind"] == "collapsed"]
        equal("findings", [(f["pid"], f["value"], f["unit"]) for f in found], [(pid, SHARED * PAGE, "bytes")])
        for word in ("PR_SET_THP_DISABLE", "max_ptes_shared", "1 of 2 workers"):
            true(f"it names {word}", word in found[0]["text"], found[0]["text"])


@test
def late():
    """khugepaged: seen later, at most what is in the huge pages, and never less than what was collapsed"""
    with eager(), Mkpool(*BLOCKS, *forks(2)) as pool:
        pool.do(*WRITES)
        let_khugepaged_collapse(pool, 1, 0, 4, [0, 2])
        document = sample(pool.master)
        found = [f for f in document["pool"]["findings"] if f["kind"] == "collapsed"]
        pages = collapsed(document)[pool.pid(1)]
        true("between what was collapsed and all of the two blocks", SHARED <= pages <= 2 * HUGE, pages)
        true("copies are what they were", abs(rows(document)[pool.pid(1)]["pages"]["cow_broken"] -
                                              pool.truth[1]["pages"]["cow_broken"] - outside()[1]["cow_broken"])
             <= FIRST_SLACK, document)
        bounds = rows(document)[pool.pid(1)]["bounds"]["pages.collapsed"]
        true("its bounds hold the truth", bounds["low"] <= SHARED <= bounds["high"], bounds)
        true("the finding says that it is at most that", len(found) == 1 and "at most" in found[0]["text"], found)


@test
def holes():
    """khugepaged fills holes: new pages without a fault"""
    absent = HUGE // 4
    with eager(), Mkpool(MADE, fill(worker=MASTER, pages=HUGE), *forks(2)) as pool:
        pool.do(write(worker=1, pages=HUGE // 2), free(worker=1, first=HUGE - absent, pages=absent))
        truth0 = pool.truth
        with Stream(pool.master, 0.02) as stream:
            watch = Watch(stream)
            let_khugepaged_collapse(pool, 1, 0, 1, [0])
            settle(watch, truth0, pool)
        sums = check_faults(watch, pool.pid(1), HUGE // 4)
        near("new pages that were filled in", sums["filled_per_s"], absent, 0.5)
        true("none of them by a fault", sums["new_per_s"] < 8, sums)


@test
def of_the_master():
    """khugepaged in the master: it copied, the workers still share or have orphans"""
    for workers in (1, 2):
        with eager(), Mkpool(*BLOCKS, *forks(workers)) as pool:
            pool.do(write(worker=MASTER, pages=WRITTEN[0]))
            truth0 = pool.truth
            with Stream(pool.master, 0.02) as stream:
                watch = Watch(stream)
                let_khugepaged_collapse(pool, 0, 0, 1, [0])
                settle(watch, truth0, pool)
            equal(f"collapsed, {workers} workers", collapsed(watch.last)[pool.master], SHARED)
            check_faults(watch, pool.master, SHARED)
            equal("orphans of worker 1", pool.truth[1]["pages"]["orphaned"], HUGE if workers == 1 else 0)
            found = [f for f in watch.last["pool"]["findings"] if f["kind"] == "collapsed"]
            true("the finding names the master", found and "in the master" in found[0]["text"], found)
            late_one = rows(sample(pool.master))[pool.master]
            sure = flag_is_told() or workers > 1  # else nothing says which of the two has the originals
            true("seen later, at most", (SHARED if sure else 0) <= late_one["pages"]["collapsed"] <= HUGE, late_one)
            true("and not for certain", sure or late_one["exactness"] != "exact", late_one["exactness"])


@test
def last_owner():
    """what nobody else holds is moved, not copied: the last of all to be collapsed loses nothing"""
    with eager(), Mkpool(*BLOCKS, *forks(1)) as pool:
        pool.do(write(worker=MASTER, pages=HUGE))
        truth0 = pool.truth
        equal("orphans", truth0[1]["pages"]["orphaned"], HUGE)
        pool.do(read(worker=1, pages=HUGE))  # khugepaged takes what is used
        with Stream(pool.master, 0.02) as stream:
            watch = Watch(stream)
            pool.do(write(worker=1, pages=1))  # ... and, before Linux 6.18, only where some page may be written
            watch.fresh()
            let_khugepaged_collapse(pool, 1, 0, 1, [0])
            settle(watch, truth0, pool)
        equal("still orphans", pool.truth[1]["pages"]["orphaned"], HUGE)
        equal("collapsed", set(collapsed(watch.last).values()), {0})
        equal("events", watch.collapses(), [])


def watched(pool, commands, known=True):
    """The watch over commands that are one step each; `known`: mkpool knows the truth."""
    truth0 = pool.truth
    with Stream(pool.master, 0.02) as stream:
        watch = Watch(stream)
        for command in commands:
            pool.do(command)
            watch.fresh()
        if known:
            settle(watch, truth0, pool, ("cow_broken", "new"))
    return watch


@test
def by_the_program():
    """MADV_COLLAPSE is a collapse all the same, of a whole shared block, too"""
    need_root()
    with Mkpool(*BLOCKS, *forks(2)) as pool:
        try:
            watch = watched(pool, [collapse(worker=1, pages=HUGE)])
        except MkpoolError as error:
            raise Skip(str(error)) from None
        equal("collapsed", collapsed(watch.last)[pool.pid(1)], HUGE)
        check_faults(watch, pool.pid(1), HUGE)


def no_collapse(name, commands, setup=(), pages=None, known=True, lacking=None):
    """Huge pages that came another way; `lacking`: why there may be none on some kernels."""
    def run():
        need_root()
        need(THP)
        with kernel_setting(f"{THP}/enabled", "madvise"), kernel_setting(f"{THP}/defrag", "madvise"), \
                Mkpool(*BLOCKS, *setup, *forks(2)) as pool:
            watch = watched(pool, commands, known)
            lacks = pages and huge_bytes(pool.pid(1)) < pages * BYTES
            true("there are huge pages", not lacks or lacking)
            equal("collapsed", set(collapsed(watch.last).values()), {0})
            equal("events", watch.collapses(), [])
            for pid in collapsed(watch.last):
                near("collapsed, by its rate", watch.sums[pid]["collapsed_per_s"], 0, 0.1)
            equal("seen later", set(collapsed(sample(pool.master)).values()), {0})
            if lacks:
                raise Skip(lacking)
    add_test(name, run)


no_collapse("a fault on new memory brings a whole huge page: no collapse",
            filled(worker=1, arena=1, kind="thp", pages=2 * HUGE), pages=2)
no_collapse("shared memory given back and touched again as a huge page: no collapse",
            [want_huge(worker=1, pages=HUGE), refill(worker=1, pages=HUGE)], pages=1,
            lacking="this kernel keeps the page table of what was given back: no huge page came")
no_collapse("a huge page moved over what was inherited (mremap takes no fault): no collapse",
            [*filled(worker=1, arena=1, kind="thp", pages=HUGE), move(worker=1, arena=1, pages=HUGE, to=0)], pages=1,
            known=False)
no_collapse("a huge page that was inherited, written by its worker: no collapse",
            [write(worker=1, arena=1, pages=HUGE // 2)], setup=filled(worker=MASTER, arena=1, kind="thp", pages=HUGE))


@test
def recorded():
    """a recorder leaves out who has no faults, and sees a collapse all the same; report and stacks tell it"""
    with eager(), Mkpool(*BLOCKS, *forks(2)) as pool, folder() as place:
        pool.do(*WRITES)
        path = f"{place}/recording"
        with spawned([COWTOP, "record", "-o", path, "-i", "0.1", "--budget", "none", str(pool.master)],
                     stderr=subprocess.DEVNULL) as recorder:
            until("there are samples", lambda: os.path.exists(path) and os.path.getsize(path) > 1000)
            let_khugepaged_collapse(pool, 1, 0, 4, [0, 2])
            until("an event is recorded", lambda: told(path)["event_counts"]["collapsed"])
            recorder.send_signal(signal.SIGINT)
            recorder.wait(timeout=PATIENCE)
        report = told(path)
        equal("bytes", report["pool"]["collapsed_bytes"], SHARED * PAGE)
        equal("events", sum(e["cow_bytes"] for e in report["events"] if e["type"] == "collapsed"), SHARED * PAGE)
        text = subprocess.run([COWTOP, "report", path], capture_output=True, text=True, check=True).stdout
        true("its line", "\ncollapsed  848.0 KiB" in text or PAGE != 4096, text)


def told(path):
    return json.loads(subprocess.run([COWTOP, "report", "--json", path], capture_output=True, check=True).stdout)


@test
def beside_stacks():
    """cowtop stacks: no stack made them, and how many they are is said"""
    with eager(), Mkpool(*BLOCKS, *forks(2)) as pool:
        pool.do(*WRITES)
        with spawned([COWTOP, "stacks", "--json", str(pool.master)], stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE) as watch:
            until("the watch is on", lambda: watch.poll() is not None or watching(watch.pid))
            if watch.poll() is not None:
                raise Skip(watch.stderr.read().decode()[:200])
            let_khugepaged_collapse(pool, 1, 0, 4, [0, 2])
            watch.send_signal(signal.SIGINT)
            document = json.loads(watch.communicate(timeout=PATIENCE)[0])
        equal("collapsed", document["pool"]["collapsed_pages"], SHARED)
        true("no copy of a process", document["pool"]["copied_pages"] < 8, document["pool"])


# ---- what moves pages and copies none for a process

def check_no_copy(watch, pool, before, what):
    for pid, pages in before.items():
        equal(f"{what}: collapsed", collapsed(watch.last)[pid], 0)
        near(f"{what}: copies by a fault", watch.sums[pid]["cow_per_s"], 0, 0.5)
        near(f"{what}: collapsed, by its rate", watch.sums[pid]["collapsed_per_s"], 0, 0.5)
        near(f"{what}: cow_broken", rows(watch.last)[pid]["pages"]["cow_broken"], pages["cow_broken"], 0.5)
    equal(f"{what}: events", watch.collapses(), [])


def moved(pool, words):
    return any(a != b for s in words for a, b in zip(words[s], arena_words(pool.truth[s])))


def no_copy(name, setup, act, settings=()):
    """`act` moves pages of the pool, or says why it cannot; none of them counts as copied."""
    def run():
        need_root()
        with contextlib.ExitStack() as stack:
            for path, value in settings:
                stack.enter_context(kernel_setting(path, value))
            pool = stack.enter_context(Mkpool(*setup))
            watch = Watch(stack.enter_context(Stream(pool.master, 0.02)))
            before = {p["pid"]: rows(watch.last)[p["pid"]]["pages"] for p in pool.truth.values()}
            words = {s: arena_words(p) for s, p in pool.truth.items()}
            act(pool)
            watch.fresh()
            if not moved(pool, words):
                raise Skip("no page of the pool was moved")
            check_no_copy(watch, pool, before, name)
    add_test(name, run)


def merge(pool):
    pool.do(*(offer_to_merge(worker=s, pages=1000) for s in pool.truth))
    frames = {x & FRAME for x in arena_words(pool.truth[1])}
    with contextlib.suppress(Failed):
        until("KSM merges", lambda: len({x & FRAME for x in arena_words(pool.truth[1])}) < len(frames), 20)


def compact(pool):
    write_file("/proc/sys/vm/compact_memory", "1")


MPOL_MF_MOVE_ALL = 4
ARENA = 0x200000000000  # where mkpool has its first one


def migrate(pool):
    """move_pages(2) to the other node: what numactl asks for, and what the kernel's balancing does by itself."""
    nodes = sorted(n for n in os.listdir("/sys/devices/system/node") if n.startswith("node"))
    if len(nodes) < 2:
        raise Skip("one NUMA node: nothing to migrate to")
    n, libc = 2000, ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 279, "aarch64": 239}[os.uname().machine]
    pages = (ctypes.c_void_p * n)(*(ARENA + i * PAGE for i in range(n)))
    for node in nodes:
        where = (ctypes.c_int * n)(*([int(node[4:])] * n))
        libc.syscall(number, pool.pid(1), ctypes.c_ulong(n), pages, where, (ctypes.c_int * n)(), MPOL_MF_MOVE_ALL)


KSM = "/sys/kernel/mm/ksm"
no_copy("KSM merges pages: no copy", [new_arena(worker=MASTER, kind="anon", pages=1000),
                                      fill(worker=MASTER, pages=1000, how="pairs"), *forks(2)], merge,
        [(f"{KSM}/pages_to_scan", 20000), (f"{KSM}/sleep_millisecs", 10), (f"{KSM}/run", 1)])
no_copy("compaction moves pages: no copy", [*filled(worker=MASTER, pages=12000), *forks(2)], compact)
no_copy("migration between NUMA nodes moves pages: no copy", [*filled(worker=MASTER, pages=2000), *forks(2)],
        migrate)


@test
def estimate():
    """an ordinary user sees it too: one huge page more, as many copies, no fault"""
    need("setpriv")
    with eager(), readable_binaries(), Mkpool(*BLOCKS, *forks(2), prefix=NOBODY) as pool:
        pool.do(*WRITES)
        with Stream(pool.master, 0.02, prefix=NOBODY) as stream:
            watch = Watch(stream)
            equal("level", watch.last["accounting"]["level"], "estimate")
            before = rows(watch.last)[pool.pid(1)]["pages"]["cow_broken"]
            let_khugepaged_collapse(pool, 1, 0, 4, [0, 2])
            watch.fresh()
            pid = pool.pid(1)
            true("it is told", watch.until(lambda d: collapsed(d)[pid] == SHARED) is not None,
                 collapsed(watch.last))
        equal("copies since", rows(watch.last)[pid]["pages"]["cow_broken"] - before, SHARED)
        check_faults(watch, pid, SHARED)
        equal("their events", sum(e["cow_bytes"] for e in watch.collapses()), SHARED * PAGE)
        late_one = rows(sample(pool.master, prefix=NOBODY))[pid]
        bounds = late_one["bounds"]["pages.collapsed"]
        true("seen later, at most", SHARED <= late_one["pages"]["collapsed"] <= 2 * HUGE, late_one["pages"])
        true("and it says so", bounds["label"] == "upper_bound" and bounds["low"] <= SHARED, bounds)


main()
