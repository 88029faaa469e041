#!/usr/bin/python3
"""The mouse on a real terminal: what is clicked, and that it is given back."""
import os
import re
import signal

from screen import Pty, Screen
from smallpool import SmallPool
import made_recordings
from tap import equal, main, test, true, until

HEAD = r"^ *PID ROLE"
ON, OFF = b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l"


def started(screen, pool, *arguments, **more):
    screen.cowtop(*arguments, pool.master, **more)
    return screen.shows(HEAD, rf"^ *{pool.workers[-1]} worker", "quit")


def order(screen):
    """The pids of the table from the top down."""
    return [int(pid) for pid in re.findall(r"^[-+* ]*(\d+) (?:master|worker)", screen.text(), re.M)]


def selected(screen):
    """The pid of the row of the table that is shown reversed."""
    reverse = False
    for line in screen.lines(escapes=True):
        plain = ""
        # tmux says what changes, from one line to the next as well.
        for text, colors in re.findall(r"([^\x1b]+)|\x1b\[([0-9;]*)m", line):
            row = re.match(r"[-+* ]*(\d+) (?:master|worker)", plain + text)
            if text and reverse and row:
                return int(row.group(1))
            plain += text
            if not text:
                words = re.sub(r"[34]8;5;\d+", "", colors).split(";")
                reverse = "7" in words or reverse and not {"0", "", "27"} & set(words)
    return None


@test
def rows_heads_and_keys():
    """A click selects a row, a second one opens it; a head sorts, and again reverses; a key of the bar is pressed"""
    for term in ("screen-256color", "xterm-256color", "tmux-256color"):
        with SmallPool(4) as pool, Screen(100, 30, term=term) as screen:
            started(screen, pool, "-i", "0.2")
            screen.keys("P")
            until("by pid", lambda: order(screen) == [pool.master, *sorted(pool.workers)])
            for worker in (pool.workers[2], pool.workers[1]):
                screen.click(screen.where(f"{worker} worker ")[0], 40)
                until(f"{worker} is selected", lambda: selected(screen) == worker)
            screen.click(screen.where(f"{pool.workers[1]} worker ")[0], 3)
            screen.shows(rf"^details of worker {pool.workers[1]}")
            screen.keys("Escape")
            screen.shows(HEAD)
            # With a key in between it is a first click again.
            screen.click(screen.where(f"{pool.workers[1]} worker ")[0], 3)
            screen.keys("P", "P")
            row, column = screen.where(" COW ")
            screen.click(row, column + 1)
            until("by copies", lambda: order(screen) == [pool.master, *pool.workers[::-1]])
            screen.click(row, column + 2)
            until("the other way round", lambda: order(screen) == [pool.master, *pool.workers])
            screen.click(*screen.where("g groups"))
            screen.shows(r"^ *\S+ GC +SHARED")
            screen.click(screen.where("? help")[0], 4)
            screen.shows("^Panes", "▼ [0-9]+ more")
            screen.click(*screen.where("▼"))
            screen.shows("▲ [0-9]+")
            # The key that closes the help, and then the one that leaves.
            screen.click(*screen.where("q quit"))
            screen.shows(r"^ *\S+ GC +SHARED")
            screen.click(*screen.where("q quit"))
            equal("left", screen.left(), 0)


@test
def wheel():
    """The wheel moves: lines of a pane, rows of the table"""
    with SmallPool(4) as pool, Screen(100, 24) as screen:
        started(screen, pool, "-i", "0.2")
        screen.keys("P", "Home")
        until("the master is selected", lambda: selected(screen) == pool.master)
        screen.click(10, 10, button=65)
        until("three rows on", lambda: selected(screen) == sorted(pool.workers)[2])
        screen.click(10, 10, button=64)
        until("and back", lambda: selected(screen) == pool.master)
        screen.keys("?")
        screen.shows("^Panes")
        screen.click(10, 10, button=65)
        screen.shows("▲ 3 ")
        screen.click(10, 10, button=64)
        screen.lacks("▲")


@test
def nothing_there():
    """Clicks beside everything, with other buttons, broken and huge reports: no key is pressed"""
    with SmallPool(2) as pool, Screen(100, 30) as screen:
        started(screen, pool, "-i", "0.2")
        row = screen.where(f"{pool.workers[0]} worker ")[0]
        before = selected(screen)
        for bytes_ in ("\x1b[<0;500;500M", "\x1b[<0;0;0M", "\x1b[<0;99999999;1M", "\x1b[<35;10;10M",
                       f"\x1b[<2;3;{row + 1}M\x1b[<2;3;{row + 1}m", f"\x1b[<66;3;{row + 1}M", "\x1b[<0;3", "\x1b[<;;M"):
            screen.type(bytes_)
            # A report that breaks off ends where it has waited for the rest.
            screen.keys("g")
            screen.keys("m")
            screen.shows(HEAD)
        equal("selected", selected(screen), before)
        # While a line is typed nothing else is done.
        screen.keys("/")
        screen.shows("^search:")
        screen.click(row, 3)
        screen.type("abc")
        screen.shows("^search: abc$")
        screen.keys("Escape", "q")
        equal("left", screen.left(), 0)


@test
def taken_and_given_back():
    """The mouse is taken, and given back on leaving, by a signal that kills, and while the program is stopped"""
    with SmallPool(1) as pool:
        for how in ("q", signal.SIGTERM, signal.SIGSEGV):
            with Pty(pool.master) as pty:
                pty.until(ON)
                if how == "q":
                    pty.send(b"q")
                else:
                    os.kill(pty.process.pid, how)
                came = pty.until(OFF)
                true("and not taken again", ON not in came.split(OFF)[-1])


@test
def left_alone():
    """--no-mouse, `mouse = no` in the settings, and a terminal without a mouse: it is not taken"""
    with SmallPool(1) as pool:
        with Pty("--no-mouse", pool.master) as pty:
            true("--no-mouse", ON not in pty.until(b"quit"))
        with Pty("replay", "--no-mouse", made_recordings.path_of("ordinary")) as pty:
            true("replay --no-mouse", ON not in pty.until(b"quit"))
        with Pty(pool.master, TERM="vt100") as pty:
            true("a vt100", b"?1000" not in pty.until(b"quit"))
        with Screen(100, 30) as screen:
            os.mkdir(os.path.dirname(screen.config))
            with open(screen.config, "w", encoding="utf-8") as file:
                file.write("mouse = no\ntree = yes\n")
            with Pty(pool.master, XDG_CONFIG_HOME=screen.folder.name) as pty:
                true("mouse = no", ON not in pty.until(b"kept from the last time: tree"))
                with Pty("pools", XDG_CONFIG_HOME=screen.folder.name) as pools:
                    true("in the list of pools", ON not in pools.until(b"quit"))
                pty.send(b"Wq")
                until("it has left", lambda: pty.read() is not None and pty.process.poll() is not None)
            with open(screen.config, encoding="utf-8") as file:
                text = file.read()
            true("both are kept", "mouse = no\n" in text and "tree = yes\n" in text, text)


if __name__ == "__main__":
    main()
