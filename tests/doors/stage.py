"""Runs of cowtop at its doors, on one pool: what it was seen to ask, and what it left."""
import collections
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading

import metrics
import records
from run import COWTOP, folder, free_port
from tap import PATIENCE, ROOT
from verbs import ON_TERMINAL, SAMPLES, UNTIL_ASKED, VERBS
from visit import visited

DOORS = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "doors")
BLOCKS = os.path.join(os.path.dirname(DOORS), "blocks.so")
SANITIZED = bool(os.environ.get("SAN"))
DEADLINE = PATIENCE / 4
# What verbs leave in their folder: recordings, pages, metrics.
LEFT = re.compile(r"(pool|all/[\w.-]+?)(-[0-9TZ.]+)?\.ct|page\.html|pools\.(prom|otlp)")

Run = collections.namedtuple("Run", "status out err seen left struck end blocks files")
Door = collections.namedtuple("Door", "call kind")


def wrong_with(place, name):
    """None, or why this file should not be there as it is."""
    path = os.path.join(place, name)
    if not LEFT.fullmatch(name):
        return "left behind"
    if name.endswith(".ct"):
        try:
            records.records(path)
        except Exception as error:  # whatever the reader stumbles over
            return f"{type(error).__name__}: {error}"
        return None
    with open(path, "rb") as file:
        text = file.read()
    if name.endswith(".otlp"):
        return cut_off(text)
    if name.endswith(".prom"):
        return metrics.whole(text)
    return None if text.rstrip().endswith(b"</html>") else "is cut"


def cut_off(lines):
    """None, or why these are no lines of JSON: a last one that is cut ends with no newline. Where the end of what is
    there cannot be read, what is added begins with a newline: an empty line is skipped, as readers of such files do."""
    try:
        for line in filter(None, lines.split(b"\n")[:-1]):
            json.loads(line)
    except ValueError as error:
        return f"no JSON: {error}"
    return None


class Terminal:
    """One that swallows what it shows."""

    def __enter__(self):
        self.master, self.slave = os.openpty()
        threading.Thread(target=self.swallow, daemon=True).start()
        return self

    def swallow(self):
        with contextlib.suppress(OSError):
            while os.read(self.master, 1 << 16):
                pass

    def __exit__(self, *exc):
        os.close(self.slave)


def environment():
    """LeakSanitizer works neither under ptrace(2) nor where /proc is not its own."""
    options = [o for o in (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0") if o]
    return dict(os.environ, ASAN_OPTIONS=":".join(options), TERM="xterm", LC_ALL="C.UTF-8")


class Stage:
    """A pool, and runs of cowtop on it with or without faults."""

    def __init__(self, pool, place, collector=None):
        self.pool, self.place, self.collector = pool, place, collector
        self.recording = os.path.join(place, "made.ct")

    def make(self):
        """The recording that is read, with all that one may have."""
        subprocess.run([COWTOP, "record", "--why", "--stacks", "-o", self.recording, "-n", "3", "-i", "0.01",
                        str(self.pool.master)],
                       check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        return self

    def words(self, verb, place, port, n=None):
        """The command line; what is made goes into `place`."""
        os.mkdir(f"{place}/tmp")
        return [COWTOP, *(w.format(master=self.pool.master, place=place, recording=self.recording, port=port,
                                   copy=self.copy(verb, place), collector=self.collector,
                                   n=n or SAMPLES.get(verb, 1)) for w in VERBS[verb])]

    def run(self, verb, *faults, n=None):
        """Watched, with these faults (doors.c)."""
        with folder() as place:
            port = free_port()
            words = self.words(verb, place, port, n)
            log = os.path.join(self.place, f"log.{threading.get_ident()}")
            command = [DOORS, "-l", log, "-k", f"recording={place}/pool.ct", "-k", f"recording={self.recording}",
                       "-k", f"recording={place}/all/", "-k", f"textfile={place}/pools.prom",
                       "-k", f"otlp={place}/pools.otlp",
                       "-k", f"page={place}/page.html", "-k", f"scratch={place}/tmp", "-k", f"folder={place}",
                       "-k", f"shim={log}", "-k", f"image={os.path.realpath(sys.executable)}",
                       "-e", f"TMPDIR={place}/tmp"]
            blocks = f"{log}.blocks"
            if not SANITIZED:
                command += ["-e", f"LD_PRELOAD={BLOCKS}", "-e", f"BLOCKS_LOG={blocks}"]
            for fault in faults:
                command += ["-f", fault]
            status, out, err = self.wait([*command, "--", *words], verb, port, not faults)
            return Run(status, out, err, *self.read(log), self.blocks(blocks)[0], self.files(place))

    def short_of_memory(self, verb, which):
        """(run, how many allocations it asked for, who asked first) where those of `which` are refused (blocks.c)."""
        with folder() as place:
            port = free_port()
            words = self.words(verb, place, port)
            blocks = os.path.join(self.place, f"log.{threading.get_ident()}.blocks")
            command = ["env", f"TMPDIR={place}/tmp", f"LD_PRELOAD={BLOCKS}", f"BLOCKS_LOG={blocks}",
                       f"BLOCKS_FAIL={which}"]
            status, out, err = self.wait([*command, *words], verb, port, which == "0", False)
            held, asked = self.blocks(blocks)
            run = Run(status, out, err, {}, collections.Counter(), 1, status, held, self.files(place))
            with open(f"{blocks}.refused", encoding="utf-8") as file:
                return run, asked, os.path.basename(file.read())

    def copy(self, verb, place):
        """The recording once more, where a verb changes it."""
        path = os.path.join(place, "pool.ct")
        return shutil.copy(self.recording, path) if "{copy}" in VERBS[verb] else path

    @staticmethod
    def wait(command, verb, port, patient, traced=True):
        if verb in UNTIL_ASKED:
            status, out, err = visited(command, port, DEADLINE, environment(), patient, traced)
        elif verb in ON_TERMINAL:
            with Terminal() as terminal:
                done = subprocess.run(command, stdin=terminal.slave, stdout=terminal.slave, stderr=subprocess.PIPE,
                                      timeout=DEADLINE, env=environment())
            status, out, err = done.returncode, b"", done.stderr
        else:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE,
                                  env=environment())
            status, out, err = done.returncode, done.stdout, done.stderr
        return status, out, err.decode("utf-8", "replace")

    @staticmethod
    def read(log):
        """What doors.c wrote: doors, how often each was gone through; kinds left open; how often struck; the end."""
        seen, left, struck, end = {}, collections.Counter(), 0, None
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                what, *words = line.rstrip("\n").split("\t")
                if what == "door":
                    seen[Door(words[0], words[1])] = int(words[2])
                elif what == "left":
                    left[words[0]] += 1
                elif what == "struck":
                    struck = int(words[0])
                elif what == "end":
                    end = int(words[0])
        return seen, left, struck, end

    @staticmethod
    def blocks(path):
        """How many blocks of memory were held at the end, and asked for; None: that is not known."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            with open(path, encoding="ascii") as file:
                held, asked = map(int, file.read().split())     # ValueError: a fault has struck this as well
            os.unlink(path)
            return held, asked
        return None, None

    @staticmethod
    def files(place):
        """{name: None or what is wrong with it} of what was left in the folder of the run."""
        names = [os.path.relpath(os.path.join(where, name), place) for where, _, names in os.walk(place)
                 for name in names if name != ".lock"]
        return {name: wrong_with(place, name) for name in names}
