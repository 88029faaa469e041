#!/usr/bin/python3
"""cowtop why from outside: whom it takes, what it says of old workers and of other programs, and that it only looks."""
import functools
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import asking
from asking import Asking, copied, newest, picture, Pool, why
from predict import amount, is_near
from kernel import asleep, EXCLUSIVE, PAGE, PRESENT
from piped import Piped
from run import cowtop, folder, NOBODY, readable_binaries
from tap import equal, main, need, need_root, test, true, until

variant = functools.partial(asking.variant, rate=0)


@test
def old_workers():
    """workers that have collected before have bounds, at once, and the truth is within them"""
    need_root()
    with Pool(variant(), "default") as p:
        p.ask("go")
        workers, document = sorted(p.workers), why(p.pid)
        as_it_is = copied(p.pid)
    with Pool(variant(), "frozen") as p:
        p.ask("go")
        frozen = copied(p.pid)
    gain = (sum(as_it_is) - sum(frozen)) / len(frozen)
    only = document["causes"]["collector_only"]
    equal("basis", document["basis"], "bounds")
    equal("no figure", only["bytes"], None)
    true("within the bounds", only["low"] / PAGE <= gain <= only["high"] / PAGE, (only, gain))
    true("a wide one, not all", only["high"] / PAGE < sum(as_it_is) / len(as_it_is), only)
    equal("one look", [w["looks"] for w in document["workers"]], [1, 1])
    true("it says why", "fork" in document["reason"], document["reason"])
    equal("workers", sorted(w["pid"] for w in document["workers"]), workers)


@test
def before_any_collection():
    """before the first full collection nothing is lost to one, and what it will take is foretold"""
    need_root()
    v = variant(first=301)
    with Pool(v, "default") as p:
        p.ask("go")
        document = why(p.pid, "--watch", "0.5")
        before = copied(p.pid)
        equal("basis", document["basis"], "young")
        equal("nothing so far", document["causes"]["collector_only"], {"bytes": 0, "low": 0, "high": 0})
        true("its collector is off, it says so", "collector is off" in document["reason"], document["reason"])
        equal("freezing is none",
              [a["helps"] for a in document["advice"] if a["kind"] == "freeze_before_fork"], [False])
    with Pool(variant(first=299), "default") as p:
        p.ask("go")
        more = (sum(copied(p.pid)) - sum(before)) / 2
    risk = document["pool"]["at_risk_bytes"] / PAGE
    true("what the first one took", 0.9 * more <= risk <= 1.1 * more, (risk, more))


@test
def frozen_pools_have_nothing_to_gain():
    """a pool that freezes before the fork has nothing more to gain"""
    need_root()
    with Pool(variant(), "frozen") as p:
        p.ask("go")
        document = why(p.pid, "--watch", "0.5")
        true("next to nothing", document["causes"]["collector_only"]["high"] < 100 * PAGE, document["causes"])


@test
def one_worker():
    """--pid looks at one worker; of none of the pool it is an error"""
    need_root()
    with Pool(variant(), "default") as p:
        document = why(p.pid, "--watch", "0.3", "--pid", str(p.workers[1]))
        equal("one", [w["pid"] for w in document["workers"]], p.workers[1:])
        status, out, err = cowtop("why", "--watch", "0.3", "--pid", str(os.getpid()), p.pid)
        equal("no worker", (status, out), (5, ""))
        true("it says so", f"pid {os.getpid()}: no worker" in err, err)


@test
def other_programs():
    """of a pool that runs no CPython nothing can be said, with a reason and no figures"""
    need_root()
    program = "$| = 1; if (!fork) { sleep 1000 } print \"$$\\n\"; <STDIN>; kill 9, -$$"
    with Piped(["perl", "-e", "setpgrp; " + program]) as perl:
        document = why(perl.answer())
        equal("basis", document["basis"], "none")
        true("a reason", "CPython" in document["reason"], document["reason"])
        equal("no causes", {k for k, v in document["causes"].items() if v and v["bytes"]} - {"unknown"}, set())
        equal("no advice", [a["kind"] for a in document["advice"] if a["helps"] and a["kind"] != "more_workers"], [])
        perl.tell()


