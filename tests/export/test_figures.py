#!/usr/bin/python3
"""cowtop export: which figures there are, by which names and labels, and that they are true."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "cli")]
from cgroups import cgroup, TOP
from run import cowtop, NOBODY, readable_binaries, sample, spawned
from scraped import COMING_AND_GOING, exported, Scraped, parsed, value_of
from series import table
from smallpool import PYTHON, SmallPool
from tap import equal, main, need, need_root, ROOT, Skip, test, true, until

# Its collector does only what it is told: the master has made ten full collections, and forks again at each line.
COLLECTING = r"""
import gc, os, sys
gc.disable()
for _ in range(10):
    gc.collect()
def fork(times):
    if os.fork() == 0:
        for _ in range(times):
            gc.collect(1)
        os.read(os.pipe()[0], 1)
fork(0)
print("ready", flush=True)
for line in sys.stdin:
    fork(1000)
"""
# Its workers do nothing but count references, when they are told.
COUNTING = r"""
import gc, os, sys
gc.disable()
text = [str(n) for n in range(100000)]
pipes = []
for _ in range(2):
    out, into = os.pipe()
    if os.fork() == 0:
        os.close(into)
        while os.read(out, 1):
            for one in text:
                pass
        os._exit(0)
    os.close(out)
    pipes.append(into)
print("ready", flush=True)
for line in sys.stdin:
    for pipe in pipes:
        os.write(pipe, b".")
"""


@test
def once():
    """Without an option it is one sample as OpenMetrics, with the figures of --json"""
    with SmallPool(3) as pool:
        text, document = exported(pool.master), sample(pool.master)
        true("its end", text.endswith("# EOF\n"))
        found = parsed(text)
        equal("workers", value_of(found, "cowtop_pool_workers"), 3)
        for name, key in (("footprint_bytes", "footprint_bytes"), ("copied_bytes", "copied_bytes")):
            equal(name, value_of(found, f"cowtop_pool_{name}"), document["pool"][key])
        equal("workers' slots", {dict(labels).get("worker") for name, labels in found
                                 if name == "cowtop_process_copied_bytes"}, {None, "1", "2", "3"})


@test
def parts_of_rss():
    """The states of a process sum to its RSS"""
    with SmallPool(2) as pool:
        found = parsed(exported(pool.master))
        sums = {}
        for (name, labels), value in found.items():
            if name == "cowtop_process_memory_bytes":
                key = tuple(pair for pair in labels if pair[0] != "state")
                sums[key] = sums.get(key, 0) + value
        equal("processes", len(sums), 3)
        for key, value in sums.items():
            equal(str(key), value, found["cowtop_process_resident_memory_bytes", key])


@test
def names_are_told():
    """cowtop-export(1) has each name of the table, with the labels that it has"""
    with open(f"{ROOT}/man/cowtop-export.1", encoding="utf-8") as file:
        rows = dict(re.findall(r'^\.IR (cowtop_\w+)(?: " \(([a-z ]*)\)")?$', file.read(), re.M))
    equal("names", sorted(rows), sorted(table()))
    with SmallPool(2) as pool:
        for name, labels in parsed(exported(pool.master)):
            true(f"{name}: {labels}", {pair[0] for pair in labels} <= set(rows[name].split()))


@test
def hostile_name():
    """A name with quotes, newlines and escapes is one label"""
    with SmallPool(1, argv0='a"b\\c\nd\x1b[31m') as pool:
        found = parsed(exported(pool.master))
        names = {dict(labels)["pool"] for name, labels in found if name.startswith("cowtop_pool_")}
        equal("one pool", len(names), 1)
        true("no escape", "\x1b" not in names.pop())


@test
def names_alike():
    """Names that are the same once they are cleaned are told apart, and a long one is cut between characters"""
    with SmallPool(1, argv0="a\nb") as one, SmallPool(1, argv0="a\\nb") as two, SmallPool(1, argv0="é" * 40) as long:
        names = [dict(labels)["pool"] for name, labels in parsed(exported(one.master, two.master, long.master))
                 if name == "cowtop_pool_up"]
        equal("names", sorted(names), ["a\\\\nb", "a\\\\nb#2", "é" * 31])


@test
def matched():
    """--match is for the name, the whole command line, or the unit"""
    word = f"matched{os.getpid()}"
    with SmallPool(1, argv0=word, arguments=["--app", f"{word}.wsgi"]):
        for expression in (word, f"^{word}", rf"--app {word}\.wsgi$"):
            equal(expression, value_of(parsed(exported("--all", "--match", expression)), "cowtop_pool_up"), 1)
        equal("another", cowtop("export", "--all", "--match", f"{word}.asgi")[1].count("cowtop_pool_up"), 0)


@test
def others_pools():
    """An ordinary user has figures of the own pools; of another's there is only that it is there, and why"""
    need_root()
    need("setpriv")
    word = f"owned{os.getpid()}"
    with readable_binaries(), SmallPool(1, argv0=word), SmallPool(1, arguments=[word], prefix=NOBODY):
        status, out, err = cowtop("export", "--all", "--match", word, prefix=NOBODY)
        equal(f"exit: {err}", status, 0)
        true("why", re.fullmatch(r"cowtop: pool \d+: .*no permission.*\n", err), err)
        found = parsed(out)
        own, = [labels for (name, labels), value in found.items() if name == "cowtop_pool_up" and value == 1]
        others = {name for (name, labels), value in found.items() if ("pool", word) in labels and value}
        equal("of the other", others - {"cowtop_pool_info"},
              {"cowtop_pool_level", "cowtop_pool_sample_timestamp_seconds"})
        true("copies of the own", value_of(found, "cowtop_pool_copied_ratio", **dict(own)) > 0)


