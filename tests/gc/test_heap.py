#!/usr/bin/python3
"""What lies on the pages of a CPython, read from outside, against what the interpreter says of its objects."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interpreters import BUILD, HERE, interpreters, number
from kernel import mappings, minflt, PAGE
from piped import Piped
from tap import add_test, equal, main, must_be_built, need_root, Skip, test, true

HEAPREAD = os.path.join(BUILD, "tests", "heapread")
HEAPAPP = os.path.join(HERE, "heapapp.py")
MIB = 24
FOUND = interpreters()


def heapread(pid):
    must_be_built(HEAPREAD)
    with Piped([HEAPREAD]) as reader:
        return json.loads(reader.ask(str(pid)))


def anonymous(pages, pid):
    """Those that no file is behind and that are no stack: static objects are of neither class."""
    of = [(a // PAGE, b // PAGE) for a, b, _, name in mappings(pid) if not name or name == "[heap]"]
    return {p for p in pages if any(a <= p < b for a, b in of)}


def shares(found, wanted):
    """How many of the wanted are missing, how many others are there, in parts of the wanted."""
    return (len(wanted - found) / len(wanted), len(found - wanted) / len(wanted))


def agrees(interpreter, env=None):
    def run():
        need_root()
        if interpreter.free_threaded:
            raise Skip("its objects have no heads")
        with Piped([interpreter.path, HEAPAPP, str(MIB)], env=dict(os.environ, **env or {})) as app:
            said = json.loads(app.ask("say"))
            got = heapread(said["pid"])
            true("it is read", "why" not in got, got.get("why"))
            # what it has made to say it
            tracked, wanted = set(got["tracked"]), anonymous(said["tracked"], said["pid"])
            missing, more = shares(tracked, wanted)
            print(f"# {interpreter.version}: {len(wanted)} pages tracked, missing {missing:.2%}, "
                  f"more {more:.2%}; {got['cpu_ms']} ms, {got['pages']} pages", flush=True)
            true("pages of tracked objects", missing < 0.01 and more < 0.01, (missing, more, len(wanted)))
            counted = anonymous(said["counted"], said["pid"])
            missing, more = shares(set(got["counted"]), counted - tracked)
            print(f"# {interpreter.version}: {len(counted - tracked)} pages counted, missing {missing:.2%}, "
                  f"more {more:.2%}; {got['pools']} of pools", flush=True)
            # what nobody tells of: constants of code, tables of names
            true("pages of counted objects", missing < 0.01 and more < 0.10,
                 (missing, more, len(counted - tracked)))
            true("objects", abs(got["objects"] / said["objects"] - 1) < 0.01, got["objects"])
    return run


for i in FOUND:
    if number(i.version) >= (3, 7) and not i.debug:
        add_test(f"{i.version} ({i.path.replace(os.path.expanduser('~'), '~')}): pages of its objects",
                 agrees(i))
        add_test(f"{i.version}: the same with malloc", agrees(i, {"PYTHONMALLOC": "malloc"}))


@test
def others_are_refused():
    """versions before 3.7, debug and free-threaded builds are refused with a reason"""
    for i in FOUND:
        if number(i.version) >= (3, 7) and not i.debug and not i.free_threaded:
            continue
        with Piped([i.path, "-c", "import os, sys; sys.stdout.write('%d\\n' % os.getpid()); "
                                  "sys.stdout.flush(); sys.stdin.read()"]) as app:
            got = heapread(int(app.answer()))
            true(f"{i.version}: a reason", got.get("why"), got)


@test
def frozen_objects_are_not_tracked():
    """what gc.freeze() has put away is not what a collection writes"""
    need_root()
    modern = [i for i in FOUND if number(i.version) >= (3, 7) and not i.debug and not i.free_threaded]
    for i in modern:
        with Piped([i.path, HEAPAPP, "8", "freeze"]) as app:
            said = json.loads(app.ask("say"))
            got = heapread(said["pid"])
            true(f"{i.version}: few pages", len(got["tracked"]) < 200, len(got["tracked"]))
            true(f"{i.version}: many objects are counted", len(got["counted"]) > 1000, len(got["counted"]))


@test
def looking_changes_nothing():
    """no page is copied, mapped or moved, and no fault is charged"""
    need_root()
    i = [i for i in FOUND if number(i.version) >= (3, 7) and not i.debug and not i.free_threaded][-1]
    with Piped([i.path, HEAPAPP, "8"]) as app:
        pid = json.loads(app.ask("say"))["pid"]
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            before = [line for line in f if line.split()[0] in ("Rss:", "Anonymous:", "Swap:")], minflt(pid)
        heapread(pid)
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            after = [line for line in f if line.split()[0] in ("Rss:", "Anonymous:", "Swap:")], minflt(pid)
        equal("memory and faults", after, before)


main()
