#!/usr/bin/python3
"""The stacks pane of the live view: who copies pages while one looks, and that it ends when it is switched off."""
import contextlib
import os
import re
import signal
import subprocess

from screen import Screen
from recorder import Recorder
from stackpool import StackPool
import run
import tap
from mkpool import filled, fork, MASTER, Mkpool, write
from run import folder, NOBODY, perf_events
from tap import equal, main, near, need_root, Skip, test, true, until

FORKED = [*filled(worker=MASTER, pages=12000), fork(), fork()]
OUTSIDE = 300   # pages outside the arenas that the pool breaks while it obeys and forks
DENY = os.path.join(os.environ.get("B") or os.path.join(tap.ROOT, "build"), "tests", "deny")
ON = r"^COST .*stacks \S+/s, \d+ lost, \S+% cpu"
NOTHING = "^no page was copied so far$"
A = r"chain_leaf ← chain_helper ← chain_a ← "
B = r"chain_leaf ← chain_b ← "


@contextlib.contextmanager
def view(pool, *arguments, columns=120, rows=40, **more):
    with Screen(columns, rows) as screen:
        screen.cowtop("-i", "0.2", *arguments, pool.master, **more)
        screen.shows(rf"^ *{pool.master} master", r"^. help")
        yield screen
        screen.keys("q")
        equal("exit", screen.left(), 0)


def switch_on(screen):
    screen.keys("s")
    text = screen.shows("^stacks of the pool:", ON)
    if "software" in text:
        raise Skip("no tracepoints here")


def counted(screen, number):
    """Wait until all of so many pages are counted: the look in between shows a part of them."""
    def all_of_them():
        found = re.search(r"^stacks of [^:]+: ~?(\d+) pages", screen.text(), re.M)
        return found and number <= int(found.group(1)) <= number + OUTSIDE
    until(f"{number} pages", all_of_them)


def pages(screen, stack):
    """Pages of a stack in the list; 0 when it is not there."""
    found = re.search(rf"^ *(\d+) +\S+ \S+ +{stack}", screen.text(), re.M)
    return int(found.group(1)) if found else 0


@test
def chains_are_counted():
    """Off at first; on by s: each chain has its pages, the larger on top; off by s: no event stays open"""
    need_root()
    with Mkpool(*FORKED) as pool, view(pool) as screen:
        pid = screen.pid()
        equal("events before", perf_events(pid), 0)
        true("nothing about stacks", "stacks of" not in screen.text())
        switch_on(screen)
        screen.shows(NOTHING)
        true("events while it is on", perf_events(pid) > 0)
        pool.do(write(worker=1, pages=6000, how="chain_a"), write(worker=2, pages=3000, how="chain_b"))
        text = screen.shows("^stacks of the pool: 9...k? pages", A, B, "^other +9.\\..%|^other +100")
        near("a", pages(screen, A), 6000, 600)
        near("b", pages(screen, B), 3000, 300)
        true("the larger is on top", text.index("chain_a") < text.index("chain_b"), text)
        screen.keys("s")
        screen.shows("^ *PID ROLE")
        screen.lacks(ON)
        until("no event stays open", lambda: perf_events(pid) == 0)


@test
def unfolding():
    """Enter unfolds the selected stack, the arrows go through its frames and out of it"""
    need_root()
    with Mkpool(*FORKED) as pool, view(pool) as screen:
        switch_on(screen)
        pool.do(write(worker=1, pages=6000, how="chain_a"), write(worker=2, pages=3000, how="chain_b"))
        counted(screen, 9000)
        screen.shows(A, B)
        screen.keys("Enter")
        screen.shows(r"^ +chain_leaf$\n^ +chain_helper$\n^ +chain_a$")
        screen.keys("Enter")
        screen.lacks(r"^ +chain_helper$")
        screen.keys("Down", "Enter")
        screen.shows(r"^ +chain_leaf$\n^ +chain_b$")


@test
def of_one_process():
    """o leaves those of the selected process"""
    need_root()
    with Mkpool(*FORKED) as pool, view(pool) as screen:
        switch_on(screen)
        pool.do(write(worker=1, pages=6000, how="chain_a"), write(worker=2, pages=3000, how="chain_b"))
        counted(screen, 9000)
        screen.shows(A, B)
        screen.keys("m", "/")
        screen.shows("^search:")
        screen.type(str(pool.pid(2)))
        screen.keys("Enter", "s", "o")
        text = screen.shows(rf"^stacks of worker {pool.pid(2)}: 30.. pages", B)
        true("none of another's", "chain_a" not in text, text)


@test
def begin_again():
    """0 forgets what was so far; a second watch begins with nothing"""
    need_root()
    with Mkpool(*FORKED) as pool, view(pool) as screen:
        switch_on(screen)
        pool.do(write(worker=1, pages=2000, how="chain_a"))
        counted(screen, 2000)
        screen.shows(A)
        screen.keys("0")
        screen.shows(NOTHING)
        pool.do(write(worker=1, first=2000, pages=2000, how="chain_b"))
        screen.shows(B)
        screen.keys("s")
        screen.lacks(ON)
        screen.keys("s")
        screen.shows(ON, NOTHING)


