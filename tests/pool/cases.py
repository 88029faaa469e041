"""How a case is played: a pool of known truth, a cowtop that watches all along, and cowtops that come late.

Three things are compared with the truth, each to the page:
history   what the watching cowtop says changed, after every step;
late      what cowtops that see the pool for the first time say, before the steps and after them;
kernel    that the truth itself fits pagemap: so many pages present, so many frames held by others.

Outside its arenas a process of the pool has a few hundred pages (program, libc, stack). They do not
change while it only obeys commands, so differences are exact; where processes come and go a few of
them change class, which is what `slack` is for. What they look like at first sight is measured once
on a pool without arenas.
"""
import functools
import os
import sys
import time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import (arena_words, FILE, flag_is_told, FRAME, fresh_page_flags, KPF_KSM, KPF_ZERO, page_words,
                    PRESENT, SWAPPED)
from mkpool import CLASSES, fill, filled, fork, free, leave, MASTER, Mkpool, read, RESIDENT, write
from run import rows, sample, Stream
from tap import equal, fail, Failed, PATIENCE, true

FORK_SLACK = 12     # pages outside the arenas that change class when processes come and go
FIRST_SLACK = 24    # pages outside the arenas by which two pools differ at first sight

FILLED = filled(worker=MASTER, pages=2000)


def forks(n):
    return [fork()] * n


def merged(pages, classes):
    """Counts in which `classes` are one class, because nobody can tell them apart there."""
    if not classes:
        return {c: pages[c] for c in CLASSES}
    result = {c: pages[c] for c in CLASSES if c not in classes}
    result["+".join(classes)] = sum(pages[c] for c in classes)
    return result


def ledger(document):
    """{pid: {class: pages}} of what was forked; a null is a failure."""
    result = {}
    for pid, p in rows(document).items():
        if not p["forked"]:
            continue
        pages = p["pages"]
        true(f"pid {pid} has a ledger", None not in (pages[c] for c in CLASSES), pages)
        result[pid] = {c: pages[c] for c in CLASSES}
    return result


def sight_document(pool):
    """What a cowtop says that comes now. A page that the kernel is just moving looks swapped out: then
    another one is asked."""
    for _ in range(20):
        document = sample(pool.master)
        got = ledger(document)
        if all(got[p["pid"]]["swapped"] == p["pages"]["swapped"] for p in pool.truth.values()):
            break
    return document


def sight(pool):
    return ledger(sight_document(pool))


def ends(p, key):
    """Between what the figure lies, as its document says."""
    bound = p["bounds"].get(key)
    value = p
    for part in key.split("."):
        value = value[part]
    if not bound or bound["low"] is None:
        return value, value
    true(f"{key} is one of its bounds", value in (bound["low"], bound["high"]), (value, bound))
    return bound["low"], bound["high"]


def minus(a, b):
    return {c: a[c] - b[c] for c in CLASSES}


@functools.lru_cache
def outside():
    """First sight of a pool without arenas: (master, worker)."""
    with Mkpool(*forks(2)) as pool:
        seen = ledger(sample(pool.master))
        return seen[pool.master], seen[pool.pid(1)]


def forked_since(slot, truth0, truth1):
    """Has this process a child that it had not?"""
    def children(truth):
        return {p["pid"] for p in truth.values() if p["parent"] == slot}
    return bool(children(truth1) - children(truth0))


def settle(got, wanted):
    """The master's own pages outside the arenas were shared from its fork until the child had written
    them: a walk in between finds them orphaned afterwards, and no walk finds them new as before."""
    moved = min(wanted["new"] - got["new"], got["orphaned"] - wanted["orphaned"])
    if 0 < moved <= sum(outside()[0][c] for c in ("new", "orphaned", "shared", "cow_broken")):
        got["new"] += moved
        got["orphaned"] -= moved


def who(slot):
    return "master" if slot == 0 else f"process {slot}"


def differences(got0, truth0, got1, truth1, classes, slack):
    """Lines that say where the change of the ledger is not the change of the truth. `slack` is a
    number of pages, or one for each class that has some."""
    if not isinstance(slack, dict):
        slack = dict.fromkeys(CLASSES, slack)
    was = {p["pid"]: p["pages"] for p in truth0.values()}
    lines = []
    for slot, p in truth1.items():
        pid = p["pid"]
        if pid not in got1:
            lines.append(f"{who(slot)}: not in the document")
            continue
        if pid in was and pid in got0:
            got, wanted, room = minus(got1[pid], got0[pid]), minus(p["pages"], was[pid]), slack
        else:  # born since: all of it, but for what a worker has outside
            got, wanted = minus(got1[pid], outside()[1]), p["pages"]
            room = dict.fromkeys(CLASSES, FIRST_SLACK)
        if forked_since(slot, truth0, truth1):
            settle(got, wanted)
        got, wanted = merged(got, classes), merged(wanted, classes)
        for c in got:
            allowed = max(room.get(part, 0) for part in c.split("+"))
            if abs(got[c] - wanted[c]) > allowed:
                lines.append(f"{who(slot)}: {c} changed by {got[c]}, expected {wanted[c]} +-{allowed}")
    gone = {p["pid"] for p in truth0.values()} - {p["pid"] for p in truth1.values()}
    lines += [f"pid {pid} is gone but listed" for pid in gone if pid in got1]
    return lines


def check_first_sight(pool, document):
    """Of a kernel that does not tell exclusive pages, what is not called exact may be off."""
    lines, got = [], ledger(document)
    for slot, p in pool.truth.items():
        if not flag_is_told() and rows(document)[p["pid"]]["exactness"] != "exact":
            continue
        have = minus(got[p["pid"]], outside()[slot > 0])
        lines += [f"process {slot}: {c} is {have[c]}, expected {p['pages'][c]} +-{FIRST_SLACK}"
                  for c in CLASSES if abs(have[c] - p["pages"][c]) > FIRST_SLACK]
    if lines:
        fail("first sight of the set-up:\n" + "\n".join(lines))


