#!/usr/bin/python3
"""What is read of a collector from outside, against what the interpreter itself says."""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interpreters import agree, CHILD, GCREAD, Gcread, number, obeying, Obeys, state, VERSIONS
from kernel import EXCLUSIVE, FILE, mappings, minflt, PAGE, pagemap, PRESENT, stat_fields, SWAPPED
from run import folder, NOBODY, spawned
from tap import add_test, equal, main, near, need, need_root, PATIENCE, Skip, test, true, until
import interpreters as found

ROUNDS = 20
FOUND = found.interpreters()

COMMANDS = ["gc.disable()", "gc.enable()", "gc.set_threshold(0)", "gc.set_threshold(700, 10, 10)",
            "gc.set_threshold(50000, 20, 100)", "gc.set_threshold(123, 4, 5)", "gc.collect()",
            "gc.collect(0)", "gc.collect(1)", "make(2000)", "make(30)", "waste(300)",
            "del Keep.items[:]"]
FREEZE = ["gc.freeze()", "gc.freeze()", "gc.unfreeze()"]


def rounds(child, gcread, whole=True):
    """Random commands; after each the two must agree. Also what any_frozen says."""
    version = number(child.said.version)
    choice = random.Random(child.said.version)
    commands = COMMANDS + (FREEZE if version >= (3, 7) else [])
    frozen = 0
    for n in range(ROUNDS):
        for _ in range(choice.randint(1, 3)):
            command = choice.choice(commands)
            if "freeze" in command:
                frozen = int(command == "gc.freeze()")
            before = child.do(command)
        answer = gcread.read(before.pid, *["count"] * (n % 3 > 0))
        got = state(answer)
        if got["frozen"] is None:  # not counted in this round
            got["frozen"] = state(gcread.read(before.pid, "count"))["frozen"]
        after = child.do()
        equal("version", answer["version"], before.version)
        equal("interpreters", len(answer["interpreters"]), 1)
        agree(before, got, after, whole)
        equal(f"any_frozen after {command}", got["any_frozen"], frozen)


def free_threaded(child, gcread):
    """What needs no lists of objects: settings and counters. Nobody had one at hand when this was written."""
    for command in ("gc.disable()", "gc.set_threshold(123, 4, 5)", "gc.collect()", "gc.collect(0)", "gc.enable()"):
        before = child.do(command)
        answer = gcread.read(before.pid)
        got = state(answer)
        equal("build", answer["build"], "free-threaded")
        equal("enabled", got["enabled"], before.enabled)
        equal("thresholds", got["thresholds"], list(before.thresholds))
        equal("generational", got["generational"], 0)
        for g, (low, high) in enumerate(zip(before.stats, child.do().stats)):
            true(f"collections {g}", low[0] <= got["collections"][g] <= high[0], (low, got, high))


def random_rounds(interpreter):
    def run():
        with obeying(interpreter.path) as child, Gcread() as gcread:
            if interpreter.free_threaded:
                free_threaded(child, gcread)
                return
            rounds(child, gcread)
            equal("build", gcread.read(child.said.pid)["build"],
                  "debug" if interpreter.debug else "release")
    return run


for i in FOUND:
    kind = " free-threaded" if i.free_threaded else " debug" if i.debug else ""
    add_test(f"{i.version}{kind} ({i.path.replace(os.path.expanduser('~'), '~')}): "
             f"{ROUNDS} random rounds", random_rounds(i))


def absent(reason):
    def run():
        raise Skip(reason)
    return run


for v in VERSIONS:
    if not any(number(i.version)[:2] == number(v) for i in FOUND):
        add_test(f"{v}: {ROUNDS} random rounds", absent(f"no CPython {v} here"))
if not any(i.debug for i in FOUND):
    add_test("a debug build", absent("no debug build here"))
if not any(i.free_threaded for i in FOUND):
    add_test("a free-threaded build", absent("no free-threaded build here"))


def shared_library(interpreter):
    """The libpython that it is linked with, or None."""
    with obeying(interpreter.path) as child:
        return next((m[3] for m in mappings(child.said.pid) if "/libpython" in m[3]), None)