@test
def goes_on_elsewhere():
    """On another pane the watch goes on, its cost is said, and workers forked meanwhile are in"""
    need_root()
    with Mkpool(*FORKED) as pool, view(pool, columns=80, rows=24) as screen:
        switch_on(screen)
        for pane in ("m", "f", "?"):
            screen.keys(pane)
            screen.shows(ON)
        screen.keys("m")
        pool.do(fork(), write(worker=3, pages=5000, how="chain_a"))
        screen.keys("s")
        screen.shows(A)
        until("all pages of a new worker", lambda: abs(pages(screen, A) - 5000) <= 500)
        screen.resize(40, 10)
        screen.shows("^COST stacks", "^pool: ", "chain_leaf ←")


@test
def past():
    """At an earlier instant it says that the stacks are not of that"""
    need_root()
    with Mkpool(*FORKED) as pool, view(pool) as screen:
        switch_on(screen)
        screen.keys("z")
        screen.shows("PAUSED", r"^not of the past: from [\d:]+ UTC up to now, [\d:]+ UTC$")
        pool.do(write(worker=1, pages=2000, how="chain_a"))
        screen.shows("PAUSED", A)
        screen.keys("z")
        screen.lacks("not of the past")


@test
def master_goes():
    """What the pool did while it went stays on the screen"""
    need_root()
    with StackPool(2) as pool, Screen(120, 40) as screen:
        screen.cowtop("-i", "0.2", pool.master)
        screen.shows(rf"^ *{pool.master} master")
        switch_on(screen)
        pool.do("collect", 0)
        screen.shows(r"^ *\d+ +\S+ collector ")
        pool.end()
        screen.shows("IS GONE", r"^ *\d+ +\S+ collector ")
        screen.keys("s", "s", "q")
        equal("exit", screen.left(), 0)


@test
def without_privilege():
    """Another user sees an estimate of his own pool, and what is missing"""
    need_root()
    with run.readable_binaries(), Mkpool(*FORKED, prefix=NOBODY) as pool, Screen(120, 40) as screen:
        os.chmod(screen.folder.name, 0o755)
        screen.cowtop("-i", "0.2", pool.master, before=" ".join(NOBODY))
        screen.shows(rf"^ *{pool.master} master")
        screen.keys("s")
        screen.shows("^stacks of the pool:|needs")
        if "stacks of the pool" not in screen.text():
            raise Skip("no perf events for users here")
        screen.shows("^software, one fault in", "^missing .*CAP_PERFMON")
        pool.do(write(worker=1, pages=6000, how="chain_a"))
        screen.shows("^stacks of the pool: ~", A)
        screen.keys("q")
        equal("exit", screen.left(), 0)


@test
def denied():
    """Where no event can be had the pane says what to grant, and all else goes on"""
    need_root()
    tap.must_be_built(DENY)
    if subprocess.run([DENY, "perf_event_open=EPERM", "--", "true"], check=False).returncode == 77:
        raise Skip("no seccomp filters here")
    with Mkpool(*FORKED) as pool, view(pool, before=f"{DENY} perf_event_open=EPERM --") as screen:
        pid = screen.pid()
        screen.keys("s")
        screen.shows("perf_event_open|CAP_PERFMON|perf_event_paranoid")
        true("no cost is said", not re.search(ON, screen.text(), re.M))
        equal("events", perf_events(pid), 0)
        screen.keys("s")
        screen.shows("^ *PID ROLE")


@test
def in_a_replay():
    """The stacks that were recorded; of a recording without any it is said how to have some"""
    need_root()
    with folder() as place:
        path = f"{place}/pool.ct"
        with Mkpool(*FORKED) as pool:
            with Recorder("--stacks", "-i", "0.1", "-o", path, pool.master) as recorder:
                until("it watches", lambda: perf_events(recorder.process.pid) > 0)
                until("it records", lambda: os.path.exists(path))
                pool.do(write(worker=1, pages=6000, how="chain_a"))
                equal("recorded", recorder.ended(signal.SIGINT)[0], 0)
            run.cowtop("record", "-n", "1", "-o", f"{place}/bare.ct", pool.master)
        with Screen(100, 30) as screen:
            screen.cowtop("replay", path)
            screen.shows("PAUSED", "^. help")
            screen.keys("Z", "s")
            screen.shows(r"^as recorded from [\d:]+ UTC to [\d:]+ UTC$", A)
            near("pages", pages(screen, A), 6000, 600)
            screen.keys("s", "q")
            equal("exit", screen.left(), 0)
            screen.shell("clear")
            screen.cowtop("replay", f"{place}/bare.ct")
            screen.shows("^. help")
            screen.keys("s")
            screen.shows("^no call stacks are recorded here; cowtop record --stacks")
            screen.keys("q")
            screen.left()


if __name__ == "__main__":
    main()
