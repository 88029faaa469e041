#!/usr/bin/python3
"""The pane of the live view that says why pages were copied: asked by a key, while the pool works, and in a replay."""
import contextlib
import functools
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "why"))
import asking
from asking import Pool, recorded
from screen import Screen
import made_recordings
from kernel import minflt
from run import folder, sample
from tap import equal, main, need_root, test, true

variant = functools.partial(asking.variant, first=150, every=150, requests=600)
HEAD = r"^ *PID ROLE"


@contextlib.contextmanager
def shown(columns, rows):
    """A pool that waits for its work, and the live view of it."""
    with Pool(variant(), "default") as pool, Screen(columns, rows) as screen:
        screen.cowtop("-i", "0.2", "--budget", "none", pool.pid)
        screen.shows(HEAD, *(rf"^ *{w} worker" for w in pool.workers))
        yield pool, screen


@test
def the_split_while_the_pool_works():
    """Nobody asks before y; then there is no full collection so far, and later the split, also in the header"""
    need_root()
    with shown(100, 40) as (pool, screen):
        workers = pool.workers
        true("the header tells faults", "freezing" not in screen.text(), screen.text())
        screen.keys("y")
        screen.shows(*(rf"^ *{w} .* its collector is off" for w in workers), r"^collector alone +0\.0",
                     r"^ +rests on: +2 workers watched, whose collector is off")
        pool.tell("go")
        screen.shows(r"^ +watching: +2 had a full collection, 0 did not yet",
                     r"^collector alone +~[0-9.]+ +\d+ [0-9.]+\.\.[0-9.]+")
        screen.shows(r"^why: 2 workers, each has copied", r"^ +rests on: +2 workers watched to the first full")
        # the cursor: both are there, the second one is the last
        screen.keys("Up", "Up")
        screen.shows(rf"^ *{workers[0]} .* to its first full collection")
        screen.keys("y")
        screen.shows(HEAD, r"^WHY +freezing gives back ~")
        screen.keys("q")
        equal("exit", screen.left(), 0)


@test
def looking_leaves_the_pool_alone():
    """With the pane open a pool that stands still has no fault, and keeps all that it shares"""
    need_root()
    with shown(80, 24) as (pool, screen):
        workers = pool.workers
        before = [minflt(w) for w in workers]
        shared = [p["pages"]["shared"] for p in sample(pool.pid)["processes"]]
        screen.keys("y")
        screen.shows(*(rf"^ *{w} .* its collector is off" for w in workers))
        screen.keys("t", "t", "t")
        screen.keys("Escape")
        screen.shows(HEAD)
        equal("faults", [minflt(w) for w in workers], before)
        after = [p["pages"]["shared"] for p in sample(pool.pid)["processes"]]
        equal("shared", after, shared)
        screen.keys("q")
        equal("exit", screen.left(), 0)


@test
def a_recording_with():
    """In a replay the pane shows what was known at the sample that is shown, with nothing to watch"""
    need_root()
    with folder() as place:
        path = os.path.join(place, "a.ct")
        with Pool(variant(), "default") as pool, recorded(pool.pid, path, samples=3):
            pool.ask("go")
        with Screen(100, 40) as screen:
            screen.cowtop("replay", path)
            screen.shows(r"^ PAUSED +1x ")
            screen.keys("y")
            screen.shows(r"its collector is off", r"^collector alone +0\.0")
            screen.keys("Z")
            screen.shows(r"^ +watched: +2 had a full collection", r"^collector alone +~")
            screen.keys("r")
            screen.shows(r"its collector is off", r"^collector alone +0\.0")
            screen.keys("q")
            equal("exit", screen.left(), 0)


@test
def a_recording_without():
    """In a replay the pane says that the recording was made without --why, and the rest is there as ever"""
    with Screen(100, 30) as screen:
        screen.cowtop("replay", made_recordings.path_of("ordinary"))
        screen.shows(r"^ PAUSED +1x ")
        screen.keys("y")
        screen.shows(r"recorded without --why")
        true("the rest is there", re.search(r"^POOL ", screen.text(), re.M), screen.text())
        screen.keys("q")
        equal("exit", screen.left(), 0)


if __name__ == "__main__":
    main()
