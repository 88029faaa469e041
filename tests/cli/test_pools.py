#!/usr/bin/python3
"""cowtop pools: every forked pool that this user may read, those that lose most first."""
import contextlib
import json
import subprocess
import sys

from smallpool import SmallPool
from run import cowtop, NOBODY, readable_binaries, spawned
from tap import equal, main, need, need_root, need_to_run, test, true, until

KEEP = "kept = bytearray(b'x') * ({0} << 20)\n"


def listed(*more):
    status, out, err = cowtop("pools", "--json", *more)
    equal("status", status, 0)
    document = json.loads(out)
    equal("schema", document["schema"], "cowtop.pools/1")
    return document["pools"], err


@test
def lists_pools():
    """Both pools are there, with their workers; a process without children is not"""
    with SmallPool(1) as one, SmallPool(3) as three, SmallPool(0) as none:
        pools = {p["master_pid"]: p for p in listed()[0]}
        true("the first", one.master in pools)
        true("the second", three.master in pools)
        true("no pool", none.master not in pools)
        equal("workers", (pools[one.master]["workers"], pools[three.master]["workers"]), (1, 3))
        true("no worker is a pool", not set(one.workers + three.workers) & set(pools))


@test
def most_copied_first():
    """Sorted by what was copied, whatever it costs; where nothing tells them apart, by their memory"""
    with SmallPool(1, before=KEEP.format(24)) as large, SmallPool(4) as copies, SmallPool(1) as small:
        pools = [p for p in listed()[0] if p["master_pid"] in (small.master, large.master, copies.master)]
        equal("all of them", len(pools), 3)
        equal("order", pools, sorted(pools, key=lambda p: -p["copied_bytes"]))
        equal("first", pools[0]["master_pid"], copies.master)


@test
def same_figures():
    """The pool object is the one of cowtop --json"""
    with SmallPool(2) as pool:
        here = next(p for p in listed()[0] if p["master_pid"] == pool.master)
        there = json.loads(cowtop("--json", pool.master)[1])["pool"]
        equal("keys that it lacks", [key for key in there if key not in here], [])
        for key in ("master_pid", "workers", "command", "footprint_bytes", "rss_bytes", "pages"):
            equal(key, here[key], there[key])


@test
def table():
    """The table has a row a pool, in 80 columns"""
    with SmallPool(2) as pool:
        status, out, _ = cowtop("pools")
        equal("status", status, 0)
        row = [s.split() for s in out.splitlines() if s.split()[:1] == [str(pool.master)]]
        equal("rows", len(row), 1)
        equal("workers", row[0][1], "2")
        equal("long lines", [s for s in out.splitlines() if len(s) > 80], [])


@test
def of_other_users():
    """What another user may not read is listed with dashes, not as zeros, by its name; his own pool is beside it"""
    need_root()
    need("setpriv")
    with readable_binaries(), SmallPool(2) as pool, SmallPool(0) as none, SmallPool(1, prefix=NOBODY) as own:
        status, out, err = cowtop("pools", "--json", prefix=NOBODY)
        equal("status", status, 0)
        document = json.loads(out)
        pools = {p["master_pid"]: p for p in document["pools"]}
        true("his own", own.master in pools, pools.keys())
        true("the other one", pool.master in pools, pools.keys())
        true("no pool", none.master not in pools)
        true("no worker is a pool", not set(pool.workers) & set(pools))
        equal("figures", [pools[pool.master][key] for key in ("workers", "footprint_bytes", "cow_broken_bytes")],
              [None] * 3)
        equal("its name", pools[pool.master]["command"],
              next(p["command"] for p in listed()[0] if p["master_pid"] == pool.master))
        true("why", f"pool {pool.master}: " in err and "no permission" in err, err)
        status, out, _ = cowtop("pools", prefix=NOBODY)
        row = next(line.split() for line in out.splitlines() if line.split()[:1] == [str(pool.master)])
        equal("dashes", set(row[1:9]), {"-"})


@test
def none_at_all():
    """No pool is exit 0 and said: for who can see all, and for who cannot"""
    need_root()
    need("setpriv")
    alone = ("unshare", "-pfm", "--mount-proc", "--kill-child")
    need_to_run(*alone)
    with readable_binaries():
        status, out, err = cowtop("pools", prefix=alone)
        equal("root", (status, out, err), (0, "", "cowtop: no forked pool\n"))
        status, out, err = cowtop("pools", prefix=(*alone, "sh", "-c", 'setpriv "$@"; exit $?', "sh", *NOBODY[1:]))
        equal("an ordinary user", (status, out, err),
              (0, "", "cowtop: no forked pool among the processes that this user may read; see cowtop doctor\n"))


@contextlib.contextmanager
def running(code):
    """A master and one worker; yields the master's pid."""
    with spawned([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        equal("the pool", process.stdout.readline(), b"ready\n")
        yield process.pid


def new_bytes(master):
    document = json.loads(cowtop("--json", master)[1])
    return sum(p["pages"]["new"] for p in document["processes"] if p["role"] == "worker") * \
        document["host"]["page_size"]


@test
def leaks():
    """With -d what only grows is named, in the JSON and below the table; another pool is not"""
    code = ("import os, sys, time\nif os.fork() == 0:\n    kept = []\n    while True:\n"
            "        kept.append(os.urandom({0}) if len(kept) < {1} else kept[0])\n        time.sleep(0.01)\n"
            "print('ready', flush=True)\nsys.stdin.read()\nos.kill(0, 15)\n")
    with running(code.format(100000, 10**9)) as leak, running(code.format(100000, 20)) as full:
        until("the cache is full", lambda: new_bytes(full) > 19 * 100000)
        pools = {p["master_pid"]: p for p in listed("-d", "3")[0]}
        found = [f for f in pools[leak]["findings"] if f["kind"] == "growth"]
        equal("the leak", len(found), 1)
        equal("its unit", found[0]["unit"], "bytes/min")
        # 100 kB at most every 10 ms; a busy machine lets it do less
        true("its rate", 2**20 < found[0]["value"] < 1.1 * 600e6, found)
        equal("the cache", [f for f in pools[full]["findings"] if f["kind"] == "growth"], [])
        out = cowtop("pools", "-d", "3")[1]
        true("in the text", f"finding: {leak} " in out and "only grows in 1 of 1 worker" in
             " ".join(out.split()), out)
        equal("one look does not say it", [f for p in listed()[0] if p["master_pid"] == leak
                                           for f in p["findings"] if f["kind"] == "growth"], [])


if __name__ == "__main__":
    main()