def stripped(version):
    def run():
        need_root()
        need("strip")
        chosen = [i for i in FOUND if i.version.startswith(version + ".") and not i.debug]
        library = chosen and shared_library(chosen[0])
        if not library:
            raise Skip(f"no CPython {version} with a library of its own")
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, os.path.basename(library))
            subprocess.run(["strip", "-o", copy, library], check=True)
            env = dict(os.environ, LD_PRELOAD=copy)
            with obeying(chosen[0].path, env=env) as child, Gcread() as gcread:
                true("it runs the copy", any(m[3] == copy for m in mappings(child.said.pid)))
                rounds(child, gcread, whole=number(version) > (3, 6))
    return run


for v in ("2.7", "3.6", "3.7", "3.9", "3.12"):
    add_test(f"{v} stripped: {ROUNDS} random rounds", stripped(v))


def modern():
    """An interpreter with gc.freeze(); one is enough."""
    chosen = [i for i in FOUND if number(i.version) >= (3, 7) and not i.free_threaded]
    if not chosen:
        raise Skip("no CPython 3.7 or later")
    return chosen


@test
def deleted_files():
    """a program and a library that were deleted after the start"""
    need_root()
    for i in modern():
        library = shared_library(i)
        if library:
            break
    else:
        raise Skip("no CPython with a library of its own")
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(library, folder)
        program = shutil.copy(os.path.realpath(i.path), folder)
        env = dict(os.environ, LD_PRELOAD=copy, PYTHONHOME=os.path.dirname(os.path.dirname(
            os.path.realpath(i.path))))
        with obeying(program, env=env) as child, Gcread() as gcread:
            os.unlink(copy)
            os.unlink(program)
            true("it is deleted", any(m[3] == f"{copy} (deleted)" for m in mappings(child.said.pid)))
            rounds(child, gcread)


@test
def another_mount_namespace():
    """a library that only the process itself sees, on a tmpfs in its mount namespace"""
    need_root()
    need("unshare")
    tried = 0
    for i in FOUND:
        library = None if i.free_threaded else shared_library(i)
        if not library:
            continue
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, os.path.basename(library))
            script = ('mount -t tmpfs none "$1" && cp "$2" "$3" && LD_PRELOAD="$3" exec "$4" "$5" || '
                      'echo refused')
            command = ["unshare", "-m", "sh", "-c", script, "sh", folder, library, copy, i.path, CHILD]
            with spawned(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL) as process:
                first = os.read(process.stdout.fileno(), 4096)
                if first == b"refused\n":
                    raise Skip("no mount namespaces here")
                child = Obeys(process.stdin.fileno(), process.stdout.fileno(), first)
                true("only there", not os.path.exists(copy))
                true("it runs it", any(m[3] == copy for m in mappings(child.said.pid)))
                with Gcread() as gcread:
                    rounds(child, gcread)
                process.stdin.close()
                process.wait(timeout=PATIENCE)
        tried += 1
    if not tried:
        raise Skip("no CPython with a library of its own")


