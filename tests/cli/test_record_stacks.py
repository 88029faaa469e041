#!/usr/bin/python3
"""cowtop record --stacks: call stacks in a recording, and what each verb shows of them."""
import json
import os
import signal
import subprocess
import time

from smallpool import SmallPool, fails, server
from recorder import Recorder, has, report
from records import KEY, SAMPLE, STACKS, records, samples, whole
from stackpool import by_chain, need_tracepoints, row, stacks_add_up
from profiles import read_folded
from kernel import running
from mkpool import filled, fork, MASTER, Mkpool, write
from run import COWTOP, cowtop, folder, NOBODY, readable_binaries
from tap import equal, main, near, need_root, PATIENCE, test, true, until

CHAINS = (*filled(worker=MASTER, pages=6000), fork())


def spans(path):
    return [r for r in records(path)[0] if r.type == STACKS]


def shown(path, *arguments):
    """The JSON of cowtop stacks over a recording."""
    status, out, err = cowtop("stacks", "--json", *arguments, path)
    equal(f"cowtop stacks: {err}", (status, err), (0, ""))
    return json.loads(out)


def says(status, words, *arguments):
    """cowtop fails with this status and says this."""
    err = fails(status, *arguments)
    true(words, words in err, err)


def more(path, n=1):
    """Wait for n more samples."""
    has(path, len(samples(path)) + n)


def two_spans(path, pool, first, second):
    """So many pages by chain_a in a span, so many by chain_b in the one after the next, or later; the first
    of these spans and the next."""
    with Recorder("-o", path, "--stacks", "--every", 1, "-i", "0.02", "--fixed", pool.master) as recorder:
        has(path, 1)
        pool.do(write(worker=1, pages=first, how="chain_a"))
        written = time.time_ns()
        # Two key frames, which end spans.
        more(path, 130)
        pool.do(write(worker=1, first=first, pages=second, how="chain_b"))
        equal("status", recorder.ended(signal.SIGINT)[0], 0)
    return [span for span in spans(path) if span.time_ns > written][:2]


@test
def chains():
    """Pages of each chain of calls within 1 % of the truth; the sum over all spans is the exact count"""
    need_tracepoints()
    with Mkpool(*CHAINS) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "--stacks", "--every", 1, "-i", "0.02", "--fixed", pool.master) as recorder:
            has(path, 1)
            pool.do(write(worker=1, pages=3000, how="chain_a"))
            # Key frames end spans: there are several.
            more(path, 130)
            truth = pool.do(write(worker=1, first=3000, pages=1500, how="chain_b"),
                            write(worker=1, first=4500, pages=500, how="chain_read"))
            status, err = recorder.ended(signal.SIGINT)
        equal(f"status: {err}", status, 0)
        true("it says how many", " stacks, none lost, " in err, err)
        true("several spans", len(spans(path)) >= 3, len(spans(path)))
        whole(path)
        document = shown(path)
        stacks_add_up(document)
        wanted = {how: pages for how, pages in truth[1]["copies"].items() if pages}
        equal("the truth", wanted, {"chain_a": 3000, "chain_b": 1500, "chain_read": 500})
        found = by_chain(document, pool.pid(1))
        equal("chains", set(found), set(wanted))
        for how, pages in wanted.items():
            near(how, found[how], pages, 0.01 * pages)
        equal("lost", document["pool"]["lost_samples"], 0)
        near("exact", row(document, pool.pid(1))["copied_pages"], 5000, 20)
        equal("exactness", document["pool"]["exactness"], "exact")


@test
def windows():
    """-b and -e choose spans; their sums are the sum of all, and one begins where the other ends"""
    need_tracepoints()
    with Mkpool(*CHAINS) as pool, folder() as place:
        path = f"{place}/pool.ct"
        one, two = two_spans(path, pool, 2000, 1000)
        found = spans(path)
        for a, b in zip(found, found[1:]):
            near("begins where the one before ended", (b.time_ns - a.time_ns) / 1e6, b.number, 2)
        middle = (one.time_ns + two.time_ns) // 2
        seconds = (middle - samples(path)[0].time_ns) / 1e9
        begin, end = shown(path, "-e", f"+{seconds:.3f}"), shown(path, "-b", f"+{seconds:.3f}")
        all_of_it = shown(path)
        first, last = (by_chain(d, pool.pid(1)) for d in (begin, end))
        equal("the first chain", (first.get("chain_a"), first.get("chain_b")), (2000, None))
        equal("the second chain", (last.get("chain_a"), last.get("chain_b")), (None, 1000))
        equal("both", {n: by_chain(all_of_it, pool.pid(1))[n] for n in ("chain_a", "chain_b")},
              {"chain_a": 2000, "chain_b": 1000})


