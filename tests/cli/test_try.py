#!/usr/bin/python3
"""cowtop try from outside: what it refuses, the files that it keeps, what it says meanwhile and of what fails. What it
concludes is tested in tests/try."""
import json
import os
import pty
import re
import select
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from smallpool import fails, server
from run import COWTOP, cowtop, folder, shown, write_file
from tap import equal, main, PATIENCE, test, true

A = ("--with", "env:A=1")
# By the file the load knows what its pool has in its environment.
TELL = "open({!r}, 'w').write(os.environ.get('A', ''))"


def trial(*words, pool=None, status=0):
    got, out, err = cowtop("try", "--json", *words, "--", *(pool or server()))
    equal(f"exit status: {err[-600:]}", got, status)
    return json.loads(out), err


@test
def refused():
    """What contradicts itself, or is missing, is exit 2 before anything is started"""
    need = ("--load", "true", "--", *server())
    true("no variant", "gc.freeze" in fails(2, "try", *need))
    true("no command", "-- COMMAND" in fails(2, "try", *A, "--load", "true"))
    fails(2, "try", *A, "--load", "true", "--")
    true("a pool that runs", "cannot be tried" in fails(2, "try", *A, "--load", "true", "1"))
    true("no end", "--load" in fails(2, "try", *A, "--", *server()))
    fails(2, "try", *A, "--load", "true", "-d", "1", "--", *server())
    fails(2, "try", *A, "--requests", "3", "-d", "1", "--", *server())
    fails(2, "try", *A, "--runs", "0", *need)
    fails(2, "try", "--with", "gc.freze", *need)
    fails(2, "try", *A, "-o", "", *need)
    true("stacks of what is not kept", "-o DIR" in fails(2, "try", *A, "--stacks", *need))
    with folder() as place:
        fails(2, "try", "--with", "gc.freze", "-o", f"{place}/new", *need)
        equal("no folder is made", os.listdir(place), [])


@test
def kept():
    """-o and --log: a recording and what was said, of each run; names that would be the same are not"""
    with folder() as place:
        ct, log = f"{place}/ct", f"{place}/log"
        alike = ("--with", "env:A=a/b", "--with", "env:A=a_b")
        document, _ = trial(*alike, "--runs", 2, "--load", "echo loaded", "-o", ct, "--log", log,
                            pool=server(before="print('hello', flush=True)"))
        equal("names", [v["name"] for v in document["variants"]], ["env:A=a/b", "env:A=a_b"])
        names = [f"{name}.{run}" for name in ("baseline", "env_A=a_b", "env_A=a_b-2") for run in (1, 2)]
        equal("recordings", sorted(os.listdir(ct)), sorted(f"{name}.ct" for name in names))
        equal("logs", sorted(os.listdir(log)), sorted(f"{name}{of}.log" for name in names for of in ("", ".load")))
        for name in names:
            with open(f"{log}/{name}.log", encoding="utf-8") as file:
                equal("the pool's", file.read(), "hello\n")
            with open(f"{log}/{name}.load.log", encoding="utf-8") as file:
                equal("the load's", file.read(), "loaded\n")
        story = json.loads(cowtop("report", "--json", f"{ct}/baseline.1.ct")[1])
        true("a whole recording", story["recording"]["load_s"] is not None, story["recording"])
        err = fails(1, "try", *A, "--load", "true", "-o", ct, "--", "/nonexistent")
        true("what is there stays", "baseline.1.ct is there already" in err, err)


@test
def variant_fails():
    """A variant that fails has its error in the table, the others go on; when all do it is exit 1"""
    with folder() as place:
        mark = f"{place}/mark"
        pool = server(before=TELL.format(mark) + "; print('my last words', flush=True)")
        load = f"test $(cat {mark})x != badx || {{ echo out of order; exit 9; }}"
        bad, good = ("--with", "env:A=bad"), ("--with", "env:A=good")
        document, err = trial(*bad, *good, "--runs", 2, "--load", load, pool=pool)
        failed, other = document["variants"]
        equal("runs", (failed["runs"], other["runs"], document["baseline"]["runs"]), (0, 2, 2))
        true("error", "status 9" in failed["error"] and failed["error"].endswith("it said: out of order"), failed)
        equal("nothing is known of it", (failed["applied"], failed["against_baseline"], failed["load_s"]), (None,) * 3)
        true("said when it came", "env:A=bad, run 1 of 2: the load ended with status 9" in err, err)
        true("what the pool said", "    my last words\n" in err, err)
        status, out, err = cowtop("try", *bad, "--runs", 2, "--load", load, "--", *pool)
        equal("all of them", status, 1)
        true("the table", re.search(r"^env:A=bad .* failed$", out, re.M), out)
        true("and why", err.splitlines()[-1].startswith("cowtop: every variant failed: env:A=bad: the load"), err)


@test
def baseline_fails():
    """Without a baseline there is no trial: its error, what was said last, and its status"""
    words = "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $n; done; printf '\\033[1mlast\\n'; exit 4"
    status, out, err = cowtop("try", *A, "--load", "true", "--", "sh", "-c", words)
    equal("status", (status, out), (5, ""))
    lines = err.splitlines()
    equal("lines", lines[:-1], ["cowtop: the last lines of what the pool said:",
                                *(f"    line {n}" for n in range(4, 13)), r"    \x1b[1mlast"])
    equal("the error", lines[-1], "cowtop: baseline, run 1 of 3: sh: ended with status 4 and left no pool; it said: "
          r"\x1b[1mlast")


@test
def length():
    """-d in place of a load: as long as that, and a pool that ends before has failed"""
    document, _ = trial(*A, "--runs", 1, "-d", "0.3", "-i", "0.1")
    equal("no load", (document["load"], document["baseline"]["load_s"]), (None, None))
    err = cowtop("try", *A, "--runs", 1, "-d", 60, "-i", "0.1", "--", *server(after="time.sleep(2); stop()"))
    true("gone", err[0] == 1 and "is gone before the time is over" in err[2], err)


def on_terminal(*words):
    """What stderr gets as a terminal."""
    ours, theirs = pty.openpty()
    text = b""
    with subprocess.Popen([COWTOP, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=theirs) as process:
        os.close(theirs)
        while select.select([ours], [], [], PATIENCE)[0]:
            try:
                got = os.read(ours, 4096)
            except OSError:  # EIO: the other end is closed
                break
            if not got:
                break
            text += got
        process.wait(timeout=PATIENCE)
    os.close(ours)
    return process.returncode, text


@test
def progress():
    """On a terminal a line tells which run it is, what it does and what is left; at the end it is gone"""
    status, text = on_terminal("try", *A, "--runs", 2, "--load", "sleep 0.3", "--", *server())
    equal("status", status, 0)
    for what in (rb"\rbaseline, run 1 of 2, 4 runs left: starting",
                 rb"\rbaseline, run 1 of 2, 4 runs left: load \d+s  1 sample",
                 rb"\renv_A=1, run 1 of 2, about \d+s left: stopping",
                 rb"\renv_A=1, run 2 of 2, about \d+s left: load "):
        true(f"{what}", re.search(what, text), text)
    true("no escapes", b"\x1b" not in text, text)
    equal("what is left of it on the screen", shown(text).strip(), b"")
    with folder() as place:
        write_file(f"{place}/load", "exit 3")
        status, text = on_terminal("try", *A, "--runs", 2, "--load", f"sh {place}/load", "--", *server())
        seen = shown(text.rstrip(b"\r\n"))
        true("an error stands alone", status == 1 and re.match(rb"cowtop: baseline, run 1 of 2: the load", seen), seen)


main()
