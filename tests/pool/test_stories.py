#!/usr/bin/python3
"""Pools with a random past, of which cowtop sees nothing but the end: whatever is not called an estimate is true, and
what has bounds lies between them. STORIES=FROM-TO in the environment plays those seeds instead of the few here."""
import os
import random
import time
from cases import CLASSES, ends, FIRST_SLACK, forks, outside
from kernel import HUGE
from khugepaged import huge_pages_made
from mkpool import adopt, fill, fork, fork_twice, leave, MASTER, Mkpool, new_arena, read, reap, write
from run import NOBODY, readable_binaries, rows, sample
from tap import add_test, fail, main, need, need_root, true

LATER = None  # longer than a burst of forks takes: what was written before the next fork was written between two bursts
LATER_S = 0.3
MOST = 7  # processes
PARTING = 0.18  # of what happens, so often one ends
TRIES = 5

# Played for everybody, always: what went wrong once.
KNOWN = {
    "master and worker load, and the worker forks": [
        new_arena(MASTER, "anon", 2000), *forks(2), fill(MASTER, 1000, first=1000, how="pairs"),
        fill(1, 900, first=1000), LATER, fork(1)],
    "the master writes first, the worker after it, and forks": [
        new_arena(MASTER, "anon", 2000), fill(MASTER, 2000), fork(), write(MASTER, 1000, stride=2),
        write(1, 2000, how="same"), LATER, fork(1), write(MASTER, 500, first=1000, stride=2)],
    "the master writes before and after a late fork, and the late worker too": [
        new_arena(MASTER, "anon", 1000), fill(MASTER, 500), *forks(2), write(MASTER, 400, first=100), LATER, fork(),
        write(MASTER, 430, first=70, how="same"), write(3, 350, first=100, how="same")],
    "both load, and those that the master forks later are nobody's children": [
        new_arena(MASTER, "brk", 2000), fill(MASTER, 1000), *forks(2), fill(1, 839, first=1061, how="pairs"),
        fill(MASTER, 582, first=1418, how="pairs"), LATER, fork_twice(), LATER, fork_twice()],
    "an old worker writes what the master had left it": [
        new_arena(MASTER, "anon", 2000), fill(MASTER, 1000), fork(), write(MASTER, 695, first=305), LATER, fork(),
        LATER, fork(), write(1, 639, first=117)],
    "a worker copies and forks, the master copies, and its youngest child is gone": [
        reap(), new_arena(MASTER, "anon", 2000), fill(MASTER, 1000, how="pairs"), fork(), fill(1, 917, first=1083),
        write(1, 500, first=75), write(MASTER, 405, first=595), LATER, fork(1), LATER, fork(), leave(3)],
    "the same, and the worker's child is gone, too, before it writes again": [
        reap(), new_arena(MASTER, "anon", 2000), fill(MASTER, 1000, how="pairs"), fork(),
        write(1, 30, first=910, stride=3), write(MASTER, 500, first=80), LATER, fork(), LATER, fork(1), leave(3),
        write(MASTER, 191, first=809), leave(2), write(1, 500, first=144)],
    "a worker's child that the master adopts is older than the master's own": [
        reap(), adopt(), new_arena(MASTER, "anon", 1000), fill(MASTER, 500), fork(), fill(1, 50, first=950),
        write(1, 107, first=393), LATER, fork_twice(1), LATER, fork()],
    "what a worker loads that is gone, its child has": [
        reap(), adopt(), new_arena(MASTER, "anon", 2000), fill(MASTER, 1000), fork(), fill(1, 449, first=1551), LATER,
        fork(1), LATER, fork(), write(MASTER, 424, first=576), leave(1), LATER, fork(), write(1, 863, first=137)],
    "a worker has new huge pages, and copies": [
        new_arena(MASTER, "anon", 1000, 0), new_arena(MASTER, "thp", 4 * HUGE, 1), fill(MASTER, 500, 0),
        fill(MASTER, 2 * HUGE, 1), fork(), write(MASTER, 287, 1, 737), fill(1, 300, 1, 1431, how="pairs"),
        write(1, 200, 0, 98, how="same"), fill(MASTER, 63, 0, 937), write(1, 857, 1, 167, how="same")],
}