def check_kernel(pool):
    """The truth against pagemap; a page that the kernel is just moving is looked at again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return compare_kernel(pool)
        except Failed:
            if time.monotonic() > deadline:
                raise


def compare_kernel(pool):
    """Pages present, swapped, of files, and frames that other processes hold too."""
    words = {p["slot"]: arena_words(p) for p in pool.truth.values()}
    held = {}
    for w in words.values():
        for frame in {x & FRAME for x in w if x & PRESENT and not x & FILE}:
            held[frame] = held.get(frame, 0) + 1
    flags = page_words("kpageflags", held)
    if fresh_page_flags() & KPF_KSM:  # 6.12 sets it of every anonymous page: it says nothing
        flags = {n: f & ~KPF_KSM for n, f in flags.items()}
    zero = {n: f & KPF_ZERO for n, f in page_words("kpageflags", {
        x & FRAME for w in words.values() for x in w if x & FILE}).items()}
    for slot, p in pool.truth.items():
        pages = p["pages"]
        anon = [x & FRAME for x in words[slot] if x & PRESENT and not x & FILE]
        anon = [n for n in anon if not flags[n] & KPF_ZERO]
        equal(f"truth against pagemap: process {slot}: anonymous pages",
              len(anon), sum(pages[c] for c in RESIDENT) - pages["file"])
        equal(f"truth against pagemap: process {slot}: pages of files",
              sum(1 for x in words[slot] if x & PRESENT and x & FILE and not zero[x & FRAME]),
              pages["file"])
        equal(f"truth against pagemap: process {slot}: swapped",
              sum(1 for x in words[slot] if x & SWAPPED), pages["swapped"])
        if not any(q["parent"] == slot for q in pool.truth.values()) and not pages["swapped"]:
            equal(f"truth against pagemap: process {slot}: frames held by others",
                  sum(1 for n in anon if held[n] > 1 and not flags[n] & KPF_KSM),
                  pages["shared"] if not any(flags[n] & KPF_KSM for n in anon) else 0)


def wait_history(stream, got0, truth0, pool, classes, slack):
    """Read documents until two in a row agree with the truth."""
    moment, deadline, agreed = time.time(), time.monotonic() + PATIENCE, 0
    document = stream.after(moment)
    while agreed < 2:
        got = ledger(document)
        lines = differences(got0, truth0, got, pool.truth, classes, slack)
        agreed = 0 if lines else agreed + 1
        if lines and time.monotonic() > deadline:
            return lines
        document = stream.next()
    return []


def play(setup, steps, history=(), late=(), slack=0, interval=0.02):
    """Play a case. `history` and `late` name classes that may be mistaken for one another there; late: None
    where a newcomer cannot know. `interval`: seconds between the walks, for steps that are to come between two."""
    wrong = []
    with Mkpool(*setup) as pool:
        check_kernel(pool)
        truth0 = pool.truth
        with Stream(pool.master, interval) as stream:
            watched = ledger(stream.fresh())
            document = sight_document(pool)
            newcomer = ledger(document)
            check_first_sight(pool, document)
            for number, step in enumerate(steps, 1):
                pool.do(*step)
                check_kernel(pool)
                lines = wait_history(stream, watched, truth0, pool, history, slack)
                wrong += [f"history, step {number} ({'; '.join(step)}): {line}" for line in lines]
                if lines:
                    break
        if late is not None:
            wrong += late_lines(newcomer, truth0, pool, late, slack)
    if wrong:
        fail("\n".join(wrong))


# Before Linux 5.19 nobody can tell at first sight whose copy a page is that one process alone maps.
UNTOLD = ("orphaned", "cow_broken", "cow_file", "new")


def late_lines(newcomer, truth0, pool, classes, slack=0):
    """Where a cowtop that comes now is wrong. Where the kernel does not tell exclusive pages a figure that
    rests on them may be off among UNTOLD, but then it is not called exact."""
    document = sight_document(pool)
    got = ledger(document)
    lines = differences(newcomer, truth0, got, pool.truth, classes, slack)
    if lines and not flag_is_told():
        exact = tuple(who(slot) + ":" for slot, p in pool.truth.items()
                      if rows(document)[p["pid"]]["exactness"] == "exact")
        lines = [f"{line}, and is called exact" for line in lines if line.startswith(exact)]
        lines += differences(newcomer, truth0, got, pool.truth,
                             tuple(dict.fromkeys([*classes, *UNTOLD])), slack)
    return ["late: " + line for line in lines]


def random_step(rng, pool):
    """One command that keeps every page's story visible: no free and touch without a walk between."""
    slots = sorted(pool.truth)
    slot, off = rng.choice(slots), rng.randrange(1500)
    count, stride = rng.randrange(1, 200), rng.randrange(1, 3)
    kind = rng.choice(["write"] * 6 + ["fill"] * 2 + ["read", "free", "free", "fork", "exit"])
    if kind == "fork" and len(slots) < 6:
        return fork(worker=rng.choice((0, 0, slot)))
    if kind in ("fork", "exit"):
        leaves = [s for s in slots if s and not any(q["parent"] == s for q in pool.truth.values())]
        return leave(worker=rng.choice(leaves)) if kind == "exit" and len(leaves) > 1 else read(worker=MASTER, pages=1)
    touch = {"write": write, "fill": fill, "read": read, "free": free}[kind]
    return touch(worker=slot, first=off, pages=count, stride=stride)