@test
def places():
    """unit, cgroup and container of a pool are labels of cowtop_pool_info"""
    container = "0123456789abcdef" * 4
    with cgroup(f"docker-{container}.scope") as put, SmallPool(1) as pool:
        put(pool.master, *pool.workers)
        labels, = [dict(labels) for name, labels in parsed(exported(pool.master)) if name == "cowtop_pool_info"]
        equal("container", labels["container"], container)
        equal("unit", labels["unit"], f"docker-{container}.scope")
        equal("cgroup", labels["cgroup"], f"/{TOP}/docker-{container}.scope")


@test
def collections():
    """What the collectors of workers do is counted by generation, and not what their master did before"""
    with spawned([PYTHON, "-c", COLLECTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        equal("begun", pool.stdout.readline(), b"ready\n")
        with Scraped(pool.pid) as e:
            def count(generation, role="worker"):
                return value_of(e.metrics(), "cowtop_gc_collections_total", role=role, generation=generation)
            equal("none yet", [count(g) for g in "012"], [0, 0, 0])
            pool.stdin.write(b"1\n")
            pool.stdin.flush()
            # A new worker, with the ten full ones of its master and a thousand of its own.
            until("a thousand", lambda: count("1") == 1000)
            equal("of the others", [count(g) for g in "02"], [0, 0])
            equal("of the master", [count(g, "master") for g in "012"], [0, 0, 0])


@test
def causes():
    """--why: what a worker has copied by its cause; the causes sum to it, and the one that we know grows"""
    with spawned([PYTHON, "-c", COUNTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        equal("begun", pool.stdout.readline(), b"ready\n")
        with Scraped(pool.pid, "--why", "--budget", "none") as e:
            def found():
                metrics = e.metrics()
                return {dict(labels)["cause"]: value for (name, labels), value in metrics.items()
                        if name == "cowtop_pool_worker_cause_bytes"}, metrics

            def all_told():
                of, metrics = found()
                return of and abs(sum(of.values()) * 2 - value_of(metrics, "cowtop_pool_worker_copied_bytes")) < 2
            if value_of(e.metrics(), "cowtop_pool_level", level="exact") != 1:
                raise Skip("which pages were copied is not known")
            until("the causes sum to the copies", all_told)
            before = found()[0]["references"]
            pool.stdin.write(b"1\n")
            pool.stdin.flush()
            # Strings of 50 bytes, behind each other: a MiB of them at the least.
            until("references have copied them", lambda: found()[0]["references"] > before + (1 << 20))
            until("they sum to all of them again", all_told)
        with Scraped(pool.pid) as e:
            equal("nobody asks", [name for name, _ in e.metrics() if name == "cowtop_pool_worker_cause_bytes"], [])


@test
def counters():
    """Counters of a pool never fall while its workers come and go"""
    with spawned([PYTHON, "-c", COMING_AND_GOING], stdout=subprocess.PIPE) as pool:
        equal("begun", pool.stdout.readline(), b"ready\n")
        with Scraped(pool.pid, interval="0.1") as e:
            last = {}

            def grown():
                for key, value in e.metrics().items():
                    if key[0].endswith("_total"):
                        true(f"{key} does not fall", value >= last.get(key, 0), f"{value} {last.get(key)}")
                        last[key] = value
                labels = [labels for name, labels in last if name == "cowtop_pool_events_total"
                          and ("type", "worker_exited") in labels]
                return labels and last["cowtop_pool_events_total", labels[0]] >= 4
            until("four workers have ended", grown)
            copied = [value for (name, labels), value in last.items()
                      if name == "cowtop_pool_cow_bytes_total" and ("role", "worker") in labels]
            true("more than one of them has copied", sum(copied) > 0, copied)


main()
