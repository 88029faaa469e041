#!/usr/bin/python3
"""cowtop try when it goes wrong, or is told to end: it says so, and nothing of it is left."""
import json
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from left import watched
from trying import KNOWN, pool, PYTHON, words_of
from run import free_port
from tap import add_test, equal, main, test, true, until

WITH = words_of("gc.freeze")


def fails(wanted, *words, args=WITH, **more):
    """Its words on stderr, when it ends with this status."""
    with watched() as begin:
        status, out, err = begin(*args, *words, **more).ended()
    equal(f"exit status: {err[-600:]}", status, wanted)
    equal("stdout", out, "")
    true("one line says it", err.strip().splitlines()[-1].startswith("cowtop: "), err)
    true("no more than needed", err.count("cowtop: ") <= 3, err)
    return err


def of_pool(of, *more, load=None):
    return ["--load", load or of.load(20, 1), "--ready", of.ready, *more, "--", *of.command]


# ---- what cannot be

@test
def no_such_command():
    """a command that is not there is exit 5 and is named"""
    true("named", "/nonexistent/server" in fails(5, "--load", "true", "--", "/nonexistent/server"))


@test
def ends_at_once():
    """a command that ends at once is exit 5, with its status"""
    true("its status", "status 7" in fails(5, "--load", "true", "--", "sh", "-c", "exit 7"))


@test
def forks_nothing():
    """a command that forks nothing is exit 6"""
    fails(6, "--load", "true", "--ready", "0.2s", "--", "sleep", "1000")


@test
def never_ready():
    """a pool that is never ready: what was waited for is named"""
    with pool("leak") as of:
        err = fails(1, "--ready", "exit 3", "--wait=1s", "--load", of.load(), "--", *of.command)
    true("what was waited for", "exit 3" in err, err)


@test
def load_missing():
    """a load that is not there: its status"""
    with pool("leak") as of:
        err = fails(1, *of_pool(of, load="/nonexistent/load"))
    true("its status", "status 127" in err, err)


@test
def load_fails():
    """a load that fails is no experiment: its status"""
    with pool("leak") as of:
        err = fails(1, *of_pool(of, load="exit 9"))
    true("its status", "status 9" in err, err)


@test
def load_is_killed():
    """a load that a signal ends: which"""
    with pool("leak") as of:
        err = fails(1, *of_pool(of, load="kill -SEGV $$"))
    true("which", "SIGSEGV" in err or "signal 11" in err, err)


@test
def worker_dies():
    """a worker that dies in the load, which then fails"""
    with pool("leak", "dies") as of:
        true("the load failed", "status 1" in fails(1, *of_pool(of)))


@test
def master_dies():
    """a pool that dies in the load, which goes well"""
    with pool("leak") as of:
        fails(1, *of_pool(of, load=f"kill -9 $(pgrep -o -f '^{PYTHON} {KNOWN} leak {of.path}'); sleep 0.3"))


@test
def port_in_use():
    """a port that somebody else has: the command's own words, and its status"""
    listen = "import socket, os, time; s = socket.create_server(('127.0.0.1', {})); os.fork(); time.sleep(1000)"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        err = fails(5, "--load", "true", "--", PYTHON, "-c", listen.format(taken.getsockname()[1]))
    true("its words", "Address already in use" in err, err)
    true("its status", "status 1" in err, err)


@test
def port_kept():
    """a port that a helper of the run before would keep is free for the next run"""
    code = ("import socket, os, time, signal; s = socket.create_server(('127.0.0.1', {}), reuse_port=False)\n"
            "if not os.fork():\n"
            "    os.setsid()\n"
            "    if os.fork(): os._exit(0)\n"
            "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "    time.sleep(1000)\n"
            "os.fork(); os.fork(); time.sleep(1000)")
    with watched() as begin:
        status, out, err = begin(*WITH, "--runs", 2, "--load", "true", "--json", "--", PYTHON, "-c",
                                 code.format(free_port())).ended()
    equal(f"exit status: {err[-600:]}", status, 0)
    trial = json.loads(out)
    equal("runs", [v["runs"] for v in (trial["baseline"], *trial["variants"])], [2, 2])


# ---- what is told to end

def in_start(running, of):
    until("it starts", lambda: running.runs(of.command[1]))


def in_ready(running, of):
    until("it waits until it is ready", lambda: running.runs("ready-mark"))


def in_load(running, of):
    until("the load runs", lambda: running.runs("load-mark"))


def in_second_run(running, of):
    in_load(running, of)
    first = set(running.runs(of.command[1]))
    until("another pool runs", lambda: running.runs(of.command[1]) and not first & set(running.runs(of.command[1])))


def in_stop(running, of):
    in_load(running, of)
    until("the load is over", lambda: not running.runs("load-mark"))


NEVER = "sh -c 'sleep 1000; :' ready-mark"
LONG = "sh -c 'sleep 1000; :' load-mark"
SHORT = "sh -c 'sleep 0.3; :' load-mark"


def told_to_end(phase, number, ready, load, *words):
    def run():
        with pool("leak", *words) as of, watched() as begin:
            running = begin(*WITH, "--ready", ready or of.ready, "--load", load, "--", *of.command)
            phase(running, of)
            status, out, err = running.ended(number)
            equal(f"exit status: {err[-300:]}", status, 1)
            equal("stdout", out, "")
    return run


for title, arguments in (
        ("at the start", (in_start, signal.SIGINT, NEVER, LONG)),
        ("while it waits until it is ready", (in_ready, signal.SIGINT, NEVER, LONG)),
        ("in the load", (in_load, signal.SIGINT, None, LONG)),
        ("in the load, by SIGTERM", (in_load, signal.SIGTERM, None, LONG)),
        ("in the load, by SIGHUP", (in_load, signal.SIGHUP, None, LONG)),
        ("in the second run", (in_second_run, signal.SIGINT, None, SHORT)),
        ("when a pool that does not obey is stopped", (in_stop, signal.SIGINT, None, SHORT, "stubborn"))):
    add_test(f"Ctrl-C {title}: nothing is left", told_to_end(*arguments))


@test
def load_with_children():
    """a load that leaves children: they are gone"""
    with pool("leak") as of, watched() as begin:
        running = begin(*WITH, "--runs", 1, *of_pool(of, load="sleep 1000 & setsid sleep 1000 & true"))
        status, _, err = running.ended()
        equal(f"exit status: {err[-600:]}", status, 0)


@test
def killed():
    """SIGKILL: what it has started ends with it"""
    with pool("leak") as of, watched(kept=True) as begin:
        running = begin(*WITH, *of_pool(of, load="exec sleep 1000.5"))
        until("the load runs", lambda: running.runs("1000.5"))
        running.ended(signal.SIGKILL)


main()
