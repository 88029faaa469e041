#!/usr/bin/python3
"""The pane of the live view that says why pages were copied: asked by a key, while the pool works, and in a replay."""
import json
import os
import re
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "why"))
sys.path.insert(0, os.path.join(HERE, "..", "gc"))
from predict import pool, switches, Variant
from interpreters import interpreters, number
from screen import Screen
import made_recordings
from kernel import minflt
from recorder import has, Recorder
from run import cowtop, folder
from tap import equal, main, need_root, Skip, test, true, until

HEAD = r"^ *PID ROLE"


def variant(**more):
    chosen = [i.path for i in interpreters()
              if number(i.version) >= (3, 8) and not i.debug and not i.free_threaded]
    if not chosen:
        raise Skip("no CPython 3.8 or later")
    settings = dict(kind="mix", first=150, every=150, reads=4, requests=600, rate=100)
    settings.update(more)
    return Variant(python=chosen[-1], **settings)


def started(screen, asked, workers):
    screen.cowtop("-i", "0.2", asked.process.pid)
    screen.shows(HEAD, *(rf"^ *{w} worker" for w in workers))


@test
def the_split_while_the_pool_works():
    """Nobody asks before y; then there is no full collection so far, and later the split, also in the header"""
    need_root()
    with pool(variant(), "default") as asked, Screen(100, 40) as screen:
        workers = json.loads(asked.answer())["workers"]
        started(screen, asked, workers)
        true("the header tells faults", "freezing" not in screen.text(), screen.text())
        screen.keys("y")
        screen.shows(*(rf"^ *{w} .* its collector is off" for w in workers), r"^collector alone +0\.0",
                     r"^ +rests on: +2 workers watched, whose collector is off")
        asked.tell("go")
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
    with pool(variant(), "default") as asked, Screen(80, 24) as screen:
        workers = json.loads(asked.answer())["workers"]
        started(screen, asked, workers)
        before = [minflt(w) for w in workers]
        shared = [p["pages"]["shared"] for p in json.loads(cowtop("--json", str(asked.process.pid))[1])["processes"]]
        screen.keys("y")
        screen.shows(*(rf"^ *{w} .* its collector is off" for w in workers))
        screen.keys("t", "t", "t")
        screen.keys("Escape")
        screen.shows(HEAD)
        equal("faults", [minflt(w) for w in workers], before)
        after = [p["pages"]["shared"] for p in json.loads(cowtop("--json", str(asked.process.pid))[1])["processes"]]
        equal("shared", after, shared)
        screen.keys("q")
        equal("exit", screen.left(), 0)


@test
def a_recording_with():
    """In a replay the pane shows what was known at the sample that is shown, with nothing to watch"""
    need_root()
    with folder() as place:
        path = os.path.join(place, "a.ct")
        with pool(variant(), "default") as asked:
            master = json.loads(asked.answer())["pid"]
            with Recorder("--why", "-i", "0.25", "--budget", "none", "-o", path, master) as recorder:
                has(path, 3)
                asked.ask("go")
                more = switches(recorder.process.pid) + 4
                until("it looks once more", lambda: switches(recorder.process.pid) >= more)
                recorder.ended(signal.SIGINT)
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
    """In a replay the pane says that the recording was made without --why, and of a pool's past that it is none"""
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
