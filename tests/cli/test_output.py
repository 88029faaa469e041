#!/usr/bin/python3
"""What goes to stdout: documents and tables, in time, whole, without escapes; and a failed write."""
import fcntl
import json
import os
import pty
import resource
import signal
import struct
import subprocess
import tempfile
import termios
import time

from smallpool import SmallPool, server
from kernel import running
from made_recordings import path_of
from run import COWTOP, cowtop
from tap import equal, main, near, PATIENCE, Skip, test, true


def write_fails(command, stdout, reason):
    """Exit 1 with one line that names the reason."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                          timeout=PATIENCE)
    equal(f"{command[1:]}", done.returncode, 1)
    equal("stderr", done.stderr.decode(), f"cowtop: cannot write standard output: {reason}\n")


@test
def full_disk():
    """/dev/full: exit 1 for every verb, for the help and for the version"""
    with SmallPool(1) as pool, open("/dev/full", "wb", buffering=0) as full:
        target = str(pool.master)
        for words in ([target], ["--json", target], ["-n", "2", "-i", "0.01", target], ["pools"],
                      ["pools", "--json"], ["doctor"], ["--help"], ["--version"]):
            write_fails([COWTOP, *words], full, "No space left on device")


def into_closed_pipe(*words):
    """(status, stderr) of a cowtop whose reader has gone before it writes."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run([COWTOP, *map(str, words)], stdin=subprocess.DEVNULL, stdout=write,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
    finally:
        os.close(write)
    return done.returncode, done.stderr.decode()


@test
def closed_pipe():
    """A reader that goes away: nothing is said, and the end is that of other tools, by SIGPIPE"""
    with SmallPool(1) as pool:
        for words in (["--json"], ["--csv"], [], ["-n", "3", "-i", "0.01"]):
            equal(f"a look {words}", into_closed_pipe(*words, pool.master), (-signal.SIGPIPE, ""))
        for words in (["pools"], ["pools", "--json"], ["doctor"], ["--help"], ["help", "record"],
                      ["--version"], ["--list-keys"]):
            equal(f"{words}", into_closed_pipe(*words), (-signal.SIGPIPE, ""))
    recording = path_of("ordinary")
    for words in (["replay"], ["replay", "--json"], ["report"], ["report", "--html", "-"], ["diff", recording]):
        equal(f"{words}", into_closed_pipe(*words, recording), (-signal.SIGPIPE, ""))
    script = 'set -o pipefail; "$0" report "$1" | head -1'
    done = subprocess.run(["bash", "-c", script, COWTOP, recording], capture_output=True, timeout=PATIENCE)
    true("head has its line", done.returncode in (0, 141) and done.stdout.count(b"\n") == 1, done.returncode)
    equal("and nothing else is there", done.stderr, b"")


