#!/usr/bin/python3
"""The terminal: taken, given back whatever happens, and left alone where it cannot show a live view."""
import os
import re
import signal
import time

from screen import Pty, Screen
from smallpool import SmallPool
import run
from kernel import running, stat_fields
from run import cowtop, folder, write_file
from tap import equal, main, must_be_built, PATIENCE, test, true, until

WRITE = {"x86_64": "1", "aarch64": "64"}[os.uname().machine]  # the system call
HEAD = r"^ *PID ROLE"


def started(screen, pool, *arguments, **more):
    screen.cowtop(*arguments, pool.master, **more)
    return screen.shows(HEAD, rf"^ *{pool.master} master", r"quit")


@test
def start_and_quit():
    """It starts full screen, and q and F10 give the terminal back as it was: modes and screen"""
    with SmallPool(2) as pool, Screen(100, 30) as screen:
        screen.shell(f"cd {screen.folder.name}; stty -g > modes; clear; echo before-$((1 + 1))")
        before = screen.shows("^before-2$")
        for key in ("q", "F10"):
            started(screen, pool, after="; echo left=$?; stty -g | cmp - modes && echo same-$((1 + 1))")
            true("nothing of the shell is left on it", "before-2" not in screen.text())
            screen.keys(key)
            after = screen.shows("^left=0$", "^same-2$")
            true("the shell's screen is back", after.startswith(before.split("\n")[0]), after)
            screen.shell("clear; echo before-$((1 + 1))")
            screen.shows("^before-2$")
            screen.lacks("left=")


@test
def ended_by_a_signal():
    """SIGINT, SIGTERM, SIGHUP, and Ctrl-C: exit 0, the terminal is given back"""
    with SmallPool(1) as pool, Screen(90, 24) as screen:
        screen.shell(f"cd {screen.folder.name}; stty -g > modes")
        for how in ("C-c", signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            screen.shell("clear")
            screen.lacks("left=")
            started(screen, pool, after="; echo left=$?; stty -g | cmp - modes && echo same-$((1 + 1))")
            if how == "C-c":
                screen.keys(how)
            else:
                os.kill(screen.pid(), how)
            screen.shows("^left=0$", "^same-2$")
            screen.lacks(HEAD)


@test
def ended_by_a_crash():
    """A fatal signal gives the terminal back, and is still the cause of death"""
    with SmallPool(1) as pool, Screen(90, 24) as screen:
        screen.shell(f"cd {screen.folder.name}; ulimit -c 0; stty -g > modes")
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT):
            screen.shell("clear")
            screen.lacks("left=")
            # AddressSanitizer would catch the signal behind the program and exit.
            started(screen, pool, before="ASAN_OPTIONS=handle_segv=0",
                    after="; echo left=$?; stty -g | cmp - modes && echo same-$((1 + 1))")
            os.kill(screen.pid(), number)
            text = screen.shows(r"^left=\d+$", "^same-2$")
            screen.lacks(HEAD)
            true("the status", f"left={128 + number}" in text, text)


@test
def suspended():
    """Ctrl-Z gives the terminal to the shell, fg draws it anew, also when its size has changed"""
    with SmallPool(2) as pool, Screen(100, 30) as screen:
        started(screen, pool)
        for size in ((100, 30), (70, 20)):
            screen.keys("C-z")
            screen.shows("Stopped")
            screen.lacks(HEAD)
            screen.resize(*size)
            screen.shell("stty -a | head -1; clear; echo shell-$((1 + 1))")
            screen.shows("^shell-2$")
            screen.shell("fg")
            screen.shows(HEAD, rf"^ *{pool.workers[1]} worker")
            screen.lacks("shell-2")
            equal("rows", len(screen.lines()), size[1])
            screen.shows("quit")
        screen.keys("q")
        screen.shows("ready>")
        screen.lacks(HEAD)


@test
def stopped_from_outside():
    """SIGSTOP and SIGCONT of another process: drawn anew; SIGTSTP as Ctrl-Z"""
    with SmallPool(1) as pool, Screen(90, 24) as screen:
        started(screen, pool)
        for number in (signal.SIGSTOP, signal.SIGTSTP):
            os.kill(screen.pid(), number)
            screen.shows("Stopped")
            screen.shell("clear; fg")
            # what stops it comes to nothing while it has not been continued
            until("it goes on", lambda: stat_fields(screen.pid())[0] != b"T")
            screen.shows(HEAD)
            screen.lacks("Stopped")
        screen.keys("q")
        screen.lacks(HEAD)


@test
def resized():
    """Any size at any moment: 40x10 and back, 200x50, 1x1, a hundred changes in a row"""
    with SmallPool(3) as pool, Screen(100, 30) as screen:
        started(screen, pool)
        screen.resize(40, 10)
        # The hints are at the bottom, the table is above them.
        small = screen.shows(HEAD, rf"^ *{pool.master} ", r"\A(?:.*\n){9}\? help  q quit")
        true("no line is longer", max(map(len, small.split("\n"))) <= 40, small)
        screen.resize(100, 30)
        screen.shows(HEAD, r"^COST", r"sort$")
        screen.resize(200, 50)
        screen.shows(HEAD, r"COMMAND", r"THRESHOLDS", r"\A(?:.*\n){49}\? help")
        for n in range(100):
            screen.resize(20 + 7 * (n % 23), 3 + n % 31)
        screen.resize(10, 1)
        screen.resize(100, 30)
        screen.shows(HEAD, r"^COST", rf"^ *{pool.workers[2]} worker")
        screen.keys("q")
        equal("exit", screen.left(), 0)


