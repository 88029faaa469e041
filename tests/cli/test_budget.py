#!/usr/bin/python3
"""--budget: what is read how often, how old it is meanwhile, and that nothing is lost or counted twice."""
import json
import subprocess

from smallpool import SmallPool, server
from recorder import Recorder, has, report
from mkpool import fill, fork, leave, MASTER, Mkpool, new_arena, write
from run import COWTOP, cowtop, folder, rows, spawned, Stream
from tap import equal, main, near, need_root, PATIENCE, test, true

# Reading them takes many times what the rest of a sample does.
LARGE = [*(new_arena(worker=MASTER, arena=a, kind="anon", pages=16000) for a in range(4)),
         *(fill(worker=MASTER, arena=a, pages=16000) for a in range(4)), fork(), fork()]
COPIES = 500


def replayed(path):
    status, out, err = cowtop("replay", "--json", "-n", 1000000, path)
    equal(f"replay: {err}", status, 0)
    return [json.loads(line) for line in out.splitlines()]


def next_where(stream, what, holds):
    """The first document for which it holds, and those before it."""
    before = []
    for _ in range(100000):
        document = stream.next()
        if holds(document):
            return document, before
        before.append(document)
    true(what, False)


def deferred(document):
    return document["accounting"]["deferred"]


def written(worker):
    return write(worker=worker, pages=COPIES)


@test
def ages():
    """Who has moved waits, as old as it is; then all is read and right, and the rates are of that time"""
    need_root()
    with Mkpool(*LARGE) as pool, Stream(pool.master, 0.02, more=("--budget", "1")) as stream:
        first = stream.next()
        equal("allowed", first["accounting"]["budget_percent"], 1)
        equal("the first is at once", (deferred(first), first["pool"]["pages"]["age_s"]), (0, 0))
        pool.do(written(1))
        # It may be looked at when it runs and has not written yet, or be read before it does.
        old, before = next_where(stream, "one waits",
                                 lambda d: deferred(d) and rows(d)[pool.pid(1)]["faults"]["minor_per_s"])
        now, last = rows(old)[pool.pid(1)], rows((before or [first])[-1])[pool.pid(1)]
        true("its age", now["pages"]["age_s"] > 0, now["pages"]["age_s"])
        equal("the pool's is that of the oldest", old["pool"]["pages"]["age_s"],
              max(p["pages"]["age_s"] for p in old["processes"]))
        equal("who stood still has none", rows(old)[pool.pid(2)]["pages"]["age_s"], 0)
        equal("copies, as they were", now["pages"]["cow_broken"], rows(first)[pool.pid(1)]["pages"]["cow_broken"])
        equal("the rate of copies, as it was", now["faults"]["cow_per_s"], last["faults"]["cow_per_s"])
        new, between = next_where(stream, "it was read", lambda d: not deferred(d))
        copied = rows(new)[pool.pid(1)]
        copies = copied["pages"]["cow_broken"] - now["pages"]["cow_broken"]
        equal("no age", (copied["pages"]["age_s"], new["pool"]["pages"]["age_s"]), (0, 0))
        near("copies of that time", copied["faults"]["cow_per_s"] * copied["faults"]["span_s"], copies, 0.5)
        true("it is longer than an interval", copied["faults"]["span_s"] > new["elapsed_s"])
        ages = [rows(d)[pool.pid(1)]["pages"]["age_s"] for d in between]
        equal("they grow", ages, sorted(ages))
        true("its faults were known all the time",
             all(rows(d)[pool.pid(1)]["faults"]["minor_per_s"] is not None for d in between))
        # It may have been read while it wrote; all of them are read once it stands still.
        if copies < COPIES:
            new, _ = next_where(stream, "and the rest", lambda d: not deferred(d) and
                                rows(d)[pool.pid(1)]["faults"]["cow_per_s"] == 0)
            copies = rows(new)[pool.pid(1)]["pages"]["cow_broken"] - now["pages"]["cow_broken"]
        equal("copies", copies, COPIES)


@test
def rates():
    """Rates stand until the pages are read again: no zeros and no spikes"""
    need_root()
    with Mkpool(*LARGE) as pool, Stream(pool.master, 0.02, more=("--budget", "1")) as stream:
        stream.next()
        pool.do(written(1))
        next_where(stream, "one waits", deferred)
        read, _ = next_where(stream, "it was read", lambda d: not deferred(d))
        for n in range(1, 100):     # what was saved meanwhile may be enough for one more
            pool.do(write(worker=1, first=n * COPIES, pages=COPIES))
            if deferred(stream.next()):
                break
            read, _ = next_where(stream, "it was read", lambda d: not deferred(d))
        _, more = next_where(stream, "it was read again", lambda d: not deferred(d))
        rate = rows(read)[pool.pid(1)]["faults"]["cow_per_s"]
        equal("what was known last",
              {rows(d)[pool.pid(1)]["faults"]["cow_per_s"] for d in more if deferred(d)} - {rate},
              set())


@test
def exits():
    """The copies of a worker that exits while it waits are those of its last reading, an estimate"""
    need_root()
    with Mkpool(*LARGE) as pool, Stream(pool.master, 0.02, more=("--budget", "1")) as stream:
        stream.next()
        pool.do(written(1))
        gone = pool.pid(1)
        next_where(stream, "one waits", deferred)
        pool.do(leave(worker=1))
        end, before = next_where(stream, "its end", lambda d: any(e["type"] == "worker_exited" for e in d["events"]))
        event = next(e for e in end["events"] if e["type"] == "worker_exited")
        if not before or rows(before[-1])[gone]["pages"]["age_s"]:
            equal("an estimate", event["bounds"]["cow_bytes"]["label"], "estimate")
            true("how old it is", event["text"].endswith(" before"), event["text"])
        else:
            equal("all of them", event["cow_bytes"] >= COPIES * 4096, True)