@test
def a_worker_that_is_forked_while_one_watches():
    """a worker that comes while one watches is watched from its fork on"""
    need_root()
    program = (
        "import gc, os, sys\n"
        "data = [[k, str(k)] for k in range(100000)]\n"
        "gc.collect(); gc.disable()\n"
        "def fork():\n"
        "    if os.fork() == 0:\n"
        "        gc.collect()\n"
        "        __import__('signal').pause()\n"
        "fork()\n"
        "print(os.getpid(), flush=True)\n"
        "sys.stdin.readline()\n"
        "r, w = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.close(w); os.read(r, 1)\n"
        "    [len(d[1]) for d in data[::50]]\n"
        "    __import__('signal').pause()\n"
        "print('forked', flush=True)\n"
        "sys.stdin.readline()\n"
        "os.killpg(0, 9)\n")
    with Piped([newest(), "-c", program], start_new_session=True) as p:
        pid = int(p.answer())
        with Asking(pid, "--json") as asking:
            asking.until_it_looks()
            p.ask("fork")
            document = json.loads(asking.end())
        p.tell()
        bases = [w["basis"] for w in document["workers"]]
        equal("the first had collected, the second is young", sorted(bases), ["bounds", "young"])


@test
def looking_changes_nothing():
    """no page of master or workers is copied or mapped by it"""
    need_root()
    with Pool(variant(), "default") as p:
        p.ask("go")
        pids = [p.pid, *p.workers]
        until("all wait", lambda: all(asleep(pid) for pid in pids))
        before = picture(pids, EXCLUSIVE | PRESENT)
        why(p.pid, "--watch", "1")
        equal("pages and faults", picture(pids, EXCLUSIVE | PRESENT), before)


@test
def an_ordinary_user():
    """without frame numbers the same is said, and that it is an estimate"""
    need_root()
    need("setpriv", "/usr/bin/python3")
    settings = variant(kind="rnd", first=150, every=150, reads=5, requests=500, rate=100)
    settings = settings._replace(python="/usr/bin/python3")

    with readable_binaries(), folder() as place:
        program = shutil.copy(asking.POOLS, place)
        os.chmod(program, 0o755)
        with Pool(settings, "default", NOBODY, program) as p:
            with Asking(p.pid, "--json", prefix=NOBODY) as asked:
                asked.until_it_looks(p.workers)
                p.ask("go")
                document = json.loads(asked.end())
            as_it_is = copied(p.pid)
        with Pool(settings, "frozen", NOBODY, program) as p:
            p.ask("go 0")
            frozen = copied(p.pid)
    gain, all_copied = (sum(as_it_is) - sum(frozen)) / 2, sum(as_it_is) / 2
    causes = document["causes"]
    only = amount(causes, "collector_only")
    print(f"# copied {all_copied:.0f} true {gain:.0f} foretold {only}", flush=True)
    equal("basis", document["basis"], "young")
    true("near", is_near(only["bytes"], gain, all_copied), (only, gain))
    true("within the bounds", only["low"] <= gain <= only["high"], (only, gain))
    true("an estimate, all of it", all(c["low"] < c["bytes"] < c["high"] for c in causes.values() if c and c["bytes"]),
         causes)
    true("it says why", "frame numbers" in document["reason"], document["reason"])


@test
def a_pool_of_another_user():
    """who may not read the pool is told so"""
    need_root()
    need("setpriv")
    with readable_binaries(), Pool(variant(), "default") as p:
        status, out, err = cowtop("why", "--json", "--watch", "0.3", p.pid, prefix=NOBODY)
    if status == 0:
        document = json.loads(out)
        equal("basis", document["basis"], "none")
        true("what to do", "root" in document["reason"], document["reason"])
    else:
        equal("exit status", status, 4)
        true("what to do", "root" in err or "doctor" in err, err)


@test
def usage():
    """what makes no sense is refused"""
    for args in (["--pid", "0", "1"], ["--watch", "x", "1"], ["--nonsense"], ["a", "b"]):
        status, out, err = cowtop("why", *args)
        equal(" ".join(args), (status, out), (2, ""))
        true("one line", err.startswith("cowtop: "), err)
    status, out, err = cowtop("why", "--help")
    equal("help", (status, err), (0, ""))


main()