@test
def no_terminal():
    """stdin or stdout is no terminal: the plain table, without escapes"""
    with SmallPool(1) as pool, Screen(100, 30) as screen:
        for how in ("| cat", "< /dev/null"):
            screen.shell("clear")
            screen.lacks("left=")
            screen.cowtop(pool.master, after=f"{how}; echo left=$?")
            equal("exit", screen.left(), 0)
            text = screen.text(escapes=True)
            true("the table", "PID" in text and str(pool.workers[0]) in text, text)
            true("no escape", "\x1b" not in text, repr(text))
        status, out, err = cowtop(pool.master)
        equal("neither", (status, err), (0, ""))
        true("no escape", "\x1b" not in out)


@test
def plain_table():
    """TERM=dumb, unset, unknown, unable: the plain table; one line says why, where that may be a surprise"""
    with SmallPool(1) as pool, Screen(120, 40) as screen:
        recording = f"{screen.folder.name}/a.ct"
        equal("recorded", cowtop("record", "-n", "1", "-o", recording, pool.master)[0], 0)
        for name, word in (("TERM=dumb", None), ("env -u TERM", "TERM is not set"),
                           ("TERM=nosuchterm", "'nosuchterm'"), ("TERM=", "TERM is not set"),
                           ("TERM=unknown", "'unknown'")):
            for words in ([pool.master], ["replay", recording]):
                screen.shell("clear")
                screen.lacks("left=")
                screen.cowtop(*words, before=name)
                equal(name, screen.left(), 0)
                text = screen.shows(rf"^ *{pool.master} +master ", rf"^ *{pool.workers[0]} +worker ")
                said = [line for line in text.split("\n") if line.startswith("cowtop: ")]
                equal(f"lines with {name}", len(said), word is not None)
                true("it names the reason", word is None or word in said[0], said)
        screen.shell("clear")
        screen.lacks("left=")
        screen.cowtop("-n", 2, "-i", "0.1", pool.master, before="TERM=dumb")
        equal("a series", screen.left(), 0)
        equal("two tables", len(re.findall(rf"^ *{pool.master} +master ", screen.text(), re.M)), 2)


@test
def colors():
    """Colours by what the terminal has; none with NO_COLOR, --no-color, x, or on a vt100"""
    colored = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38;[25];\d+)(?:;\d+)*m")
    with SmallPool(2) as pool:
        for before, option, wanted in (("", [], True), ("NO_COLOR=1", [], False),
                                       ("", ["--no-color"], False), ("TERM=vt100", [], False),
                                       ("NO_COLOR=", [], True), ("TERM=screen", [], True)):
            with Screen(100, 30) as screen:
                started(screen, pool, *option, before=before)
                equal(f"colours with {before} {option}",
                      bool(colored.search(screen.text(escapes=True))), wanted)
                if wanted:
                    screen.keys("x")
                    until("x takes the colours away",
                          lambda: not colored.search(screen.text(escapes=True)))
                    screen.keys("x")
                    until("and gives them back",
                          lambda: colored.search(screen.text(escapes=True)))
                screen.keys("q")
                equal("exit", screen.left(), 0)


def command_of(screen, pid):
    """What is seen of its command."""
    lines = screen.text().splitlines()
    head = next((line for line in lines if "COMMAND" in line), "")
    row = next((line for line in lines if line.split()[:1] == [str(pid)]), "")
    return row[head.find("COMMAND"):] if head else ""


@test
def ascii_only():
    """Without UTF-8 in the locale, ASCII only; a foreign name comes as question marks"""
    with SmallPool(1, arguments=["Grüße-漢字"]) as pool:
        for locale, utf8 in (("C.UTF-8", True), ("C", False)):
            with Screen(200, 30) as screen:
                started(screen, pool, before=f"LC_ALL={locale}")
                text = screen.shows("HOST")
                equal(f"only ASCII with {locale}", text.isascii(), not utf8)
                if utf8:
                    # Far to the right in the command: a key at a time, or it goes past.
                    while "漢字" not in (shown := command_of(screen, pool.master)):
                        screen.keys("Right")
                        until("the command moves", lambda: command_of(screen, pool.master) != shown)
                    screen.shows("Grüße-漢字")
                screen.keys("q")
                equal("exit", screen.left(), 0)


@test
def hung_up():
    """A terminal that goes away ends it"""
    with SmallPool(1) as pool, Pty(pool.master) as pty:
        pty.until(b"PID")
        pty.hang_up()
        pty.process.wait(timeout=PATIENCE)
        true("the pool lives", running(pool.master) and running(pool.workers[0]))