@test
def another_user():
    """as the same user without privileges"""
    need_root()
    need("setpriv", "/usr/bin/python3")
    with folder() as place:
        program, script = shutil.copy(GCREAD, place), shutil.copy(CHILD, place)
        with spawned([*NOBODY, "/usr/bin/python3", script], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as process:
            child = Obeys(process.stdin.fileno(), process.stdout.fileno())
            with Gcread(NOBODY, program) as gcread:
                rounds(child, gcread)
            process.stdin.close()
            process.wait(timeout=PATIENCE)


@test
def without_memory():
    """a process whose memory may not be read: named, and null"""
    need("/usr/bin/python3")
    with obeying("/usr/bin/python3") as child, Gcread() as gcread:
        answer = gcread.read(child.said.pid, "blind")
        equal("result", answer["result"], -1)
        equal("runtime", answer["runtime"], "cpython")
        equal("interpreters", answer["interpreters"], [])
        true("a reason", "memory" in answer["why"], answer["why"])


@test
def forked_children():
    """a forked child takes over what was found, and has a state of its own"""
    for i in modern():
        with obeying(i.path) as child, Gcread() as gcread:
            child.do("gc.freeze()")
            child.do("r, w = os.pipe()")
            child.do("pid = os.fork() or (gc.set_threshold(9, 8, 7), gc.disable(), "
                     "os.write(w, b'x'), __import__('signal').pause())")
            child.do("os.read(r, 1)")
            child.do("gc.set_threshold(321, 4, 5)")
            path = f"/proc/{child.said.pid}/task/{child.said.pid}/children"
            with open(path, encoding="ascii") as f:
                pid = int(f.read().split()[0])
            master = state(gcread.read(child.said.pid))
            answer = gcread.read(pid, "base", child.said.pid)
            got = state(answer)
            child.do("os.kill(pid, 9); os.waitpid(pid, 0)")
            equal(f"{i.version}: master", (master["thresholds"], master["enabled"]), ([321, 4, 5], 1))
            equal(f"{i.version}: child", (got["thresholds"], got["enabled"], got["any_frozen"]),
                  ([9, 8, 7], 0, 1))
            true(f"{i.version}: no second search", 0 < answer["reads"] <= 30, answer["reads"])
            equal(f"{i.version}: version", answer["version"], i.version)


@test
def lazy_imports():
    """lazy imports: how many names are still to be imported, from 3.15.2 on; nothing before"""
    ran = 0
    for i in modern():
        with obeying(i.path) as child, Gcread() as gcread:
            if number(i.version) < (3, 15, 2):
                equal(f"{i.version}: none", state(gcread.read(child.said.pid))["lazy_imports"], None)
                continue
            child.do("Keep.mine = {}")
            for line in ("pass", "exec('lazy import json, csv, argparse', Keep.mine)",
                         "exec('json.dumps(1)', Keep.mine)", "sys.lazy_modules.clear()"):
                child.do(line)
                # the one number that it has to say what it knows
                child.do("gc.set_threshold(1000 + len(sys.lazy_modules))")
                got = state(gcread.read(child.said.pid))
                equal(f"{i.version}: after {line}", got["lazy_imports"], got["thresholds"][0] - 1000)
            ran += 1
    if not ran:
        raise Skip("no CPython 3.15.2 or later: see tests/gc/debian-pythons")


WATCH = """
gc.callbacks.append(lambda phase, info: info["generation"] == 2 and Keep.full.append(
    (__import__("time").monotonic_ns(), info.get("candidates"), info.get("duration"))))
"""


def watched(child):
    """The latest full collection as the callbacks saw it: began at the earliest, ended at the latest,
    candidates, nanoseconds. It has no more than the thresholds to say it."""
    child.do("gc.set_threshold(*divmod(Keep.full[-2][0], 10**9))")
    began = child.said.thresholds[0] * 10**9 + child.said.thresholds[1]
    child.do("gc.set_threshold(Keep.full[-1][0] - Keep.full[-2][0], Keep.full[-1][1], "
             "round(Keep.full[-1][2] * 10**9))")
    took, candidates, ns = child.said.thresholds
    child.do("gc.set_threshold(2000, 10, 10)")
    return began, began + took, candidates, ns


@test
def full_collections():
    """the latest three full collections with their times and candidates, from 3.15 on; nothing before"""
    ran = 0
    for i in modern():
        with obeying(i.path) as child, Gcread() as gcread:
            if number(i.version) < (3, 15):
                child.do("gc.collect()")
                equal(f"{i.version}: none", state(gcread.read(child.said.pid))["full"], [])
                continue
            child.do("gc.disable(); Keep.full = []")
            child.do(f"exec({WATCH!r})")
            first = child.said.stats[2][0]
            seen = []
            for n in range(1, 6):
                child.do(f"make({10000 * n})")
                child.do("gc.collect()")
                seen.insert(0, watched(child))
                got = state(gcread.read(child.said.pid))
                equal(f"{i.version}: number", got["collections"][2], first + n)
                equal(f"{i.version}: how many", len(got["full"]), min(first + n, 3))
                for k, (full, (began, ended, candidates, ns)) in enumerate(zip(got["full"], seen)):
                    true(f"{i.version}: {k} of {n}: between the callbacks",
                         began <= full["start"] <= full["stop"] <= ended, (began, ended, full))
                    near(f"{i.version}: {k} of {n}: time", full["stop"] - full["start"], ns, 1000)
                    known = k < 2 or first + n == 3  # the one before the oldest is gone
                    equal(f"{i.version}: {k} of {n}: candidates", full["candidates"],
                          candidates if known else None)
        ran += 1
    if not ran:
        raise Skip("no CPython 3.15 or later: see tests/gc/debian-pythons")


@test
def many_interpreters():
    """every interpreter of a process, with a collector of its own from 3.9 on"""
    ran = 0
    for i in modern():
        name = "_interpreters" if number(i.version) >= (3, 13) else "_xxsubinterpreters"
        if number(i.version) < (3, 9) or subprocess.run(
                [i.path, "-c", f"import {name}"], stderr=subprocess.DEVNULL).returncode:
            continue
        with obeying(i.path) as child, Gcread() as gcread:
            state(gcread.read(child.said.pid))
            child.do(f"Keep.sub = __import__('importlib').import_module('{name}')")
            for n in (1, 2):
                child.do("Keep.items.append(Keep.sub.create())")  # it ends with its last owner
                child.do("Keep.sub.run_string(Keep.items[-1], 'import gc; gc.disable(); "
                         f"gc.set_threshold(77{n}, 8, 9)')")
            answer = gcread.read(child.said.pid)
            got = answer["interpreters"]
            equal(f"{i.version}: settings",
                  [(s["enabled"], s["thresholds"][0]) for s in got[1:]], [(0, 771), (0, 772)])
            equal(f"{i.version}: the main one", (got[0]["id"], got[0]["enabled"]), (0, 1))
        ran += 1
    if not ran:
        raise Skip("no CPython 3.9 or later that can start interpreters")


@test
def frozen_million():
    """a million frozen objects: known at once, counted on demand, then kept"""
    i = modern()[-1]
    with obeying(i.path) as child, Gcread() as gcread:
        child.do("make(1000000)")
        child.do("gc.disable(); gc.freeze()")
        child.do()  # what was frozen in use is gone now
        got = state(gcread.read(child.said.pid))
        equal("any_frozen", got["any_frozen"], 1)
        equal("frozen before a count", got["frozen"], None)
        count = state(gcread.read(child.said.pid, "count"))["frozen"]
        later = gcread.read(child.said.pid)
        equal("kept", state(later)["frozen"], count)
        true("without a walk", 0 < later["reads"] < 10, later["reads"])
        equal("frozen", count, child.do().frozen)
        equal("after a move", state(gcread.read(child.said.pid))["frozen"], None)
        child.do("gc.unfreeze()")
        equal("thawed", state(gcread.read(child.said.pid))["any_frozen"], 0)


@test
def look_never_touch():
    """reading maps no page, breaks none and copies none"""
    need_root()
    for i in FOUND:
        with obeying(i.path) as child:
            child.do("make(1000)")
            child.do("pid = os.fork() or __import__('signal').pause()")

            def looks():
                """What reading could change: is a page there, is it no longer shared with the fork. The
                kernel moves frames of its own accord, and files are mapped by others, too."""
                pid = child.said.pid
                found = {"minor faults": minflt(pid)}
                for start, end, _, _ in mappings(pid):
                    for n, w in enumerate(pagemap(pid, start, (end - start) // PAGE)):
                        found[start + n * PAGE] = w & (PRESENT | FILE if w & FILE else
                                                       PRESENT | SWAPPED | EXCLUSIVE)
                return found

            def rests():
                path = f"/proc/{child.said.pid}/task/{child.said.pid}/children"
                with open(path, encoding="ascii") as f:
                    fork = int(f.read())
                seen = [(stat_fields(fork)[0], minflt(fork), time.sleep(0.03)) for _ in range(3)]
                return seen[0][0] == b"S" and seen[0] == seen[1] == seen[2]
            until("the fork rests", rests)
            before = looks()
            shared = sum(1 for w in before.values() if w == PRESENT)
            true("pages are shared with the fork", shared > 50 * 4096 // PAGE, shared)
            with Gcread() as gcread:
                for word in ((), ("count",), ()):
                    gcread.read(child.said.pid, *word)
            # a page that is being moved is away for a moment
            until(f"{i.version}: everything is as it was", lambda: looks() == before)


@test
def cost():
    """a warm read is a few reads of memory"""
    for i in FOUND:
        if i.free_threaded:
            continue
        with obeying(i.path) as child, Gcread() as gcread:
            state(gcread.read(child.said.pid))
            answer = gcread.read(child.said.pid)
            true(f"{i.version}: reads", 0 < answer["reads"] <= 5, answer["reads"])


@test
def before_the_start():
    """an interpreter that starts late is found when it has"""
    command = f"read x; exec {modern()[0].path} {CHILD}"
    with spawned(["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, \
            Gcread() as gcread:
        answer = gcread.read(process.pid)
        equal("a shell", (answer["result"], answer["runtime"]), (0, "none"))
        os.write(process.stdin.fileno(), b"go\n")
        late = Obeys(process.stdin.fileno(), process.stdout.fileno())
        equal("the same process", late.said.pid, process.pid)
        equal("then", state(gcread.read(process.pid))["thresholds"], list(late.said.thresholds))
        process.stdin.close()
        process.wait(timeout=PATIENCE)


main()