class Story:
    """The first half of each arena is there before the first fork; whole pages are written in the second alone, by
    anybody until one forks: what was overwritten whole cannot be told from what is new."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.orders, self.arenas, self.alive = [], [], 1
        for arena in range(self.rng.choice((1, 1, 2))):
            kind = self.rng.choice(("anon", "anon", "thp", "anon" if arena else "brk"))
            pages = HUGE * self.rng.choice((2, 2, 4)) if kind == "thp" else self.rng.choice((1000, 2000))
            self.orders.append(new_arena(MASTER, kind, pages, arena))
            self.arenas.append((arena, pages))
        for arena, pages in self.arenas:
            self.orders.append(fill(MASTER, pages // 2, arena, how=self.whole()))
        self.empty, self.written = {arena for arena, _ in self.arenas}, set()
        for _ in range(self.rng.randrange(1, 4)):
            self.fork(MASTER)
        for _ in range(self.rng.randrange(14)):
            self.go_on()

    def whole(self):
        return self.rng.choice(("own", "pairs"))

    def fork(self, parent):
        self.orders.append(fork(parent))
        self.alive += 1

    def go_on(self):
        if self.rng.random() < 0.75:
            self.orders.append(self.touch(self.rng.randrange(self.alive)))
        elif self.alive < MOST:
            self.empty -= self.written
            self.orders.append(LATER)
            self.fork(self.rng.choice((MASTER, MASTER, MASTER, self.rng.randrange(self.alive))))

    def touch(self, slot):
        arena, pages = self.rng.choice(self.arenas)
        half = pages // 2
        if arena in self.empty and self.rng.random() < 0.3:
            first = self.rng.randrange(half, pages)
            self.written.add(arena)
            return fill(slot, self.rng.choice((pages - first, max(1, (pages - first) // 2))), arena, first,
                        how=self.whole())
        first, stride = self.rng.randrange(half), self.rng.choice((1, 1, 2, 3))
        room = (half - first + stride - 1) // stride
        count = min(self.rng.choice((half, half // 2, self.rng.randrange(1, half))), room)
        if self.rng.random() < 0.85:
            return write(slot, count, arena, first, stride, self.rng.choice(("store", "store", "same")))
        return read(slot, count, arena, first, stride)


class Partings(Story):
    """... and any may end but the master, which adopts the children that are left: mkpool fills the first free slot."""

    def __init__(self, seed):
        self.slots = [MASTER]
        super().__init__(seed)
        self.orders[:0] = [reap(), adopt()]

    def fork(self, parent):
        slot = next(slot for slot in range(MOST) if slot not in self.slots)
        self.orders.append(self.rng.choice((fork, fork, fork, fork_twice))(self.slots[parent]))
        self.slots.append(slot)
        self.alive += 1

    def go_on(self):
        if self.alive > 2 and self.rng.random() < PARTING:
            self.orders.append(leave(self.slots.pop(self.rng.randrange(1, self.alive))))
            self.alive -= 1
        else:
            super().go_on()

    def touch(self, slot):
        return super().touch(self.slots[slot])


def told(p, key):
    """Between what the figure lies in truth; None: it is an estimate."""
    label = p["bounds"].get(f"pages.{key}", {}).get("label", "exact")
    return None if label == "estimate" else ends(p, f"pages.{key}")


def wrong_ratio(slot, got, true_pages, slack):
    inherited = sum(true_pages[c] for c in ("cow_broken", "shared", "orphaned"))
    low, high = ends(got, "cow_broken_ratio")
    if (low * inherited - slack) <= true_pages["cow_broken"] <= high * inherited + slack:
        return []
    return [f"process {slot}: ratio {low} to {high}, truth {true_pages['cow_broken']} of {inherited}"]


def wrong(pool, document, user):
    """(lines that say where what cowtop says is not true, of how many figures it says something)"""
    lines, figures = [], 0
    for slot, truth in pool.truth.items():
        got, beside = rows(document)[truth["pid"]], outside()[slot > 0]
        slack = FIRST_SLACK * (2 if user else 1)
        if slot == MASTER:  # what it has outside of arenas changes its class with each fork, and with what is written
            slack += sum(beside[c] for c in CLASSES if c != "file")
        for key in ("cow_broken", "new", "orphaned", "shared"):
            found, true_pages = told(got, key), truth["pages"][key] + beside[key]
            if not found:
                continue
            figures += 1
            if not found[0] - slack <= true_pages <= found[1] + slack:
                lines.append(f"process {slot}, {got['exactness']}: {key} {found[0]} to {found[1]}, truth {true_pages}")
            elif key == "cow_broken":
                lines += wrong_ratio(slot, got, {c: truth["pages"][c] + beside[c] for c in CLASSES}, slack)
    return lines, figures


def play_once(orders, prefix):
    with readable_binaries(), Mkpool(prefix=prefix) as pool:
        for order in orders:
            if order is LATER:
                time.sleep(LATER_S)
            else:
                pool.do(order)
        return wrong(pool, sample(pool.master, prefix=prefix), bool(prefix))


def play(orders, prefix):
    """Once more where khugepaged, which no order asked for, was at work: what it copies is not in the story."""
    for _ in range(TRIES):
        before = huge_pages_made()
        lines, figures = play_once(orders, prefix)
        if not lines or huge_pages_made() == before:
            break
    if lines:
        fail("\n".join(["; ".join("later" if o is LATER else o for o in orders), *lines]))
    return figures


def seeds():
    chosen = os.environ.get("STORIES")
    if not chosen:
        return range(1, 13)
    first, last = map(int, chosen.split("-"))
    return range(first, last + 1)


def add(name, orders):
    def run(prefix):
        need_root()
        need("setpriv")
        figures = play(orders, prefix)
        true("something is no estimate", figures or prefix)
    add_test(f"{name}, as root", lambda: run(()))
    add_test(f"{name}, as an ordinary user", lambda: run(NOBODY))


for known, orders_ in KNOWN.items():
    add(known, orders_)
for seed_ in seeds():
    add(f"a random past, seed {seed_}", Story(seed_).orders)
    add(f"a random past with partings, seed {seed_}", Partings(seed_).orders)

if __name__ == "__main__":
    main()
