#!/usr/bin/python3
"""A run that waits for what does not come, a file or a reader: signals end it all the same, and `q` the live view."""
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "cli", "tui")]
from run import COWTOP, cowtop, folder, through, write_file
from screen import Pty
from smallpool import SmallPool
from tap import equal, fail, main, must_be_built, ROOT, SLOW, test, true, until

SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "fault.so")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# Until a signal is obeyed without the run: a second, five of a busy one.
SECONDS = 8 * SLOW
WRITE = {"x86_64": "1", "aarch64": "64"}


def guarded(pid):
    """Has it begun to count signals?"""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        caught = next(line for line in f if line.startswith("SigCgt"))
    return int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1


def writes(pid):
    """Is it in write(2)?"""
    with open(f"/proc/{pid}/syscall", encoding="ascii") as f:
        return f.read().split()[0] == WRITE[os.uname().machine]


class Held:
    """The environment of a cowtop that stays in a call on what has `pattern` in its path; held() waits for that."""

    def __init__(self, place, call, pattern):
        must_be_built(SHIM)
        self.log = write_file(f"{place}/log", "")
        held = write_file(f"{place}/held", "")
        self.environment = through(SHIM, FAULT=f"{call}:held:{pattern}", FAULT_HELD=held, FAULT_LOG=self.log)

    def begin(self):
        write_file(self.log, "")

    def held(self):
        until("it is held", lambda: os.path.getsize(self.log))


def ends(name, process, number):
    """It is ended by this signal, soon, whether by its default action or by itself."""
    process.send_signal(number)
    try:
        status = process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        fail(f"{name} is deaf to {number.name}")
    true(f"{name}, {number.name}: {status}", status in (0, -number))


def every_signal(name, held, *arguments):
    for number in ENDING:
        held.begin()
        with subprocess.Popen([COWTOP, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=held.environment) as process:
            try:
                held.held()
                ends(name, process, number)
            finally:
                process.kill()


@test
def a_recording():
    """Each verb that reads a recording, and one that writes it"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/recording"
        equal("record", cowtop("record", "-n", 2, "-i", "0.05", "-o", path, pool.master)[0], 0)
        for call in ("open", "read"):
            for arguments in (("report", path), ("replay", "--json", path), ("diff", path, path)):
                every_signal(f"{arguments[0]} in {call}", Held(place, call, "/recording"), *arguments)
        for call in ("open", "write"):
            every_signal(f"record in {call}", Held(place, call, "/recording"), "record", "-f", "-i", "0.05", "-o",
                         path, pool.master)


@test
def a_pid_file():
    """A pid file"""
    with SmallPool(1) as pool, folder() as place:
        path = write_file(f"{place}/some.pid", f"{pool.master}\n")
        every_signal("a pid file", Held(place, "open", "/some.pid"), "--json", path)
        every_signal("a pid file", Held(place, "read", "/some.pid"), "--json", path)


@test
def a_walk():
    """A walk, of each verb that takes one"""
    with SmallPool(1) as pool, folder() as place:
        held = Held(place, "open", "/smaps_rollup" if os.geteuid() else "/pagemap")
        for arguments in (("--json",), ("record", "-f", "-o", f"{place}/other"), ("pools",), ("doctor",)):
            every_signal(arguments[0], held, *arguments, *(() if arguments == ("pools",) else (pool.master,)))


@test
def a_reader():
    """A pipe that nobody reads"""
    with SmallPool(1) as pool:
        for number in ENDING:
            with subprocess.Popen([COWTOP, "--json", "-n", "1000000", "-i", "0.001", str(pool.master)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
                until("it writes, and that ends not", lambda pid=process.pid: writes(pid))
                ends("a writer", process, number)


@test
def a_reader_that_goes():
    """A pipe whose reader goes away while it is full"""
    with SmallPool(1) as pool:
        with subprocess.Popen([COWTOP, "--json", "-n", "1000000", "-i", "0.001", str(pool.master)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.read(1)
            process.stdout.close()
            equal("status", process.wait(timeout=SECONDS), -signal.SIGPIPE)
            equal("said", process.stderr.read(), b"")


@test
def a_start():
    """A pool that does not come, and a command that forks nobody"""
    for arguments in (("--json", "--wait", "nobody-has-this-name"), ("--json", "--", "sleep", "600")):
        for number in ENDING:
            with subprocess.Popen([COWTOP, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:
                until("it catches signals", lambda pid=process.pid: guarded(pid))
                process.send_signal(number)
                try:
                    process.wait(timeout=SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    fail(f"{arguments} is deaf to {number.name}")


@test
def the_view():
    """The live view while its sample is stuck: `q` ends it at once with status 0, signals too"""
    with SmallPool(1) as pool, folder() as place:
        held = Held(place, "read", f"/{pool.master}/stat")
        for key in (b"q", *ENDING):
            os.rename(f"{place}/held", f"{place}/later")
            with Pty("-i", "0.1", pool.master, **held.environment) as pty:
                pty.until(b"PID")
                held.begin()
                os.rename(f"{place}/later", f"{place}/held")
                held.held()
                began = time.monotonic()
                if key == b"q":
                    pty.send(key)
                else:
                    pty.process.send_signal(key)
                came = b""

                def over():
                    nonlocal came
                    came += pty.read()
                    return pty.process.poll() is not None
                until(f"it ends by {key}", over, SECONDS)
                wanted = -key if key == signal.SIGQUIT else 0
                equal(f"{key}", pty.process.returncode, wanted)
                true(f"{key}: at once", time.monotonic() - began < 2 * SLOW)
                true(f"{key}: the terminal is put back", b"\x1b[?1049l" in came + pty.read())


main()