@test
def newcomers():
    """Who is new is read before the others"""
    need_root()
    with Mkpool(*LARGE) as pool, Stream(pool.master, 0.02, more=("--budget", "1")) as stream:
        stream.next()
        pool.do(fork(), write(worker=3, pages=COPIES))
        found, _ = next_where(stream, "it is there",
                              lambda d: rows(d).get(pool.pid(3), {}).get("pages", {}).get("age_s") == 0)
        pages = rows(found)[pool.pid(3)]["pages"]
        true("its pages", pages["cow_broken"] + pages["shared"] >= 64000, pages)


@test
def last():
    """The last sample of -n and -d has everything read"""
    need_root()
    for bounds in (("-n", "4", "-i", "0.3"), ("-d", "1.5", "-i", "0.3")):
        with Mkpool(*LARGE) as pool:
            command = [COWTOP, "--json", "--budget", "0.1", *bounds, str(pool.master)]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
                first = json.loads(process.stdout.readline())
                pool.do(written(1))
                documents = [json.loads(line) for line in process.communicate(timeout=PATIENCE)[0].splitlines()]
            equal(f"{bounds}: nobody waits", deferred(documents[-1]), 0)
            equal("copies", rows(documents[-1])[pool.pid(1)]["pages"]["cow_broken"] -
                  rows(first)[pool.pid(1)]["pages"]["cow_broken"], COPIES)


@test
def recording():
    """A recording says what waited and how old it was; its report has every copy, once"""
    need_root()
    with Mkpool(*LARGE) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "-i", "0.1", "--fixed", "--budget", "0.5", pool.master) as recorder:
            has(path, 1)
            pool.do(written(1))
            has(path, 6)
            pool.do(write(worker=2, first=COPIES, pages=COPIES))
            has(path, 8)
            equal("end", recorder.ended(2)[0], 0)
        documents = replayed(path)
        waiting = [d for d in documents if deferred(d)]
        true("some waited", waiting)
        for document in waiting:
            oldest = max(p["pages"]["age_s"] for p in document["processes"])
            equal("the oldest", document["pool"]["pages"]["age_s"], oldest)
            equal("budget", document["accounting"]["budget_percent"], 0.5)
        equal("none in the last one", deferred(documents[-1]), 0)
        pool_now = documents[-1]["pool"]["pages"]["cow_broken"] - documents[0]["pool"]["pages"]["cow_broken"]
        equal("copies", pool_now, 2 * COPIES)
        found, _ = report(path)
        copied = sum(p["faults"]["cow"] for p in found["processes"] if p["role"] == "worker")
        equal("in the report", round(copied), 2 * COPIES)


@test
def defaults():
    """record has a budget of 2 percent, under a load none, and a series none, and `none` is none"""
    with SmallPool(1) as pool, folder() as place:
        once, load = ("-n", 1, pool.master), ("--load", "true", "--", *server())
        for name, words, percent in (("a", once, 2), ("b", ("--budget", "none", *once), None),
                                     ("c", ("--budget", "7", *once), 7), ("d", load, None),
                                     ("e", ("--budget", "7", *load), 7)):
            path = f"{place}/{name}.ct"
            equal("status", cowtop("record", "-o", path, *words)[0], 0)
            equal(f"record {words}", replayed(path)[0]["accounting"]["budget_percent"], percent)
        for more, percent in (((), None), (("--budget", "none"), None), (("--budget", "7%"), 7)):
            _, out, _ = cowtop("--json", "-n", 1, *more, pool.master)
            equal(f"-n {more}", json.loads(out)["accounting"]["budget_percent"], percent)


@test
def own():
    """What cowtop says that it takes is what the kernel says of it"""
    with SmallPool(2) as pool, Stream(pool.master, 0.05) as stream:
        first, found = stream.next(), [stream.next() for _ in range(40)]
        true("known from the second one on", first["accounting"]["cpu_percent"] is None and
             all(d["accounting"]["cpu_percent"] > 0 for d in found))
        cost = sum(d["accounting"]["cost_s"] for d in [first, *found])
        took = sum(d["elapsed_s"] for d in found)
        true("at least what the samples took", found[-1]["accounting"]["cpu_percent"] >= 100 * 0.9 * cost / took,
             (found[-1]["accounting"], cost, took))


FROZEN = """
import gc, os, sys
kept = [[] for _ in range(60000)]
gc.collect()
gc.freeze()
for _ in range(3):
    if not os.fork():
        break
os.write(1, b"%d\\n" % gc.get_freeze_count())
sys.stdin.read()
"""


@test
def frozen():
    """The first look at a pool with many frozen objects does not take the budget of a minute to count them"""
    need_root()
    with spawned(["python3", "-S", "-c", FROZEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        counts = [int(pool.stdout.readline()) for _ in range(4)]
        with Stream(pool.pid, 0.05, more=("--budget", "5")) as stream:
            first = [p["gc"] for p in stream.next()["processes"]]
            equal("that there are some is known", [g["any_frozen"] for g in first], [True] * 4)
            equal("how many is not", [g["frozen"] for g in first], [None] * 4)
            seen = {}
            for _ in range(100000):
                seen.update({p["pid"]: p["gc"]["frozen"] for p in stream.next()["processes"]
                             if p["gc"]["frozen"] is not None})
                if len(seen) == 4:
                    break
            equal("then it is", sorted(seen.values()), sorted(counts))


if __name__ == "__main__":
    main()
