#!/usr/bin/python3
"""The live list of all pools: what it shows, its keys, a pool opened and left again."""
import contextlib
import os
import re
import signal

from screen import Screen
from smallpool import SmallPool
from kernel import running
from mkpool import filled, fork, MASTER, Mkpool, write
from ondemand import OnDemand
from run import cowtop
from tap import equal, main, need_root, test, true, until

HEAD = r"^ *MASTER WORKERS"
VIEW = r"^ *PID ROLE"
KEEP = "kept = bytearray(b'x') * ({0} << 20)\n"


@contextlib.contextmanager
def listed(*pools, columns=120, rows=30, arguments=()):
    """The list, with these pools in it."""
    with Screen(columns, rows) as screen:
        screen.cowtop("pools", "-i", "0.2", "--budget", "none", *arguments)
        screen.shows("^ *MASTER ", *(rf"^ *{p} " for p in pools))
        yield screen


def masters(screen, *of):
    """Of these pids, in the order of the screen."""
    found = [int(m.group(1)) for m in re.finditer(r"^ *\(?(\d+)\)? +\d+ ", screen.text(), re.M)]
    return [pid for pid in found if pid in of]


def trend(screen, master):
    """How many looks the sparkline of a pool has."""
    row = next((line for line in screen.text().splitlines() if re.match(rf" *{master} ", line)), "")
    return sum(0x2581 <= ord(c) <= 0x2588 for c in row)


def leave(screen):
    screen.keys("q")
    equal("exit", screen.left(), 0)


@test
def comes_and_goes():
    """Every pool has a row; one that starts appears, one that ends goes, with and without -i"""
    need_root()
    with SmallPool(2) as pool, listed(pool.master) as screen:
        with SmallPool(3) as other:
            screen.shows(rf"^ *{other.master} +3 ")
        screen.lacks(rf"^ *{other.master} +3 ")
        screen.shows(rf"^ *{pool.master} +2 ")
        leave(screen)


@test
def on_demand():
    """A pool without a worker between two jobs keeps its row and its trend, and goes when its master ends"""
    need_root()
    with OnDemand() as pool:
        pool.do("fork")
        with listed(pool.master) as screen:
            row = rf"^ *{pool.master} +{{0}} "
            screen.shows(row.format(1))
            until("a trend", lambda: trend(screen, pool.master) > 3)
            pool.do("end")
            screen.shows(row.format(0), "no worker now")
            true("the trend goes on", trend(screen, pool.master) > 3, screen.text())
            pool.do("fork")
            screen.shows(row.format(1))
            true("and is one", trend(screen, pool.master) > 3, screen.text())
            screen.lacks("no worker now")
            pool.do("end")
            os.kill(pool.master, signal.SIGKILL)
            screen.lacks(rf"^ *{pool.master} ")
            leave(screen)


@test
def by_loss():
    """Sorted by what was copied, live and in the plain list; by memory with M, turned round with I"""
    need_root()

    def losing(pages):
        return Mkpool(*filled(MASTER, 2000), fork(), write(0, pages))

    with losing(200) as a, losing(900) as b, losing(500) as c:
        plain = [int(line.split()[0]) for line in cowtop("pools")[1].splitlines()
                 if line.split()[:1] and line.split()[0] in (str(a.master), str(b.master), str(c.master))]
        equal("the plain list", plain, [b.master, c.master, a.master])
        with listed(a.master, b.master, c.master) as screen:
            equal("live", masters(screen, a.master, b.master, c.master), plain)
            leave(screen)


@test
def sorts():
    """M sorts by memory, P by pid, I turns round; the selected pool stays selected"""
    need_root()
    with SmallPool(1) as small, SmallPool(1, before=KEEP.format(24)) as large, \
            listed(small.master, large.master) as screen:
        both = small.master, large.master
        screen.keys("M")
        until("the largest first", lambda: masters(screen, *both) == [large.master, small.master])
        screen.keys("I")
        until("the smallest first", lambda: masters(screen, *both) == [small.master, large.master])
        screen.keys("P")
        until("by pid", lambda: masters(screen, *both) == sorted(both))
        leave(screen)


