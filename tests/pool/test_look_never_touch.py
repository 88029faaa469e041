#!/usr/bin/python3
"""Looking changes nothing: no page of the pool moves or becomes private, no fault is charged to it."""
from cases import FILLED, forks
from kernel import asleep, EXCLUSIVE, FILE, HUGE, mappings, PAGE, pagemap, rollup, stat_fields
from mkpool import fill, filled, fork, MASTER, Mkpool, new_arena, protect, read, write
from run import cowtop, folder, NOBODY, readable_binaries, sample, samples
from tap import equal, main, need, need_root, Skip, test, true, until

# A pool with every kind of candidate for a closer look: copies, stranded originals, memory that two
# processes allocated at one address, huge pages, files, swapless zero pages.
POOL = (FILLED + [new_arena(worker=MASTER, arena=1, kind="file", pages=512),
                  new_arena(worker=MASTER, arena=3, kind="anon", pages=500), read(worker=MASTER, arena=3, pages=500)]
        + forks(3)
        + [write(worker=1, pages=211), write(worker=MASTER, first=100, pages=211),
           new_arena(worker=MASTER, arena=2, kind="anon", pages=500),
           new_arena(worker=1, arena=2, kind="anon", pages=500),
           fill(worker=MASTER, arena=2, pages=500), fill(worker=1, arena=2, pages=500),
           read(worker=1, arena=1, pages=512), write(worker=2, arena=1, pages=53),
           *filled(worker=MASTER, arena=4, kind="thp", pages=HUGE), fork(),
           write(worker=4, arena=4, first=5, pages=3), protect(worker=3, pages=100)])


# Library pages are left out of sums: other processes that come and go map them too.
PRIVATE = ("Rss", "Private_Dirty", "Shared_Dirty", "Anonymous", "Pss_Anon", "AnonHugePages", "KSM",
           "LazyFree", "Swap")


def own_words(words):
    """pagemap without the exclusive bit of file pages, which tells about everybody."""
    return [w & ~EXCLUSIVE if w & FILE else w for w in words]


def photograph(pool):
    """All that could change: page map, faults, rollup and I/O of every process."""
    picture = {}
    for p in pool.truth.values():
        pid = p["pid"]
        words = {(start, end): own_words(pagemap(pid, start, (end - start) // PAGE))
                 for start, end, _, _ in mappings(pid)}
        private = {k: v for k, v in rollup(pid).items() if k in PRIVATE}
        with open(f"/proc/{pid}/io", encoding="ascii") as f:
            io = f.read()
        fields = stat_fields(pid)
        switches = [line for line in open(f"/proc/{pid}/status", encoding="ascii")
                    if "ctxt_switches" in line]
        picture[pid] = {"pagemap": words, "minflt": fields[7], "majflt": fields[9],
                        "rollup": private, "io": io, "switches": switches}
    return picture


def compare(before, after):
    for pid, was in before.items():
        for key, value in was.items():
            if key == "pagemap":
                for where, words in value.items():
                    now = after[pid]["pagemap"].get(where, [])
                    changed = [f"page {i}: {a:x} -> {b:x}"
                               for i, (a, b) in enumerate(zip(words, now)) if a != b]
                    true(f"pid {pid}: page map of {where[0]:x}-{where[1]:x} is the same",
                         now == words, changed[:5])
            else:
                equal(f"pid {pid}: {key}", after[pid][key], value)


def migrations():
    """Pages that the kernel has moved so far, for reasons of its own (compaction)."""
    with open("/proc/vmstat", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("pgmigrate_success"))


def looked_at(look, prefix=()):
    need_root()
    for _ in range(5):
        with Mkpool(*POOL, prefix=prefix) as pool:
            # Who has answered is still on the way to its next read.
            until("it stands still", lambda: asleep(*pool.pages()))
            moved, before = migrations(), photograph(pool)
            look(pool)
            after = photograph(pool)
            if moved == migrations():
                compare(before, after)
                return
    raise Skip("the kernel moved pages each time")


@test
def thousand_samples():
    """a thousand samples of one cowtop"""
    looked_at(lambda pool: samples(pool.master, 1000, "-i", "0.001"))


@test
def many_newcomers():
    """thirty cowtops that see the pool for the first time"""
    looked_at(lambda pool: [sample(pool.master) for _ in range(30)])


@test
def table_and_pools():
    """the table, `cowtop pools` and `cowtop doctor`"""
    def look(pool):
        for words in ([pool.master], ["pools"], ["doctor", pool.master]):
            status, _, err = cowtop(*words)
            equal(f"exit status of cowtop {words}: {err}", status, 0)
    looked_at(look)


@test
def recorder():
    """a recording of five hundred samples, with its page maps"""
    def look(pool):
        with folder() as place:
            status, _, err = cowtop("record", "-o", f"{place}/pool.ct", "-n", 500, "-i", "0.001", pool.master)
            equal(f"exit status: {err}", status, 0)
    looked_at(look)


@test
def nobody_looks():
    """a cowtop without privileges on a pool of its own user"""
    need_root()
    need("setpriv")

    def look(pool):
        status, out, err = cowtop("--json", "-n", 50, "-i", "0.001", pool.master, prefix=NOBODY)
        equal(f"exit status: {err}", status, 0)
        equal("documents", len(out.splitlines()), 50)
    with readable_binaries():
        looked_at(look, NOBODY)


if __name__ == "__main__":
    main()