@test
def outputs():
    """Every output of cowtop stacks can be had from a recording, from a pipe too; a pool's options cannot"""
    need_tracepoints()
    with Mkpool(*CHAINS) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "--stacks", "--every", 1, "-i", "0.05", pool.master) as recorder:
            has(path, 1)
            pool.do(write(worker=1, pages=2000, how="chain_a"))
            equal("status", recorder.ended(signal.SIGTERM)[0], 0)
        status, out, err = cowtop("stacks", "--folded", "--flamegraph", f"{place}/f.svg", "--speedscope",
                                  f"{place}/s.json", "--pprof", f"{place}/p.pb.gz", path)
        equal(f"all at once: {err}", status, 0)
        folded = read_folded(out)
        near("chain_a", sum(n for s, n in folded.items() if "chain_a" in s), 2000, 20)
        for name in ("f.svg", "s.json", "p.pb.gz"):
            true(name, os.path.getsize(f"{place}/{name}") > 100)
        with open(path, "rb") as file:
            piped = subprocess.run([COWTOP, "stacks", "--folded", "-", "-"], stdin=file, stdout=subprocess.PIPE,
                                   check=True, timeout=PATIENCE)
        equal("through a pipe", piped.stdout.decode(), out)
        for words in (("-d", 1), ("--every", 2), ("--software",), ("--count",), ("--stack-bytes", 4096)):
            says(2, "a recording was made already", "stacks", *words, path)
        says(2, "-b and -e go with a recording", "stacks", "-b", "+1", pool.master)


@test
def told():
    """cowtop report shows roles and top stacks: text, JSON and HTML; without --stacks none of it"""
    need_tracepoints()
    with Mkpool(*CHAINS) as pool, folder() as place:
        path, without = f"{place}/pool.ct", f"{place}/without.ct"
        with Recorder("-o", path, "--stacks", "--every", 1, "-i", "0.05", pool.master) as recorder:
            has(path, 1)
            pool.do(write(worker=1, pages=1000, how="chain_a"))
            equal("status", recorder.ended(signal.SIGTERM)[0], 0)
        equal("without", cowtop("record", "-o", without, "-n", 2, "-i", "0.01", pool.master)[0], 0)
        document = report(path)[0]
        near("JSON", document["stacks"]["pool"]["copied_pages"], 1000, 20)
        equal("JSON without", report(without)[0]["stacks"], None)
        _, text, _ = cowtop("report", path)
        true("text", "chain_leaf" in text and "stacks" in text, text)
        true("text without", "stacks" not in cowtop("report", without)[1])
        _, html, _ = cowtop("report", "--html", "-", path)
        true("HTML", "chain_leaf" in html and html.count("<svg") >= 2)
        true("nothing is loaded", "src=" not in html and "@import" not in html)
        true("HTML without", "chain_leaf" not in cowtop("report", "--html", "-", without)[1])


@test
def rotation():
    """Over files of one recording the sum is the exact count: nothing is lost between them"""
    need_tracepoints()
    with Mkpool(*CHAINS) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "--stacks", "--every", 1, "-i", "0.05", "--rotate", "1", pool.master) as recorder:
            has(path, 1)
            for n in range(5):
                pool.do(write(worker=1, first=n * 600, pages=600, how="chain_a"))
                until("the next file", lambda: len(os.listdir(place)) > n + 1)
            equal("status", recorder.ended(signal.SIGINT)[0], 0)
        pages = 0
        for name in os.listdir(place):
            pages += by_chain(shown(f"{place}/{name}"), pool.pid(1)).get("chain_a", 0)
        near("chain_a", pages, 3000, 30)