@test
def pool_of_a_closed_pipe():
    """A pool that cowtop has started is stopped as well when the reader goes away"""
    read, write = os.pipe()
    os.close(read)
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "pids")
        words = server(after=f"open({path!r}, 'w').write(' '.join(map(str, pids)))")
        done = subprocess.run([COWTOP, "--json", "--", *words], stdin=subprocess.DEVNULL, stdout=write,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
        os.close(write)
        equal("the end", (done.returncode, done.stderr), (-signal.SIGPIPE, b""))
        with open(path, encoding="ascii") as file:
            equal("workers that are left", [pid for pid in map(int, file.read().split()) if running(pid)], [])


@test
def reader_that_stops():
    """A reader that takes one line of an endless series ends it within a second or two"""
    with SmallPool(1) as pool:
        process = subprocess.Popen([COWTOP, "--json", "-i", "0.02", str(pool.master)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        json.loads(process.stdout.readline())
        process.stdout.close()
        err = process.stderr.read().decode()
        equal("the end", (process.wait(timeout=PATIENCE), err), (-signal.SIGPIPE, ""))
        process.stderr.close()


@test
def closed_stdout():
    """No stdout at all: exit 1, and the document goes into no other file"""
    with SmallPool(1) as pool:
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", COWTOP, "--json", str(pool.master)],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        equal("status", done.returncode, 1)
        true("one line", done.stderr.startswith(b"cowtop: ") and done.stderr.count(b"\n") == 1,
             done.stderr)


@test
def file_size_limit():
    """A file that may not grow: exit 1, also when a part was written"""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with SmallPool(1) as pool, tempfile.TemporaryFile() as out:
        done = subprocess.run([COWTOP, "--json", str(pool.master)], stdin=subprocess.DEVNULL,
                              stdout=out, stderr=subprocess.PIPE, preexec_fn=limit,
                              restore_signals=False, timeout=PATIENCE)
        equal("status", done.returncode, 1)
        equal("stderr", done.stderr.decode(), "cowtop: cannot write standard output: File too large\n")


@test
def one_document():
    """--json: one indented document; -n 1: the same keys on one line"""
    with SmallPool(2) as pool:
        status, pretty, err = cowtop("--json", pool.master)
        equal("status", (status, err), (0, ""))
        true("indented", pretty.count("\n") > 50)
        status, line, _ = cowtop("--json", "-n", 1, pool.master)
        equal("lines", line.count("\n"), 1)
        one, two = json.loads(pretty), json.loads(line)
        equal("keys", list(one), list(two))
        equal("schema", one["schema"], "cowtop.sample/1")
        equal("pids", [p["pid"] for p in two["processes"]], [pool.master, *pool.workers])
        equal("rates of a single sample", one["pool"]["faults"]["minor_per_s"], None)


@test
def series():
    """-n N: N documents, one a line, on a grid of the interval; the second one has rates"""
    with SmallPool(1) as pool:
        began = time.monotonic()
        status, out, err = cowtop("--json", "-n", 6, "-i", "1", pool.master)
        took = time.monotonic() - began
        equal("status", (status, err), (0, ""))
        documents = [json.loads(line) for line in out.splitlines()]
        equal("documents", len(documents), 6)
        true("five intervals", took >= 5.0, took)
        equal("first", documents[0]["elapsed_s"], None)
        true("rate", documents[1]["pool"]["faults"]["minor_per_s"] is not None)
        near("sum of the intervals", sum(d["elapsed_s"] for d in documents[1:]), 5.0, 1.5)


@test
def duration():
    """-d TIME: samples at the grid's times up to and with the end"""
    with SmallPool(1) as pool:
        began = time.monotonic()
        status, out, _ = cowtop("--json", "-d", "3s", "-i", "0.75", pool.master)
        took = time.monotonic() - began
        equal("status", status, 0)
        # A loaded machine may miss ticks, which are not made up for.
        true("2 to 5 documents", 2 <= len(out.splitlines()) <= 5, out.count("\n"))
        true("the time is over", took >= 3.0, took)
        status, out, _ = cowtop("--json", "-d", "300ms", "-i", "1h", pool.master)
        equal("a duration below the interval", out.count("\n"), 1)
        status, out, _ = cowtop("--json", "-n", 2, "-d", "1h", "-i", "0.01", pool.master)
        equal("-n before the end of -d", out.count("\n"), 2)


@test
def budget():
    """--budget: the interval grows until cowtop's own CPU time fits"""
    with SmallPool(1) as pool:
        began = time.monotonic()
        status, out, _ = cowtop("--json", "-n", 12, "-i", "0.001", "--budget", "5%", pool.master)
        took = time.monotonic() - began
        equal("status", status, 0)
        documents = [json.loads(line) for line in out.splitlines()]
        costs = [d["accounting"]["cost_s"] for d in documents[:-1]]
        # What a later sample takes beyond the others is paid for by and by (pool/budget.c): one may not be yet.
        cost = sum(costs) - max(costs[1:])
        true("CPU within the budget", cost / took <= 0.05, f"{cost} s in {took} s")


@test
def flushed():
    """Each document is out before the next sample begins"""
    with SmallPool(1) as pool:
        process = subprocess.Popen([COWTOP, "--json", "-n", "2", "-i", "1h", str(pool.master)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        try:
            equal("master", json.loads(process.stdout.readline())["pool"]["master_pid"], pool.master)
            equal("still running", process.poll(), None)
        finally:
            process.kill()
            process.communicate()


@test
def table():
    """The table: at most 80 columns, a row a process, no escapes; -n 2: a blank line between"""
    with SmallPool(2) as pool:
        status, out, err = cowtop(pool.master, env=dict(os.environ, COLUMNS=""))
        equal("status", (status, err), (0, ""))
        equal("lines above 80 columns", [s for s in out.splitlines() if len(s) > 80], [])
        true("no control characters", all(c == "\n" or c.isprintable() for c in out))
        for pid in (pool.master, *pool.workers):
            true(f"a row of {pid}", any(s.split()[:1] == [str(pid)] for s in out.splitlines()), out)
        status, two, _ = cowtop("-n", 2, "-i", "0.01", pool.master)
        equal("status", status, 0)
        equal("headings", two.count(" ROLE"), 2)
        true("a blank line before the second", "\n\n" + two.split("\n", 1)[0].split(",")[0] in two, two)


@test
def width():
    """COLUMNS widens the table and a bad one does not count; below 80 it is 80"""
    with SmallPool(1, arguments=("x" * 300,)) as pool:
        for columns in ("", "0", "-1", "x", "10", "99999999999", "200"):
            env = dict(os.environ, COLUMNS=columns)
            status, out, _ = cowtop("pools", env=env)
            equal(f"status with COLUMNS={columns}", status, 0)
            most = 200 if columns == "200" else 80
            equal("too long lines", [s for s in out.splitlines() if len(s) > most], [])
        status, out, _ = cowtop(pool.master, env=dict(os.environ, COLUMNS="200"))
        equal("status", status, 0)


@test
def terminal():
    """A verb that is no live view, on a terminal: a table without escapes, as wide as that"""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        raise Skip(f"no pseudo terminal: {error.strerror}") from None
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    env = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    process = subprocess.Popen([COWTOP, "report", path_of("ordinary")], stdin=theirs, stdout=theirs, stderr=theirs,
                               env=env)
    os.close(theirs)
    text = b""
    while True:
        try:
            got = os.read(ours, 4096)
        except OSError:  # EIO: the other end is closed
            break
        if not got:
            break
        text += got
    equal("status", process.wait(timeout=PATIENCE), 0)
    os.close(ours)
    true("what it is of", b"gunicorn" in text, text)
    true("no escapes", b"\x1b" not in text, text)
    equal("too long lines", [s for s in text.split(b"\r\n") if len(s) > 100], [])


if __name__ == "__main__":
    main()
