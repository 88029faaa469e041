"""Interpreters on this machine, one that obeys, and gcread, for the tests of runtime/gc.h."""
import ast
import collections
import contextlib
import glob
import json
import os
import re
import select
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from piped import Piped
from run import spawned
from tap import equal, fail, must_be_built, near, PATIENCE, ROOT, true

HERE = os.path.dirname(os.path.abspath(__file__))
CHILD = os.path.join(HERE, "gcchild.py")
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
GCREAD = os.path.join(BUILD, "tests", "gcread")
VERSIONS = ["2.7"] + [f"3.{n}" for n in range(6, 16)]

Interpreter = collections.namedtuple("Interpreter", "path version debug free_threaded")


def describe(path):
    """What kind of CPython it is, or None."""
    program = ("import sys, platform; sys.stdout.write('%s %d.%d.%d %d %d' % ("
               "platform.python_implementation(), sys.version_info[0], sys.version_info[1],"
               "sys.version_info[2], hasattr(sys, 'gettotalrefcount'),"
               "not getattr(sys, '_is_gil_enabled', lambda: True)()))")
    try:
        done = subprocess.run([path, "-S", "-c", program], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE)
        name, version, debug, free = done.stdout.decode().split()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if name != "CPython":
        return None
    return Interpreter(path, version, debug == "1", free == "1")


def interpreters():
    """Every CPython found, each once; $COWTOP_PYTHONS names more of them, separated by colons."""
    paths = glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python"))
    paths += [p for p in glob.glob("/usr/bin/python*") + glob.glob("/usr/local/bin/python*")
              if re.search(r"/python[23](\.\d+)?[dt]?(-dbg)?$", p)]
    paths += filter(None, os.environ.get("COWTOP_PYTHONS", "").split(":"))
    found = {}
    for path in paths:
        found.setdefault(os.path.realpath(path), path)
    described = [describe(path) for path in sorted(found.values())]
    return sorted((i for i in described if i), key=lambda i: number(i.version))


def number(version):
    return tuple(int(n) for n in version.split("."))


def ordinary(oldest):
    """Those from this version on that are neither debug builds nor free-threaded."""
    return [i for i in interpreters() if number(i.version) >= oldest and not i.debug and not i.free_threaded]


Said = collections.namedtuple("Said", "pid enabled thresholds stats frozen version counts")


class Obeys:
    """A Python that does what it is told and says what its own gc module says."""

    def __init__(self, fd_in, fd_out, begun=b""):
        self.fd_in, self.fd_out = fd_in, fd_out
        self.left = begun
        self.said = self._answer("start")

    def _answer(self, command):
        while b"\n" not in self.left:
            if not select.select([self.fd_out], [], [], PATIENCE)[0]:
                fail(f"no answer to: {command}")
            got = os.read(self.fd_out, 1 << 16)
            if not got:
                fail(f"it ended at: {command}")
            self.left += got
        line, self.left = self.left.split(b"\n", 1)
        (pid, enabled, thresholds, stats, frozen, version), counts = ast.literal_eval(line.decode())
        return Said(pid, enabled, thresholds, stats, frozen, version, counts)

    def do(self, command="pass"):
        os.write(self.fd_in, command.encode() + b"\n")
        self.said = self._answer(command)
        return self.said


@contextlib.contextmanager
def obeying(path, **popen):
    with spawned([path, CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **popen) as child:
        yield Obeys(child.stdin.fileno(), child.stdout.fileno())
        child.stdin.close()
        child.wait(timeout=PATIENCE)


class Gcread(Piped):
    """tests/gc/gcread.c: one that keeps what it found."""

    def __init__(self, prefix=(), program=None):
        program = program or GCREAD
        must_be_built(program)
        super().__init__([*prefix, program])

    def read(self, pid, *words):
        answer = json.loads(self.ask(" ".join(map(str, (pid, *words)))))
        if "error" in answer:
            fail(f"gcread {pid}: {answer['error']}")
        return answer


def state(answer):
    """The state of the main interpreter; a failure without one."""
    if answer["result"] or not answer["interpreters"]:
        fail(f"no state was read: {answer['why']}")
    return answer["interpreters"][0]


def agree(before, got, after, whole=True):
    """What was read lies between what the interpreter says before and after. Not `whole`: variables that
    only an unstripped build names may be absent."""
    equal("enabled", got["enabled"], before.enabled)
    equal("thresholds", got["thresholds"], list(before.thresholds))
    collected = before.stats != after.stats or before.counts[1:] != after.counts[1:]
    for g in (1, 2):
        true(f"count {g}", got["counts"][g] in (before.counts[g], after.counts[g]), got["counts"])
    if not collected:
        near("count 0", got["counts"][0], before.counts[0], 6)
    true("frozen", min(before.frozen, after.frozen) <= got["frozen"] <=
         max(before.frozen, after.frozen), (before.frozen, got["frozen"], after.frozen))
    if whole:
        equal("collecting", got["collecting"], 0)
    if before.stats is None:
        equal("collections", got["collections"], [None] * 3)
        return
    for g, (low, high) in enumerate(zip(before.stats, after.stats)):
        for i, what in enumerate(("collections", "collected", "uncollectable")):
            value = got[what][g]
            if value is None and not whole:
                continue
            true(f"{what} {g}", value is not None and low[i] <= value <= high[i],
                 (low[i], value, high[i]))