@test
def end_of_pool():
    """A pool that goes away: what its workers copied last is in, though no sample follows"""
    need_tracepoints()
    with Mkpool(*CHAINS) as pool, folder() as place:
        path = f"{place}/pool.ct"
        with Recorder("-o", path, "--stacks", "--every", 1, "-i", 30, "--fixed", pool.master) as recorder:
            has(path, 1)
            pid = pool.pid(1)
            pool.do(write(worker=1, pages=1500, how="chain_a"))
            workers = [p["pid"] for p in pool.truth.values() if p["pid"] != pool.master]
            for worker in workers:
                os.kill(worker, signal.SIGKILL)
            # The master last: workers that it leaves are watched on, and sampled.
            until("the workers have ended", lambda: not any(map(running, workers)))
            os.kill(pool.master, signal.SIGKILL)
            status, err = recorder.ended()
        equal(f"status: {err}", status, 0)
        true("gone", "is gone: 1 sample," in err, err)
        equal("chain_a", by_chain(shown(path), pid)["chain_a"], 1500)


@test
def load():
    """--load: what the load made the workers copy is between its marks"""
    need_tracepoints()
    with folder() as place:
        path = f"{place}/load.ct"
        status, _, err = cowtop("record", "-o", path, "--stacks", "--every", 1, "-i", "0.1", "--load",
                                "sleep 0.5", "--", *server())
        equal(f"status: {err}", status, 0)
        found = [r.type for r in whole(path)]
        true("stacks", found.count(STACKS) >= 2, found)
        true("from the first to the last sample", found.index(STACKS) == 1, found)


@test
def damaged():
    """A damaged span is passed with a warning; the others and all samples are read"""
    need_tracepoints()
    with Mkpool(*CHAINS) as pool, folder() as place:
        path = f"{place}/pool.ct"
        victim, _ = two_spans(path, pool, 1000, 700)
        number = len(samples(path))
        with open(path, "r+b") as file:
            file.seek(victim.at + victim.header + victim.length // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0x40]))
        status, out, err = cowtop("stacks", "--json", path)
        equal("status", status, 0)
        true("it says so", f"the first at byte {victim.at}" in err, err)
        found = by_chain(json.loads(out), pool.pid(1))
        equal("what is whole", (found.get("chain_a"), found.get("chain_b")), (None, 700))
        document, err = report(path)
        equal("samples", document["recording"]["samples"], number)


@test
def unknown_to_others():
    """The record's header says when the span was: a reader that does not know it can pass it"""
    need_tracepoints()
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        equal("status", cowtop("record", "-o", path, "--stacks", "-n", 3, "-i", "0.1", pool.master)[0], 0)
        found = whole(path)
        keys = [i for i, r in enumerate(found) if r.type == SAMPLE and r.flags & KEY]
        true("behind each key frame", all(found[i + 1].type == STACKS for i in keys),
             [r.type for r in found])
        equal("of no --stacks", spans_of_plain(place, pool), [])


def spans_of_plain(place, pool):
    path = f"{place}/plain.ct"
    equal("status", cowtop("record", "-o", path, "-n", 1, pool.master)[0], 0)
    status, _, err = cowtop("stacks", path)
    equal("status", status, 1)
    true("it says how", "record --stacks" in err, err)
    return spans(path)


@test
def without_privilege():
    """As nobody on one's own pool: an estimate, which the recording says"""
    need_root()
    with readable_binaries(), SmallPool(1, prefix=NOBODY) as pool, folder() as place:
        os.chmod(place, 0o777)
        path = f"{place}/pool.ct"
        status, _, err = cowtop("record", "-o", path, "--stacks", "-n", 2, "-i", "0.1", pool.master,
                                prefix=NOBODY)
        equal(f"status: {err}", status, 0)
        document = shown(path)
        equal("events", document["method"]["events"], "software")
        true("what is missing", document["method"]["missing"])


@test
def denied():
    """Somebody else's pool: exit 4 with what to grant, and no file"""
    need_root()
    with readable_binaries(), SmallPool(1) as pool, folder() as place:
        os.chmod(place, 0o777)
        path = f"{place}/pool.ct"
        status, _, err = cowtop("record", "-o", path, "--stacks", "-n", 2, "-i", "0.1", pool.master,
                                prefix=NOBODY)
        equal(f"status: {err}", status, 4)
        true("what to grant", "CAP_" in err, err)
        equal("files", os.listdir(place), [])


@test
def usage():
    """--every without --stacks, or out of bounds, is an error of usage"""
    with folder() as place:
        says(2, "--every goes with --stacks", "record", "-o", f"{place}/x", "--every", 5, os.getpid())
        for value in ("0", "-1", "1.5", "1000001", "x"):
            says(2, "--every", "record", "-o", f"{place}/x", "--stacks", "--every", value, os.getpid())


main()