@test
def opens():
    """Enter opens the selected pool; q leads back and Escape does; then q leaves"""
    need_root()
    with SmallPool(1) as one, SmallPool(2) as two, listed(one.master, two.master) as screen:
        for pool, back in ((one, "q"), (two, "Escape")):
            screen.keys("\\")
            screen.type(str(pool.master))
            screen.keys("Enter")
            until("only that", lambda: masters(screen, one.master, two.master) == [pool.master])
            screen.keys("Enter")
            screen.shows(VIEW, rf"master {pool.master}, {len(pool.workers)} worker")
            screen.keys("?")
            screen.shows("^Panes")
            screen.keys("Escape")
            screen.shows(VIEW)
            screen.keys(back)
            screen.shows(HEAD, r"^ only ")
            screen.keys("Escape")
            until("all again", lambda: len(masters(screen, one.master, two.master)) == 2)
        leave(screen)


@test
def searches():
    """/ goes to what matches, n to the next; what is searched for is not a filter"""
    need_root()
    with SmallPool(1, argv0="cowtestone") as one, SmallPool(1, argv0="cowtesttwo") as two, \
            listed(one.master, two.master) as screen:
        for name, pool in (("testtwo", two), ("TESTONE", one)):
            screen.keys("/")
            screen.type(name)
            screen.keys("Enter", "Enter")
            screen.shows(VIEW, f"master {pool.master},")
            screen.keys("q")
            screen.shows(HEAD, str(one.master), str(two.master))
        screen.keys("/")
        screen.type("nobody at all")
        screen.keys("Enter")
        screen.shows("not found")
        leave(screen)


@test
def opened_one_ends():
    """A pool that ends while it is looked at: said there, and back in the list it is gone"""
    need_root()
    with SmallPool(1) as stays:
        with SmallPool(1) as goes:
            with listed(stays.master, goes.master) as screen:
                screen.keys("\\")
                screen.type(str(goes.master))
                screen.keys("Enter", "Enter")
                screen.shows(VIEW)
                goes.end()
                screen.shows("IS GONE")
                screen.keys("q")
                screen.shows(HEAD)
                screen.keys("Escape")
                screen.shows(rf"^ *{stays.master} ")
                screen.lacks(rf"^ *{goes.master} +\d")
                leave(screen)


@test
def help_and_end():
    """? lists the keys and columns; a signal ends it, also while a pool is opened"""
    need_root()
    with SmallPool(1) as pool:
        with listed(pool.master, rows=60) as screen:
            for way in "?", "q":
                screen.keys("?")
                screen.shows("q or Esc: close", "^Finding", "^Columns", "COPIED")
                screen.keys(way)
                screen.shows(HEAD)
            pid = screen.pid()
            os.kill(pid, signal.SIGTERM)
            screen.left()
            true("ended", not running(pid))
        with listed(pool.master) as screen:
            screen.keys("Enter")
            screen.shows(VIEW)
            os.kill(screen.pid(), signal.SIGTERM)
            screen.left()


@test
def sizes():
    """From 40 columns and 6 rows on it can be read: the pid, what was copied, the way out"""
    need_root()
    with SmallPool(1) as pool, listed(pool.master, columns=40, rows=6) as screen:
        text = screen.shows("COPIED", rf"{pool.master}", "q quit")
        true("no wider", max(map(len, text.split("\n"))) <= 40, text)
        screen.resize(200, 50)
        screen.shows("COMMAND", "TREND", "FOOTPRINT")
        leave(screen)


@test
def not_live():
    """With --json, -d and without a terminal it is the plain list; -i and --budget are refused there"""
    need_root()
    with SmallPool(1) as pool, Screen(120, 30) as screen:
        screen.cowtop("pools", "-d", "0.2")
        equal("exit", screen.left(), 0)
        screen.shows(rf"^ *{pool.master} ", "in MiB")
        for more in (("-i", 1), ("--budget", 5)):
            status, _, err = cowtop("pools", *more)
            equal("exit", status, 2)
            true("said", "live list" in err, err)


if __name__ == "__main__":
    main()