@test
def bytes_of_a_refresh():
    """A pool that stands still costs few bytes a refresh: what has not changed is not sent"""
    with SmallPool(8) as pool, Pty("-i", "0.1", pool.master, columns=120, rows=40) as pty:
        whole = len(pty.until(str(pool.workers[7]).encode()))
        true("the first screen", whole > 1000, whole)
        counts = []
        for _ in range(4):
            time_left = time.monotonic() + 1.0
            got = 0
            while time.monotonic() < time_left:
                got += len(pty.read())
                # Waiting is what is measured here.
                time.sleep(0.02)
            counts.append(got / 10)
        # The trend lines move by a column a refresh while they fill.
        true("bytes a refresh", min(counts) < 400, counts)
        pty.send(b"q")
        equal("exit", pty.process.wait(timeout=PATIENCE), 0)


@test
def terminal_that_does_not_wait():
    """A terminal with O_NONBLOCK that nobody reads: it is waited for, all of it comes, and the flag stays"""
    with SmallPool(8) as pool, Pty("-i", "30", pool.master, columns=200, rows=60, waits=False) as pty:
        pty.until(b"quit")

        def stuck():
            pty.send(b"?")  # the help comes or goes: all of the screen is drawn
            with open(f"/proc/{pty.process.pid}/syscall", encoding="ascii") as f:
                return f.read().split()[:2] == [WRITE, "0x1"]
        until("it waits for a reader", stuck)
        with open(f"/proc/{pty.process.pid}/fdinfo/2", encoding="ascii") as f:
            flags = int(f.read().split("flags:")[1].split()[0], 8)
        true("whoever shares the terminal still does not wait", flags & os.O_NONBLOCK, oct(flags))
        pty.send(b"qq")  # the first closes the help, if it has come and not gone
        pty.until(b"\x1b[?1049l")
        equal("exit", pty.process.wait(timeout=PATIENCE), 0)


@test
def keys_while_it_samples():
    """A sample that takes long keeps no key waiting, and a late tick is shown"""
    shim = os.path.join(os.path.dirname(run.COWTOP), "tests", "fault.so")
    must_be_built(shim)
    with SmallPool(2) as pool, folder() as place:
        held, log = f"{place}/held", write_file(f"{place}/log", "")
        with Pty("-i", "0.1", pool.master, columns=100, rows=40,
                 **run.through(shim, FAULT=f"read:held:/{pool.master}/", FAULT_HELD=held,
                               FAULT_LOG=log)) as pty:
            pty.until(b"PID")
            write_file(held, "")
            until("a sample is held", lambda: os.path.getsize(log))
            began = time.monotonic()
            for _ in range(10):
                for key, word in ((b"?", b"selected"), (b"m", b"PID")):
                    pty.read()
                    pty.send(key)
                    pty.until(word)
            until("its tick is over", lambda: time.monotonic() > began + 0.2)
            os.unlink(held)
            pty.until(b"late")
            pty.send(b"q")
            equal("exit", pty.process.wait(timeout=PATIENCE), 0)


@test
def nobody_to_continue():
    """Ctrl-Z where no shell could go on with it (an orphaned process group) stops nothing"""
    with SmallPool(1) as pool, Pty(pool.master) as pty:
        pty.until(b"quit")
        pty.send(b"\x1a")
        pty.until(b"quit")
        pty.send(b"q")
        equal("exit", pty.process.wait(timeout=PATIENCE), 0)


@test
def stop_while_drawing():
    """Ctrl-Z that comes while a frame is drawn is taken after it"""
    with SmallPool(1) as pool, Pty(pool.master) as pty:
        pty.until(b"worker")
        for n in range(200):
            pty.send(b"?")  # the help comes or goes: all of the screen is drawn
            time.sleep(n % 40 * 2e-5)
            os.kill(pty.process.pid, signal.SIGTSTP)
            came = pty.until(b"\x1b[?1049l")
            # One that comes while it stops is the same stop: the next one is for the next frame.
            if b"\x1b[?1049h" not in came.split(b"\x1b[?1049l")[-1]:
                pty.until(b"\x1b[?1049h")
        pty.send(b"q")
        equal("exit", pty.process.wait(timeout=PATIENCE), 0)


@test
def garbage_typed():
    """Bytes that are no keys, broken UTF-8, half an escape: passed over"""
    with SmallPool(1) as pool, Pty(pool.master) as pty:
        pty.until(b"quit")
        pty.send(b"\xff\xfe\xc3\x28\x1b[999~\x1b[\x00\x01\x02\xf0\x9f\x98\x80" * 50)
        pty.send(b"/\xff\xc3\xa9\xe6\xbc\xa2\x1b")
        pty.send(b"\x1b")
        said = b""

        def answers():
            nonlocal said
            pty.send(b"?")
            said += pty.read()
            return b"selected" in said
        until("it still answers", answers)

        def left():
            pty.send(b"q")  # in the help, which the last ? may have opened, it closes that
            pty.read()
            return pty.process.poll() is not None
        until("q leaves", left)
        equal("exit", pty.process.returncode, 0)


if __name__ == "__main__":
    main()
